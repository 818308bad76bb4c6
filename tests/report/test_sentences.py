"""Sentences follow the data: the same numbers in both languages, another sentence where the facts turn."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from seglib import methods, report
from seglib.report import sentences
from seglib.report.view import View

from . import made
from .conftest import view_of


def test_the_headline_is_that_of_the_profile() -> None:
    view = view_of("value_tier")
    row = view.result.profile.iloc[0]
    first = sentences.of_view(view).splitlines()[0]
    buyers = int((view.customers["orders"] > 0).sum())
    assert buyers < len(view.customers)
    assert first.startswith(f"High value: {row['customers']} customers ({row['customers'] / buyers:.1%} of the buyers)")
    assert f"{row['spend_share']:.1%} of sales" in first


def test_the_last_sentence_counts_who_is_outside() -> None:
    view = view_of("value_tier")
    never = int((view.customers["lifetime_orders"] == 0).sum())
    away = int((view.customers["orders"] == 0).sum()) - never
    assert min(never, away) > 0
    parts = f"No orders {never}, No orders in the window {away}"
    assert sentences.of_view(view).splitlines()[-1] == f"{never + away} customers could not be classified: {parts}."


def test_nobody_outside_is_said_too() -> None:
    table = made.customers()
    table = table[table["orders"] > 0].reset_index(drop=True)
    table.attrs = made.customers().attrs
    view = View(methods.get("value_tier").segment(table), table, "en", "USD")
    assert sentences.of_view(view).splitlines()[-1] == f"Every one of the {len(table)} known customers is in a class."


def test_a_failed_condition_comes_first() -> None:
    table = made.customers(40)
    view = View(methods.get("value_tier").segment(table, tiers="natural:3"), table, "en", "USD")  # groups need a hundred customers
    assert sentences.of_view(view).splitlines()[0].startswith("Do not decide anything with these classes yet: ")


def test_equal_customers_are_no_classes_and_the_sentence_says_why() -> None:
    table = made.customers()
    table = table.assign(orders=3, lifetime_orders=3, spend=10.0)
    view = View(methods.get("value_tier").segment(table), table, "en", "USD")
    first, last = sentences.of_view(view).splitlines()
    assert first == "Do not decide anything with these classes yet: The eligible customers show 1 different values; 3 are needed."
    assert last == "Every one of the 412 known customers is in a class."


def test_money_that_slips_away_is_named_where_there_is_any() -> None:
    view = view_of("rfm")
    keys = ["about_to_sleep", "at_risk", "cant_lose"]
    money = view.result.profile.set_index("segment").loc[keys, "spend"].sum()
    assert f"who spent {view.money(money)} in the window" in sentences.of_view(view)
    assert "Slipping" not in sentences.of_view(view_of("value_tier"))


@pytest.mark.parametrize(("lang", "late", "alarm"), [("en", "Later than usual", "Dormant"), ("zh", "晚于平常", "沉睡客户")])
def test_warnings_name_classes_as_the_page_does(lang: str, late: str, alarm: str) -> None:
    """By the variant that the data allow, or by the client's own label; never by a name of alarm that was not earned."""
    result, table = view_of("lifecycle").result, view_of("lifecycle").customers
    variants = pd.DataFrame({"segment": ["dormant"], "variant": ["late"]})
    small = pd.DataFrame({"warning": ["small_class"], "values": ['{"classes": ["dormant", "new"], "needed": 30}']})
    changed = replace(result, details={**result.details, "variants": variants, "warnings": small})
    told = View(changed, table, lang, "USD").warnings()[0]
    assert late in told
    assert alarm not in told
    assert "Frisch" in View(changed, table, lang, "USD", {"new": "Frisch"}).warnings()[0]


@pytest.mark.parametrize("method", methods.names())
def test_both_languages_say_the_same_numbers(method: str) -> None:
    english, chinese = (sentences.of_view(view_of(method, lang)).splitlines() for lang in ("en", "zh"))
    assert len(english) == len(chinese)
    assert [_numbers(line) for line in english] == [_numbers(line) for line in chinese]


def _numbers(line: str) -> list[str]:
    """Shares and counts of a sentence; money is told in another unit in each language."""
    without = re.sub(r"USD [\d.,]+( [KM])?|[\d.,]+ [万亿]?美元", "", line)
    return sorted(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?%?", without))


def test_the_public_function_needs_no_customer_table() -> None:
    view = view_of("value_tier")
    said = report.narrative(view.result, lang="en", currency="USD")
    share = view.result.profile["customers_share"].iloc[0]
    first = said.splitlines()[0]
    assert f"({share:.1%} of all known customers)" in first, "who bought in the window only the table tells"
    assert first.split(") ")[1] == sentences.of_view(view).splitlines()[0].split(") ")[1]
    assert said._repr_html_().startswith('<div class="bottom-line"><p>High value: ')
