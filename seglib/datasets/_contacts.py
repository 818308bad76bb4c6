"""What customers do beside buying: sessions on the web shop, mails, calls; answers to surveys; service cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seglib.datasets._calendar import time_of_day
from seglib.datasets._goods import KINDS, ONLINE, SLOTS, Goods
from seglib.datasets._movements import Movements, intent_at
from seglib.datasets._orders import Lines, moments, texts
from seglib.datasets._worlds import DAYS_A_YEAR, Plan

MONTH = DAYS_A_YEAR / 12
INTENT_SESSIONS = 5.0  # sessions a customer with full intent has on top, as a multiple of the own rate
AFTER_LEAVING = 0.1  # what is left of the sessions of those who have left for good
MACHINE_OPENS = 0.6  # share of mails that a machine opens where one does
QUOTES = 1.2  # quotes a firm asks for at a moment of intent
SURVEY_MEAN, SURVEY_SLOPE, SURVEY_NOISE = 7.3, 1.7, 1.1  # recommendation on 0 to 10: mean, by one sd of satisfaction, sd of one answer
KINDS_OF_EVENT = ("view", "cart", "review", "email_open", "email_click", "call", "quote")
CASES = {"zh": ["质量", "配送", "退款", "咨询"], "en": ["quality", "delivery", "refund", "question"]}


def interactions(
    people: pd.DataFrame, goods: Goods, taste: np.ndarray, lines: Lines, movements: Movements, plan: Plan, rng: np.random.Generator
) -> pd.DataFrame:
    """The canonical ``interactions``, in order of time; sessions rise before orders that an intent brings."""
    parts = _sessions(people, taste, lines, movements, plan, rng) + _mails(people, plan, rng) + _calls(people, movements, plan, rng)
    who, day, kind, session, product = (np.concatenate([part[index] for part in parts]) for index in range(5))
    present = day < plan.days
    order = np.flatnonzero(present)[np.argsort(day[present], kind="stable")]
    names = [f"W{index + 1:07d}" for index in range(int(session.max(initial=-1)) + 1)] or [""]
    channels = ["web", "mail", "phone"]
    channel = np.array([0, 0, 0, 1, 1, 2, 2])[kind]
    return pd.DataFrame(
        {
            "customer_id": texts(people["customer_id"].to_numpy(), who[order]),
            "happened_at": moments(plan, day[order]),
            "kind": texts(list(KINDS_OF_EVENT), kind[order]),
            "session_id": texts(names, np.maximum(session, 0)[order], session[order] < 0),
            "channel": texts(channels, channel[order]),
            "product_id": texts(goods.table["product_id"].to_numpy(), np.maximum(product, 0)[order], product[order] < 0),
        }
    )


Part = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _part(who: np.ndarray, day: np.ndarray, kind: int, session: np.ndarray | None = None, product: np.ndarray | None = None) -> Part:
    """Events of one kind; -1 stands for no session, no product."""
    none = np.full(len(who), -1, dtype=np.int64)
    return who, day, np.full(len(who), kind), none if session is None else session, none if product is None else product


def session_rate(people: pd.DataFrame) -> np.ndarray:
    """Sessions a day of a customer who is there and has nothing particular in mind."""
    return people["sessions_a_month"].to_numpy() / MONTH


def _sessions(
    people: pd.DataFrame, taste: np.ndarray, lines: Lines, movements: Movements, plan: Plan, rng: np.random.Generator
) -> list[Part]:
    """Free sessions, those of an intent, and one for each web order; views in each, a cart and a review in some."""
    count = len(people)
    rate, left = session_rate(people), np.minimum(people["left_day"].to_numpy(), plan.days)
    here = np.repeat(np.arange(count), rng.poisson(rate * left))
    gone = np.repeat(np.arange(count), rng.poisson(rate * (plan.days - left) * AFTER_LEAVING))
    who_intent, begin = movements.intent
    mind = rng.poisson(INTENT_SESSIONS * np.minimum(people["sessions_a_month"].to_numpy(), 3.0)[who_intent])
    minded = np.repeat(np.arange(len(who_intent)), mind)
    web = np.flatnonzero(lines.order_store == ONLINE)
    who = np.concatenate([here, gone, who_intent[minded], lines.order_who[web]])
    calm = np.concatenate([rng.random(len(here)) * left[here], left[gone] + rng.random(len(gone)) * (plan.days - left[gone])])
    looks = np.concatenate([calm, begin[minded] + rng.exponential(8, len(minded))])
    day = np.concatenate([np.floor(looks) + time_of_day(rng, len(looks)), lines.order_day[web] - 0.01])
    bought = np.arange(len(who)) >= len(looks)
    keep = (day >= 0) & (day < plan.days)
    who, day, bought = who[keep], day[keep], bought[keep]
    session = np.arange(len(who))
    views = 1 + rng.poisson(people["views_a_session"].to_numpy()[who])
    looked = np.repeat(session, views)
    nth = np.arange(len(looked)) - np.repeat(np.cumsum(views) - views, views)
    cart = np.flatnonzero(bought | (rng.random(len(who)) < people["cart_chance"].to_numpy()[who]))
    review = np.flatnonzero(rng.random(len(who)) < people["review_chance"].to_numpy()[who])
    view = _part(who[looked], day[looked] + nth * 0.0007, 0, looked, _products(taste, who[looked], rng))
    carts = _part(who[cart], day[cart] + 0.005, 1, cart, _products(taste, who[cart], rng))
    return [view, carts, _part(who[review], day[review] + 0.004, 2, review, _products(taste, who[review], rng))]


def _products(taste: np.ndarray, who: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A product after the customer's taste: types by taste, any of its products."""
    flat = (np.cumsum(taste, axis=1) + np.arange(len(taste))[:, None]).ravel()
    kind = np.minimum(np.searchsorted(flat, who + rng.random(len(who))) - who * len(KINDS), len(KINDS) - 1)
    return kind * SLOTS + rng.integers(0, SLOTS, len(who))


def _mails(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> list[Part]:
    """Mails go out twice a month; opens are in part a machine's, clicks are a person's."""
    sends = np.arange(7, plan.days, 15)
    person = ~people["firm"].to_numpy()
    machine = people["opens_by_machine"].to_numpy()
    click = 1 - np.exp(-people["clicks_a_month"].to_numpy() / 2)
    clicks = (rng.random((len(people), len(sends))) < click[:, None]) & person[:, None]
    opens = (clicks | (rng.random(clicks.shape) < np.where(machine, MACHINE_OPENS, 0.1)[:, None])) & person[:, None]
    parts = []
    for kind, mask in ((3, opens), (4, clicks)):
        who, mail = np.nonzero(mask)
        parts.append(_part(who, sends[mail] + time_of_day(rng, len(who)) + kind * 0.001, kind))
    return parts


def _calls(people: pd.DataFrame, movements: Movements, plan: Plan, rng: np.random.Generator) -> list[Part]:
    """Firms call, and ask for quotes when they have something in mind."""
    firm = people["firm"].to_numpy()
    who = np.repeat(np.arange(len(people)), rng.poisson(np.where(firm, 0.5 * plan.days / MONTH, 0.0) * people["relationship"]))
    calls = _part(who, np.floor(rng.random(len(who)) * plan.days) + time_of_day(rng, len(who)), 5)
    asks, begin = movements.intent
    asked = np.repeat(np.arange(len(asks)), rng.poisson(np.where(firm[asks], QUOTES, 0.0)))
    day = np.floor(begin[asked] + rng.exponential(8, len(asked))) + time_of_day(rng, len(asked))
    early = day >= 0
    return [calls, _part(asks[asked][early], day[early], 6)]


def recommendation(people: pd.DataFrame) -> np.ndarray:
    """Latent mean of the answer to "would you recommend us", 0 to 10, before rounding."""
    return SURVEY_MEAN + SURVEY_SLOPE * people["satisfaction"].to_numpy()


def feedback(people: pd.DataFrame, plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """The canonical ``feedback``: recommendation (nps, 0 to 10) and satisfaction (csat, 1 to 5).

    Who answers is no random part: heavy buyers, and those who are very pleased or very angry.
    """
    rows = []
    satisfaction = people["satisfaction"].to_numpy()
    heavy = np.log(people["rate"].to_numpy() / plan.orders_per_year)
    there = people["acquired_day"].to_numpy()
    for wave in np.arange(plan.days - 60, 0, -DAYS_A_YEAR / 2):
        chance = 1 / (1 + np.exp(1.4 - 0.35 * heavy - 0.5 * np.abs(satisfaction)))
        who = np.flatnonzero((rng.random(len(people)) < chance) & (there < wave - 10) & (people["left_day"].to_numpy() > wave - 90))
        day = np.floor(wave + rng.random(len(who)) * 30) + time_of_day(rng, len(who))
        for question, low, high in (("nps", 0, 10), ("csat", 1, 5)):
            answer = recommendation(people)[who] + rng.normal(0, SURVEY_NOISE, len(who))
            scaled = answer if question == "nps" else 1 + 4 * answer / 10
            rows.append(
                pd.DataFrame(
                    {
                        "customer_id": people["customer_id"].to_numpy()[who],
                        "answered_at": moments(plan, day),
                        "question": question,
                        "score": np.clip(np.round(scaled), low, high),
                        "scale_low": float(low),
                        "scale_high": float(high),
                    }
                )
            )
    table = pd.concat(rows).sort_values(["answered_at", "customer_id", "question"], ignore_index=True)
    return table.astype({"customer_id": "str", "question": "str"})


def tickets(people: pd.DataFrame, lines: Lines, plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """The canonical ``tickets``: more from the dissatisfied, answered late by the same firm; the last ones still open."""
    chance = 0.006 * np.exp(-0.8 * people["satisfaction"].to_numpy())
    order = np.flatnonzero((rng.random(len(lines.order_who)) < chance[lines.order_who]) & lines.order_card)
    opened = np.floor(lines.order_day[order] + 1 + rng.exponential(4, len(order))) + time_of_day(rng, len(order))
    order, opened = order[opened < plan.days], opened[opened < plan.days]
    who = lines.order_who[order]
    slow = np.exp(-0.3 * people["satisfaction"].to_numpy()[who])
    first = opened + rng.exponential(0.4 * slow)
    resolved = first + rng.exponential(3.0 * slow)
    by_time = np.argsort(opened, kind="stable")
    kinds = np.array(CASES[plan.lang], dtype=object)[rng.integers(0, 4, len(who))]
    table = pd.DataFrame(
        {
            "ticket_id": [f"T{index + 1:06d}" for index in range(len(who))],
            "customer_id": people["customer_id"].to_numpy()[who][by_time],
            "opened_at": moments(plan, opened[by_time]),
            "first_response_at": pd.Series(moments(plan, first[by_time])).where(first[by_time] < plan.days),
            "resolved_at": pd.Series(moments(plan, resolved[by_time])).where(resolved[by_time] < plan.days),
            "reopened": (rng.random(len(who)) < 0.08)[by_time] & (resolved[by_time] < plan.days),
            "kind": kinds,
        }
    )
    return table.astype({"ticket_id": "str", "customer_id": "str", "kind": "str"})


def expected_contacts(people: pd.DataFrame, movements: Movements, plan: Plan) -> np.ndarray:
    """Expected sessions, clicks and calls in the month after the end of the tables, orders and opens of mails left out."""
    there = np.where(people["left_day"].to_numpy() > plan.days, 1.0, AFTER_LEAVING)
    minded = np.minimum(people["sessions_a_month"].to_numpy(), 3.0) * intent_at(movements.intent, len(people), plan.days)
    firm = people["firm"].to_numpy()
    calls = np.where(firm, 0.5 * people["relationship"].to_numpy(), 0.0)
    clicks = np.where(firm, 0.0, 2 * (1 - np.exp(-people["clicks_a_month"].to_numpy() / 2)))
    return people["sessions_a_month"].to_numpy() * there + minded + clicks + calls
