"""The default playbook: complete, in two languages, flagged where it treats people differently, and every row of the trade's in it."""

from __future__ import annotations

import re

import pytest

from seglib import methods
from seglib.language import LANGUAGES
from seglib.methods import _play

every_method = pytest.mark.parametrize("name", methods.names())


def entries(name):
    """Every play of a words file as it stands there, with its place."""
    content = methods.words(name).content
    for key, entry in content["classes"].items():
        yield key, entry.get("play")
        for variant in entry.get("variants", {}).values():
            if "play" in variant:
                yield f"{key} (variant)", variant["play"]
    for key, part in content.get("parts", {}).items():
        if "play" in part:
            yield key, {**content["joined"]["play"], **part["play"]}


@every_method
def test_every_class_has_a_whole_play_in_both_languages(name):
    words = methods.words(name)
    assert [key for key, play in entries(name) if not play] == []
    for key in words.class_keys():
        plays = [words.playbook(key, lang) for lang in LANGUAGES]
        for field in _play.FIELDS:
            assert all(getattr(play, field).strip() for play in plays), (key, field)
        en, zh = plays
        assert re.search(r"[一-鿿]", zh.do + zh.dont), key
        assert not re.search(r"[一-鿿]", "".join(getattr(en, field) for field in (*_play.FIELDS, "flag", "off"))), key
        assert zh.flags == en.flags
        assert bool(zh.flag) is bool(zh.flags)
        assert bool(zh.off) is bool(en.off)


@every_method
def test_a_play_is_short_and_ends_without_a_stop(name):
    words = methods.words(name)
    for key in words.class_keys():
        for lang, most in (("zh", 90), ("en", 220)):
            play = words.playbook(key, lang)
            for field in _play.FIELDS:
                text = getattr(play, field)
                assert len(text) <= most, (key, field, len(text))
                assert not text.endswith(("。", ".")), (key, field)


@every_method
def test_what_speaks_of_price_credit_payment_or_service_is_flagged(name):
    words = methods.words(name)
    for key in words.class_keys():
        for lang in LANGUAGES:
            play = words.playbook(key, lang)
            assert set(_play.kinds(f"{play.do} {play.off}")) <= set(play.flags), (key, lang, play.do)


SENSITIVE = {
    "firmographics",
    "needs",
    "purchasing_power",
    "income",
    "growth_potential",
    "demographics",
    "geography",
    "loyalty",
    "composite",
}


def test_methods_on_sensitive_ground_say_so():
    said = {name for name in methods.names() if "sensitive" in methods.words(name).content}
    assert said == SENSITIVE & set(methods.names())
    flag = methods.words("loyalty").playbook("vip", "zh").flag
    assert "忠诚程度" in flag
    assert "大数据杀熟" in flag
    assert "个人信息保护法第 24 条" in flag


# Class by class what the trade does (rows of the field's table of strategies): every word must stand in the Chinese play
ROWS = [
    ("value_tier", "high", "个性化服务 优惠政策 专属客服经理 定制产品 满意度"),
    ("value_tier", "medium", "定期维护 标准化服务 促销"),
    ("value_tier", "low", "基本服务 保持联系 宣传 客户教育 次数 数量"),
    ("coverage_tier", "A", "个性化服务 专属客服经理 定制 满意度"),
    ("coverage_tier", "B", "定期维护 标准化服务"),
    ("coverage_tier", "C", "基本服务 保持联系 宣传 客户教育"),
    ("needs", "price_sensitive|deal_prone|price", "优惠 促销"),
    ("needs", "brand_loyal|brand", "会员 忠诚 奖励"),
    ("needs", "quality_seeking|quality_focused|quality", "高质量 专业 售后"),
    ("purchase_behaviour", "frequent", "定期促销 优惠"),
    ("purchase_behaviour", "occasional", "定期联系 关怀 次数"),
    ("purchase_behaviour", "occasional_bulk", "定期联系 关怀"),
    ("purchase_behaviour", "prospect", "试用产品 优惠"),
    ("ticket_size", "high_ticket", "个性化定制 加强售后 专属客户经理 一对一"),
    ("ticket_size", "low_ticket", "折扣 满减 优化产品组合 网站 体验 自动化 管理成本"),
    ("lifecycle", "new", "引导 服务"),
    ("lifecycle", "churned", "挽回策略"),
    ("lifecycle", "prospect", "试用"),
    ("lifecycle", "active", "提醒"),
    ("revenue_contribution", "high", "专属服务方案 更快的响应 更大 折扣"),
    ("revenue_contribution", "medium", "会员计划 积分奖励 限时优惠 个性化推荐"),
    ("revenue_contribution", "low", "控制成本 标准化服务 自动客服 邮件 社交媒体"),
    ("purchase_frequency", "medium", "会员计划 积分奖励 限时优惠 个性化推荐"),
    ("growth_potential", "medium", "会员计划 积分奖励 限时优惠 个性化推荐"),
    ("growth_potential", "low", "控制成本 标准化服务 自动客服 邮件 社交媒体"),
    ("purchasing_power", "high", "高端系列 VIP 活动 定制"),
    ("purchasing_power", "medium", "中端 打折 满减 赠品"),
    ("purchasing_power", "low", "低端|入门|实惠 低价 团购"),
    ("purchase_frequency", "high", "积分计划 专属福利 客户活动"),
    ("purchase_frequency", "low", "邮件 推送 优惠 产品资讯"),
    ("growth_potential", "high", "专属成长计划 定制方案 关怀回访"),
    ("income", "high", "品类 活动"),
    ("engagement", "high", "专门营销"),
    ("engagement", "low", "多花一分力"),
    ("loyalty", "vip", "专属折扣 活动"),
    ("product_preference", "*", "推荐 新品 升级款"),
    ("firmographics", "large", "复杂|整体 定制"),
    ("firmographics", "small", "性价比 易用"),
]


@pytest.mark.parametrize(("name", "keys", "kinds"), ROWS)
def test_every_row_of_the_field_is_in_the_playbook(name, keys, kinds):
    if name not in methods.names():
        pytest.skip(f"there is no method {name} here")
    words = methods.words(name)
    key = next(one for one in keys.split("|") if one in words.class_keys())
    told = words.playbook(key, "zh").do
    assert [kind for kind in kinds.split() if not re.search(kind, told)] == []


def test_income_pricing_ships_switched_off():
    words = methods.words("income")
    for key in ("high", "medium", "low"):
        play = words.playbook(key, "zh")
        assert "定价" in play.off
        assert "付款条件" in play.off
        assert "关闭" in play.off
        assert "定价" not in play.do
        assert {"price", "payment"} <= set(play.flags)


@every_method
def test_nothing_promises_gross_win_back(name):
    # who comes back without a word from us is no success: every play that counts returns counts them against a control group
    words = methods.words(name)
    for key in words.class_keys():
        play = words.playbook(key, "zh")
        if "回来" in play.kpi:
            assert "对照组" in play.kpi, key
        assert not re.search(r"(?<!承诺)全部挽回", f"{play.do}{play.kpi}"), key


def test_a_crossed_class_takes_effort_from_the_first_and_the_action_from_the_others():
    words = methods.words("composite")
    play, value, stage = (
        words.playbook("value_tier.high+lifecycle.dormant", "en"),
        methods.words("value_tier").playbook("high", "en"),
        methods.words("lifecycle").playbook("dormant", "en"),
    )
    assert play.do == f"{stage.do}; at the effort of “High value”: {value.owner}, by {value.channel}"
    assert (play.owner, play.channel, play.kpi, play.stop) == (value.owner, value.channel, stage.kpi, stage.stop)
    assert value.dont in play.dont
    assert stage.dont in play.dont
    assert play.flags == ("service",)  # the effort is a service level; the price part of high value is not done here
    assert "several classifications" in play.flag


def test_a_class_of_features_takes_what_is_done_about_each():
    words = methods.words("clusters")
    play = words.playbook("discount_share_high+orders_low", "zh")
    assert "促销" in play.do
    assert "再来的理由" in play.do
    assert "小范围试验" in play.do
    assert play.flags == ("price",)
    assert words.playbook("net_volume_high+orders_low", "en").do.startswith("Try a small")


def test_a_class_that_the_data_name_is_named_in_its_play():
    assert "“Fresh fish”" in methods.words("product_preference").playbook("fresh_fish", "en").do
    assert "25–34 岁" in methods.words("demographics").playbook("25-34+female", "zh").do


def test_a_variant_has_a_play_of_its_own():
    words = methods.words("lifecycle")
    assert words.playbook("churned", "zh", "long_silent").do != words.playbook("churned", "zh").do
    assert "不少人照样会回来" in words.playbook("churned", "zh", "long_silent").dont


def test_a_class_of_the_users_own_is_not_given_somebody_elses_play():
    play = methods.words("rfm").playbook("Best", "en")
    assert "playbook.yml" in play.do
    assert play.flag == ""
