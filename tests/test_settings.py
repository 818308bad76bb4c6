"""client.yml: what is read, what is refused, and on which line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from seglib.errors import SettingsError
from seglib.settings import ClientSettings, amend, load, window_days

GOOD = """\
# 示例
project: 示例商贸
language: [zh, en]
currency: CNY
timezone: Asia/Shanghai
as_of: 2025-09-30
window: 12 months
tables:
  orders:
    files: data/*.xlsx            # a comment of the client
    layout: {sheets: all, header_row: 4, fill_down: [客户名称], drop_rows: {客户名称: [合计]}}
    columns:
      order_id: 单号
      customer_name: [客户名称, 客户]
      ordered_at: 单据日期
      amount: {sql: "数量 * 单价"}
    amount_unit: 万元
    returns: {单据类型: 退货单}
    keep: {单据状态: [已审核, 已出库]}
match: {orders.customer_name: customers.customer_name, ignore: [空格], aliases: matches.csv}
methods:
  rfm: {classes: cn8}
report: {main: rfm, also: [value_tier]}
"""


def client(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "client.yml"
    path.write_bytes(text.encode(encoding))
    return path


def refused(tmp_path: Path, text: str, *, encoding: str = "utf-8", lang: str = "en") -> str:
    with pytest.raises(SettingsError) as caught:
        load(client(tmp_path, text, encoding))
    return caught.value.text(lang)


def test_everything_of_a_good_file_is_there(tmp_path: Path) -> None:
    settings = load(client(tmp_path, GOOD))
    [orders] = settings.tables["orders"]
    assert settings.language == ["zh", "en"]
    assert settings.as_of == date(2025, 9, 30)
    assert settings.window_days == 365
    assert orders.files == ["data/*.xlsx"]
    assert orders.layout.header_row == [4]
    assert orders.columns["customer_name"] == ["客户名称", "客户"]
    assert orders.columns["amount"].sql == "数量 * 单价"  # type: ignore[union-attr]
    assert orders.returns == {"单据类型": ["退货单"]}
    assert settings.match is not None
    assert settings.match.pairs == {"orders.customer_name": "customers.customer_name"}
    assert settings.folder == tmp_path.resolve()
    assert settings.line("tables", "orders", "amount_unit") == 17


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_any_editor_s_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    assert load(client(tmp_path, GOOD, encoding)).project == "示例商贸"


def test_the_folder_will_do(tmp_path: Path) -> None:
    client(tmp_path, GOOD)
    assert load(tmp_path).currency == "CNY"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("layout: {sheets", "layuot: {sheets", 11, "layout"),
        ("header_row: 4", "header_rows: 4", 11, "header_row"),
        ("order_id: 单号", "oder_id: 单号", 13, "order_id"),
        ("order_id: 单号", "colour: 单号", 13, "extra_columns"),
        ("  orders:\n", "  order:\n", 9, "orders"),
        ("Asia/Shanghai", "Asia/Shanghay", 5, "Asia/Shanghai"),
        ("currency: CNY", "currency: ¥", 4, "CNY, EUR"),
        ("window: 12 months", "window: a year or so", 7, "12 months"),
        ("as_of: 2025-09-30", "as_of: 2025-09-31", 6, "date"),
        ("amount_unit: 万元", "amount_unit: 万块", 17, "千元"),
        ("language: [zh, en]", "language: fr", 3, "zh"),
        ("ignore: [空格]", "ignore: [空隔]", 20, "空格"),
        ("orders.customer_name:", "orders.name:", 20, "orders.name"),
        ("main: rfm", "mian: rfm", 23, "main"),
        ("returns: {", "return: {", 18, "returns"),
        ("header_row: 4", "header_row: four", 11, "whole number"),
    ],
)
def test_a_fault_has_its_line_and_the_name_that_was_meant(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    sentence = refused(tmp_path, GOOD.replace(old, new, 1))
    assert f"line {line}:" in sentence
    assert words in sentence


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("header_row", "header_rows").replace("order_id: 单号", "oder_id: 单号").replace("main: rfm", "mian: rfm")
    assert [f"line {number}" in refused(tmp_path, text) for number in (11, 13, 23)] == [True, True, True]


def test_a_fault_is_said_in_chinese(tmp_path: Path) -> None:
    assert "第 11 行" in refused(tmp_path, GOOD.replace("header_row", "header_rows"), lang="zh")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("project: a\n\tcurrency: CNY\n", "tab"),
        ("project： a\ncurrency： CNY\n", "full-width"),
        ('project: a\ncurrency: CNY\ntables:\n  orders: {files: "data\\sales.xlsx"}\n', "backslash"),
        ("project: a\ncurrency: CNY\ncurrency: EUR\n", "twice"),
        ("project: a\ncurrency: CNY\ntables:\n  orders:\n    exclude: {a: [*b*]}\n", "quotes"),
        ("project: [a\n", "indentation"),
        ("just words\n", "no keys"),
        ("", "no keys"),
        ("project: a\n", "currency is missing"),
        ("currency: CNY\ntables:\n  orders: {files: a.csv, database: b.duckdb, table: t}\n", "either files or database"),
        ("currency: CNY\ntables:\n  orders: {database: b.duckdb}\n", "needs table"),
        ("currency: CNY\ntables:\n  orders: {files: a.csv, layout: {encoding: gbkk}}\n", "encoding"),
        ("currency: CNY\ntables:\n  orders: {files: a.csv, layout: {delimiter: ';;'}}\n", "delimiter"),
    ],
)
def test_what_yaml_itself_refuses_is_said_plainly(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="seglib init"):
        load(tmp_path / "client.yml")


@pytest.mark.parametrize(
    ("window", "days"), [("12 months", 365), ("24 个月", 730), ("52 weeks", 364), ("90 days", 90), (30, 30), ("all", None)]
)
def test_windows_are_days(window: str | int, days: int | None) -> None:
    assert window_days(window) == days


def test_settings_can_be_made_without_a_file() -> None:
    settings = ClientSettings.model_validate({"timezone": "Europe/Berlin", "tables": {"orders": {"columns": {"amount": "Betrag"}}}})
    assert settings.tables["orders"][0].columns == {"amount": ["Betrag"]}
    assert settings.path is None


def test_the_fingerprint_follows_what_decides_the_data_and_nothing_else(tmp_path: Path) -> None:
    first = load(client(tmp_path, GOOD)).fingerprint()
    assert load(client(tmp_path, GOOD.replace("main: rfm", "main: value_tier"))).fingerprint() == first
    assert load(client(tmp_path, GOOD.replace("已出库", "已发货"))).fingerprint() != first


def test_amending_keeps_every_comment(tmp_path: Path) -> None:
    path = client(tmp_path, GOOD)
    amend(path, {"definitions": "signed/2025-09-30", "report.main": "value_tier"})
    text = path.read_text(encoding="utf-8")
    assert "# a comment of the client" in text
    assert text.startswith("# 示例\n")
    settings = load(path)
    assert (settings.definitions, settings.report.main) == ("signed/2025-09-30", "value_tier")
    amend(path, {"definitions": None})
    assert load(path).definitions is None
