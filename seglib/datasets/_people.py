"""Who lives in the made market: attributes, and the traits from which everything a customer does is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import gamma, norm

from seglib.datasets._goods import KIND_CATEGORY, KINDS, STORES
from seglib.datasets._places import PLACES
from seglib.datasets._words import CATEGORIES
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

MIDDLE_INCOME, INCOME_SPREAD = 90_000.0, 0.5  # yuan a year and sd of its log
RATE_SHAPE, RATE_SPREAD = 1.6, 0.8  # orders a year: gamma of this shape; sd of the log where the population is a bell curve or groups
BASKET_SPREAD, RATE_BASKET = 0.45, 0.14  # sd of log lines an order, and its correlation with the rate
# Middle and spread (of the log) of the choice coefficients: price of one middling package, same brand as last time, one sd of quality.
PRICE, STATE, QUALITY = (2.6, 0.6), (1.8, 0.6), (0.9, 0.6)
WHOLESALE_RATE, WHOLESALE_LINES = 2.0, 2.5  # of the one wholesaler, as multiples of the middle person's
PAUSE_SHARE = 0.25  # of customers pause once within the simulated time
SEASONAL_SHARE = 0.4  # of customers, in the seasonal world
LEAVE_A_YEAR = 0.1  # middle of the yearly rate at which customers leave for good
GROUPS = np.array([(-1.2, -2.2), (-1.2, 2.2), (1.2, -2.2), (1.2, 2.2)])  # the separated world: rate and basket, in sd


def draw_traits(plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """One row a customer: attributes and traits, in the order of the customers table; nothing here was observed by anybody."""
    count = plan.customers
    people = pd.DataFrame({"customer_id": _ids(count)}).astype("str")
    _kinds(people, plan, rng)
    _attributes(people, rng)
    _coefficients(people, plan, rng)
    _rates(people, plan, rng)
    _presence(people, plan, rng)
    _conduct(people, plan, rng)
    return people


def _ids(count: int) -> list[str]:
    width = max(6, len(str(count)))
    return [f"C{index + 1:0{width}d}" for index in range(count)]


def _kinds(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> None:
    """Firms, prospects and the one wholesaler, spread over the ids by chance."""
    count, market = len(people), plan.sold_to_firms
    order = rng.permutation(count)
    firms = round(plan.firms * count) if market else 0
    people["firm"] = order < firms
    people["wholesaler"] = (order == 0) if firms and plan.wholesaler > 0 else False
    people["prospect"] = (rng.random(count) < plan.prospects) & ~people["wholesaler"] & market
    people["group"] = rng.integers(0, len(GROUPS), count) if plan.world.population == "separated" else 0


def _attributes(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Where customers live and who they are; of a firm, its trade and size."""
    count = len(people)
    weight = np.array([place.weight for place in PLACES])
    place = rng.choice(len(PLACES), count, p=weight / weight.sum())
    people["place"] = place
    people["north"] = np.array([p.north for p in PLACES])[place]
    people["store"] = rng.integers(0, STORES, count)
    people["age"] = np.clip(rng.gamma(9, 5, count), 18, 92)
    people["female"] = rng.random(count) < 0.55
    people["children"] = rng.poisson(np.where((people["age"] > 24) & (people["age"] < 48), 0.9, 0.05)).clip(0, 4)
    people["household_size"] = 1 + (rng.random(count) < 0.7) + people["children"]
    people["married"] = rng.random(count) < np.clip((people["age"] - 20) / 25, 0.1, 0.8)
    people["owner_of_home"] = rng.random(count) < np.clip((people["age"] - 18) / 40, 0.1, 0.8)
    wealth = np.array([p.wealth for p in PLACES])[place]
    people["income_z"] = wealth / INCOME_SPREAD * 0.7 + rng.normal(0, 0.9, count)
    people["income"] = MIDDLE_INCOME * np.exp(INCOME_SPREAD * people["income_z"])
    people["industry"] = rng.choice(4, count, p=[0.45, 0.35, 0.08, 0.12])
    people["employees"] = np.ceil(np.exp(rng.normal(2.6, 1.3, count))).astype(np.int64)
    people["annual_revenue"] = people["employees"] * 400_000 * np.exp(rng.normal(0, 0.5, count))


def _coefficients(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> None:
    """Price coefficient, brand state dependence and worth of quality in the choice among the eight products of a type."""
    count, needs = len(people), plan.world.needs
    noise = rng.normal(size=(4, count))
    income = people["income_z"].to_numpy() if plan.world.attributes else rng.normal(size=count)
    power = 0.7 * income + np.sqrt(1 - 0.49) * noise[0]
    price, state, quality = -0.4 * power + np.sqrt(1 - 0.16) * noise[1], noise[2], 0.75 * power + np.sqrt(1 - 0.5625) * noise[3]
    if needs == "none":
        price = state = quality = np.zeros(count)
    if needs == "mixed":
        common = rng.normal(size=count)
        price, state, quality = (0.95 * common + np.sqrt(1 - 0.9025) * z for z in (noise[1], noise[2], noise[3]))
    people["power"] = power
    people["price_coefficient"] = PRICE[0] * np.exp(PRICE[1] * price)
    people["state_dependence"] = STATE[0] * np.exp(STATE[1] * state)
    people["quality_worth"] = QUALITY[0] * np.exp(QUALITY[1] * quality)


def _rates(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> None:
    """Orders a year and lines an order, apart from each other; firms buy by the case."""
    count, firm = len(people), people["firm"].to_numpy()
    rate, basket = rng.normal(size=(2, count))
    if plan.world.population == "separated":
        rate, basket = (GROUPS[people["group"].to_numpy()] + 0.2 * np.column_stack([rate, basket])).T
    if plan.world.attributes:
        basket = basket + 0.15 * (people["household_size"].to_numpy() - 2)
    if plan.world.population == "market":
        basket = RATE_BASKET * rate + np.sqrt(1 - RATE_BASKET**2) * basket
        own = gamma.ppf(norm.cdf(rate), RATE_SHAPE) / gamma.median(RATE_SHAPE)
    else:
        own = np.exp(RATE_SPREAD * rate)
    people["rate"] = plan.orders_per_year * np.where(firm, 0.8, 1.0) * own
    people["lines"] = np.maximum(plan.lines_per_order * np.exp(BASKET_SPREAD * basket), 1.0)
    people["packages"] = np.where(firm, 1 + 0.8 * np.exp(rng.normal(0, 0.4, count)), 1.3)
    trade = people["wholesaler"].to_numpy()
    people.loc[trade, ["rate", "lines"]] = (WHOLESALE_RATE * plan.orders_per_year, WHOLESALE_LINES * plan.lines_per_order)
    if plan.world.gaps == "contract":  # a delivery every so many whole days
        people["rate"] = DAYS_A_YEAR / np.maximum(np.round(DAYS_A_YEAR / people["rate"]), 1.0)


def _presence(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> None:
    """Days (since the start) at which a customer comes, pauses and leaves; infinite where it does not happen."""
    count = len(people)
    stays = people["wholesaler"].to_numpy() | plan.world.steady
    come = np.where(rng.random(count) < 0.8, -rng.exponential(2 * DAYS_A_YEAR, count), rng.random(count) * plan.total_days)
    people["satisfaction"] = rng.normal(size=count)
    leave = LEAVE_A_YEAR * np.exp(rng.normal(0, 0.7, count) - 0.5 * people["satisfaction"])
    come = np.where(stays, np.minimum(come, -1.0), come)
    lasts = rng.exponential(size=count) * DAYS_A_YEAR / leave
    people["leaving_rate"] = np.where(stays, 0.0, leave)
    people["acquired_day"] = np.where(people["prospect"], np.inf, come)
    people["left_day"] = np.where(stays, np.inf, np.maximum(come, 0.0) + lasts)
    seasonal = (rng.random(count) < SEASONAL_SHARE) & (plan.world.gaps == "seasonal")
    people["season_quarter"] = np.where(seasonal, rng.integers(0, 4, count), -1)
    pauses = (rng.random(count) < PAUSE_SHARE) & ~stays & (plan.world.gaps != "contract")
    start = rng.random(count) * plan.total_days
    people["pause_from"] = np.where(pauses, start, np.inf)
    people["pause_until"] = np.where(pauses, start + rng.uniform(80, 260, count), np.inf)


def _conduct(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> None:
    """How customers use the site, answer mail, give goods back, and how much of their wallet the firm has."""
    count = len(people)
    groups = plan.world.population != "continuum"
    silent = (rng.random(count) < 0.15) & groups
    heavy = np.log(people["rate"] / people["rate"].median())
    people["sessions_a_month"] = np.where(silent, 0.0, 1.2 * np.exp(0.3 * heavy + rng.normal(0, 0.9, count)))
    people["views_a_session"] = np.exp(rng.normal(0.9, 0.6, count))
    people["cart_chance"] = rng.beta(1.2, 3.5, count)
    people["review_chance"] = rng.beta(1.0, 9.0, count)
    people["online_share"] = np.where(silent, 0.0, rng.beta(1.0, 4.0, count))
    people["clicks_a_month"] = np.where(silent, 0.0, 0.5 * np.exp(rng.normal(0, 0.9, count)))
    people["opens_by_machine"] = rng.random(count) < 0.4
    people["return_chance"] = np.where((rng.random(count) < 0.04) & groups, rng.uniform(0.25, 0.5, count), rng.beta(1, 60, count))
    people["wallet_share"] = rng.beta(2.5, 2.5, count).clip(0.03, 0.97)
    people["relationship"] = rng.beta(2, 2, count)


def tastes(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> np.ndarray:
    """Chance of each product type for each customer's next line (customers x types); rows add up to 1."""
    log = np.tile(np.log([kind.weight for kind in KINDS]), (len(people), 1))
    age = people["age"].to_numpy()
    who = {
        "north": people["north"].to_numpy(),
        "young": age < 30,
        "senior": age >= 60,
        "children": people["children"].to_numpy() > 0,
    }
    strength = rng.normal(0, 0.35, (len(people), len(CATEGORIES)))
    favourite = rng.integers(0, len(CATEGORIES), len(people))
    strength[np.arange(len(people)), favourite] += np.where(rng.random(len(people)) < 0.55, rng.uniform(0.8, 1.6, len(people)), 0.0)
    if not plan.world.tastes:
        strength[:] = 0.0
    if plan.world.attributes:
        for index, category in enumerate(CATEGORIES):
            if category.taste:
                strength[:, index] += category.odds * (who[category.taste] & ~people["firm"].to_numpy())
    chance = np.exp(log + strength[:, KIND_CATEGORY])
    return chance / chance.sum(axis=1, keepdims=True)
