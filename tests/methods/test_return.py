"""Chance of return: rates counted by hand, coverage of the intervals, names by rule, and published data."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from seglib.customers.clock import BuyingDays
from seglib.methods import _return


def gaps_of(days: dict[str, list[int]]) -> pd.DataFrame:
    """The side frame ``gaps`` of buying days given as days before as_of."""
    rows = []
    for customer, ages in days.items():
        ordered = sorted(ages, reverse=True)
        rows += [(customer, age - following, following, True) for age, following in itertools.pairwise(ordered)]
        rows.append((customer, ordered[-1], 0, False))
    frame = pd.DataFrame(rows, columns=["customer_id", "gap_days", "gap_end", "closed"])
    return frame.assign(orders=1, value=10.0)


def test_looking_back_by_hand():
    # a bought 300, 100 and 5 days ago; b 150 days ago; c 20 days ago
    days = BuyingDays(gaps_of({"a": [300, 100, 5], "b": [150], "c": [20]}), 365)
    assert days.last_before(0).tolist() == [5, 150, 20]
    assert days.last_before(92).tolist() == [8, 58, -1]
    assert days.last_before(101).tolist() == [199, 49, -1]
    assert days.within(8, 100).tolist() == [0, 0, 1]
    assert days.within(0, 301).tolist() == [3, 1, 1]
    assert days.within(0, 301, days.value).tolist() == [30.0, 10.0, 10.0]


def test_the_clock_of_a_landmark_knows_nothing_later():
    days = {f"c{number}": [300, 280, 260, 100 - number % 3] for number in range(120)}
    looked = BuyingDays(gaps_of(days), 301)
    assert looked.clock(120) == (20, 20), "the gap of 160 days had not ended"
    assert looked.clock(0)[1] > 150


@pytest.mark.parametrize(
    ("history", "usual", "horizon", "ages"),
    [
        (365, 14, 92, (92, 184, 276)),
        (1067, 92, 92, (92, 184, 276, 368, 460, 552)),
        (546, 173, 173, (173,)),
        (374, 126, 92, (92,)),  # 126 days ahead do not fit
        (1127, 695, 92, ()),
    ],
)
def test_landmarks_leave_two_usual_gaps_before_them(history, usual, horizon, ages):
    assert _return.landmarks(history, usual) == _return.Landmarks(horizon, ages)


def test_rates_by_hand():
    # Group 0: 4 of 5 observations bought; group 1: 1 of 4; group 2: nobody was seen.
    customer = np.array([0, 1, 2, 3, 4, 0, 1, 5, 6])
    group = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1])
    bought = np.array([1, 1, 1, 1, 0, 1, 0, 0, 0], dtype=bool)
    table = _return.rates(customer, group, bought, 3)
    assert table["customers"].to_list() == [5, 4, 0]
    assert table["rate"].to_list()[:2] == [0.8, 0.25]
    assert table["ratio"].to_list()[:2] == [1, 0.3125]
    assert table.loc[2].drop("customers").isna().all()


def test_intervals_hold_the_truth_nineteen_times_in_twenty():
    """Customers seen at three landmarks, whose returns go together: 400 samples, rates of .5 and .3."""
    rng, held = np.random.default_rng(8), []
    for _ in range(400):
        own = rng.beta(2, 2, 300)
        customer, group = np.repeat(np.arange(300), 3), rng.integers(0, 2, 900)
        chance = np.where(group == 0, own[customer], 0.6 * own[customer])
        table = _return.rates(customer, group, rng.random(900) < chance, 2)
        second = table.iloc[1]
        held.append((second["rate_low"] <= 0.3 <= second["rate_high"], second["ratio_low"] <= 0.6 <= second["ratio_high"]))
    assert (np.mean(held, axis=0) > 0.92).all()
    assert (np.mean(held, axis=0) < 0.98).all()


def stages(*rows: tuple[int, float, float, float, float]) -> pd.DataFrame:
    columns = ["customers", "ratio_high", "rate_high", "below_previous_high", "below_first_high"]
    return pd.DataFrame(rows, columns=columns)


ACTIVE = (500, 1.0, 0.95, np.nan, 0.0)


@pytest.mark.parametrize(
    ("second", "third", "wanted"),
    [
        ((100, 0.89, 0.8, -0.1, -0.1), (100, 0.49, 0.24, -0.1, -0.2), ("dormant", "churned")),
        ((100, 0.90, 0.8, -0.1, -0.1), (100, 0.49, 0.25, -0.1, -0.2), ("late", "long_silent")),
        ((100, 0.89, 0.8, -0.1, -0.1), (100, 0.50, 0.24, -0.1, -0.2), ("dormant", "long_silent")),
        ((29, 0.50, 0.8, -0.1, -0.1), (29, 0.10, 0.05, -0.1, -0.2), ("late", "long_silent")),  # too few were seen
        ((100, 0.20, 0.1, -0.1, -0.1), (100, 0.20, 0.10, 0.01, -0.2), ("dormant_or_churned",) * 2),
        ((100, 0.95, 0.9, -0.1, -0.1), (100, 0.95, 0.90, 0.01, -0.1), ("late",) * 2),
        ((100, 1.02, 0.9, 0.01, 0.01), (100, 0.30, 0.20, -0.1, -0.1), ("active", "churned")),
    ],
)
def test_names_follow_the_rates(second, third, wanted):
    assert _return.names(stages(ACTIVE, second, third)) == wanted


def test_no_alarm_is_given_where_the_clock_has_changed():
    rates = stages(ACTIVE, (100, 0.5, 0.5, -0.1, -0.1), (100, 0.1, 0.05, -0.1, -0.2))
    assert _return.names(rates, alarm=False) == ("late", "long_silent")


def published(shared, name: str) -> pd.DataFrame:
    """Customer and day of every purchase of a published data set."""
    data, oracles = shared / "data", shared / "oracles" / "data"
    if name == "cdnow":
        frame = pd.read_csv(oracles / "CDNOW_master.txt", sep=r"\s+", skiprows=1, names=["customer", "day", "cds", "money"])
        frame = frame[frame["money"].astype(float) > 0].assign(day=lambda f: pd.to_datetime(f["day"].astype(str)))
    elif name == "rfm_data":
        frame = pd.read_csv(oracles / "rfm_data_orders.csv").rename(columns={"customer_id": "customer", "order_date": "day"})
    elif name == "airline":
        flown = pd.read_parquet(data / "airline_loyalty" / "customer_flight_activity.parquet").query("total_flights > 0")
        frame = pd.DataFrame({"customer": flown["loyalty_number"], "day": pd.to_datetime(flown[["year", "month"]].assign(day=1))})
    elif name in ("resellers", "b2c"):
        file, key = ("FactResellerSales", "ResellerKey") if name == "resellers" else ("FactInternetSales", "CustomerKey")
        frame = pd.read_parquet(data / "adventureworks" / f"{file}.parquet").rename(columns={key: "customer", "OrderDate": "day"})
    else:
        one = pd.read_parquet(data / "uci_online_retail" / "online_retail.parquet")
        two = pd.read_parquet(data / "uci_online_retail" / "online_retail_II_2009-2010.parquet")
        two = two.rename(columns={"Invoice": "InvoiceNo", "Price": "UnitPrice", "Customer ID": "CustomerID"})
        frame = pd.concat([one, two] if name == "retail_both" else [one])
        frame = frame[frame["CustomerID"].notna() & (frame["Quantity"] > 0) & (frame["UnitPrice"] > 0)]
        frame = frame.rename(columns={"CustomerID": "customer", "InvoiceDate": "day"})
    days = pd.DataFrame({"customer": frame["customer"].astype(str), "day": pd.to_datetime(frame["day"]).dt.normalize()})
    return days.drop_duplicates()


#        clock at the last day, horizon, landmarks, rates of the three stages, names
READ = [
    ("retail_both", (173, 381), 173, 2, (0.62, 0.36, 0.17), ("dormant", "churned")),
    ("retail_one", (126, 258), 92, 1, (0.68, 0.44, 0.34), ("dormant", "long_silent")),
    ("cdnow", (173, 383), 173, 1, (0.56, 0.32, 0.08), ("dormant", "churned")),
    ("resellers", (92, 183), 92, 6, (0.90, 0.30, 0.08), ("dormant", "churned")),
    ("airline", (61, 122), 92, 6, (0.94, 0.89, 0.47), ("late", "long_silent")),
    ("rfm_data", (293, 517), 293, 3, (0.73, 0.66, 0.75), None),
    ("b2c", (695, 929), 92, 0, None, None),
]


@pytest.mark.parametrize(("name", "clock", "horizon", "looks", "rates", "names"), READ, ids=[row[0] for row in READ])
def test_published_trades(shared, name, clock, horizon, looks, rates, names):
    days = published(shared, name)
    last = days["day"].max()
    ages = (last - days["day"]).dt.days.groupby(days["customer"]).apply(list)
    looked = BuyingDays(gaps_of(ages.to_dict()), int((last - days["day"].min()).days) + 1)
    found = looked.clock(0)
    assert found == pytest.approx(clock, abs=2)
    seen = _return.silence(looked, found[0])
    assert (seen.horizon, seen.landmarks) == (pytest.approx(horizon, abs=2), looks)
    assert seen.tells == (names is not None)
    if rates:
        assert seen.stages["rate"].to_list() == pytest.approx(rates, abs=0.03)
    if names:
        assert _return.names(seen.stages, alarm=looked.steady) == names


def test_where_nobody_was_ever_silent_nothing_is_tested():
    days = BuyingDays(gaps_of({f"c{number}": list(range(number % 30, 700, 30)) for number in range(150)}), 720)
    seen = _return.silence(days, 30)
    assert (seen.landmarks, seen.tested, seen.tells) == (6, False, False)
    assert seen.stages["customers"].to_list() == [900, 0, 0]
