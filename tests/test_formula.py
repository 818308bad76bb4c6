"""Derived inputs: arithmetic one can print, the same in every engine; nothing else is carried out."""

from __future__ import annotations

import math

import ibis
import pandas as pd
import pytest

from seglib.errors import SchemeError
from seglib.formula import Formula

CUSTOMERS = pd.DataFrame(
    {
        "spend": [100.0, 30.0, 0.0, math.nan],
        "other": [300.0, 0.0, 0.0, 5.0],
        "orders": [4.0, 1.0, 0.0, 2.0],
        "city": ["北京", "Lyon", None, "Graz"],
    }
)


def values(text: str, table: dict[str, float] | None = None) -> list[float | None]:
    memory = ibis.memtable(CUSTOMERS.assign(n=range(4))).order_by("n")
    found = ibis.duckdb.connect().to_pandas(memory.select(Formula("x", text, table or {}).expression(memory)))["x"]
    return [None if pd.isna(value) else float(value) for value in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spend / (spend + other)", [0.25, 1.0, None, None]),
        ("spend - 2 * orders", [92.0, 28.0, 0.0, None]),
        ("-spend", [-100.0, -30.0, 0.0, None]),
        ("spend / 0", [None, None, None, None]),
        ("greatest(spend, other)", [300.0, 30.0, 0.0, None]),
        ("least(spend, other, 50)", [50.0, 0.0, 0.0, None]),
        ("coalesce(spend, 7)", [100.0, 30.0, 0.0, 7.0]),
        ("abs(spend - other)", [200.0, 30.0, 0.0, None]),
        ("log(orders)", [math.log(4), 0.0, None, math.log(2)]),
        ("sqrt(orders)", [2.0, 1.0, 0.0, math.sqrt(2)]),
        ("sqrt(orders - 2)", [math.sqrt(2), None, None, 0.0]),
        ("where(orders >= 2, spend, 1)", [100.0, 1.0, 1.0, None]),
        ("where(spend > 50, 1, 0)", [1.0, 0.0, 0.0, None]),
        ("where(orders != 4, 1, spend)", [100.0, 1.0, 1.0, 1.0]),
        ("where(orders == 4, 1, where(orders < 1, 2, 3))", [1.0, 3.0, 2.0, 3.0]),
        ("where(orders <= 1, 1, 2)", [2.0, 1.0, 1.0, 2.0]),
        ("position(spend, 0, 30, 30, 100)", [87.5, 50.0, 12.5, None]),
        ("position(other, -5, 1)", [100.0, 50.0, 50.0, 100.0]),
        ("orders > 1", [1.0, 0.0, 0.0, 1.0]),
    ],
)
def test_a_formula_is_worked_out(text: str, expected: list[float | None]) -> None:
    assert values(text) == pytest.approx(expected, nan_ok=True)


def test_a_text_is_looked_up_and_one_that_is_not_listed_is_missing() -> None:
    assert values("city", {"北京": 1, "Lyon": 2}) == [1.0, 2.0, None, None]
    assert Formula("tier", "city", {"Lyon": 2}).texts == ("city",)
    assert Formula("share", "spend / other").texts == ()


def test_inputs_stand_in_the_order_of_the_text_each_once() -> None:
    assert Formula("x", "spend_last / spend + log(spend_last) - spend").inputs == ("spend_last", "spend")


@pytest.mark.parametrize("text", ["", "spend +", "1 2"])
def test_what_is_no_formula_is_quoted(text: str) -> None:
    with pytest.raises(SchemeError) as caught:
        _ = Formula("x", text).inputs
    assert str(caught.value) == f"formula x: {text!r} cannot be read."


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("spend ** 2", "spend ** 2"),
        ("spend.real", "spend.real"),
        ("spend[0]", "spend[0]"),
        ("'a'", "'a'"),
        ("1 < spend < 2", "1 < spend < 2"),
        ("spend and other", "spend and other"),
        ("exp(spend)", "exp(spend)"),
        ("log(spend, other)", "log(spend, other)"),
        ("log()", "log()"),
        ("greatest(spend)", "greatest(spend)"),
        ("where(spend > 1, 2)", "where(spend > 1, 2)"),
        ("abs(x=spend)", "abs(x=spend)"),
        ("2 * (lambda: spend)()", "(lambda: spend)()"),
    ],
)
def test_anything_but_arithmetic_is_refused(text: str, part: str) -> None:
    with pytest.raises(SchemeError, match="is not arithmetic; use") as caught:
        values(text)
    assert repr(part) in str(caught.value)


def test_where_asks_for_a_comparison() -> None:
    with pytest.raises(SchemeError, match=r"first value of where must be a comparison, such as orders > 3"):
        values("where(orders, 1, 2)")


def test_the_definition_is_plain() -> None:
    assert Formula("tier", "city", {"Lyon": 2.0}).definition() == {"name": "tier", "text": "city", "table": {"Lyon": 2.0}}


def test_points_of_position_are_numbers() -> None:
    with pytest.raises(SchemeError, match="'other' must be a number"):
        values("position(spend, 1, other)")
