"""Published files in their raw forms, with nothing but init: the line counts and totals of their notes."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from seglib import collect, settings
from seglib.collect import project, propose

pytestmark = pytest.mark.corpus


def opened(tmp_path: Path, *files: Path) -> collect.Collected:
    """What init proposes for the files, collected."""
    return collect.load(settings.load(project.write(propose.look(files), tmp_path / "project")))


def step(found: collect.Collected, name: str, table: str = "orders") -> tuple[int, Decimal | None]:
    ladder = found.ladder()
    row = ladder[(ladder["table"] == table) & (ladder["step"] == name)].iloc[0]
    return int(row["rows"]), row["amount"]


def test_two_years_of_a_retailer_that_overlap(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "uci_online_retail"
    found = opened(tmp_path, folder / "online_retail_II_2009-2010.parquet", folder / "online_retail.parquet")
    assert step(found, "read") == (1_067_370, Decimal("19287232.568"))  # 9,539,484.634 + 9,747,747.934
    assert step(found, "repeated")[0] == 22_523
    assert sum(step(found, name)[0] for name in ("used", "unattributed")) == 1_044_847
    assert found["orders"].is_return.sum().to_pandas() > 18_000


def test_one_year_as_a_csv_of_windows_with_months_first(shared: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(shared / "data" / "uci_online_retail" / "online_retail.parquet")
    when = frame["InvoiceDate"].dt
    frame["InvoiceDate"] = [
        f"{m}/{d}/{y} {h}:{n:02d}" for m, d, y, h, n in zip(when.month, when.day, when.year, when.hour, when.minute, strict=True)
    ]
    frame.to_csv(tmp_path / "OnlineRetail.csv", index=False, encoding="cp1252", errors="replace")
    found = opened(tmp_path, tmp_path / "OnlineRetail.csv")
    assert step(found, "read") == (541_909, Decimal("9747747.934"))
    assert step(found, "unattributed")[0] == 135_080
    first, last = found.rows("SELECT min(ordered_at), max(ordered_at) FROM accepted_orders")[0]
    assert (str(first), str(last)) == ("2010-12-01 08:26:00", "2011-12-09 12:50:00")
    assert found.rows("SELECT count(DISTINCT customer_id) FROM accepted_orders")[0][0] == 4_372


def test_a_day_of_it_in_gz_with_ids_like_17850_0(shared: Path, tmp_path: Path) -> None:
    found = opened(tmp_path, shared / "data" / "uci_online_retail" / "raw_2010-12-01.csv.gz")
    assert step(found, "read")[0] == 3_108
    assert not found.frame("orders")["customer_id"].str.contains(".", regex=False).any()


@pytest.mark.parametrize("packed", [True, False])
def test_semicolons_and_a_byte_order_mark(shared: Path, tmp_path: Path, packed: bool) -> None:
    path = shared / "data" / "customer_personality" / "marketing_campaign.csv.gz"
    if not packed:
        (tmp_path / "marketing_campaign.csv").write_bytes(gzip.decompress(path.read_bytes()))
        path = tmp_path / "marketing_campaign.csv"
    found = opened(tmp_path, path)
    assert step(found, "used", "customers") == (2_240, None)
    customers = found.frame("customers")
    assert int(customers["income"].isna().sum()) == 24
    assert int(customers["birth_year"].isna().sum()) == 2  # 1893 and 1899 are blanked
    assert str(customers["registered_at"].min())[:10] == "2012-07-30"
    assert set(found.ledger["value"]) == {"1893", "1899"}


def test_members_of_an_airline(shared: Path, tmp_path: Path) -> None:
    found = opened(tmp_path, shared / "data" / "airline_loyalty" / "Customer Loyalty History.csv.gz")
    customers = found.frame("customers")
    assert len(customers) == 16_737
    assert sum(customers["spend"].map(lambda value: Decimal(str(value)))) == Decimal("133710161.32")
    assert (found.ledger["reason"] == "is below 0").sum() == 20
    assert int(customers["income"].isna().sum()) == 4_238 + 20


def test_contracts_with_blank_totals(shared: Path, tmp_path: Path) -> None:
    found = opened(tmp_path, shared / "data" / "ibm_telco_churn" / "Telco-Customer-Churn.csv.gz")
    customers = found.frame("customers")
    assert len(customers) == 7_043
    assert int(customers["spend"].isna().sum()) == 11
    assert round(float(customers["spend"].astype(float).sum()), 2) == 16_056_168.70


def test_a_star_schema(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "adventureworks"
    found = opened(tmp_path, folder / "FactInternetSales.parquet", folder / "DimCustomer.parquet", folder / "DimProduct.parquet")
    rows, amount = step(found, "used")
    assert (rows, round(amount or 0, 2)) == (60_398, Decimal("29358677.22"))
    assert step(found, "used", "customers")[0] == 18_484
    assert step(found, "used", "products")[0] == 606


def test_business_customers(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "adventureworks"
    found = opened(tmp_path, folder / "FactResellerSales.parquet", folder / "DimReseller.parquet")
    assert round(step(found, "used")[1] or 0, 2) == Decimal("80450596.98")
    assert step(found, "used", "customers")[0] == 701


def test_columns_of_fixed_width_without_a_header(shared: Path, tmp_path: Path) -> None:
    found = opened(tmp_path, shared / "oracles" / "data" / "CDNOW_sample.txt")
    assert step(found, "used")[0] == 6_919
    assert found.rows("SELECT count(DISTINCT customer_id) FROM accepted_orders")[0][0] == 2_357
