"""The side frames: gaps with the open silence, landmarks of silence, money without a customer."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pytest

from seglib import customers
from seglib.segmentation import facts_of


def orders(*rows: tuple[str, str, float]) -> ibis.Table:
    ids, days, amounts = zip(*rows, strict=True)
    return ibis.memtable({"customer_id": list(ids), "ordered_at": pd.to_datetime(list(days), format="ISO8601"), "amount": list(amounts)})


def facts(*rows: tuple[str, str, float], as_of: str = "2025-06-30", **more: object) -> dict[str, pd.DataFrame]:
    table = customers.build({"orders": orders(*rows)}, as_of=date.fromisoformat(as_of), window_days=365, facts=("gaps", "silence"), **more)
    return facts_of(table)


def test_every_gap_once_and_the_current_silence_open():
    found = facts(
        ("ann", "2025-06-01", 5), ("ann", "2025-06-01", 5), ("ann", "2025-06-11", 5), ("ann", "2025-06-26", 5), ("bob", "2025-05-31", 5)
    )
    rows = found["gaps"].to_dict("tight")["data"]
    assert rows == [
        ["ann", 10, 19, True, 1, 10.0],
        ["ann", 15, 4, True, 1, 5.0],
        ["ann", 4, 0, False, 1, 5.0],
        ["bob", 30, 0, False, 1, 5.0],
    ]
    assert list(found["gaps"].columns) == ["customer_id", "gap_days", "gap_end", "closed", "orders", "value"]


def test_a_purchase_on_as_of_leaves_an_open_gap_of_no_days():
    assert facts(("ann", "2025-06-20", 5), ("ann", "2025-06-30", 5))["gaps"].to_dict("tight")["data"] == [
        ["ann", 10, 0, True, 1, 5.0],
        ["ann", 0, 0, False, 1, 5.0],
    ]


def test_reversed_orders_make_no_gap():
    tables = {
        "orders": ibis.memtable(
            {
                "customer_id": ["ann"] * 3,
                "order_id": ["1", "2", "2"],
                "ordered_at": pd.to_datetime(["2025-06-01", "2025-06-10", "2025-06-12"]),
                "amount": [5.0, 8.0, -8.0],
            }
        )
    }
    table = customers.build(tables, as_of=date(2025, 6, 30), window_days=365, facts=("gaps",))
    assert facts_of(table)["gaps"].to_dict("tight")["data"] == [["ann", 29, 0, False, 1, 5.0]]
    assert set(facts_of(table)) == {"gaps"}


def test_landmarks_look_back_and_92_days_ahead():
    # as_of 2025-06-30; landmarks lie 92, 122, … days before it: 2025-03-30, 2025-02-28, …
    found = facts(
        ("old", "2024-01-01", 5),
        ("ann", "2025-03-20", 5),  # ten days silent on 2025-03-30
        ("ann", "2025-06-30", 5),  # back on the 92nd day
        ("bob", "2025-03-30", 5),  # bought on the landmark itself: no day silent
        ("cid", "2025-02-28", 5),  # thirty days silent, never back
        ("dan", "2025-03-31", 5),  # unknown on the landmark
    )["silence"]
    first = found[found["landmark"] == 92].set_index("customer_id")
    assert first["silent_days"].to_dict() == {"ann": 10, "bob": 0, "cid": 30, "old": 454}
    assert first["bought"].to_dict() == {"ann": True, "bob": False, "cid": False, "old": False}
    second = found[found["landmark"] == 122].set_index("customer_id")
    assert second["silent_days"].to_dict() == {"cid": 0, "old": 424}
    assert sorted(set(found["landmark"])) == [92, 122, 152, 182, 212, 242]


def test_a_short_history_has_no_landmarks():
    found = facts(("ann", "2025-03-01", 5), ("ann", "2025-06-01", 5))["silence"]
    assert len(found) == 0
    assert found.dtypes.astype(str).to_dict() == {"customer_id": "str", "silent_days": "int64", "landmark": "int64", "bought": "bool"}


def test_customers_alone_have_no_side_frames():
    table = customers.build({"customers": ibis.memtable({"customer_id": ["a"]})}, as_of=date(2025, 6, 30), window_days=365, facts=("gaps",))
    assert len(facts_of(table)) == 0


def test_money_without_a_customer_is_that_of_the_window():
    nobody = orders(("", "2025-06-30 23:00", 5.5), ("", "2025-06-01", -1), ("", "2025-05-31", 100), ("", "2025-07-01", 1000)).drop(
        "customer_id"
    )
    tables = {"orders": orders(("ann", "2025-06-01", 5))}
    table = customers.build(tables, as_of=date(2025, 6, 30), window_days=30, unattributed=nobody, currency="CNY")
    assert facts_of(table).unattributed == 4.5
    assert facts_of(table).currency == "CNY"
    assert facts_of(table.head(0).copy()).unattributed == 4.5, "side frames survive what pandas does with a frame"


@pytest.fixture(scope="module")
def retail(shared):
    """A year of a wholesaler of gifts, with refunds on documents of their own and lines without a customer."""
    source = ibis.read_parquet(shared / "data" / "uci_online_retail" / "online_retail.parquet")
    amount = source.Quantity.cast("decimal(18, 6)") * source.UnitPrice.cast("decimal(18, 6)")
    columns = {"customer_id": source.CustomerID.cast("string"), "order_id": source.InvoiceNo, "ordered_at": source.InvoiceDate}
    lines = source.select(**columns, amount=amount.cast("decimal(18, 6)"))
    known, nobody = lines.filter(lines.customer_id.notnull()), lines.filter(lines.customer_id.isnull())
    return customers.build({"orders": known}, as_of=date(2011, 12, 9), window_days=374, facts=("gaps",), unattributed=nobody)


def test_side_frames_say_what_the_table_says(retail):
    table, gaps = retail.set_index("customer_id"), facts_of(retail)["gaps"]
    closed = gaps[gaps["closed"]].groupby("customer_id").size().reindex(table.index, fill_value=0)
    assert closed.tolist() == table["gaps"].tolist()
    assert gaps[~gaps["closed"]].set_index("customer_id")["gap_days"].equals(table["days_since_last_order"].dropna().astype("int64"))


def test_published_facts_of_the_wholesaler(retail):
    assert len(retail) == 4372
    assert retail["returns_only"].sum() == 33
    below = retail[retail["spend"] < 0]
    assert (len(below), round(below["spend"].sum())) == (41, -13229)
    assert (retail["spend"] == 0).sum() == 14, "sums of floats leave seven of them a hair off zero"
    assert round(facts_of(retail).unattributed) == 1_447_682
    assert round(retail["spend"].sum() + facts_of(retail).unattributed) == 9_747_748
