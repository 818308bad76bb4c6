from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from seglib import methods
from seglib.report.facts import facts, share_of
from seglib.report.view import View

from . import made
from .conftest import view_of


def test_sums_and_counts_are_those_of_the_table() -> None:
    view = view_of("value_tier")
    found = facts(view)
    assert found["customers"] == 412
    assert found["buyers"] == int((view.customers["orders"] > 0).sum())
    assert found["spend"] == pytest.approx(view.customers["spend"].sum())
    assert found["unattributed"] == 1234.5
    assert found["again_share"] == pytest.approx((view.customers["orders"] > 1).sum() / found["buyers"])


def test_the_top_is_the_best_class_where_there_is_an_order_and_the_richest_where_not() -> None:
    assert facts(view_of("value_tier"))["top"]["segment"] == "high"
    rfm = view_of("rfm")
    assert facts(rfm)["top"]["segment"] == rfm.inside.loc[rfm.inside["spend"].idxmax(), "segment"]


def test_one_customer_is_named_only_where_a_tenth_of_sales_is_theirs() -> None:
    table = made.customers()
    assert "largest" not in facts(view_of("value_tier"))
    table.loc[table["spend"].idxmax(), "spend"] = table["spend"].sum()
    found = facts(View(methods.get("value_tier").segment(table), table, "en", "USD"))
    assert found["largest"]["spend_share"] == pytest.approx(table["spend"].max() / table["spend"].sum())


def test_within_reach_are_those_less_than_a_tenth_below_the_best_cut() -> None:
    view = view_of("value_tier", tiers="fixed:100,500")
    spend = view.customers["spend"]
    members = spend[(spend >= 450) & (spend < 500)]
    assert facts(view)["within_reach"] == {"customers": len(members), "spend": pytest.approx(members.sum()), "column": "spend", "cut": 500}


def test_without_money_no_fact_is_about_money() -> None:
    table = made.customers().drop(columns="spend")
    view = View(methods.get("purchase_frequency").segment(table), table, "en", "")
    assert set(facts(view)) == {"customers", "classified", "classes", "buyers", "again_share"}


def test_a_gate_shows_as_many_digits_as_tell_it_from_what_is_needed() -> None:
    from seglib.report.view import _apart

    assert _apart(1.0163, 1.0242) == ("1.016", "1.024")
    assert _apart(3, 100) == ("3", "100")
    assert _apart(0.0, 0.0) == ("0", "0")


def test_a_missing_column_is_called_as_readers_call_it() -> None:
    from types import SimpleNamespace

    import pandas as pd

    from seglib.report.view import View

    view = View(SimpleNamespace(method="lifecycle", details={}), pd.DataFrame(), "zh")  # type: ignore[arg-type]
    assert view.label("unknown_days_since_first_order") == "资料缺失（距首次购买天数）"
    assert view.meaning("unknown_days_since_first_order") == "缺少距首次购买天数，无法判断。"


@pytest.mark.parametrize(
    ("orders", "base", "share"),
    [([3, 2, 1, 1], "customers", 0.5), ([3, 2, 1, 0], "buyers", 2 / 3), ([3, 0, 1, 1], "known", 0.5), (None, "known", 0.5)],
)
def test_a_share_of_customers_beside_sales_is_one_of_the_buyers(orders: list[int] | None, base: str, share: float) -> None:
    customers = pd.DataFrame({"customer_id": list("abcd")} | ({"orders": orders} if orders else {}))
    result = SimpleNamespace(assignments=pd.DataFrame({"segment": ["high", "high", "low", "low"]}))
    assert share_of(SimpleNamespace(result=result, customers=customers, outside=["low"]), "high") == (base, pytest.approx(share))  # type: ignore[arg-type]
