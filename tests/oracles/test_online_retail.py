"""UCI Online Retail: a year of a gift wholesaler with cancellations and a quarter of its lines without a customer."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.client import Client
from seglib.segmentation import facts_of

WHOLE = 374  # days from 2010-12-01 to 2011-12-09


@pytest.fixture(scope="module")
def lines(shared) -> pd.DataFrame:
    raw = pd.read_parquet(shared / "data" / "uci_online_retail" / "online_retail.parquet")
    return pd.DataFrame(
        {
            "order_id": raw["InvoiceNo"],
            "customer_id": raw["CustomerID"].astype("str"),
            "ordered_at": raw["InvoiceDate"],
            "amount": (raw["Quantity"] * raw["UnitPrice"]).round(3),
        }
    )


@pytest.fixture(scope="module")
def client(lines: pd.DataFrame) -> Client:
    return seglib.open_frames(orders=lines)


@pytest.fixture(scope="module")
def customers(client: Client) -> pd.DataFrame:
    return client.customers(window_days=WHOLE)


def test_a_seventh_of_the_money_has_no_customer_and_is_never_lost(client: Client, customers: pd.DataFrame) -> None:
    ladder = client.ladder(window_days=WHOLE).set_index("step")
    assert ladder.loc["read", "rows"] == 541_909
    assert float(ladder.loc["read", "amount"]) == pytest.approx(9_747_747.934, abs=1e-9)
    assert ladder.loc["unattributed", "rows"] == 135_080
    assert float(ladder.loc["unattributed", "amount"]) == pytest.approx(1_447_682.12, abs=1e-9)
    assert facts_of(customers).unattributed == pytest.approx(1_447_682.12, abs=1e-9)
    assert customers["spend"].sum() + facts_of(customers).unattributed == pytest.approx(9_747_747.934, abs=1e-6)
    assert len(customers) == 4372


def test_customers_who_owe_more_than_they_bought(customers: pd.DataFrame) -> None:
    """Published: 42 below nought with -13,229 in all, 14 at nought. The 42nd is 18072, whose floats add up to -5e-15: in cents he is at
    nought, one of the fourteen, and 41 are below.
    """
    assert (customers["spend"] < 0).sum() == 42 - 1
    assert customers.loc[customers["spend"] < 0, "spend"].sum() == pytest.approx(-13_229.14, abs=0.005)
    assert (customers["spend"] == 0).sum() == 14
    assert customers.set_index("customer_id").loc["18072", "spend"] == 0


@pytest.mark.parametrize("name", ["value_tier", "revenue_contribution", "ticket_size", "purchase_frequency", "rfm"])
def test_who_stands_outside_and_with_how_much(customers: pd.DataFrame, name: str) -> None:
    """33 never bought and owe money; one more never bought in effect, an order wholly taken back; the others bought and took back."""
    result = methods.get(name).segment(customers)
    where = result.assignments["segment"].to_numpy()
    assert customers["returns_only"].sum() == (where == "returns_only").sum() == 33
    counts = {key: int((where == key).sum()) for key in ("no_orders", "net_negative", "net_zero")}
    assert counts == {"no_orders": 1, "net_negative": 41 - 33, "net_zero": 14 - 1}
    assert result.profile["spend"].sum() == pytest.approx(9_747_747.934 - 1_447_682.12, abs=0.005)
    assert result.profile["customers"].sum() == 4372


def test_lifecycle_reads_all_history_and_sets_only_returns_apart(customers: pd.DataFrame) -> None:
    result = methods.get("lifecycle").segment(customers)
    counts = result.assignments["segment"].value_counts()
    assert (counts["returns_only"], counts["prospect"]) == (33, 1)
    assert not {"net_negative", "net_zero", "no_orders_in_window"} & set(counts.index)


def test_the_clean_customers_of_the_tutorials(lines: pd.DataFrame) -> None:
    """Lines above nought of known customers: 4,338 customers, 8.91 million pounds, the top fifth holds 74.6 %."""
    clean = lines[lines["customer_id"].notna() & (lines["amount"] > 0)]
    assert len(clean) == 397_884
    client = seglib.open_frames(orders=clean)
    customers = client.customers(window_days=WHOLE)
    assert len(customers) == 4338
    assert customers["orders"].sum() == 18_532
    assert customers["spend"].sum() == pytest.approx(8_911_407.904, abs=1e-3)
    assert customers["spend"].max() == pytest.approx(280_206.02)
    tiers = methods.get("value_tier").segment(customers, tiers="top:20,80").profile.set_index("segment")
    assert tiers.loc["high", "customers"] == 868
    assert tiers.loc["high", "spend_share"] == pytest.approx(0.746, abs=5e-4)
