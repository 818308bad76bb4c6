"""What customers did next with business as usual: counted by hand on a small trade."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib.methods import value_tier
from seglib.review import hold_out
from seglib.review.anyway import anyway, reached


def trade(**tables: pd.DataFrame) -> seglib.Client:
    """Ten customers who buy twice before April, for 10 to 100 each time; the four largest and the smallest buy in April again."""
    names = [f"c{number:02}" for number in range(1, 11)]
    days = pd.date_range("2025-01-21", "2025-03-31", periods=2)
    lines = [(name, day, 10.0 * place) for place, name in enumerate(names, 1) for day in days]
    lines += [(name, pd.Timestamp("2025-04-20"), 5.0) for name in ("c01", "c07", "c08", "c09", "c10")]
    orders = pd.DataFrame(lines, columns=["customer_id", "ordered_at", "amount"])
    return seglib.open_frames(orders=orders, **tables)


def test_the_money_of_those_who_do_not_return_is_not_their_share_of_heads():
    held = hold_out(trade(), split="2025-04-01", end="2025-04-30")
    table = anyway(value_tier.segment(held.base, tiers="quantile:2"), held).set_index("segment")
    assert table["customers"].tolist() == [5, 5]
    assert table["returned"].tolist() == [4, 1]
    # Of the larger five c06 does not return, of the smaller c02 to c05.
    assert table["window_sales"].tolist() == [2 * (60 + 70 + 80 + 90 + 100), 2 * (10 + 20 + 30 + 40 + 50)]
    assert table["window_sales_absent"].tolist() == [2 * 60, 2 * (20 + 30 + 40 + 50)]
    assert table["window_sales_absent"].iloc[0] / table["window_sales"].iloc[0] == pytest.approx(0.15), (
        "one head of five, 15 % of the money"
    )
    assert table["reached"].isna().all()


def test_who_was_reached_is_counted_in_the_next_period_alone():
    sent = pd.to_datetime(["2025-03-31", "2025-04-01", "2025-04-02", "2025-04-30", "2025-05-01"])
    offers = pd.DataFrame({"customer_id": ["c01", "c02", "c02", "c09", "c03"], "campaign_id": list("abcde"), "sent_at": sent})
    client = trade(offers=offers)
    held = hold_out(client, split="2025-04-01", end="2025-04-30")
    yes = reached(client, held)
    assert set(held.base["customer_id"][yes]) == {"c02", "c09"}
    table = anyway(value_tier.segment(held.base, tiers="quantile:2"), held, yes).set_index("segment")
    assert table["reached"].tolist() == [1, 1]


@pytest.mark.parametrize("day", ["2025-03-01", ""])
def test_no_record_of_contacts_is_no_proof_that_there_were_none(day):
    offers = pd.DataFrame({"customer_id": ["c01"], "campaign_id": ["a"], "sent_at": pd.to_datetime([day])}) if day else None
    client = trade(**({"offers": offers} if offers is not None else {}))
    assert reached(client, hold_out(client, split="2025-04-01", end="2025-04-30")) is None
