"""The ladder adds up in rows and to the last cent, whatever the lines hold."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seglib import collect
from seglib.settings import ClientSettings

PARTS = ("total_rows", "repeated", "filtered", "rejected", "unattributed", "used")
DATES = st.sampled_from(["2025-01-03", "2025-02-14 10:30", "2025/3/1", "2024-12-31", "", "no date", "2025-02-30", "2099-01-01"])
AMOUNTS = st.one_of(
    st.decimals(-99999, 99999, places=2, allow_nan=False).map(str),
    st.sampled_from(["", "x", "¥1,000.10", "(2.50)", "12.5万元", "0", "NaN", "1e2"]),
)
LINES = st.tuples(
    st.sampled_from(["1", "2", "3", "合计", ""]),
    st.sampled_from(["A", "B", "测试", "", " A "]),
    DATES,
    AMOUNTS,
    st.sampled_from(["ok", "作废"]),
)
HEADER = "order;customer;date;amount;state\n"
ORDERS = {
    "columns": {"order_id": "order", "customer_id": "customer", "ordered_at": "date", "amount": "amount"},
    "layout": {"drop_rows": {"order": ["合计"]}},
    "keep": {"state": ["ok"]},
    "exclude": {"customer": ["测试"]},
}


def written(lines: list[tuple[str, ...]]) -> str:
    return HEADER + "".join(";".join(line) + "\n" for line in lines)


def adds_up(collected: collect.Collected, as_of: str | None = None, window: int | None = None) -> pd.DataFrame:
    ladder = collected.ladder(as_of, window)
    orders = ladder[ladder["table"] == "orders"].set_index("step")
    assert orders.loc["read", "rows"] == sum(orders.loc[step, "rows"] for step in PARTS)
    assert orders.loc["read", "amount"] == sum((orders.loc[step, "amount"] or Decimal(0) for step in PARTS), Decimal(0))
    if as_of:
        for column in ("rows", "amount"):
            assert orders.loc["used", column] == orders.loc["outside_window", column] + orders.loc["in_window", column]
    return orders


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(LINES, max_size=25), second=st.lists(LINES, max_size=25))
def test_it_adds_up_for_any_two_files(tmp_path: Path, first: list[tuple[str, ...]], second: list[tuple[str, ...]]) -> None:
    for name, lines in (("m1.csv", first), ("m2.csv", second)):
        (tmp_path / name).write_text(written(lines), encoding="utf-8")
    files = [str(tmp_path / "m1.csv"), str(tmp_path / "m2.csv")]
    found = collect.load(ClientSettings.model_validate({"tables": {"orders": {"files": files, **ORDERS}}}))
    orders = adds_up(found, "2025-03-31", 90)
    assert orders.loc["read", "rows"] == sum(any(part.strip() for part in line) for line in [*first, *second])
    view = found.frame("orders")
    assert len(view) == orders.loc["used", "rows"]
    assert sum(view["amount"], Decimal(0)) == orders.loc["used", "amount"]
    assert not view["customer_id"].isna().any()
    rejected = found.ledger[found.ledger["action"] == "rejected"]
    assert len(rejected[["source", "line"]].drop_duplicates()) == orders.loc["rejected", "rows"]


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(
        st.tuples(st.sampled_from(["A", "B", None]), st.sampled_from(["2025-01-03", None]), st.decimals(-999, 999, places=6)), max_size=30
    )
)
def test_it_adds_up_for_any_frame(lines: list[tuple[str | None, str | None, Decimal]]) -> None:
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series([line[0] for line in lines], dtype="str"),
            "ordered_at": pd.to_datetime(pd.Series([line[1] for line in lines], dtype="str")),
            "amount": pd.Series([line[2] for line in lines], dtype=object),
        }
    )
    orders = adds_up(collect.from_frames({"orders": frame}))
    assert orders.loc["read", "rows"] == len(lines)
    assert orders.loc["read", "amount"] == sum((line[2] for line in lines), Decimal(0))


def test_a_sum_of_tenths_is_exact() -> None:
    frame = pd.DataFrame({"customer_id": "A", "ordered_at": pd.Timestamp("2025-01-03"), "amount": [0.1] * 1000})
    assert adds_up(collect.from_frames({"orders": frame})).loc["used", "amount"] == Decimal(100)


def test_money_of_a_line_that_is_not_used_stays_in_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        HEADER + "1;A;2025-01-03;10;ok\n2;B;no date;20;ok\n3;;2025-01-03;30;ok\n4;C;2025-01-03;40;作废\n合计;;;100;ok\n", encoding="utf-8"
    )
    found = collect.load(ClientSettings.model_validate({"tables": {"orders": {"files": str(path), **ORDERS}}}))
    orders = adds_up(found)
    assert orders["amount"].to_dict() == {
        "read": 100, "total_rows": None, "repeated": 0, "filtered": 40, "rejected": 20, "unattributed": 30, "used": 10, "returns": 0
    }  # fmt: skip
    assert orders.loc["filtered", "note"] == "state=作废 1"
    assert orders.loc["rejected", "note"] == "date 1"


@pytest.mark.parametrize(
    ("as_of", "days", "inside"), [("2025-01-03", 1, 1), ("2025-01-04", 1, 1), ("2025-01-04", 2, 2), ("2025-01-02", 30, 0)]
)
def test_the_window_holds_both_its_ends(as_of: str, days: int, inside: int) -> None:
    frame = pd.DataFrame({"customer_id": "A", "ordered_at": pd.to_datetime(["2025-01-03 23:59:59", "2025-01-04 00:00:00"]), "amount": 1})
    orders = adds_up(collect.from_frames({"orders": frame}), as_of, days)
    assert orders.loc["in_window", "rows"] == inside
