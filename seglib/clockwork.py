"""What `seglib check` and the front page say of the trade's clock: where it comes from, how sure it is, whether it has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from seglib.binning import cut
from seglib.binning import fit as fit_tiers
from seglib.language import marked
from seglib.segmentation import facts_of
from seglib.separation import dip

if TYPE_CHECKING:
    import pandas as pd

    from seglib.client import Client

ALARM = 0.25  # a clock or window that differs from today's by more is said
TWO_SPEEDS_RATIO, TWO_SPEEDS_SHARE, TWO_SPEEDS_P = 4.0, 0.10, 0.01
MIN_CUSTOMERS = 100
EXAMPLE = "{usual: 30 days, long: 90 days}"

MEASURED = marked(
    "The trade's clock: 75% of the gaps between buying days have ended after {usual} days, 95% after {long} ({gaps:,} gaps of {voters:,} "
    "customers of the first half of the data). The data reach back {times:.1f} long gaps."
)
EVERYBODY = marked(
    "The trade's clock: 75% of the gaps between buying days have ended after {usual} days, 95% after {long} ({gaps:,} gaps of all "
    "{voters:,} customers who came again, as too few did of the first half of the data). The data reach back {times:.1f} long gaps."
)
HALVES = marked("The first half of the data alone has a usual gap of {first} days, the last half {last}.")
GIVEN = {
    "given": marked("The trade's clock: usual gap {usual} days, long gap {long} (by client.yml)."),
    "signed": marked("The trade's clock: usual gap {usual} days, long gap {long} (by the signed definition)."),
    "kept": marked("The trade's clock: usual gap {usual} days, long gap {long} (kept from the report of {day})."),
}
NONE = marked(
    "No clock: under 200 gaps between buying days of 100 customers. Nobody can be called late; if you know the usual gap, write clock: "
    "{example} in client.yml."
)
CHANGED = marked(
    "The usual gap of the two halves of the data differs by more than 25% ({first} and {last} days): the rhythm is changing, and no class "
    "gets a name of alarm."
)
DIFFERS = marked(
    "The clock in force ({usual} and {long} days) differs by more than 25% from today's ({usual_today} and {long_today}): sign anew, or "
    "make the report with --refit."
)
WINDOW_DIFFERS = marked(
    "The window in force ({window} days) differs by more than 25% from what today's clock would give ({today} days): sign anew, or make "
    "the report with --refit."
)
TWO_SPEEDS = marked("Two speeds: {quick:,} customers come about every {quick_days} days, {slow:,} about every {slow_days}.")

Sentence = tuple[str, dict[str, Any]]


def figures(client: Client, customers: pd.DataFrame) -> Iterator[Sentence]:
    """Sentences on the clock in force and what it rests on.

    Args:
        client: The client, with orders.
        customers: Its customer table, with the side frame ``gaps``.
    """
    clock = client.clock
    if not clock:
        yield NONE, {"example": EXAMPLE}
        return
    if clock.source in GIVEN:
        kept: date | str = client.kept.as_of if client.kept else ""
        yield GIVEN[clock.source], {"usual": clock.usual, "long": clock.long, "day": kept}
    else:
        sentence = EVERYBODY if clock.everybody else MEASURED
        values = {"usual": clock.usual, "long": clock.long, "gaps": clock.gaps, "voters": clock.voters}
        yield sentence, {**values, "times": clock.history_days / (clock.long or 1)}
        if clock.first_half is not None and clock.last_half is not None:
            yield HALVES, {"first": clock.first_half, "last": clock.last_half}
    speeds = two_speeds(customers)
    if speeds:
        yield TWO_SPEEDS, speeds


def alarms(client: Client) -> Iterator[Sentence]:
    """What has changed since the clock and the window in force were measured."""
    clock, today = client.clock, client.measured_clock
    if clock.source == "gaps" and not clock.stable:
        yield CHANGED, {"first": clock.first_half, "last": clock.last_half}
    if clock.source in GIVEN and clock and today and (_apart(clock.usual, today.usual) or _apart(clock.long, today.long)):
        values = {"usual": clock.usual, "long": clock.long, "usual_today": today.usual, "long_today": today.long}
        yield DIFFERS, values
    window = client.default_window
    if client.settings.window is None and _apart(client.window_days, window):
        yield WINDOW_DIFFERS, {"window": client.window_days, "today": window}


def _apart(one: int | None, other: int | None) -> bool:
    """Do two lengths of time differ by more than 25 %?"""
    return bool(one and other and abs(one - other) > ALARM * one)


def two_speeds(customers: pd.DataFrame) -> dict[str, int] | None:
    """Two groups of customers whose mean gaps lie far apart, with a valley between; None where there is one.

    Asked of customers with two gaps or more, on the logarithm of their mean gap: Hartigan's dip below .01, either group a tenth of the
    customers at least, and the slow one four times as slow.
    """
    gaps = facts_of(customers).get("gaps")
    if gaps is None:
        return None
    ended = gaps[gaps["closed"]].groupby("customer_id")["gap_days"].agg(["size", "mean"])
    logs = np.log(np.sort(ended.loc[ended["size"] >= 2, "mean"].to_numpy(float)))
    if len(logs) < MIN_CUSTOMERS or logs[0] == logs[-1]:
        return None
    group = cut(logs, fit_tiers(logs, "natural:2").cuts)
    centres = [float(np.exp(np.median(logs[group == number]))) for number in (1, 2)]
    smaller = min((group == number).mean() for number in (1, 2))
    if centres[1] < TWO_SPEEDS_RATIO * centres[0] or smaller < TWO_SPEEDS_SHARE or dip(logs).p >= TWO_SPEEDS_P:
        return None
    counts = {"quick": int((group == 1).sum()), "slow": int((group == 2).sum())}
    return {**counts, "quick_days": round(centres[0]), "slow_days": round(centres[1])}
