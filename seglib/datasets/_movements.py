"""What changes a customer's rate: the planted move between the two years, slow growth, visits, campaigns, and moments of intent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seglib.datasets._calendar import Clock, Stretches, quarters, together
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

LEVELS = ("low", "medium", "high")
# Planted chance of the level in the second year, given that in the first (rows low, medium, high).
MOVES = np.array([[0.80, 0.17, 0.03], [0.15, 0.70, 0.15], [0.04, 0.16, 0.80]])
LEVEL_CUTS = (0.6, 1.6)  # in yearly spends of the market's middle customer
GROWTH_BY_HEADROOM, GROWTH_NOISE = 0.4, 0.08  # yearly growth of the log rate: where more of the wallet is elsewhere, more of it comes
# Response of a firm's rate to x visits a month: 1 + (most - 1)(1 - exp(-x bend)); small firms are won sooner and give less.
VISIT_RESPONSE = pd.DataFrame({"size": ["small", "large"], "least": [1.0, 1.0], "most": [1.6, 2.1], "bend": [0.8, 0.35]})
LARGE_FIRM = 20  # employees
CAMPAIGNS, CAMPAIGN_DAYS, CAMPAIGN_LIFT = 8, 21, 0.25
CAMPAIGN_KINDS = np.array(["coupon", "mailing", "coupon", "top customers"], dtype=object)
INTENT_A_YEAR = 0.9
INTENT = ((0.0, 10.0, 2.0), (10.0, 25.0, 1.0), (25.0, 45.0, 0.4))  # days after its begin, extra rate as a multiple of the own


@dataclass(frozen=True)
class Movements:
    """Everything that bears on when orders come, planted and kept for the truth.

    Attributes:
        base: Stretches of the own rate, with level, growth and visits in it.
        extra: Stretches of orders that campaigns and intent bring on top.
        levels: Planted level of the first and second year (customers x 2), -1 for those outside the plan of moves.
        second_rate: Rate in the second year as a multiple of that in the first.
        growth: Growth of the log rate a year.
        visits_a_month: Visits to each customer (customers x quarters).
        sent: Which campaigns went to whom (customers x campaigns), and from which day they ran.
        intent: Customer and begin of each moment of intent.
    """

    base: Stretches
    extra: Stretches
    levels: np.ndarray
    second_rate: np.ndarray
    growth: np.ndarray
    visits_a_month: np.ndarray
    sent: np.ndarray
    campaign_days: np.ndarray
    intent: tuple[np.ndarray, np.ndarray]


def make_movements(
    people: pd.DataFrame, yearly: np.ndarray, middle: float, plan: Plan, clock: Clock, rng: np.random.Generator
) -> Movements:
    """Draw all of it.

    Args:
        people: Traits.
        yearly: Expected spend of each customer in a full year at the first year's rate.
        middle: That of the market's middle customer, by the parameters.
        plan: The plan of the market.
        clock: Its clock.
        rng: Source of chance.
    """
    levels, second = _moves(people, yearly, middle, plan, rng)
    growth = GROWTH_BY_HEADROOM * (0.5 - people["wallet_share"].to_numpy()) + rng.normal(0, GROWTH_NOISE, len(people))
    growth = growth if moves(plan) else np.zeros(len(people))
    visits = _visits(people, plan, rng)
    base = _base(people, second, growth, visits, plan)
    sent, days = _campaigns(people, plan, rng)
    intent = _intent(people, plan, rng)
    extra = together([_campaign_lift(people, sent, days, plan), intent_stretches(people, intent)])
    if not responds(plan):
        extra = Stretches(*(part[:0] for part in (extra.who, extra.low, extra.high, extra.rate)))
    return Movements(base.present(people), extra.present(people), levels, second, growth, visits, sent, days, intent)


def moves(plan: Plan) -> bool:
    """Do rates change between the years?"""
    return not plan.world.steady and plan.world.gaps != "contract"


def responds(plan: Plan) -> bool:
    """Do visits, campaigns and intent bring orders?"""
    return plan.world.response and moves(plan)


def _moves(people: pd.DataFrame, yearly: np.ndarray, middle: float, plan: Plan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Levels of both years, and the second year's rate: who moves is given the spend of somebody of that level."""
    count = len(people)
    cuts = np.array(LEVEL_CUTS) * middle
    before = np.searchsorted(cuts, yearly, side="right")
    after = (rng.random(count)[:, None] > np.cumsum(MOVES, axis=1)[before]).sum(axis=1).clip(0, 2)
    changes = (after != before) & ~people["wholesaler"].to_numpy() & moves(plan)
    after = np.where(changes, after, before)
    there = yearly.copy()
    for level in range(len(LEVELS)):
        members, arrive = np.flatnonzero(before == level), np.flatnonzero(changes & (after == level))
        if len(members):
            there[arrive] = yearly[rng.choice(members, len(arrive))]
    return np.column_stack([before, after]), np.where(changes, there / yearly, 1.0)


def _visits(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> np.ndarray:
    """Visits a month by quarter: salespeople go where they sell much, and a part is by chance, from which the response can be learnt."""
    edges = quarters(plan)
    firm = people["firm"].to_numpy() & ~people["prospect"].to_numpy()
    habit = np.digitize(people["rate"].to_numpy() / plan.orders_per_year, [0.5, 1.2]) + 1.0
    chance = rng.choice([-1.0, 0.0, 1.0, 3.0], (len(people), len(edges) - 1), p=[0.3, 0.3, 0.25, 0.15])
    return np.where(firm[:, None], np.maximum(habit[:, None] + chance, 0.0), 0.0)


def visit_factor(people: pd.DataFrame, visits_a_month: np.ndarray) -> np.ndarray:
    """What visits do to the rate, by the planted response curve of the firm's size."""
    curve = VISIT_RESPONSE.iloc[(people["employees"].to_numpy() >= LARGE_FIRM).astype(int)]
    least, most, bend = (curve[name].to_numpy()[:, None] for name in ("least", "most", "bend"))
    return least + (most - least) * (1 - np.exp(-bend * visits_a_month))


def _base(people: pd.DataFrame, second: np.ndarray, growth: np.ndarray, visits: np.ndarray, plan: Plan) -> Stretches:
    """One stretch a customer and quarter."""
    edges = quarters(plan)
    count, number = len(people), len(edges) - 1
    middle = (edges[:-1] + edges[1:]) / 2
    turn = plan.days - DAYS_A_YEAR
    factor = np.where(middle > turn, second[:, None], 1.0)
    # Growth is nothing at the middle of the last year, so that a level is the yearly spend of that year.
    factor = factor * np.exp(growth[:, None] * (middle - (plan.days - DAYS_A_YEAR / 2)) / DAYS_A_YEAR)
    if responds(plan):
        factor = factor * visit_factor(people, visits) / np.where(people["firm"], 1.4, 1.0)[:, None]
    if plan.world.gaps == "seasonal":
        factor = factor * _seasonal(people, number, plan.horizon_days > 0)
    rate = people["rate"].to_numpy()[:, None] / DAYS_A_YEAR * factor
    return Stretches(np.repeat(np.arange(count), number), np.tile(edges[:-1], count), np.tile(edges[1:], count), rate.ravel())


def _seasonal(people: pd.DataFrame, number: int, beyond: bool) -> np.ndarray:
    """Factor of those who buy in one quarter of the year only (``season_quarter``), four times as often."""
    own = people["season_quarter"].to_numpy()[:, None]
    quarter = (np.arange(number)[::-1] - beyond) % 4  # 0 is the last quarter before the end of the tables
    return np.where(own < 0, 1.0, np.where(own == quarter, 4.0, 0.0))


def _campaigns(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Half of the persons by lot for each campaign; the last kind goes to heavy buyers, which is the firm's choice and no lot."""
    days = np.floor((np.arange(CAMPAIGNS) + 0.5) * plan.days / CAMPAIGNS)
    lot = rng.random((len(people), CAMPAIGNS)) < 0.5
    heavy = (people["rate"] > 1.5 * plan.orders_per_year).to_numpy()
    kinds = CAMPAIGN_KINDS[np.arange(CAMPAIGNS) % len(CAMPAIGN_KINDS)]
    sent = np.where(kinds == "top customers", heavy[:, None] & (rng.random(lot.shape) < 0.9), lot)
    there = (people["acquired_day"].to_numpy()[:, None] < days) & (people["left_day"].to_numpy()[:, None] > days - DAYS_A_YEAR / 4)
    return sent & there & ~people["firm"].to_numpy()[:, None], days


def _campaign_lift(people: pd.DataFrame, sent: np.ndarray, days: np.ndarray, plan: Plan) -> Stretches:
    """Orders on top while a campaign runs: more where the price coefficient is high."""
    who, campaign = np.nonzero(sent)
    lift = CAMPAIGN_LIFT * people["price_coefficient"].to_numpy()[who] / people["price_coefficient"].median()
    low = days[campaign]
    return Stretches(who, low, low + CAMPAIGN_DAYS, lift * people["rate"].to_numpy()[who] / DAYS_A_YEAR)


def _intent(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Moments at which a customer begins to look for something; who first buys after the end of the tables looked shortly before."""
    number = rng.poisson(INTENT_A_YEAR * plan.total_days / DAYS_A_YEAR, len(people))
    who = np.repeat(np.arange(len(people)), number)
    begin = rng.random(len(who)) * plan.total_days
    come = people["acquired_day"].to_numpy()
    first = np.flatnonzero((come >= plan.days) & (come < plan.total_days) & (rng.random(len(people)) < 0.7))
    return np.append(who, first), np.append(begin, come[first] - rng.uniform(2, 15, len(first)))


def intent_stretches(people: pd.DataFrame, intent: tuple[np.ndarray, np.ndarray]) -> Stretches:
    """Orders on top after the begin of an intent, in three steps that fade."""
    who, begin = intent
    rate = people["rate"].to_numpy()[who] / DAYS_A_YEAR
    return together([Stretches(who, begin + low, begin + high, rate * extra) for low, high, extra in INTENT])


def intent_at(intent: tuple[np.ndarray, np.ndarray], count: int, day: float) -> np.ndarray:
    """Extra rate by intent at a time, as a multiple of the own rate."""
    who, begin = intent
    since = day - begin
    level = sum(np.where((since >= low) & (since < high), extra, 0.0) for low, high, extra in INTENT)
    return np.bincount(who, weights=level, minlength=count)
