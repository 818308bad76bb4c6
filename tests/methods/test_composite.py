"""The grid of several methods: mergers by hand, order of rules, and the grocery chain."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.errors import ParameterError
from seglib.methods import composite
from seglib.methods._draft import Draft
from seglib.rules import Rule
from seglib.segmentation import load_scheme


def _cells(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["cell", "customers", "mean"])
    return frame.assign(total=1000.0)


def _merge(table, rows, least=30, names=("v", "n")):
    draft = Draft("composite", table(orders=[1], spend=[1.0]), needs=(), params={})
    into = composite._merged(draft, _cells(rows), names, least)
    return into, draft.details["merged"], draft.warnings


def test_a_small_cell_joins_the_one_of_its_first_class_where_least_is_lost(table):
    rows = [(("high", "a"), 100, 50.0), (("high", "b"), 10, 41.0), (("high", "c"), 100, 40.0), (("low", "a"), 100, 41.0)]
    into, merged, warnings = _merge(table, rows)
    # With c: 10 * 100 / 110 * 1² / 1000; with a 81 times as much; low is another value.
    assert into[("high", "b")] == ("high", "c")
    assert merged.to_dict("records") == [{"cell": "v.high+n.b", "into": "v.high+n.c", "customers": 10}]
    assert len(warnings) == 1


def test_mergers_go_on_until_no_cell_is_small_and_an_empty_cell_goes_to_the_nearest(table):
    rows = [(("high", "a"), 20, 10.0), (("high", "b"), 0, 0.0), (("high", "c"), 20, 10.0), (("low", "a"), 5, 1.0)]
    into, merged, _ = _merge(table, rows)
    assert {into[("high", name)] for name in "abc"} == {("high", "c")}
    assert merged["cell"].tolist() == ["v.high+n.b", "v.high+n.a"]
    assert into[("low", "a")] == ("low", "a")  # nobody of its class to join


STAGES = ("new", "active", "reactivated", "dormant", "churned")


def _stages(table, sizes: dict[str, list[int]]):
    """Cells of high, medium and low by stage, all with the same spend."""
    rows = [
        ((value, stage), sizes.get(stage, [0] * 3)[nth], 1.0)
        for nth, value in enumerate(("high", "medium", "low"))
        for stage in STAGES
        if stage in sizes
    ]
    return _merge(table, rows, names=("v", "lifecycle"))[0]


def test_a_small_cell_stays_in_its_stage(table):
    into = _stages(table, {"active": [100, 100, 100], "dormant": [4, 2, 90], "churned": [60, 60, 60]})
    # Medium is nearer to high than to low only by the order; it is the smallest and goes first, then high goes on to low.
    assert {into[(value, "dormant")] for value in ("high", "medium", "low")} == {("low", "dormant")}
    assert into[("high", "churned")] == ("high", "churned")


def test_where_no_cell_of_the_stage_is_left_the_neighbouring_stage_takes_it(table):
    into = _stages(table, {"active": [100, 100, 100], "dormant": [3, 2, 4], "churned": [60, 60, 60]})
    assert {into[(value, "dormant")][1] for value in ("high", "medium", "low")} == {"churned"}
    into = _stages(table, {"new": [0, 0, 5], "active": [100, 100, 100]})
    assert into[("low", "new")] == ("low", "active")


def test_who_comes_never_joins_who_is_silent(table):
    for few in ("new", "reactivated", "active"):
        into = _stages(table, {few: [3, 2, 1], "dormant": [90, 90, 90], "churned": [90, 90, 90]})
        assert {into[(value, few)][1] for value in ("high", "medium", "low")} == {few}
    into = _stages(table, {"active": [90, 90, 90], "dormant": [3, 2, 1], "churned": [0, 0, 4]})
    assert {into[(value, stage)][1] for value in ("high", "medium", "low") for stage in ("dormant", "churned")} <= {"dormant", "churned"}


def test_rules_ask_for_what_both_ask_for():
    first, second = Rule("x", {"A": (1, 2), "B": (1,)}), Rule("y", {"A": (2, 3)})
    assert composite._both([first, second]) == {"A": (2,), "B": (1,)}
    assert composite._both([first, Rule("z", {"A": (3,)})]) is None


@pytest.mark.parametrize("chosen", ["value_tier,lifecycle", "value_tier,purchase_frequency", "value_tier,ticket_size,purchase_frequency"])
def test_every_customer_is_where_the_parts_put_it(year, holds, chosen):
    result = composite.segment(year, methods=chosen)
    names = chosen.split(",")
    parts = pd.concat([methods.get(name).segment(year).assignments["segment"].rename(name) for name in names], axis=1)
    cell = parts.apply(lambda row: "+".join(f"{name}.{row[name]}" for name in names), axis=1)
    merged = dict(zip(result.details["merged"]["cell"], result.details["merged"]["into"], strict=True))

    def end(key: str) -> str:
        while key in merged:
            key = merged[key]
        return key

    inside = ~result.assignments["segment"].isin(result.scheme.outside)
    assert (result.assignments["segment"] == cell.map(end))[inside].all()
    assert inside.sum() > 2000
    holds(result, year)


def test_the_grid_of_the_grocery_chain(year, tmp_path):
    result = composite.segment(year)
    inside = result.profile[~result.profile["outside"]].set_index("segment")["customers"]
    assert inside.min() >= 30
    merged = result.details["merged"]
    stages = [merged[column].str.partition("lifecycle.")[2] for column in ("cell", "into")]
    assert len(merged) >= 1
    left = {pair for pair in zip(*stages, strict=True) if pair[0] != pair[1]}
    assert left <= {("new", "active"), ("reactivated", "active"), ("dormant", "churned"), ("churned", "dormant")}
    assert "r2" not in result.fit  # tiers of the window's spend explain it by construction
    loaded = load_scheme(result.scheme.save(tmp_path / "scheme.json"))
    assert seglib.segmentation.assign(loaded, year)["segment"].equals(result.assignments["segment"])


def test_words_of_a_cell_are_those_of_its_parts():
    words = methods.words("composite")
    key = "value_tier.high+lifecycle.active"
    assert words.label(key, "en") == "High value · Active"
    assert words.label(key, "zh") == "高价值·活跃客户"
    assert len(words.short("value_tier.medium+ticket_size.high_ticket_occasional", "en")) == 25
    assert words.colour(key) == "top"


@pytest.mark.parametrize(
    "wrong", ["value_tier", "value_tier,value_tier", "value_tier,nothing", "composite,rfm", "value_tier,lifecycle,rfm,ticket_size"]
)
def test_other_than_two_or_three_known_methods_are_refused(year, wrong):
    with pytest.raises(ParameterError, match="methods is"):
        composite.segment(year, methods=wrong)


def test_too_many_classes_and_learned_methods_are_refused(year):
    with pytest.raises(ParameterError, match="rfm has 11 classes"):
        composite.segment(year, methods="value_tier,rfm")
    with pytest.raises(ParameterError, match="clusters is learned"):
        composite.segment(year, methods="value_tier,clusters")
    with pytest.raises(ParameterError, match="least is 0"):
        composite.segment(year, least=0)


def test_a_cell_is_called_by_what_the_data_make_of_its_parts():
    words, key = methods.words("composite"), "value_tier.high+needs.price_sensitive"
    asked = words.label(key, "zh")
    bought = words.varied({"needs.price_sensitive": "deal_prone"}).label(key, "zh")
    assert "价格敏感型" in asked
    assert bought == "高价值·促销偏好型（价格敏感）"
    assert words.varied({"needs.price_sensitive": "deal_prone"}).label(key, "en") == "High value · Deal-prone"


def test_a_grid_asks_for_what_its_parts_ask_for():
    alone, crossed = methods.asks("composite"), methods.asks("composite", methods="value_tier, needs")
    assert "promo_index" not in alone["also"]
    assert {"promo_index", "spend"} <= set(crossed["also"])
    assert set(methods.get("needs").FACTS) <= set(crossed["facts"])
    assert not any("|" in name for name in crossed["also"])
