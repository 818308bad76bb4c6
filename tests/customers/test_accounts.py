"""Columns on accounts, counted by hand: age, places in addresses, visits, and the universe of those who could be customers."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib.customers.places import places

DAY = pd.Timestamp("2024-12-31")


@pytest.fixture(scope="module")
def client():
    """Three customers, one of whom is listed without an order, and an account that is none."""
    at = [DAY - pd.Timedelta(days=days) for days in (0, 3, 400, 9)]
    return seglib.open_frames(
        orders=pd.DataFrame({"customer_id": ["a", "b"], "ordered_at": [DAY, DAY], "amount": [10.0, 20.0]}),
        customers=pd.DataFrame(
            {
                "customer_id": ["a", "b", "c", "d"],
                "birth_year": [1990, 2011, 1923, None],
                "cancelled_at": [None, DAY, DAY - pd.Timedelta(days=40), DAY + pd.Timedelta(days=1)],
                "address": ["江苏省徐州市新禾路1号", "12 Xinhe Road, Suzhou, Jiangsu", "上海市朝阳路2号", None],
            }
        ),
        visits=pd.DataFrame(
            {
                "customer_id": ["a", "a", "a", "c"],
                "visited_at": at,
                "hours": [1.0, 0.5, 9.0, None],
                "with_order": [True, False, True, False],
            }
        ),
        universe=pd.DataFrame(
            {
                "account_id": ["U1", "U2", "U3"],
                "customer_id": ["a", None, "c"],
                "potential": [100.0, 50.0, None],
                "category_sales": [5.0, 6.0, 7.0],
                "relationship": [0.5, None, 0.25],
            }
        ),
    )


def _column(client, name: str) -> dict[str, object]:
    frame = client.customers(also=[name], window_days=365).set_index("customer_id")[name]
    return {who: None if pd.isna(value) else value for who, value in frame.items()}


def test_ages_that_nobody_has_are_missing(client) -> None:
    assert _column(client, "age_years") == {"a": 34.0, "b": None, "c": None, "d": None}


def test_a_contract_has_ended_once_its_day_has_come(client) -> None:
    assert _column(client, "contract_ended") == {"a": False, "b": True, "c": True, "d": False}


def test_an_address_names_its_province_and_prefecture_but_no_district(client) -> None:
    assert _column(client, "address_province") == {"a": "江苏", "b": "江苏", "c": "上海", "d": None}
    assert _column(client, "address_city") == {"a": "徐州", "b": "苏州", "c": "上海", "d": None}


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("visits", {"a": 2, "b": 0, "c": 1, "d": 0}),
        ("visits_with_order", {"a": 1, "b": 0, "c": 0, "d": 0}),
        ("visit_hours", {"a": 1.5, "b": None, "c": None, "d": None}),
    ],
)
def test_visits_of_the_window_are_counted(client, column: str, found: dict[str, object]) -> None:
    assert _column(client, column) == found


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("in_universe", {"U2": True, "a": True, "b": False, "c": True, "d": False}),
        ("potential", {"U2": 50.0, "a": 100.0, "b": None, "c": None, "d": None}),
        ("category_sales", {"U2": 6.0, "a": 5.0, "b": None, "c": 7.0, "d": None}),
        ("relationship", {"U2": None, "a": 0.5, "b": None, "c": 0.25, "d": None}),
    ],
)
def test_accounts_come_in_when_a_column_of_the_universe_is_asked_for(client, column: str, found: dict[str, object]) -> None:
    assert _column(client, column) == found


def test_without_such_a_column_nobody_is_added(client) -> None:
    assert client.customers(window_days=365)["customer_id"].tolist() == ["a", "b", "c", "d"]


def test_the_season_has_two_years_and_four_quarters() -> None:
    days = ["2024-12-31", "2024-12-01", "2024-02-01", "2023-12-01", "2022-12-01"]
    orders = pd.DataFrame({"customer_id": "a", "ordered_at": pd.to_datetime(days), "amount": [1.0, 2.0, 4.0, 8.0, 16.0]})
    frame = seglib.open_frames(orders=orders).customers(as_of="2024-12-31", facts=("season_spend",)).attrs["facts"]["season_spend"]
    assert frame.to_numpy().tolist() == [["a", 1, 1, 4.0], ["a", 1, 4, 3.0], ["a", 2, 4, 8.0]]


def test_every_prefecture_lies_in_one_province_and_every_tier_is_of_known_cities() -> None:
    known = places()
    assert len(known.provinces) == 34
    assert {city.province for city in known.cities.values()} == set(known.provinces)
    assert sum(city.tier != "lower_tier" for city in known.cities.values()) == 49
    assert set(known.within.values()) <= set(known.cities)
    english = [city.english for city in known.cities.values() if city.english]
    assert len(set(english)) == len(english)
    assert set(known.regions) == {province.region for province in known.provinces.values()}
