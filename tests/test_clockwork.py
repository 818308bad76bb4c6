"""What is said of the trade's clock: where it comes from, two speeds, and what has changed since it was measured."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import checkup, clockwork
from seglib.kept import Period
from seglib.language import translate
from seglib.settings import ClientSettings

START = date(2023, 1, 1)


def client(steps: dict[str, int], *, customers: int = 120, days: int = 600, **settings: object) -> seglib.client.Client:
    """Groups of customers who buy every so many days, each from a day of its own."""
    rows = [
        (f"{group}{number}", START + timedelta(days=day))
        for group, step in steps.items()
        for number in range(customers)
        for day in range(number % step, days, step)
    ]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"]).assign(amount=10.0)
    orders = orders.assign(order_id=[str(number) for number in range(len(orders))], ordered_at=pd.to_datetime(orders["ordered_at"]))
    return seglib.open_frames(settings=ClientSettings(**settings), orders=orders)


def said(sentences: object) -> list[str]:
    return [translate(sentence, "en", **values) for sentence, values in sentences]


def test_the_measured_clock_is_said_with_its_voters_and_halves():
    opened = client({"a": 20})
    figures = said(clockwork.figures(opened, opened.customers()))
    assert figures[0].startswith("The trade's clock: 75% of the gaps between buying days have ended after 20 days, 95% after 20")
    assert "of 120 customers of the first half of the data" in figures[0]
    assert figures[0].endswith("The data reach back 30.0 long gaps.")
    assert figures[1] == "The first half of the data alone has a usual gap of 20 days, the last half 20."
    assert said(clockwork.alarms(opened)) == []
    screen = "\n".join(checkup.examine(opened).lines())
    assert figures[0] in screen


def test_without_a_clock_it_is_asked_for():
    opened = client({"a": 20}, customers=14)
    assert "write clock: {usual: 30 days, long: 90 days} in client.yml" in said(clockwork.figures(opened, opened.customers()))[0]


def test_a_given_clock_is_held_against_todays():
    opened = client({"a": 20}, clock={"usual": 22, "long": 22})
    assert said(clockwork.figures(opened, opened.customers()))[0] == "The trade's clock: usual gap 22 days, long gap 22 (by client.yml)."
    assert said(clockwork.alarms(opened)) == []
    slow = client({"a": 20}, clock={"usual": 60, "long": 90})
    assert said(clockwork.alarms(slow)) == [
        "The clock in force (60 and 90 days) differs by more than 25% from today's (20 and 20): sign anew, or make the report with --refit."
    ]


def test_a_kept_period_is_said_and_held_against_todays():
    opened = client({"a": 20})
    opened.kept = Period(date(2023, 12, 31), 200, 20, 20)
    assert said(clockwork.figures(opened, opened.customers()))[0].endswith("(kept from the report of 2023-12-31).")
    assert said(clockwork.alarms(opened)) == [
        "The window in force (200 days) differs by more than 25% from what today's clock would give (365 days): sign anew, or make the "
        "report with --refit."
    ]


def test_a_changing_rhythm_is_said():
    rows = [(f"c{n}", START + timedelta(days=day)) for n in range(150) for day in [*range(0, 300, 20), *range(300, 601, 50)]]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"]).assign(amount=10.0)
    orders = orders.assign(order_id=[str(number) for number in range(len(orders))], ordered_at=pd.to_datetime(orders["ordered_at"]))
    alarms = said(clockwork.alarms(seglib.open_frames(orders=orders)))
    assert alarms[0].startswith("The usual gap of the two halves of the data differs by more than 25% (20 and 50 days)")


@pytest.mark.parametrize(("steps", "found"), [({"a": 7, "b": 90}, True), ({"a": 20}, False), ({"a": 20, "b": 30}, False)])
def test_two_speeds(steps, found):
    rng = np.random.default_rng(4)
    rows = []
    for group, step in steps.items():
        for number in range(150):
            days = np.cumsum(rng.gamma(8, step / 8, 60)).astype(int)
            rows += [(f"{group}{number}", pd.Timestamp(START) + pd.Timedelta(days=int(day))) for day in days[days < 720]]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"]).drop_duplicates().assign(amount=10.0)
    opened = seglib.open_frames(orders=orders.assign(order_id=[str(number) for number in range(len(orders))]))
    speeds = clockwork.two_speeds(opened.customers())
    assert (speeds is not None) == found
    if speeds:
        assert (speeds["quick"], speeds["slow"]) == (150, 150)
        assert speeds["quick_days"] == pytest.approx(7, abs=1)
        assert speeds["slow_days"] == pytest.approx(90, abs=9)
