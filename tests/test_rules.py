"""Scores and rules: what one value gets, what a column of them gets in an engine, and how rules are written."""

from __future__ import annotations

import itertools
import math

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglib.errors import SchemeError
from seglib.rules import Rule, Score, grid_rules

RECENCY = Score("R", "days", (30.0, 90.0), (3, 2, 1), "right")
MONEY = Score("M", "spend", (50.0, 100.0), (1, 2, 3), "left")
OWN = Score("F", "orders", (3.0, 5.0), (2, 3, 4), "right", own="orders")


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def in_engine(engine: ibis.BaseBackend, score: Score, rows: list[dict[str, float | None]]) -> pd.Series:
    table = ibis.memtable(pd.DataFrame(rows, dtype=float).assign(n=range(len(rows))))
    found = engine.to_pandas(table.mutate(score=score.expression(table)).order_by("n"))["score"]
    return found.astype(object).where(found.notna(), None).tolist()


@pytest.mark.parametrize(
    ("score", "values", "expected"),
    [
        (RECENCY, (0, 29.9, 30, 30.1, 90, 91), [3, 3, 3, 2, 2, 1]),
        (MONEY, (-1, 49.99, 50, 99.99, 100, 1e12), [1, 1, 2, 2, 3, 3]),
        (OWN, (0, 1, 2, 3, 4, 5, 6), [2, 1, 2, 2, 3, 3, 4]),
        (Score("all", "spend", (), (5,)), (-1, 0, 1e9), [5, 5, 5]),
        (RECENCY, (None, math.nan), [None, None]),
    ],
)
def test_the_score_of_a_value_counts_the_cuts_it_has_passed(score: Score, values: tuple[float | None, ...], expected: list[int]) -> None:
    assert [score.of(value, value) for value in values] == expected


def test_exactly_one_order_is_the_lowest_score_whatever_the_money() -> None:
    score = Score("M", "spend", (50.0,), (2, 3), own="orders")
    assert [score.of(900.0, 1), score.of(900.0, 2), score.of(900.0, None), score.of(None, 1)] == [1, 3, 3, None]
    assert score.inputs == ("spend", "orders")
    assert OWN.inputs == ("orders",)
    assert (score.values(), OWN.values(), RECENCY.values()) == ((1, 2, 3), (1, 2, 3, 4), (1, 2, 3))


@pytest.mark.parametrize(
    ("cuts", "scores"),
    [((1.0,), (1, 2, 3)), ((2.0, 1.0), (1, 2, 3)), ((1.0, 1.0), (1, 2, 3)), ((math.nan,), (1, 2)), ((math.inf,), (1, 2)), ((), ())],
)
def test_cuts_that_do_not_rise_or_do_not_match_the_scores_are_refused(cuts: tuple[float, ...], scores: tuple[int, ...]) -> None:
    with pytest.raises(SchemeError, match=rf"score S: cuts .* must be finite and rise, .* found {len(scores)} scores"):
        Score("S", "spend", cuts, scores)


@st.composite
def scores_to_try(draw: st.DrawFn) -> Score:
    cuts = tuple(map(float, sorted(draw(st.sets(st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float), max_size=5)))))
    numbers = tuple(draw(st.lists(st.integers(1, 5), min_size=len(cuts) + 1, max_size=len(cuts) + 1)))
    return Score("S", "x", cuts, numbers, draw(st.sampled_from(["left", "right"])), draw(st.sampled_from(["", "x", "orders"])))


@given(score=scores_to_try(), allowed=st.sets(st.none() | st.integers(0, 6)))
def test_an_engine_agrees_at_every_cut_and_on_either_side_of_it(score: Score, allowed: set[int | None], engine: ibis.BaseBackend) -> None:
    around = [v for cut in score.cuts for v in (math.nextafter(cut, -math.inf), cut, math.nextafter(cut, math.inf))]
    rows = [{"x": x, "orders": orders} for x in (*around, 0.0, 1.0, -1e300, 1e300, None) for orders in (0.0, 1.0, 2.0, None)]
    expected = [score.of(row["x"], row[score.own] if score.own else None) for row in rows]
    assert in_engine(engine, score, rows) == expected
    table = ibis.memtable(pd.DataFrame(rows, dtype=float).assign(n=range(len(rows))))
    meets = table.mutate(meets=ibis.cases((score.condition(table, allowed), True), else_=False)).order_by("n")
    assert engine.to_pandas(meets)["meets"].tolist() == [number in allowed for number in expected]


def test_a_condition_reads_like_the_printed_cuts() -> None:
    table = ibis.table({"days": "float64", "spend": "float64"}, name="customers")

    def sql(score: Score, *allowed: int | None) -> str:
        text = ibis.to_sql(table.filter(score.condition(table, allowed)), dialect="duckdb")
        return " ".join(str(text).split("WHERE")[1].replace('"t0".', "").replace('"', "").split())

    assert sql(RECENCY, 3) == "days <= 30.0"
    assert sql(RECENCY, 2, 3) == "days <= 90.0"
    assert sql(RECENCY, 2) == "days > 30.0 AND days <= 90.0"
    assert sql(MONEY, 2, 3) == "spend >= 50.0"
    assert sql(MONEY, 1, 3) == "( spend < 50.0 ) OR ( spend >= 100.0 )"
    assert sql(MONEY, 1, 2, 3) == "spend IS NOT NULL"
    assert sql(MONEY, None) == "spend IS NULL"


def test_true_is_one_and_false_is_nought_without_a_cast() -> None:
    flag = Score("returns", "returns_only", (0.5,), (0, 1))
    table = ibis.table({"returns_only": "boolean"}, name="customers")
    text = str(ibis.to_sql(table.select(flag.expression(table)), dialect="postgres"))
    assert "CAST" not in text.replace("CAST(NULL AS BIGINT)", "")
    rows = ibis.memtable(pd.DataFrame({"returns_only": pd.array([True, False, None], dtype="boolean"), "n": [0, 1, 2]}))
    found = ibis.duckdb.connect().to_pandas(rows.mutate(score=flag.expression(rows)).order_by("n"))["score"]
    assert found.astype("Int64").tolist() == [1, 0, pd.NA]


# --- rules ----------------------------------------------------------------------------------------------------------------------------


def test_a_rule_matches_when_every_score_it_names_has_one_of_its_values() -> None:
    rule = Rule("loyal", {"R": (2, 3), "F": (3, None)})
    assert rule.matches({"R": 2, "F": 3, "M": 1})
    assert rule.matches({"R": 3, "F": None})
    assert not rule.matches({"R": 1, "F": 3})
    assert not rule.matches({"R": None, "F": 3})
    assert Rule("rest", {}).matches({"R": None})


@given(recent=st.sets(st.none() | st.integers(0, 4)), much=st.sets(st.none() | st.integers(0, 4)))
def test_a_rule_in_an_engine_agrees_with_its_matching(recent: set[int | None], much: set[int | None], engine: ibis.BaseBackend) -> None:
    rule = Rule("x", {"R": tuple(recent), "M": tuple(much)})
    rows = [{"days": d, "spend": s} for d, s in itertools.product((10.0, 30.0, 60.0, 99.0, None), (10.0, 50.0, 75.0, 100.0, None))]
    table = ibis.memtable(pd.DataFrame(rows, dtype=float).assign(n=range(len(rows))))
    condition = rule.expression(table, {"R": RECENCY, "M": MONEY})
    found = engine.to_pandas(table.mutate(hit=ibis.cases((condition, True), else_=False)).order_by("n"))["hit"].tolist()
    assert found == [rule.matches({"R": RECENCY.of(row["days"]), "M": MONEY.of(row["spend"])}) for row in rows]


def test_rules_are_read_from_a_text_or_a_mapping() -> None:
    text = "Best: 4-5/4-5; Can't lose: 1/5 ; Any: * / 3;otherwise: Rest"
    rules, otherwise = grid_rules(text, ("R", "F"))
    assert [(rule.segment, rule.when) for rule in rules] == [
        ("Best", {"R": (4, 5), "F": (4, 5)}),
        ("Can't lose", {"R": (1,), "F": (5,)}),
        ("Any", {"R": (1, 2, 3, 4, 5), "F": (3,)}),
    ]
    assert otherwise == "Rest"
    assert grid_rules({"Best": "4-5/4-5", "Can't lose": "1/5", "Any": "*/3", "otherwise": "Rest"}, ("R", "F")) == (rules, otherwise)
    assert grid_rules("重要：4-5/4-5；其余：*/*", ("R", "F"))[0][0] == Rule("重要", {"R": (4, 5), "F": (4, 5)})
    assert grid_rules("A: 1/2", ("R", "F"))[1] == ""


def test_a_class_may_stand_more_than_once() -> None:
    rules, _ = grid_rules("Good: 5/1; Bad: 1/1; Good: 1/5", ("R", "F"))
    assert [rule.segment for rule in rules] == ["Good", "Bad", "Good"]


@pytest.mark.parametrize(
    "spelling",
    [
        "Best", "Best: 4-5", "Best: 4-5/4-5/4-5", ": 4/4", "Best: 6/1", "Best: 0/1", "Best: 5-4/1", "Best: 4-/1", "Best: -4/1", "Best: a/1",
        "Best: /1",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_is_quoted(spelling: str) -> None:
    with pytest.raises(SchemeError) as caught:
        grid_rules(spelling, ("R", "F"))
    name, _, ranges = spelling.rpartition(":")
    assert str(caught.value) == (
        f"classes: {f'{name.strip()}: {ranges.strip()}'!r} cannot be read. Write a class, a colon and 2 ranges of scores 1 to 5, "
        "e.g. Best: 4-5/4-5."
    )
