"""Chance of return: how many customers of a stage of silence bought again, at past landmarks, and which name that allows the stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seglib.binning import round12
from seglib.customers.clock import BuyingDays

MIN_HORIZON_DAYS = 92  # a quarter: no shorter look ahead
MAX_LANDMARKS = 6
HISTORY_IN_GAPS = 2  # usual gaps of history that a landmark must leave before it
MIN_CUSTOMERS = 30
YEAR = 365
SLIPPING = 0.9  # of the active customers' rate: a stage whose ratio may reach it is late, not slipping
CHURNED_RATIO, CHURNED_RATE = 0.5, 0.25  # what the ratio and the rate of churned customers may reach at most
DRAWS, SEED = 1000, 20170101
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Landmarks:
    """Past days on which to look at who came back.

    Attributes:
        horizon: Days after a landmark within which a purchase counts as a return.
        ages: The landmarks in days before as_of; empty where the history is too short.
    """

    horizon: int
    ages: tuple[int, ...]


def landmarks(history_days: int, usual_gap: int) -> Landmarks:
    """Landmarks at once, twice … six times the horizon before as_of that leave two usual gaps of history before them.

    The horizon is the usual gap, at least 92 days; where no landmark fits, 92 days are tried.

    >>> landmarks(365, 14)
    Landmarks(horizon=92, ages=(92, 184, 276))
    >>> landmarks(739, 172)
    Landmarks(horizon=172, ages=(172, 344))
    """
    longest = history_days - 1 - HISTORY_IN_GAPS * usual_gap
    for horizon in dict.fromkeys((max(MIN_HORIZON_DAYS, usual_gap), MIN_HORIZON_DAYS)):
        ages = tuple(number * horizon for number in range(1, MAX_LANDMARKS + 1) if number * horizon <= longest)
        if ages:
            break
    return Landmarks(horizon, ages)


def rates(customer: np.ndarray, group: np.ndarray, bought: np.ndarray, groups: int) -> pd.DataFrame:
    """Share of observations that bought, by group, with 95 % intervals by a bootstrap of customers.

    Args:
        customer: Number of the customer of each observation; one has an observation a landmark.
        group: Group of each observation, 0 (the active) to ``groups`` - 1.
        bought: Did a purchase follow within the horizon?
        groups: Number of groups.

    Returns:
        One row a group: customers (observations), rate, rate_low, rate_high, ratio (to the rate of group 0), ratio_low, ratio_high,
        below_previous_high (upper end of rate minus the rate of the group before) and below_first_high; shares 0 to 1, NaN where nobody
        was observed.
    """
    size = int(customer.max(initial=-1)) + 1
    place = customer * groups + group
    seen = np.bincount(place, minlength=size * groups).reshape(size, groups)
    returned = np.bincount(place[bought], minlength=size * groups).reshape(size, groups)
    # Customers with the same observations are drawn together: the same bootstrap at a fraction of the size.
    patterns, n = np.unique(np.hstack([returned, seen]), axis=0, return_counts=True)
    draws = np.random.default_rng(SEED).multinomial(max(size, 1), n / n.sum(), DRAWS) if size else np.zeros((DRAWS, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = returned.sum(axis=0) / seen.sum(axis=0)
        drawn = (draws @ patterns[:, :groups]) / (draws @ patterns[:, groups:])
        ratios = drawn / drawn[:, :1]
        ratio = rate / rate[0]
    differences = drawn - drawn[:, :1]
    steps = np.diff(drawn, axis=1, prepend=np.nan)

    def ends(values: np.ndarray) -> np.ndarray:
        known = np.isfinite(values).all(axis=0)
        found = np.full((2, groups), np.nan)
        found[:, known] = np.quantile(values[:, known], INTERVAL, axis=0)
        return found

    table = {"customers": seen.sum(axis=0), "rate": rate, "ratio": ratio}
    for name, values in (("rate", drawn), ("ratio", ratios)):
        table[f"{name}_low"], table[f"{name}_high"] = ends(values)
    table["below_first_high"], table["below_previous_high"] = ends(differences)[1], ends(steps)[1]
    frame = pd.DataFrame(table)
    return frame.assign(**{name: round12(frame[name]) for name in frame.columns if name != "customers"})


def shown(stages: pd.DataFrame) -> pd.DataFrame:
    """Rates as a page prints them: customers, returned_share with its interval, and the ratio to the active with its interval."""
    names = {
        "rate": "returned_share",
        "rate_low": "lowest_share",
        "rate_high": "highest_share",
        "ratio": "ratio",
        "ratio_low": "ratio_low",
        "ratio_high": "ratio_high",
    }
    return stages.rename(columns=names)[["customers", *names.values()]].astype({"customers": int})


@dataclass(frozen=True)
class Silence:
    """What silence told in the past.

    Attributes:
        horizon: Days within which a purchase counted as a return.
        landmarks: How many past days were looked at.
        stages: One row a stage (within the usual gap, within the long one, beyond), as ``rates`` returns them; empty without a landmark.
        season: Does the landmark a year back allow other names than all of them together?
    """

    horizon: int
    landmarks: int
    stages: pd.DataFrame
    season: bool = False

    @property
    def tested(self) -> bool:
        """Were there ever 30 customers or more beyond the usual gap, so that something can be said of silence?"""
        return len(self.stages) > 0 and bool((self.stages["customers"].iloc[1:] >= MIN_CUSTOMERS).any())

    @property
    def tells(self) -> bool:
        """Did longer silence go with fewer returns, surely? The last stage with 30 customers against the first."""
        if not self.tested:
            return False
        last = self.stages[self.stages["customers"] >= MIN_CUSTOMERS].iloc[-1]
        return bool(last["below_first_high"] < 0)


def silence(days: BuyingDays, usual_gap: int, limits: tuple[float, float] | None = None) -> Silence:
    """Return rates of the three stages of silence, pooled over past landmarks, with clock and stages as they were known then.

    Args:
        days: Buying days of customers.
        usual_gap: The usual gap as of today, which sets horizon and landmarks.
        limits: Limits of the stages in days, where they were given by hand; else the clock of each landmark.
    """
    plan = landmarks(days.history_days, usual_gap)
    stages = [_stages(days, age, plan.horizon, limits) for age in plan.ages]
    found = [stage for stage in stages if stage is not None]
    if not found:
        return Silence(plan.horizon, 0, pd.DataFrame())
    customer, stage, bought = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pooled = rates(customer, stage, bought, 3)
    return Silence(plan.horizon, len(found), pooled, _season(days, usual_gap, plan.horizon, limits, pooled))


def _stages(
    days: BuyingDays, age: int, horizon: int, limits: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Customer, stage and return of everybody who had bought by a landmark; None where no clock was known by then."""
    cuts = limits or days.clock(age)
    if cuts is None:
        return None
    silent = days.last_before(age)
    known = np.flatnonzero(silent >= 0)
    bought = days.within(age - horizon, age) > 0
    return known, np.searchsorted(cuts, silent[known], side="left"), bought[known]


def _season(days: BuyingDays, usual_gap: int, horizon: int, limits: tuple[float, float] | None, pooled: pd.DataFrame) -> bool:
    """Would the landmark a year back, before the same season, allow other names?"""
    if YEAR + HISTORY_IN_GAPS * usual_gap >= days.history_days or horizon > YEAR:
        return False
    seen = _stages(days, YEAR, horizon, limits)
    if seen is None:
        return False
    a_year_back = rates(*seen, 3)
    return bool((a_year_back["customers"] >= MIN_CUSTOMERS).all()) and names(a_year_back) != names(pooled)


def slipping(row: Mapping[str, Any]) -> bool:
    """May customers who return at this rate be called slipping, dormant or at risk?"""
    return bool(row["customers"] >= MIN_CUSTOMERS and row["ratio_high"] < SLIPPING)


def churned(row: Mapping[str, Any]) -> bool:
    """May customers who return at this rate be called churned?"""
    return bool(row["customers"] >= MIN_CUSTOMERS and row["ratio_high"] < CHURNED_RATIO and row["rate_high"] < CHURNED_RATE)


def names(stages: pd.DataFrame, *, alarm: bool = True) -> tuple[str, str]:
    """Names that the rates allow the second and the third stage.

    Args:
        stages: As ``rates`` returns them for three stages.
        alarm: False where no name of alarm may be given, e.g. because the trade's clock has changed.

    Returns:
        For the second dormant or late, for the third churned or long_silent; both dormant_or_churned or both late where the two do not
        differ; active for the second where it does not differ from the first.
    """
    _, second, third = stages.to_dict("records")
    known = (stages["customers"] >= MIN_CUSTOMERS).tolist()
    differs = [True, *(not all(known[n - 1 : n + 1]) or stages["below_previous_high"].iloc[n] < 0 for n in (1, 2))]
    if not differs[1] and differs[2]:
        return "active", "churned" if alarm and churned(third) else "long_silent"
    pair = "dormant" if alarm and slipping(second) else "late", "churned" if alarm and churned(third) else "long_silent"
    if differs[2]:
        return pair
    return ("dormant_or_churned",) * 2 if pair == ("dormant", "churned") else ("late",) * 2
