"""The one number of the front page: a fixed menu, the largest sum wins, and what the data do not carry is not on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seglib.report import front, html, plan
from seglib.report.files import results

from .conftest import view_of


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> plan.Plan:
    from . import shop

    return plan.settle("report", [], shop.write(tmp_path_factory.mktemp("front") / "shop"))


def told(*methods: str, lang: str = "en", **facts: object) -> dict:
    """Results by method; ``facts`` replace facts of the first."""
    found = {name: results(view_of(name, lang)) for name in methods}
    found[methods[0]]["facts"] |= facts
    return found


def headlines(made: plan.Plan, found: dict, lang: str = "en") -> list[str]:
    return [one.headline for one in front.findings(made, found, lang)]


def test_the_largest_sum_heads_the_page(settled: plan.Plan) -> None:
    found = front.findings(settled, told("rfm", "value_tier"), "en")
    assert [one.money for one in found] == sorted((one.money for one in found), reverse=True)
    assert "of customers bring" in found[0].headline


def test_when_the_sums_turn_the_headline_turns(settled: plan.Plan) -> None:
    sliding = {"segments": ["at_risk"], "customers": 5, "customers_share": 0.01, "spend": 9e9, "spend_share": 0.9}
    first = front.findings(settled, told("rfm", sliding=sliding), "en")[0]
    assert first.headline == "customers who are slipping away hold 90% of sales"
    assert "At risk" in first.sentence


def test_money_without_a_customer_can_head_the_page(settled: plan.Plan) -> None:
    found = told("rfm", unattributed=9e9)
    assert "belong to no known customer" in headlines(settled, found)[0]
    assert not [one for one in headlines(settled, told("rfm", unattributed=0.0)) if "no known customer" in one]


def test_one_large_customer_is_on_the_menu_only_where_there_is_one(settled: plan.Plan) -> None:
    assert "one customer holds 20% of sales" in headlines(settled, told("rfm", largest={"spend": 1e5, "spend_share": 0.2}))
    assert not [one for one in headlines(settled, told("rfm")) if one.startswith("one customer")]


def test_what_the_main_method_does_not_know_another_page_may_tell(settled: plan.Plan) -> None:
    assert not [one for one in headlines(settled, told("rfm")) if "just below" in one]
    assert [one for one in headlines(settled, told("rfm", "value_tier")) if "just below the best class" in one]


def test_without_the_main_result_nothing_is_claimed(settled: plan.Plan) -> None:
    assert front.findings(settled, told("value_tier"), "en") == []


def test_chinese_says_the_same_finding(settled: plan.Plan) -> None:
    english, chinese = (front.findings(settled, told("rfm", lang=lang), lang) for lang in ("en", "zh"))
    assert [one.money for one in english] == [one.money for one in chinese]
    assert "贡献了" in chinese[0].headline


def test_what_was_not_used_is_said(settled: plan.Plan) -> None:
    lines = front.unused(replace(settled, lacking={"rfm": ["spend"]}), "en")
    assert "RFM segments: needs Sales" in lines
    assert any(line.startswith("Province: known for 208 of 312 customers") for line in lines)


def test_how_a_page_was_made_repeats_with_one_command(settled: plan.Plan) -> None:
    made = replace(settled, given={"rfm": {"tiers": "quantile:4"}})
    command = next(row[1] for row in front.how_made(made, "rfm", "zh") if row[2])
    assert command == 'seglib run rfm client.yml -p rfm.tiers="quantile:4" --as-of 2025-12-30 --window-days 365 --lang zh'


def test_shown_parameters_are_those_of_the_run() -> None:
    cell = 'client: str = ""  # path\nk: int = 3'
    assert html.shown_parameters(cell, {"client": "client.yml", "k": 5}) == 'client: str = "client.yml"  # path\nk: int = 5'


def test_templates_escape_what_they_are_given(tmp_path: Path) -> None:
    page = html.render("shelf.html.j2", "en", title="<b>", project="", period="", links=[], runs=[])
    assert "<title>&lt;b&gt;</title>" in page
    assert page.endswith("</html>\n")
