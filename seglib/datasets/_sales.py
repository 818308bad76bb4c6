"""What the firm does: visits, campaigns and their offers, deals in the pipeline, costs, and the outlets there are to be won."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seglib.datasets._calendar import quarters, time_of_day
from seglib.datasets._goods import ONLINE
from seglib.datasets._movements import CAMPAIGN_DAYS, CAMPAIGN_KINDS, Movements
from seglib.datasets._orders import Lines, moments
from seglib.datasets._places import PLACES
from seglib.datasets._words import INDUSTRIES, SALESPEOPLE, only, pick
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

MONTH = DAYS_A_YEAR / 12
REDEEM = 0.35  # how readily a coupon is used by a customer of the middle price coefficient
VISIT_COST, MAIL_COST, SERVICE_COST, DELIVERY_COST = 120.0, 2.0, 35.0, 6.0
STAGES = {"zh": ["初步接触", "方案报价", "商务谈判", "赢单", "输单"], "en": ["contacted", "quoted", "negotiating", "won", "lost"]}
FIT = {"retail": 0.3, "catering": 0.0, "wholesale": 0.9, "hotels": -0.5}  # log odds that a deal is won, by trade
FIT_BY_SIZE = 0.35  # and by one log unit of employees above ten


def salesperson(rows: np.ndarray) -> np.ndarray:
    """Who looks after an account: beats are drawn once, by row."""
    return np.array([f"R{rep + 1:02d}" for rep in range(SALESPEOPLE)], dtype=object)[rows % SALESPEOPLE]


def visits(people: pd.DataFrame, lines: Lines, movements: Movements, plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """The canonical ``visits``: as many as planned for the quarter, spread evenly over it."""
    edges = quarters(plan)
    months = np.diff(edges) / MONTH
    number = np.round(movements.visits_a_month * months).astype(np.int64)
    number[:, edges[:-1] >= plan.days] = 0
    who, quarter = (np.repeat(part, number.ravel()) for part in np.indices(number.shape).reshape(2, -1))
    day = np.floor(edges[quarter] + rng.random(len(who)) * (edges[quarter + 1] - edges[quarter])) + time_of_day(rng, len(who))
    order = np.argsort(day, kind="stable")
    who, day = who[order], day[order]
    table = pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[who],
            "visited_at": moments(plan, day),
            "salesperson": salesperson(who),
            "hours": np.round(rng.gamma(4, 0.25, len(who)) + 0.25, 2),
            "with_order": next_order(people, lines, who, day)[1] < 2.0,
        }
    )
    return table.astype({"customer_id": "str", "salesperson": "str"})


def next_order(people: pd.DataFrame, lines: Lines, who: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of each customer's next order after a time, and the days until then (infinite for none)."""
    span = np.ceil(lines.order_day.max(initial=0.0)) + 1
    by_owner = np.lexsort((lines.order_day, lines.order_who))
    keys = (lines.order_who * span + lines.order_day)[by_owner]
    place = np.searchsorted(keys, who * span + day)
    found = by_owner[np.minimum(place, len(by_owner) - 1)]
    same = (place < len(by_owner)) & (lines.order_who[found] == who)
    return found, np.where(same, lines.order_day[found] - day, np.inf)


def offers(people: pd.DataFrame, lines: Lines, movements: Movements, plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """The canonical ``offers``: who was sent what, and which order used it. ``lines`` pays for it: a used coupon is a tenth off."""
    who, campaign = np.nonzero(movements.sent)
    begin = movements.campaign_days[campaign]
    order, wait = next_order(people, lines, who, begin)
    kinds = CAMPAIGN_KINDS[np.arange(len(movements.campaign_days)) % len(CAMPAIGN_KINDS)][campaign]
    eager = people["price_coefficient"].to_numpy()[who] / people["price_coefficient"].median()
    uses = (wait < CAMPAIGN_DAYS) & (rng.random(len(who)) < 1 - np.exp(-REDEEM * eager)) & (kinds == "coupon")
    uses &= lines.order_card[order] & (lines.order_day[order] < plan.days)
    _pay_by_coupon(lines, order[uses])
    table = pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[who],
            "campaign_id": np.array([f"K{index + 1:02d}" for index in range(len(movements.campaign_days))], dtype=object)[campaign],
            "campaign_kind": kinds,
            "sent_at": moments(plan, begin),
            "ends_at": moments(plan, begin + CAMPAIGN_DAYS - 1 / 1440),
            "redeemed_at": pd.Series(moments(plan, np.where(uses, lines.order_day[order], 0.0))).where(uses),
            "coupon_id": only(uses, np.full(len(uses), "coupon")),
        }
    )
    return table.astype(dict.fromkeys(("customer_id", "campaign_id", "campaign_kind", "coupon_id"), "str"))


def _pay_by_coupon(lines: Lines, orders: np.ndarray) -> None:
    """A tenth of each line of these orders is paid by the coupon, on top of what a maker's coupon pays."""
    used = np.zeros(len(lines.order_who), dtype=bool)
    used[orders] = True
    tenth = np.rint(lines.cents * 0.1).astype(np.int64)
    lines.coupon_cents = lines.coupon_cents + np.where(used[lines.order], tenth, 0)


def opportunities(people: pd.DataFrame, yearly: np.ndarray, plan: Plan, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The canonical ``opportunities``, and of each deal the true chance that it is won; salespeople hope for more than that."""
    firms = np.flatnonzero(people["firm"].to_numpy() & ~people["wholesaler"].to_numpy())
    who = np.repeat(firms, rng.poisson(2.5 * plan.days / (2 * DAYS_A_YEAR), len(firms)))
    created = np.floor(rng.random(len(who)) * plan.days) + time_of_day(rng, len(who))
    closed = created + 10 + rng.exponential(35, len(who))
    trade = np.array(list(FIT.values()))[people["industry"].to_numpy()[who]]
    size = np.log(people["employees"].to_numpy()[who] / 10)
    chance = 1 / (1 + np.exp(0.6 - trade - FIT_BY_SIZE * size))
    won, done = rng.random(len(who)) < chance, closed < plan.days
    stages = np.array(STAGES[plan.lang], dtype=object)
    stage = np.where(done, np.where(won, 3, 4), np.clip(rng.poisson(0.8, len(who)), 0, 2))
    hoped = np.clip(chance + 0.15 + rng.normal(0, 0.1, len(who)), 0.05, 0.95)
    table = pd.DataFrame(
        {
            "opportunity_id": [f"D{index + 1:05d}" for index in range(len(who))],
            "customer_id": people["customer_id"].to_numpy()[who],
            "stage": stages[stage],
            "amount": np.round(yearly[who] * rng.uniform(0.05, 0.3, len(who)), 2),
            "probability": np.round(np.where(done, won, hoped), 2),
            "created_at": moments(plan, created),
            "closed_at": pd.Series(moments(plan, closed)).where(done),
            "won": pd.Series(won, dtype="boolean").where(done),
        }
    )
    truth = pd.DataFrame({"opportunity_id": table["opportunity_id"], "win_chance": chance})
    ids = {"opportunity_id": "str", "customer_id": "str", "stage": "str"}
    return table.astype(ids), truth.astype({"opportunity_id": "str"})


def universe(people: pd.DataFrame, wallet: np.ndarray, plan: Plan, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The canonical ``universe``: firms that are customers, and three outlets for every two of them that are not. Truth: the wallet.

    ``potential`` is an outside estimate of the wallet, ``relationship`` the sales force's impression: both with noise.
    """
    firms = np.flatnonzero(people["firm"].to_numpy() & ~people["wholesaler"].to_numpy())
    others = int(1.5 * len(firms))
    if not len(firms):
        firms, others = np.array([], dtype=np.int64), 0
    count = len(firms) + others
    like = np.concatenate([firms, rng.choice(firms, others) if others else firms[:0]])
    true = wallet[like] * np.where(np.arange(count) < len(firms), 1.0, np.exp(rng.normal(-0.2, 0.5, count)))
    close = np.where(np.arange(count) < len(firms), people["relationship"].to_numpy()[like], rng.beta(1, 4, count))
    order = rng.permutation(count)
    ids = np.array([f"A{index + 1:05d}" for index in range(count)], dtype=object)
    trades = np.array([pick(words, plan.lang) for words in INDUSTRIES.values()], dtype=object)
    regions = np.array([pick(place.region, plan.lang) for place in PLACES], dtype=object)
    place = np.where(np.arange(count) < len(firms), people["place"].to_numpy()[like], rng.integers(0, len(PLACES), count))
    customer = only(np.arange(count) < len(firms), people["customer_id"].to_numpy()[like])
    table = pd.DataFrame(
        {
            "account_id": ids,
            "customer_id": customer[order],
            "potential": np.round(true * np.exp(rng.normal(0, 0.35, count)), -1)[order],
            "category_sales": np.round(true * rng.uniform(1.2, 1.6, count), -1)[order],
            "relationship": np.round(np.clip(close + rng.normal(0, 0.12, count), 0, 1), 2)[order],
            "region": regions[place][order],
            "industry": trades[people["industry"].to_numpy()[like]][order],
            "employees": people["employees"].to_numpy()[like][order],
            "salesperson": salesperson(like)[order],
        }
    )
    truth = pd.DataFrame({"account_id": ids, "wallet": true[order], "relationship": close[order]}).astype({"account_id": "str"})
    names = ("account_id", "customer_id", "region", "industry", "salesperson")
    return table.astype(dict.fromkeys(names, "str")), truth


def costs(tables: dict[str, pd.DataFrame], sold: Lines, plan: Plan, people: pd.DataFrame) -> pd.DataFrame:
    """The canonical ``costs``: a visit by the hour, a case, a mailing, and by the month the delivery of web orders and to firms."""
    sent = (sold.order_store >= ONLINE) & sold.order_card
    month = np.floor(sold.order_day[sent] / MONTH).astype(np.int64)
    delivered = pd.DataFrame({"row": sold.order_who[sent], "month": month}).value_counts(sort=False).reset_index()
    ids = people["customer_id"].to_numpy()
    parts = [
        tables["visits"].assign(spent_at=lambda f: f["visited_at"], kind="visit", amount=lambda f: f["hours"] * VISIT_COST),
        tables["tickets"].assign(spent_at=lambda f: f["opened_at"], kind="service", amount=SERVICE_COST),
        tables["offers"].assign(spent_at=lambda f: f["sent_at"], kind="marketing", amount=MAIL_COST),
        pd.DataFrame(
            {
                "customer_id": ids[delivered["row"]],
                "spent_at": moments(plan, np.minimum((delivered["month"].to_numpy() + 1) * MONTH, plan.days) - 0.5),
                "kind": "delivery",
                "amount": delivered["count"] * DELIVERY_COST,
            }
        ),
    ]
    names = ["customer_id", "campaign_id", "spent_at", "kind", "amount"]
    table = pd.concat([part.reindex(columns=names) for part in parts], ignore_index=True)
    table = table.sort_values(["spent_at", "customer_id", "kind"], ignore_index=True, kind="stable")
    return table.assign(amount=table["amount"].round(2)).astype({"customer_id": "str", "campaign_id": "str", "kind": "str"})
