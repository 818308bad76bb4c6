"""A customer's own usual quarter, what the next one is expected to bring beyond it, and what a held-out quarter said of it.

Quarters are 91 days counted back from as_of. q1 .. q4 below are a customer's last four, each divided by the market's season: the share that
those known for a year spent in that quarter, against a quarter of the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seglib.binning import round12
from seglib.customers.columns import A_YEAR
from seglib.customers.stages import QUARTER_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

NEXT = "spend_next"  # what was spent in the quarter that followed
MIN_CUSTOMERS = 30  # of a class, or its average says nothing
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)  # of the ridge, in customers' worth of evidence each
DRAWS, LEVEL = 1000, 0.95
YEAR_DAYS = A_YEAR * QUARTER_DAYS
LAST_YEAR = range(1, A_YEAR + 1)
YEAR = " + ".join(f"spend_quarter_{n}" for n in LAST_YEAR)
MARKET_YEAR = " + ".join(f"market_quarter_{n}" for n in LAST_YEAR)
EVERYBODY = f"(({MARKET_YEAR}) / {A_YEAR})"
#: A quarter without the season of the market, as a printed formula.
ADJUSTED = {n: f"greatest(spend_quarter_{n}, 0) * ({MARKET_YEAR}) / ({A_YEAR} * market_quarter_{n})" for n in LAST_YEAR}


@dataclass(frozen=True)
class Learned:
    """What the customers of a past quarter teach.

    Attributes:
        credibility: How far a customer's own mean quarter counts against what is usual, 0 to 1.
        mean: Everybody's mean quarter as a share of ``size``.
        weights: What each of the four quarters, the last one first, moves the next away from the usual one; they add up to 0.
        customers: How many taught.
        size: In proportion to what alike customers spend: a column, or the market's mean quarter, for everybody alike.
    """

    credibility: float
    mean: float
    weights: tuple[float, ...]
    customers: int
    size: str

    @property
    def usual(self) -> str:
        """The customer's own usual quarter as a printed formula: credibility * mean(q1 .. q4) + (1 - credibility) * that of alike ones."""
        own = " + ".join(ADJUSTED[n] for n in LAST_YEAR)
        return f"{self.credibility / A_YEAR:.6g} * ({own}) + {(1 - self.credibility) * self.mean:.6g} * {self.size}"

    @property
    def beyond(self) -> str:
        """What is expected of the next quarter beyond the usual one, in usual quarters."""
        moves = " + ".join(f"{weight:.6g} * {ADJUSTED[n]}" for n, weight in zip(LAST_YEAR, self.weights, strict=True))
        return f"({moves}) / usual_quarter"


def as_known(customers: pd.DataFrame, ago: int) -> pd.DataFrame:
    """The customers as they were known some quarters ago, under today's names of columns, and what they spent in the quarter after.

    Args:
        customers: spend_quarter_1 .. spend_quarter_6, days_since_first_order and anything else.
        ago: Quarters, 1 or 2.

    Returns:
        Those who had been known for four quarters and spent money in them, sorted by what they did, with ``spend_next``.
    """
    age = customers["days_since_first_order"].astype(float) - ago * QUARTER_DAYS
    known = customers[(age >= YEAR_DAYS).to_numpy()]
    quarters = {f"spend_quarter_{n}": known[f"spend_quarter_{n + ago}"].astype(float) for n in LAST_YEAR}
    market = {f"market_quarter_{n}": float(quarters[f"spend_quarter_{n}"].clip(lower=0).mean()) for n in LAST_YEAR}
    spent = known[f"spend_quarter_{ago}"].astype(float)
    then = known.assign(**quarters, **market, **{NEXT: spent, "days_since_first_order": age[known.index]})
    then = then[sum(then[name] for name in quarters) > 0]
    return then.sort_values([NEXT, *quarters, "days_since_first_order"], kind="stable", ignore_index=True)


def quarters_known(customers: pd.DataFrame) -> int:
    """Whole quarters that the orders reach back."""
    days = customers["days_since_first_order"].astype(float)
    if "history_days_before_first_order" in customers.columns:
        days = days + customers["history_days_before_first_order"].astype(float)
    return int((days.max() + 1) // QUARTER_DAYS) if days.notna().any() else 0


def adjusted(then: pd.DataFrame) -> np.ndarray:
    """The four quarters without the season of the market, one row a customer, the last quarter first."""
    money = then[[f"spend_quarter_{n}" for n in LAST_YEAR]].to_numpy(float).clip(min=0)
    market = then[[f"market_quarter_{n}" for n in LAST_YEAR]].to_numpy(float)
    return money * np.divide(market.mean(axis=1, keepdims=True), market, out=np.zeros_like(market), where=market > 0)


def credibility(quarters: np.ndarray, alike: np.ndarray) -> float:
    """Buehlmann's credibility (1967) of a customer's mean quarter against the mean of alike customers.

    The variance of the mean quarters about it, less what the quarters' own variance alone would give them, over the former: empirical Bayes
    in closed form, which for a Poisson number of orders at gamma rates is the mean given what is known.
    """
    apart = quarters.mean(axis=1) - alike
    total, within = (apart**2).mean(), quarters.var(axis=1, ddof=1).mean()
    return float(max(total - within / A_YEAR, 0.0) / total) if total > 0 else 0.0


def usual_quarter(quarters: np.ndarray, sizes: np.ndarray | None = None) -> tuple[float, float, np.ndarray]:
    """What is usual for each customer: the own mean quarter, drawn towards that of alike customers.

    Args:
        quarters: Four quarters without the season of the market, one row a customer.
        sizes: In proportion to what alike customers spend; all are alike without it.

    Returns:
        Credibility of the own mean, mean of alike customers per unit of size, and the usual quarter of each, in money.
    """
    means = quarters.mean(axis=1)
    sizes = np.ones(len(quarters)) if sizes is None else sizes
    mean = float(means.sum() / sizes.sum())
    own = credibility(quarters, mean * sizes)
    return own, mean, own * means + (1 - own) * mean * sizes


def learn(then: pd.DataFrame, size: str = EVERYBODY) -> Learned:
    """Learn from one quarter in the past, and the four before it, what is usual and how the next departs from it.

    Ridge regression of (next / market - usual) on the departures of the four quarters from their mean, both in units of the usual
    quarter plus a floor (a quarter of the middle one), drawn towards no departure; its strength by leave-one-out error. ``market`` brings
    the total of that quarter to the total of the usual ones, so that what rises with everybody is no growth.

    Args:
        then: Customers as known then.
        size: Column, such as a wallet, in proportion to which alike customers spend; all are alike without it, and no quarter is weighed.
    """
    from sklearn.linear_model import RidgeCV

    quarters, spent = adjusted(then), then[NEXT].to_numpy(float)
    everybody = size == EVERYBODY
    sizes = then[[f"market_quarter_{n}" for n in LAST_YEAR]].mean(axis=1).to_numpy() if everybody else then[size].to_numpy(float)
    own, mean, usual = usual_quarter(quarters, sizes)
    unit = usual + np.median(usual) / A_YEAR
    departures = (quarters - quarters.mean(axis=1, keepdims=True)) / unit[:, None]
    spread = np.sqrt((departures**2).mean(axis=0))
    if not everybody or spent.sum() <= 0 or not (spread > 0).all():
        return Learned(own, mean, (0.0,) * A_YEAR, len(then), size)
    target = (np.maximum(spent, 0) * usual.sum() / spent.sum() - usual) / unit
    ridge = RidgeCV(alphas=np.array(PENALTIES) * len(then), fit_intercept=False).fit(departures / spread, target)
    weights = ridge.coef_ / spread
    return Learned(own, mean, tuple(float(weight) for weight in weights - weights.mean()), len(then), size)


def judged(then: pd.DataFrame, classes: pd.Series, against: Mapping[str, str]) -> pd.DataFrame:
    """What those who would have been in each class did in the quarter held out.

    Args:
        then: Customers as known before that quarter, with ``usual_quarter`` and ``spend_next``.
        classes: Class of each.
        against: Class -> "rest" (money beyond the usual quarter, against all others) or "last" (money against the customer's own last
            quarter); classes in the order wanted. Usual and last quarters are brought to the season of the quarter held out, which is what
            everybody spent over what was usual: where many leave it falls with them, and who stays is above it.

    Returns:
        One row a class: segment, customers, last_quarter, usual, held_out and beyond (money a head), beyond_low and beyond_high, against,
        difference (a head), low and high. Intervals are of 95 %, by 1,000 draws of customers, the season drawn anew each time; missing
        where a side has under 30 customers.
    """
    spent, usual = then[NEXT].to_numpy(float), then["usual_quarter"].to_numpy(float)
    last = adjusted(then)[:, 0]
    n = len(then)
    draws = np.vstack([np.ones(n), np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), DRAWS)]) if n else np.ones((1, 0))
    season = (draws @ spent) / (draws @ usual)
    rows = []
    for name, other in against.items():
        inside = (classes == name).to_numpy()
        heads = draws @ inside
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = (draws @ (inside * spent) - season * (draws @ (inside * usual))) / heads
            if other == "last":
                difference = (draws @ (inside * spent) - season * (draws @ (inside * last))) / heads
            else:  # the money beyond adds up to nothing over everybody
                difference = beyond * n / (n - heads)
        enough = inside.sum() >= MIN_CUSTOMERS and (other == "last" or n - inside.sum() >= MIN_CUSTOMERS)
        edges = [np.quantile(draw[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if enough else (np.nan, np.nan) for draw in (beyond, difference)]
        means = [float(values[inside].mean()) if inside.any() else np.nan for values in (season[0] * last, season[0] * usual, spent)]
        point = (beyond[0], difference[0]) if inside.any() else (np.nan, np.nan)
        rows.append((name, int(inside.sum()), *means, point[0], *edges[0], other, point[1], *edges[1]))
    names = ["segment", "customers", "last_quarter", "usual", "held_out", "beyond", "beyond_low", "beyond_high"]
    return pd.DataFrame(rows, columns=[*names, "against", "difference", "low", "high"])


PERIODS = 13  # of four weeks, a year of them
FEWEST_PERIODS = 8  # pairs of the same season that must differ before a trend is looked for
LEAD_IN = 91  # a customer of both years began to buy in the first quarter of the first, or before
FALSE_ALARMS = 0.05  # so that a market in which nobody moves makes no claim in 19 of 20 cases; the field asks for 0.10


def trends(periods: pd.DataFrame, customers: pd.DataFrame) -> pd.Series | None:
    """Who spends more, or less, than in the same season a year before: four weeks against the same four weeks, thirteen times.

    Hirsch, Slack and Smith's seasonal Kendall test (1982), which over two years is a sign test of the thirteen differences; Benjamini and
    Hochberg hold false alarms among those called to 5 %. The slope of one year is no trend: it holds the season, and turns round.

    Args:
        periods: The side frame ``four_weeks``.
        customers: customer_id and days_since_first_order.

    Returns:
        For every customer rising, falling, no_trend or not_judged (not a customer of both years, or fewer than eight pairs in which money
        was spent and differs); None where the orders do not reach back two years.
    """
    from scipy.stats import binom, false_discovery_control

    if periods.empty or int(periods["period"].max()) < 2 * PERIODS - 1:
        return None
    spend = periods.pivot_table(index="customer_id", columns="period", values="spend", aggfunc="sum").reindex(columns=range(2 * PERIODS))
    money = round12(spend.reindex(customers["customer_id"]).fillna(0.0).to_numpy(float))
    apart = money[:, :PERIODS] - money[:, PERIODS:]
    up, down = (apart > 0).sum(axis=1), (apart < 0).sum(axis=1)
    both_years = customers["days_since_first_order"].to_numpy(float) >= 2 * PERIODS * 28 - LEAD_IN
    judged = both_years & (up + down >= FEWEST_PERIODS)
    found = np.full(len(customers), "not_judged", dtype=object)
    if judged.any():
        p = np.minimum(1.0, 2 * binom.cdf(np.minimum(up, down)[judged], (up + down)[judged], 0.5))
        sure = false_discovery_control(p) <= FALSE_ALARMS
        found[judged] = np.where(sure, np.where((up > down)[judged], "rising", "falling"), "no_trend")
    return pd.Series(found, index=customers.index).astype("str")
