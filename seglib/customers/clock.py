"""The clock of a trade: by which day most customers have bought again, measured on the gaps between their buying days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from seglib.customers.stages import Stages

Source = Literal["gaps", "given", "signed", "kept", ""]

USUAL_SHARE, LONG_SHARE = 0.75, 0.95  # of the votes that have ended by gap_75 and gap_95
MIN_GAPS, MIN_VOTERS = 200, 100
STABLE = 0.25  # halves of the history whose usual gaps differ by more have no common clock
YEAR = 365
ROUNDING = 1e-9  # sums of votes differ in their last bits


@dataclass(frozen=True)
class Clock:
    """How long customers usually, and at most, wait between two buying days.

    Attributes:
        usual: ``gap_75``: the smallest whole day by which 75 % of the votes have ended; None where there is no clock.
        long: ``gap_95``: the same for 95 %.
        source: "gaps": measured; "given": client.yml; "signed": a signed definition; "kept": the project's previous run; "": no clock.
        gaps: Gaps behind it.
        voters: Customers behind it.
        everybody: True where too few of the voters have ended a gap, so that customers of all ages voted.
        history_days: Days of the history up to the day it was measured on.
        first_half, last_half: Usual gap measured on either half of the history alone; None where a half has too few gaps.
    """

    usual: int | None = None
    long: int | None = None
    source: Source = ""
    gaps: int = 0
    voters: int = 0
    everybody: bool = False
    history_days: int = 0
    first_half: int | None = None
    last_half: int | None = None

    def __bool__(self) -> bool:
        return self.usual is not None

    @property
    def stable(self) -> bool:
        """Do both halves of the history keep the same time, as far as that was measured?"""
        return _same_time(self.first_half, self.last_half)


class Votes(NamedTuple):
    """Ended gaps counted: ``rows`` gaps of ``days`` days, each by a customer with ``gaps`` gaps."""

    days: np.ndarray
    gaps: np.ndarray
    rows: np.ndarray

    @property
    def voters(self) -> int:
        """Customers with a vote."""
        return round(float((self.rows / self.gaps).sum()))

    def of(self, chosen: np.ndarray) -> Votes:
        return Votes(*(values[chosen] for values in self))

    def ended_by(self, share: float) -> int:
        """The smallest whole day by which at least ``share`` of the votes have ended; a customer's gaps share one vote.

        >>> Votes(np.array([7, 14, 70]), np.array([2, 2, 1]), np.array([1, 1, 1])).ended_by(0.5)
        14
        """
        days, place = np.unique(self.days, return_inverse=True)
        ended = np.cumsum(np.bincount(place, weights=self.rows / self.gaps))
        return int(days[np.searchsorted(ended, share * ended[-1] * (1 - ROUNDING))])

    @property
    def enough(self) -> bool:
        return int(self.rows.sum()) >= MIN_GAPS and self.voters >= MIN_VOTERS


def _same_time(first: int | None, last: int | None) -> bool:
    """Do two usual gaps differ by 25 % at most? Unknown ones do not differ."""
    return first is None or last is None or abs(last - first) <= STABLE * first


class BuyingDays:
    """The buying days of customers, read from the side frame ``gaps``, on which every earlier day can be looked back from.

    Attributes:
        ids: Customers, ascending.
        customer: Number of the customer of each buying day.
        age: Days before as_of of each buying day.
        next_age: Days before as_of of the same customer's next buying day; -1 where there is none.
        orders, value: Orders of each buying day, and their value.
        history_days: Days of the history up to as_of.
    """

    def __init__(self, gaps: pd.DataFrame, history_days: int) -> None:
        self.ids, self.customer = np.unique(gaps["customer_id"].to_numpy(object), return_inverse=True)
        self.age = (gaps["gap_end"] + gaps["gap_days"]).to_numpy()
        self.next_age = np.where(gaps["closed"], gaps["gap_end"], -1)
        self.orders, self.value = gaps["orders"].to_numpy(), gaps["value"].to_numpy(float)
        self.history_days = history_days

    def clock(self, landmark: int) -> tuple[int, int] | None:
        """Usual and long gap from what was known ``landmark`` days before as_of; None where that was too little."""
        votes = self._votes(landmark, self.history_days)
        return (votes.ended_by(USUAL_SHARE), votes.ended_by(LONG_SHARE)) if votes else None

    @property
    def steady(self) -> bool:
        """Do both halves of the history keep the same usual gap, as far as each can tell one?"""
        middle = self.history_days // 2
        halves = [self._votes(middle, self.history_days), self._votes(0, middle)]
        return _same_time(*(votes.ended_by(USUAL_SHARE) if votes else None for votes in halves))

    def _votes(self, latest: int, earliest: int) -> Votes | None:
        """Votes on the stretch from ``latest`` to ``earliest`` - 1 days before as_of; None where they are too few."""
        inside = (self.age >= latest) & (self.age < earliest)
        ended = inside & (self.next_age >= latest)
        customer = self.customer[ended]
        gaps = np.bincount(customer, minlength=len(self.ids))
        first = np.zeros(len(self.ids), dtype=np.int64)
        np.maximum.at(first, self.customer[inside], self.age[inside])
        early = 2 * (earliest - 1 - first[customer]) < earliest - latest
        votes = _chosen(Votes((self.age - self.next_age)[ended], gaps[customer], np.ones(len(customer))), early)
        return votes if votes.enough else None

    def last_before(self, landmark: int) -> np.ndarray:
        """Days of silence of every customer as of ``landmark`` days before as_of; -1 for who had not bought by then."""
        last = np.full(len(self.ids), np.iinfo(np.int64).max)
        known = self.age >= landmark
        np.minimum.at(last, self.customer[known], self.age[known])
        return np.where(last == np.iinfo(np.int64).max, -1, last - landmark)

    def within(self, latest: int, earliest: int, values: np.ndarray | None = None) -> np.ndarray:
        """Sum of ``values`` (or number of buying days) of every customer from ``latest`` up to ``earliest`` - 1 days before as_of."""
        inside = (self.age >= latest) & (self.age < earliest)
        return np.bincount(self.customer[inside], weights=None if values is None else values[inside], minlength=len(self.ids))


def measure(stages: Stages) -> Clock:
    """The clock of the order lines up to ``stages.as_of``.

    A vote is a gap between two buying days that has ended; the gaps of one customer share one vote. Voters are customers whose first
    buying day lies in the first half of the history, since newcomers can only have short gaps; all customers where fewer than 100 of
    those have voted. Less than 200 gaps of 100 customers make no clock.
    """
    days_of_data = stages.days_of_data
    if not isinstance(days_of_data, int):
        days_of_data = int(days_of_data.to_pyarrow().as_py() or 0)
    history = days_of_data + 1
    with stages.days.cache() as days:
        votes, everybody = _voters(days, 0, history)
        if votes is None:
            return Clock(history_days=history, everybody=everybody)
        middle = history // 2
        halves = [_voters(days, *span)[0] for span in ((middle, history), (0, middle))]
    first, last = (half.ended_by(USUAL_SHARE) if half else None for half in halves)
    return Clock(
        usual=votes.ended_by(USUAL_SHARE),
        long=votes.ended_by(LONG_SHARE),
        source="gaps",
        gaps=int(votes.rows.sum()),
        voters=votes.voters,
        everybody=everybody,
        history_days=history,
        first_half=first,
        last_half=last,
    )


def _voters(days: ir.Table, latest: int, earliest: int) -> tuple[Votes | None, bool]:
    """Votes on the stretch of history from ``latest`` to ``earliest`` - 1 days before as_of, and whether everybody votes; None: too few."""
    inside = days.filter(days.age >= latest, days.age < earliest)
    customers = inside.group_by("customer_id").aggregate(gaps=inside.count() - 1, first=inside.age.max())
    ended = inside.filter(inside.gap.notnull(), inside.age + inside.gap < earliest).select("customer_id", days=inside.gap)
    joined = ended.join(customers, "customer_id")
    early = 2 * (earliest - 1 - joined["first"]) < earliest - latest
    counted = joined.group_by(days=joined.days, gaps=joined.gaps, early=early).aggregate(rows=joined.count()).to_pyarrow()
    every = Votes(*(counted[name].to_numpy() for name in Votes._fields))
    votes = _chosen(every, counted["early"].to_numpy(zero_copy_only=False).astype(bool))
    return (votes if votes.enough else None), votes is every


def _chosen(every: Votes, early: np.ndarray) -> Votes:
    """The votes of customers of the first half of the history, or everybody's where fewer than 100 of those have voted."""
    votes = every.of(early)
    return every if votes.voters < MIN_VOTERS else votes


def adjacent(history_days: int, window_days: int, usual: int | None) -> int:
    """Length of two adjacent windows that movement is told on: whole weeks, at most half the history, none under the usual gap."""
    weeks = min(window_days, history_days // 2) // 7 * 7
    return max(weeks, -(-(usual or 0) // 7) * 7)


def default_window(history_days: int, usual: int | None) -> int:
    """Days that flow columns look back on: a year, or four usual gaps in whole weeks where those are longer; at most the history.

    >>> default_window(739, 172), default_window(739, 14), default_window(200, 14)
    (693, 365, 200)
    """
    four_gaps = -(-4 * (usual or 0) // 7) * 7
    return max(1, min(max(YEAR, four_gaps), history_days))
