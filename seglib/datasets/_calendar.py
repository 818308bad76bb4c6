"""When orders come: rates that are constant over stretches of time, seen through a clock that runs fast in the season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seglib.datasets._worlds import DAYS_A_YEAR, Plan

WEEK = np.array([0.9, 0.88, 0.9, 0.95, 1.08, 1.2, 1.09])  # Monday to Sunday
PEAK_WIDTH = 24.0  # days; the season peaks where one year ends and the next begins
EARLIEST, HOURS = 8.0, 13.9  # shops open from 8 to a little before 22


@dataclass(frozen=True)
class Clock:
    """Season days passed since the start: a steady buyer places orders evenly in them. One a day on the mean of a year."""

    passed: np.ndarray  # at the beginning of each day, and at the end of the last

    def at(self, day: np.ndarray) -> np.ndarray:
        return np.interp(day, np.arange(len(self.passed)), self.passed)

    def day(self, passed: np.ndarray) -> np.ndarray:
        return np.interp(passed, self.passed, np.arange(len(self.passed)))


def make_clock(plan: Plan) -> Clock:
    """The clock of the plan's season and weekdays; equal for every full year."""
    day = np.arange(plan.total_days)
    to_peak = np.abs((day - plan.days + DAYS_A_YEAR / 2) % DAYS_A_YEAR - DAYS_A_YEAR / 2)
    speed = 1 + plan.season * np.exp(-0.5 * (to_peak / PEAK_WIDTH) ** 2)
    weekday = (plan.start.astype(int) + 3 + day) % 7  # 1970-01-01 was a Thursday
    if plan.world.gaps == "contract":  # deliveries keep no season
        return Clock(np.arange(plan.total_days + 1.0))
    last_year = slice(plan.days - DAYS_A_YEAR, plan.days)
    speed = speed / speed[last_year].mean() * WEEK[weekday]
    return Clock(np.concatenate([[0.0], np.cumsum(speed)]))


@dataclass(frozen=True)
class Stretches:
    """Stretches of time in which a customer buys at one rate.

    Attributes:
        who: Row of the customer.
        low, high: Begin and end in days since the start.
        rate: Orders a season day.
    """

    who: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rate: np.ndarray

    def clipped(self, low: np.ndarray, high: np.ndarray) -> Stretches:
        """The part of each stretch between ``low`` and ``high`` (per stretch); empty ones are dropped."""
        begin, end = np.maximum(self.low, low), np.minimum(self.high, high)
        keep = (begin < end) & (self.rate > 0)
        return Stretches(self.who[keep], begin[keep], end[keep], self.rate[keep])

    def present(self, people: pd.DataFrame) -> Stretches:
        """The parts in which the customer has come, has not left and does not pause."""
        come, left, pause, back = (people[name].to_numpy()[self.who] for name in ("acquired_day", "left_day", "pause_from", "pause_until"))
        before, after = self.clipped(come, np.minimum(left, pause)), self.clipped(np.maximum(come, back), left)
        return together([before, after])

    def expected(self, clock: Clock, count: int, low: float, high: float) -> np.ndarray:
        """Expected orders of each of ``count`` customers between two times."""
        part = self.clipped(np.full(len(self.who), low), np.full(len(self.who), high))
        return np.bincount(part.who, weights=part.rate * (clock.at(part.high) - clock.at(part.low)), minlength=count)

    def draw(self, clock: Clock, rng: np.random.Generator, times: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Events of a Poisson process at ``times`` the rate: who and when, in no order."""
        low, high = clock.at(self.low), clock.at(self.high)
        number = rng.poisson(times * self.rate * (high - low))
        passed = np.repeat(low, number) + rng.random(number.sum()) * np.repeat(high - low, number)
        return np.repeat(self.who, number), clock.day(passed)


def together(parts: list[Stretches]) -> Stretches:
    """Several sets of stretches as one: their rates add up where they overlap."""
    return Stretches(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("who", "low", "high", "rate")))


def quarters(plan: Plan) -> np.ndarray:
    """Edges of quarters of a year, counted back from the end of the tables; then the horizon as one."""
    back = plan.days - np.arange(0, plan.days, DAYS_A_YEAR / 4)[::-1]
    return np.unique(np.concatenate([[0.0], back[back > DAYS_A_YEAR / 8], [float(plan.total_days)]]))


def time_of_day(rng: np.random.Generator, count: int) -> np.ndarray:
    """Share of the day at which shops are visited."""
    return (EARLIEST + HOURS * rng.beta(2.2, 1.9, count)) / 24
