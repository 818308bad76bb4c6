"""The trade's clock: votes counted by hand, published data, and where it comes from."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.customers.clock import Clock, Votes, default_window
from seglib.errors import SettingsError
from seglib.kept import VARIABLE, Period, kept_period
from seglib.settings import ClientSettings

START = date(2024, 1, 1)


def orders_of(days: dict[str, list[int]]) -> pd.DataFrame:
    """One order of 10 on each of these days of the history, by customer."""
    rows = [(customer, START + timedelta(days=day)) for customer, when in days.items() for day in when]
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return frame.assign(order_id=[str(number) for number in range(len(frame))], amount=10.0, ordered_at=pd.to_datetime(frame["ordered_at"]))


def regular(customers: int, step: int, last: int, *, first: int = 0, name: str = "r") -> dict[str, list[int]]:
    return {f"{name}{number}": list(range(first, last + 1, step)) for number in range(customers)}


def test_votes_counted_by_hand():
    # One customer with gaps of 7 and 14 days (half a vote each), one with a gap of 70 (a whole vote): after 14 days 1 of 2 votes has ended.
    votes = Votes(np.array([7, 14, 70]), np.array([2, 2, 1]), np.array([1, 1, 1]))
    assert votes.voters == 2
    assert [votes.ended_by(share) for share in (0.25, 0.26, 0.5, 0.51, 1.0)] == [7, 14, 14, 70, 70]


def test_a_customer_has_one_vote_however_often_he_buys():
    # 90 customers with one gap of 60 days, 30 with twelve gaps of 10 days: 30 of 120 votes have ended by day 10, all by day 60.
    days = {**regular(90, 60, 60), **regular(30, 10, 120, name="s")}
    clock = seglib.open_frames(orders=orders_of(days)).clock
    assert (clock.usual, clock.long, clock.gaps, clock.voters) == (60, 60, 90 + 30 * 12, 120)
    assert clock.source == "gaps"


def test_several_orders_of_a_day_make_no_gap():
    days = {name: [0, 0, 30, 30, 60] for name in (f"c{number}" for number in range(100))}
    clock = seglib.open_frames(orders=orders_of(days)).clock
    assert (clock.usual, clock.long, clock.gaps) == (30, 30, 200)


def test_newcomers_do_not_vote():
    # 100 customers of old every 40 days; 300 newcomers of the second half, whose gaps can only be short.
    days = {**regular(100, 40, 320), **regular(300, 5, 320, first=300, name="new")}
    clock = seglib.open_frames(orders=orders_of(days)).clock
    assert (clock.usual, clock.long, clock.voters, clock.everybody) == (40, 40, 100, False)


def test_everybody_votes_where_too_few_old_customers_do():
    days = {**regular(60, 40, 320), **regular(140, 20, 320, first=200, name="new")}
    clock = seglib.open_frames(orders=orders_of(days)).clock
    assert (clock.usual, clock.voters, clock.everybody) == (40, 200, True)


@pytest.mark.parametrize(("customers", "gaps_each"), [(99, 3), (150, 1)])
def test_too_few_gaps_or_voters_make_no_clock(customers, gaps_each):
    client = seglib.open_frames(orders=orders_of(regular(customers, 10, 10 * gaps_each)))
    assert not client.clock
    table = client.customers()
    assert table[["gap_75", "gap_95"]].isna().all().all()


def test_the_table_carries_the_clock_in_every_row():
    client = seglib.open_frames(orders=orders_of(regular(100, 30, 90)))
    table = client.customers()
    assert table["gap_75"].unique().tolist() == table["gap_95"].unique().tolist() == [30.0]
    earlier = client.customers(as_of=START + timedelta(days=45))
    assert earlier["gap_75"].isna().all(), "100 gaps were known by then"
    assert "gap_75" in client.sql("spend")


def test_halves_that_keep_another_time_are_told():
    steady = seglib.open_frames(orders=orders_of(regular(150, 20, 400))).clock
    assert (steady.first_half, steady.last_half, steady.stable) == (20, 20, True)
    slowing = {f"c{number}": [*range(0, 200, 20), *range(200, 401, 40)] for number in range(150)}
    clock = seglib.open_frames(orders=orders_of(slowing)).clock
    assert (clock.first_half, clock.last_half, clock.stable) == (20, 40, False)


@pytest.mark.parametrize(
    ("history", "usual", "days"), [(1000, 14, 365), (1000, 92, 371), (1000, 150, 602), (500, 150, 500), (200, None, 200), (1000, None, 365)]
)
def test_the_window_is_a_year_or_four_usual_gaps_in_whole_weeks(history, usual, days):
    assert default_window(history, usual) == days


def test_the_clock_can_be_given():
    settings = ClientSettings(clock={"usual": "30 days", "long": "12 weeks"})
    client = seglib.open_frames(settings=settings, orders=orders_of(regular(3, 10, 20)))
    assert client.clock == Clock(30, 84, "given")
    assert client.customers()["gap_95"].unique().tolist() == [84.0]


@pytest.mark.parametrize(
    ("clock", "sentence"),
    [
        ({"usual": 90, "long": 30}, "found usual 90, long 30"),
        ({"usual": 30}, "line 2: long is missing"),
        ({"usual": "soon", "long": 90}, "clock: soon is no number of days"),
        ({"usual": "all", "long": 90}, "clock: all is no number of days"),
    ],
)
def test_a_clock_that_cannot_be_read_is_refused(tmp_path, clock, sentence):
    (tmp_path / "orders.csv").write_text("customer_id,ordered_at,amount\na,2024-01-01,5\n")
    (tmp_path / "client.yml").write_text(f"currency: EUR\nclock: {json.dumps(clock)}\ntables: {{orders: {{files: orders.csv}}}}\n")
    with pytest.raises(SettingsError, match=sentence):
        seglib.open_client(tmp_path)


def run_json(project, name: str, as_of: str, period: Period, *, status: str = "ok", kind: str = "report") -> None:
    folder = project / "reports" / name
    folder.mkdir(parents=True)
    content = {"status": status, "started": name, "data": {"as_of": as_of}, "request": {"kind": kind, "period": period.to_dict()}}
    (folder / "run.json").write_text(json.dumps(content))


def test_the_period_of_the_latest_finished_report_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert kept_period(tmp_path) is None
    first, second = Period(date(2024, 3, 31), 365, 30, 90), Period(date(2024, 6, 30), 365, 40, 100)
    run_json(tmp_path, "2024-06-30", "2024-06-30", second)
    run_json(tmp_path, "2024-03-31", "2024-03-31", first)
    run_json(tmp_path, "2024-09-30", "2024-09-30", first, status="failed")
    run_json(tmp_path, "2024-12-31", "2024-12-31", first, kind="methods")
    (tmp_path / "reports" / "broken").mkdir()
    (tmp_path / "reports" / "broken" / "run.json").write_text("{")
    assert kept_period(tmp_path) == second
    monkeypatch.setenv(VARIABLE, json.dumps(first.to_dict()))
    assert kept_period(tmp_path) == first
    monkeypatch.setenv(VARIABLE, "none")
    assert kept_period(tmp_path) is None


def test_a_kept_period_holds_after_the_day_it_was_measured_on():
    client = seglib.open_frames(orders=orders_of(regular(120, 30, 390)))
    client.kept = Period(START + timedelta(days=200), 180, 50, 150)
    later = client.customers()
    assert (later["gap_75"].iloc[0], later["gap_95"].iloc[0], later["window_days"].iloc[0]) == (50.0, 150.0, 180)
    assert client.clock.source == "kept"
    assert client.measured_clock.usual == 30
    assert client.period() == client.kept
    day = START + timedelta(days=150)
    assert client.period(day) == Period(day, 151, 30, 30), "a run of an earlier day measures its own"
    earlier = client.customers(as_of=START + timedelta(days=200))
    assert (earlier["gap_75"].iloc[0], earlier["window_days"].iloc[0]) == (30.0, 201)
