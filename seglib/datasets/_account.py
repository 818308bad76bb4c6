"""The account of the truth: everything that was planted, as frames that stand apart from the tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seglib.datasets._calendar import Clock
from seglib.datasets._goods import KIND_CATEGORY, SLOTS, Goods, week_of
from seglib.datasets._movements import (
    CAMPAIGN_DAYS,
    CAMPAIGN_KINDS,
    CAMPAIGN_LIFT,
    LARGE_FIRM,
    LEVELS,
    MOVES,
    VISIT_RESPONSE,
    Movements,
    moves,
    responds,
)
from seglib.datasets._orders import Lines, Returns
from seglib.datasets._places import PLACES
from seglib.datasets._truth import classes, cut_table, value_cuts
from seglib.datasets._words import CATEGORIES, pick
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

CHOOSERS, CHOICES = 400, 200  # customers, and lines of each, whose choices are kept with everything that was on offer
KEPT_APART = ("place", "group", "store", "income_z", "opens_by_machine")


@dataclass(frozen=True)
class Made:
    """All that one market is made of, before it is told in tables."""

    people: pd.DataFrame
    goods: Goods
    taste: np.ndarray
    lines: Lines
    returns: Returns
    movements: Movements
    yearly: np.ndarray
    latent: pd.DataFrame
    plan: Plan


def truth_frames(made: Made, tables: dict[str, pd.DataFrame], clock: Clock) -> dict[str, pd.DataFrame]:
    """The frames of ``Market.truth`` but for those of deals and outlets."""
    true_classes = classes(made.people, made.latent, made.taste, made.plan)
    return {
        "customers": _customers(made),
        "classes": true_classes,
        "cuts": cut_table(made.plan),
        "migration": _migration(made),
        "tastes": _tastes(made),
        "choices": _choices(made),
        "next": _next(made),
        "products": made.goods.truth,
        "stores": pd.DataFrame({"store_id": made.goods.store_ids, "promotion_rate": made.goods.promotion_rate}).astype({"store_id": "str"}),
        "visit_response": _visit_response(made.plan),
        "campaigns": _campaigns(made),
        "calendar": _calendar(made.plan, clock),
    }


def _customers(made: Made) -> pd.DataFrame:
    """Traits and latent expectations, one row a customer, with the true place in words."""
    people = made.people.drop(columns=list(KEPT_APART))
    lang = made.plan.lang
    place = made.people["place"].to_numpy()
    names = {name: np.array([pick(getattr(p, name), lang) for p in PLACES], dtype=object)[place] for name in ("region", "province", "city")}
    added = {
        "group": made.people["group"],
        "home_store": made.goods.store_ids[made.people["store"]],
        "level_year1": np.array(LEVELS, dtype=object)[made.movements.levels[:, 0]],
        "level_year2": np.array(LEVELS, dtype=object)[made.movements.levels[:, 1]],
        "expected_yearly_spend": made.yearly,
        "visits_a_month": made.movements.visits_a_month.mean(axis=1),
    }
    frame = pd.concat([people, pd.DataFrame({**names, **added}), made.latent], axis=1)
    return frame.astype({name: "str" for name in frame.columns if frame[name].dtype == object})


def _migration(made: Made) -> pd.DataFrame:
    """From level to level between the two years, of those who were there in both: planted chance, customers, expected money.

    ``before`` and ``after`` are the planted levels of the own rate; ``value_before`` and ``value_after``, by the same cuts, of all that is
    expected in the year, with growth, visits, campaigns, pauses and leaving in it; the rows count the latter, the chance is of the former.
    """
    latent, turn = made.latent, made.plan.days - DAYS_A_YEAR
    people = made.people
    both = (people["acquired_day"] < max(turn - DAYS_A_YEAR, 0) + 1) & (people["left_day"] > turn) & (latent["spend_year2"] > 0)
    cuts = value_cuts(made.plan)[0]
    before, after = (np.digitize(latent[name], cuts) for name in ("spend_year1", "spend_year2"))
    first, second = made.movements.levels.T
    rows = []
    for a, from_level in enumerate(LEVELS):
        for b, to_level in enumerate(LEVELS):
            cell = both & (before == a) & (after == b)
            own = both & (first == a) & (second == b)
            spends = [latent.loc[cell, name].sum() for name in ("spend_year1", "spend_year2")]
            chance = MOVES[a, b] if moves(made.plan) else float(a == b)
            rows.append((from_level, to_level, chance, int(own.sum()), int(cell.sum()), *spends))
    names = ["before", "after", "planted_chance", "planted_customers", "customers", "spend_before", "spend_after"]
    return pd.DataFrame(rows, columns=names).astype({"before": "str", "after": "str"})


def _tastes(made: Made) -> pd.DataFrame:
    """Chance of each category for the next line, a column a category."""
    share = {
        pick(category.name, made.plan.lang): made.taste[:, index == KIND_CATEGORY].sum(axis=1) for index, category in enumerate(CATEGORIES)
    }
    return pd.DataFrame({"customer_id": made.people["customer_id"], **share})


def _choices(made: Made) -> pd.DataFrame:
    """Choices of the first customers that have any, with price and quality of all eight products on offer.

    ``slot`` is the product taken, ``last_brand`` the brand taken in the type before (-1: none), ``paid_0`` to ``paid_7`` the prices on
    offer relative to the type's middle, ``quality_0`` to ``quality_7`` the qualities.
    """
    lines = made.lines.until(made.plan.days)
    buyers = np.unique(lines.order_who)[:CHOOSERS]
    own = np.flatnonzero(np.isin(lines.who, buyers))
    own = own[np.argsort(lines.who[own], kind="stable")]
    who = lines.who[own]
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    nth = np.arange(len(own)) - np.repeat(starts, np.diff(np.append(starts, len(own))))
    own, who = own[nth < CHOICES], who[nth < CHOICES]
    kind, order = lines.kind[own], lines.order[own]
    depth = made.goods.depth[lines.order_store[order], week_of(lines.order_day[order]), kind]
    paid, quality = made.goods.price[kind] * (1 - depth), made.goods.quality[kind]
    columns = {f"paid_{slot}": paid[:, slot] for slot in range(SLOTS)} | {f"quality_{slot}": quality[:, slot] for slot in range(SLOTS)}
    ids = made.people["customer_id"].to_numpy()[who]
    frame = pd.DataFrame({"customer_id": ids, "slot": lines.slot[own], "last_brand": lines.last[own], **columns})
    return frame.astype({"customer_id": "str"})


def _next(made: Made) -> pd.DataFrame:
    """Orders and net spend of each customer in the days after the tables end, returns of earlier lines among them."""
    lines, plan, count = made.lines, made.plan, len(made.people)
    orders = (lines.order_day >= plan.days) & lines.order_card
    sold = orders[lines.order]
    back = made.returns.line[(made.returns.day >= plan.days) & lines.order_card[lines.order[made.returns.line]]]
    spend = np.bincount(lines.who[sold], weights=lines.cents[sold], minlength=count)
    spend -= np.bincount(lines.who[back], weights=lines.cents[back], minlength=count)
    number = np.bincount(lines.order_who[orders], minlength=count)
    return pd.DataFrame({"customer_id": made.people["customer_id"], "orders": number, "spend": spend / 100})


def _visit_response(plan: Plan) -> pd.DataFrame:
    """Response of a firm's rate to x visits a month, least + (most - least)(1 - exp(-bend x)); flat where visits bring nothing."""
    table = VISIT_RESPONSE.assign(from_employees=[0, LARGE_FIRM]).astype({"size": "str"})
    return table if responds(plan) else table.assign(most=table["least"])


def _campaigns(made: Made) -> pd.DataFrame:
    """Each campaign: begin, days, whether lots were drawn, extra rate of a customer of the middle price coefficient."""
    days = made.movements.campaign_days
    kinds = CAMPAIGN_KINDS[np.arange(len(days)) % len(CAMPAIGN_KINDS)]
    frame = pd.DataFrame(
        {
            "campaign_id": [f"K{index + 1:02d}" for index in range(len(days))],
            "campaign_kind": kinds,
            "begins": made.plan.start.astype("datetime64[us]") + days.astype("timedelta64[D]"),
            "days": CAMPAIGN_DAYS,
            "by_lot": kinds != "top customers",
            "lift": CAMPAIGN_LIFT if responds(made.plan) else 0.0,
            "sent": made.movements.sent.sum(axis=0),
        }
    )
    return frame.astype({"campaign_id": "str", "campaign_kind": "str"})


def _calendar(plan: Plan, clock: Clock) -> pd.DataFrame:
    """How fast orders come on each day, 1 on the mean of a year; season and weekday in it."""
    days = plan.start.astype("datetime64[us]") + np.arange(plan.total_days).astype("timedelta64[D]")
    return pd.DataFrame({"day": days, "speed": np.diff(clock.passed), "in_tables": np.arange(plan.total_days) < plan.days})
