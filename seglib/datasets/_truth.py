"""What is true of the made market: latent expectations, and classes by fixed cuts on them; never on what happened to be bought."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from seglib.datasets._calendar import Clock, together
from seglib.datasets._contacts import AFTER_LEAVING, expected_contacts, recommendation
from seglib.datasets._goods import KIND_CATEGORY, KINDS, SLOT_PRICE, SLOT_QUALITY
from seglib.datasets._movements import LEVEL_CUTS, LEVELS, Movements, intent_at
from seglib.datasets._orders import NO_CARD
from seglib.datasets._records import AGE_BANDS, AGE_EDGES, INCOME_BANDS, INCOME_EDGES
from seglib.datasets._words import CATEGORIES, only, pick
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

MIDDLE_PAID, MIDDLE_PACKAGES = 0.92, 1.3  # of the market's middle customer: price paid relative to the type's middle, packages a line
NEW_DAYS, RECENT_DAYS, EARLY_DAYS = 90.0, 45.0, 30.0
# Standard deviation, over the products on offer, of what each coefficient is multiplied by.
PRICE_SD = float(np.hypot(np.std(SLOT_PRICE), 0.11))
STATE_SD, QUALITY_SD = 0.4, float(np.std(SLOT_QUALITY))
NEEDS = ("price_sensitive", "brand_loyal", "quality_seeking", "mixed")
COEFFICIENTS = ("price_coefficient", "state_dependence", "quality_worth")
LEADS = 0.55  # share of the differences in utility from which one need is said to lead
WORTH_A, WORTH_B = 1.1, 0.47  # yearly spends of the middle customer: who expects more brings about 80 % of all, about 95 %
FAVOURITE = 1.8  # share of the own lines in a category, relative to everybody's, from which it is a favourite
# dimension -> (latent, ((class, lowest value), …) from the best down)
CUTS: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {
    "engagement": ("contacts_a_month", (("high", 4.0), ("medium", 1.5), ("low", 0.05), ("silent", -np.inf))),
    "satisfaction": ("recommendation", (("promoter", 8.5), ("passive", 6.5), ("detractor", -np.inf))),
    "purchasing_power": ("power", (("high", 0.8), ("medium", -0.8), ("low", -np.inf))),
    "growth_potential": ("expected_growth", (("high", 0.10), ("medium", -0.10), ("low", -np.inf))),
    "purchase_intent": ("intent", (("hot", 1.0), ("warm", 0.4), ("cold", -np.inf))),
    "active_month_share": ("active_month_share", (("loyal", 0.75), ("developing", 0.40), ("transient", -np.inf))),
}


def middle_order(plan: Plan) -> float:
    """Mean order value of the market's middle customer, by the parameters alone."""
    weight, price = (np.array([getattr(kind, name) for kind in KINDS]) for name in ("weight", "price"))
    return float(plan.lines_per_order * MIDDLE_PACKAGES * MIDDLE_PAID * (weight @ price) / weight.sum())


def expectations(people: pd.DataFrame, order_value: np.ndarray, movements: Movements, clock: Clock, plan: Plan) -> pd.DataFrame:
    """Expected orders and spend of each customer, given the traits and what moved them; one row a customer."""
    every = together([movements.base, movements.extra])
    count, turn = len(people), plan.days - DAYS_A_YEAR
    seen = np.where(people["firm"], 1.0, 1 - NO_CARD)
    come = people["acquired_day"].to_numpy()
    # Who comes comes with an order, on top of the stretches; by contract it is the first delivery, which they hold.
    come_with_order = np.where(plan.world.gaps == "contract", np.inf, come)

    def orders(low: float, high: float) -> np.ndarray:
        first = (come_with_order >= max(low, 0.0)) & (come_with_order < high)
        return seen * (every.expected(clock, count, low, high) + first)

    kept = order_value * (1 - people["return_chance"].to_numpy())
    years = {"year1": (turn - DAYS_A_YEAR, turn), "year2": (turn, plan.days), "next": (plan.days, plan.total_days)}
    frame = pd.DataFrame({"order_value": order_value})
    for name, (low, high) in years.items():
        frame[f"orders_{name}"] = orders(float(low), float(high))
        frame[f"spend_{name}"] = frame[f"orders_{name}"] * kept
    edges = np.linspace(turn, plan.days, 13)
    months = np.column_stack([1 - np.exp(-orders(low, high)) for low, high in itertools.pairwise(edges)])
    there = come[:, None] < edges[1:]
    frame["active_month_share"] = (months * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    frame["left"] = people["left_day"] <= plan.days
    frame["pausing"] = (people["pause_from"] <= plan.days) & (people["pause_until"] > plan.days) & ~frame["left"]
    frame["expected_growth"] = np.where(frame["left"], -1.0, np.exp(movements.growth - people["leaving_rate"] / 2) - 1)
    frame["contacts_a_month"] = expected_contacts(people, movements, plan)
    frame["intent"] = intent_at(movements.intent, count, plan.days)
    frame["recommendation"] = recommendation(people)
    frame["growth"] = movements.growth
    return frame


def classes(people: pd.DataFrame, latent: pd.DataFrame, taste: np.ndarray, plan: Plan) -> pd.DataFrame:
    """The true class of each customer in each dimension; missing where the dimension does not apply."""
    spend_cuts, order_cuts = value_cuts(plan)
    orders, value = latent["orders_year2"].to_numpy(), latent["order_value"].to_numpy()
    tenure, firm = tenure_days(people, plan), people["firm"].to_numpy()
    outside = np.where(tenure <= 0, "no_orders", np.where(orders <= 0, "no_orders_in_window", ""))
    found: dict[str, np.ndarray] = {
        "value_tier": np.array(LEVELS, dtype=object)[np.digitize(latent["spend_year2"], spend_cuts)],
        "purchase_frequency": np.array(["one_time", "low", "medium", "high"], dtype=object)[np.digitize(orders, [1.5, *order_cuts])],
        "ticket_size": _ticket(value >= middle_order(plan), orders >= plan.orders_per_year),
        "purchase_behaviour": _behaviour(orders, value, plan),
        "revenue_contribution": _cut(latent["spend_year2"], _worth_cuts(plan)),
    }
    found = {name: np.where(outside == "", part, outside) for name, part in found.items()}
    found["purchase_behaviour"] = np.where(tenure <= 0, "prospect", found["purchase_behaviour"])
    found["lifecycle"] = _lifecycle(people, latent, tenure, plan)
    found["needs"] = only(tenure > 0, leading_need(*(people[name].to_numpy() for name in COEFFICIENTS)))
    for name, (column, cuts) in CUTS.items():
        found[name] = _cut(latent[column] if column in latent else people[column], cuts)
    found["purchasing_power"] = only(~firm, found["purchasing_power"])
    unreached = (people["sessions_a_month"].to_numpy() == 0) & ~firm
    found["purchase_intent"] = np.where(unreached, "none", found["purchase_intent"])
    found["growth_potential"] = only((tenure > 0) & (orders > 0), found["growth_potential"])
    found["loyalty"] = _loyalty(latent, found.pop("active_month_share"), tenure)
    found["loyalty"] = np.where(outside == "", found["loyalty"], outside)
    found["digital_behaviour"] = only(~firm, _digital(people, latent))
    found["product_preference"] = _favourite(taste, plan)
    if plan.world.population == "separated":
        found["clusters"] = np.char.add("group ", people["group"].to_numpy().astype(str)).astype(object)
    found.update(_copies(people, plan))
    frame = pd.DataFrame({"customer_id": people["customer_id"], **found})
    return frame.astype(dict.fromkeys(found, "str"))


def value_cuts(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Cuts in yearly spend (money) and in yearly orders: fixed shares of what the parameters say of the middle customer.

    Two and three orders are the least that "medium" and "high" can mean.
    """
    return np.array(LEVEL_CUTS) * middle_order(plan) * plan.orders_per_year, np.maximum(
        np.array([0.5, 1.5]) * plan.orders_per_year, [2.0, 3.0]
    )


def _worth_cuts(plan: Plan) -> tuple[tuple[str, float], ...]:
    """A, B and C by fixed amounts of yearly spend: what the middle customer spends, times the constants above."""
    middle = middle_order(plan) * plan.orders_per_year
    return (("A", WORTH_A * middle), ("B", WORTH_B * middle), ("C", -np.inf))


def cut_table(plan: Plan) -> pd.DataFrame:
    """Every fixed cut: dimension, latent, class, from which value (reached is in), to below which."""
    spend, orders = value_cuts(plan)
    every = CUTS | {"revenue_contribution": ("spend_year2", _worth_cuts(plan))}
    every["value_tier"] = ("spend_year2", (("high", spend[1]), ("medium", spend[0]), ("low", -np.inf)))
    every["purchase_frequency"] = ("orders_year2", (("high", orders[1]), ("medium", orders[0]), ("low", 1.5), ("one_time", -np.inf)))
    rows = [
        (name, latent, key, low, high)
        for name, (latent, cuts) in every.items()
        for (key, low), high in zip(cuts, [np.inf, *(low for _, low in cuts[:-1])], strict=True)
    ]
    table = pd.DataFrame(rows, columns=["dimension", "latent", "class", "low", "high"])
    return table.astype({"dimension": "str", "latent": "str", "class": "str"})


def tenure_days(people: pd.DataFrame, plan: Plan) -> np.ndarray:
    """Days from the first purchase to the end of the tables; negative for those who come later or never."""
    return np.where(np.isfinite(people["acquired_day"]), plan.days - people["acquired_day"], -np.inf)


def _cut(values: pd.Series, cuts: tuple[tuple[str, float], ...]) -> np.ndarray:
    """Class of each value, ``cuts`` from the best down."""
    rising = cuts[::-1]
    return np.array([key for key, _ in rising], dtype=object)[np.digitize(values, [low for _, low in rising[1:]])]


def _ticket(high: np.ndarray, frequent: np.ndarray) -> np.ndarray:
    ticket = np.where(high, "high_ticket_", "low_ticket_").astype(object)
    return ticket + np.where(frequent, "frequent", "occasional").astype(object)


def _behaviour(orders: np.ndarray, value: np.ndarray, plan: Plan) -> np.ndarray:
    """Frequent from one and a half of the middle customer's orders; bulk from one and a half of the middle order value."""
    bulk = np.where(value >= 1.5 * middle_order(plan), "occasional_bulk", "occasional")
    return np.where(orders >= 1.5 * plan.orders_per_year, "frequent", np.where(orders < 1.5, "one_off", bulk))


def _lifecycle(people: pd.DataFrame, latent: pd.DataFrame, tenure: np.ndarray, plan: Plan) -> np.ndarray:
    """Where the customer truly stands at the end of the tables: gone for good, pausing, just back, new or simply there."""
    back = plan.days - people["pause_until"].to_numpy()
    states = [
        (tenure <= 0, "prospect"),
        (latent["left"].to_numpy(), "churned"),
        (latent["pausing"].to_numpy(), "dormant"),
        (tenure <= NEW_DAYS, "new"),
        ((back >= 0) & (back < RECENT_DAYS), "reactivated"),
    ]
    return np.select([state for state, _ in states], [name for _, name in states], "active").astype(object)


def leading_need(price: np.ndarray, state: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """What makes the products on offer differ most for a customer: share of each coefficient in the variance of utility."""
    parts = np.stack([price * PRICE_SD, state * STATE_SD, quality * QUALITY_SD], axis=-1) ** 2
    share = parts / parts.sum(axis=-1, keepdims=True)
    return np.where(share.max(axis=-1) >= LEADS, np.array(NEEDS[:3], dtype=object)[share.argmax(axis=-1)], NEEDS[3])


def _loyalty(latent: pd.DataFrame, steady: np.ndarray, tenure: np.ndarray) -> np.ndarray:
    """By the expected share of months with an order; vip where the price paid, type by type, is high as well."""
    vip = (steady == "loyal") & (latent["paid_price"].to_numpy() >= 1.1)
    return np.where(tenure < EARLY_DAYS, "too_early", np.where(vip, "vip", steady))


def _digital(people: pd.DataFrame, latent: pd.DataFrame) -> np.ndarray:
    """By expected sessions, carts, web orders and returns; the first that holds."""
    there = np.where(latent["left"], AFTER_LEAVING, 1.0)
    free = people["sessions_a_month"].to_numpy() * there
    bought = people["online_share"].to_numpy() * latent["orders_year2"].to_numpy() / 12
    sessions = np.maximum(free + bought, 1e-9)
    carts = np.maximum(free * people["cart_chance"].to_numpy() + bought, 1e-9)
    states = [
        (sessions * 3 < 1, "inactive"),
        (people["return_chance"].to_numpy() >= 0.2, "returner"),
        (bought / sessions >= 0.4, "buyer"),
        ((bought / carts < 0.25) & (carts * 12 >= 2), "cart_abandoner"),
        ((people["views_a_session"].to_numpy() + 1 >= 5) | (people["review_chance"].to_numpy() >= 0.25), "researcher"),
    ]
    return np.select([state for state, _ in states], [name for _, name in states], "browser").astype(object)


def _favourite(taste: np.ndarray, plan: Plan) -> np.ndarray:
    """The category bought far beyond what everybody buys of it, else "broad"."""
    share = np.stack([taste[:, category == KIND_CATEGORY].sum(axis=1) for category in range(len(CATEGORIES))], axis=1)
    ratio = share / share.mean(axis=0)
    names = np.array([pick(category.name, plan.lang) for category in CATEGORIES], dtype=object)
    return np.where(ratio.max(axis=1) >= FAVOURITE, names[ratio.argmax(axis=1)], "broad")


def _copies(people: pd.DataFrame, plan: Plan) -> dict[str, np.ndarray]:
    """True attributes: what a method returns of these is a copy of an input, and no recovery."""
    firm = people["firm"].to_numpy()
    age = AGE_BANDS[np.searchsorted(AGE_EDGES, np.floor(people["age"]), side="right")]
    income = INCOME_BANDS[plan.lang][np.searchsorted(INCOME_EDGES, people["income"], side="right")]
    return {
        "age_band": only(~firm, age),
        "gender": only(~firm, np.where(people["female"], "female", "male")),
        "income_band": only(~firm, income),
        "north_south": np.where(people["north"], "north", "south"),
    }
