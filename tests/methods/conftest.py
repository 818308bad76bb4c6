"""Small customer tables whose classes can be counted by hand, the real ones, and what must hold for every result."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pandas as pd
import pytest

import seglib
from seglib.segmentation import Segmentation


def small_table(**columns: list[object]) -> pd.DataFrame:
    """A customer table by hand: customers c1, c2 … as of 2024-12-31 on a window of 364 days."""
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"customer_id": [f"c{number}" for number in range(1, n + 1)], **columns})
    return frame.assign(as_of=pd.Timestamp("2024-12-31").as_unit("us"), window_days=364)


def must_hold(result: Segmentation, customers: pd.DataFrame) -> None:
    """The definition gives the training classes again, in pandas and as SQL in DuckDB; the rules have no fault; the money adds up."""
    wanted = dict(zip(result.assignments["customer_id"], result.assignments["segment"], strict=True))
    again = result.assign(customers)
    assert dict(zip(again["customer_id"], again["segment"], strict=True)) == wanted
    table = customers[["customer_id", *result.scheme.inputs]].copy()
    table.attrs = {}
    with duckdb.connect() as connection:
        connection.register("customers", table)
        rows = connection.execute(result.scheme.to_sql("duckdb")).df()
    assert dict(zip(rows["customer_id"], rows["segment"], strict=True)) == wanted
    findings = result.scheme.check()
    assert findings[findings["level"] == "error"].empty
    assert result.profile["customers"].sum() == len(customers)
    if "spend" in customers.columns:
        assert result.profile["spend"].sum() == pytest.approx(customers["spend"].sum(), abs=0.005)


def of(result: Segmentation) -> str:
    """The classes in the table's order, one word each."""
    return " ".join(result.assignments["segment"])


@pytest.fixture(scope="session")
def table() -> Callable[..., pd.DataFrame]:
    return small_table


@pytest.fixture(scope="session")
def holds() -> Callable[[Segmentation, pd.DataFrame], None]:
    return must_hold


@pytest.fixture(scope="session")
def classes() -> Callable[[Segmentation], str]:
    return of


@pytest.fixture(scope="session")
def nine_months() -> pd.DataFrame:
    """The supermarket's households as of 2017-09-30: 273 days, 2,446 households."""
    return seglib.demo().customers(as_of="2017-09-30", window_days=273)


@pytest.fixture(scope="session")
def year() -> pd.DataFrame:
    """The supermarket's households as of 2017-12-31: 365 days, 2,469 households."""
    return seglib.demo().customers(as_of="2017-12-31", window_days=365)
