"""The CDNOW sample, as Hardie published it: what comes in is all accounted for (O6)."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.client import Client


@pytest.fixture(scope="module")
def rows(shared) -> pd.DataFrame:
    names = ["master", "customer_id", "ordered_at", "discs", "amount"]
    return pd.read_csv(
        shared / "oracles" / "data" / "CDNOW_sample.txt",
        sep=r"\s+",
        names=names,
        dtype={"customer_id": "str"},
        parse_dates=["ordered_at"],
        date_format="%Y%m%d",
    )


@pytest.fixture(scope="module")
def client(rows: pd.DataFrame) -> Client:
    return seglib.open_frames(orders=rows[["customer_id", "ordered_at", "amount"]])


@pytest.fixture(scope="module")
def customers(client: Client) -> pd.DataFrame:
    return client.customers(window_days=546)


def test_o6_every_row_and_every_dollar_is_on_the_ladder(rows: pd.DataFrame, client: Client) -> None:
    ladder = client.ladder(window_days=546).set_index("step")
    assert ladder.loc["read", ["rows", "amount"]].tolist() == [6919, Decimal("244091.94")]
    assert ladder.loc["used", ["rows", "amount"]].tolist() == [6919, Decimal("244091.94")]
    assert rows.duplicated().sum() == 21, "equal lines without an id are purchases, and are kept"
    assert ladder.loc["repeated", "rows"] == 0


def test_o6_customers_days_and_dollars(rows: pd.DataFrame, customers: pd.DataFrame) -> None:
    assert len(customers) == 2357
    assert customers["order_lines"].sum() == 6919
    assert customers["spend"].sum() == pytest.approx(244_091.94, abs=0.005)
    assert (rows["amount"] == 0).sum() == 8
    assert rows.groupby(["customer_id", "ordered_at"]).ngroups == 6696
    # All eight lines of nought stand alone on their day: such a day is no buying day, and its order no order.
    assert customers["buying_days"].sum() == customers["orders"].sum() == 6696 - 8


def test_o6_eight_customers_spent_nought_and_have_no_order(customers: pd.DataFrame) -> None:
    assert (customers["spend"] == 0).sum() == 8
    for name in methods.names():
        if methods.lacking(name, customers.columns):
            continue
        where = methods.get(name).segment(customers).assignments.loc[(customers["spend"] == 0).to_numpy(), "segment"]
        assert where.isin(["no_orders", "prospect"]).all(), name
