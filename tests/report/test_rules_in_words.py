from __future__ import annotations

import pytest

from seglib.report import rules

from .conftest import view_of


def test_fixed_cuts_belong_to_the_better_class_and_read_so() -> None:
    view = view_of("value_tier", tiers="fixed:100,500")
    score = next(score for score in view.result.scheme.scores if not score.hidden)
    assert [rules.interval(view, score, place) for place in (2, 1, 0)] == [
        "USD 500 or more",
        "USD 100 to less than USD 500",
        "less than USD 100",
    ]


def test_few_days_are_better_and_read_so() -> None:
    view = view_of("rfm", "zh", r_tiers="fixed:30,90")
    score = view.result.scheme.score("R")
    assert [rules.interval(view, score, place) for place in (0, 1, 2)] == ["不超过 30 天", "高于 30 天，不超过 90 天", "高于 90 天"]


def test_an_own_class_for_one_order_is_named() -> None:
    shown = rules.cut_table(view_of("purchase_frequency")).html
    assert "exactly one order" in shown
    assert "One-time" in shown


def test_one_score_gives_a_row_a_class_and_several_a_row_an_axis() -> None:
    assert rules.cut_table(view_of("value_tier")).html.count("<tr>") == 4
    assert rules.cut_table(view_of("rfm")).html.count("<tr>") == 4
    assert "Score 5" in rules.cut_table(view_of("rfm")).html


@pytest.mark.parametrize(
    ("method", "params", "segment", "text"),
    [
        ("rfm", {}, "champion", "Recency 5, Frequency 4–5"),
        ("rfm", {"classes": "cn8"}, "key_value", "Recency 2, Frequency 2, Money 2"),
        ("rfm", {"classes": "rfm125"}, "lost", "6 combinations, see the truth table"),
        ("rfm", {"classes": "Best: 4-5/4-5/4-5; otherwise: Rest"}, "Rest", "all others"),
        ("value_tier", {"tiers": "fixed:100,500"}, "high", "USD 500 or more"),
    ],
)
def test_the_rule_of_a_class_in_words(method: str, params: dict, segment: str, text: str) -> None:
    assert rules.rule_text(view_of(method, **params), segment) == text


def test_truth_tables_of_two_and_three_axes() -> None:
    assert rules.truth_table(view_of("rfm")).html.count("<caption>") == 1
    assert rules.truth_table(view_of("rfm", classes="rfm125")).html.count("<caption>") == 5
    assert rules.truth_table(view_of("rfm", classes="cn8")).html.count("<tr>") == 9
    assert rules.truth_table(view_of("value_tier")) is None


@pytest.mark.parametrize(
    ("tiers", "text"),
    [
        ("quantile:5", "5 groups of customers, as equal as the values allow"),
        ("top:10,80,10", "shares of customers from the top (10/80/10%)"),
        ("share:0.8,0.95", "by cumulated share of the total (0.8,0.95)"),
        ("fixed:30,90", "fixed by hand"),
        ("mean", "at the mean"),
        ("median", "at the median"),
        ("natural:4", "4 natural groups"),
        ("quantile:4+own1", "4 groups of customers, as equal as the values allow, exactly one order apart"),
    ],
)
def test_why_a_cut_is_where_it_is(tiers: str, text: str) -> None:
    assert rules.tiers_text(view_of("value_tier"), tiers) == f" — {text}"


def test_cuts_of_every_axis_are_told_in_one_line() -> None:
    lines = rules.drawn(view_of("rfm", r_tiers="fixed:30,90"))
    assert lines[0] == "Recency (Days since last order): 30 days, 90 days — fixed by hand"
    assert len(lines) == 3


def test_groups_that_equal_values_have_merged_are_counted_as_they_are() -> None:
    view = view_of("rfm")
    assert "5 groups of customers, as equal" in rules.tiers_text(view, "quantile:5", reached=5)
    assert "3 groups of customers; 5 were asked for" in rules.tiers_text(view, "quantile:5", reached=3)


def test_a_score_that_nobody_has_takes_no_row() -> None:
    view = view_of("value_tier", tiers="fixed:100,500,1e9")
    shown = rules.cut_table(view).html
    assert shown.count("<tr>") == 4
    assert rules.interval(view, view.result.scheme.score("V"), 3) not in shown
