"""Contacts of a customer beside orders: events, sessions, answers, service cases, offers and deals, as portable Ibis tables.

Times are whole days before as_of (its own day is 0); what happened after as_of is not looked at. Weights and names of kinds stand in
engagement.yml. Each function gives one table, named in ``CONTACTS``, that columns summarise by customer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.customers.stages import Stages

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

DIGITS = 9  # sums of decayed weights are rounded here: the order of a sum must not show
PURCHASE = "purchase"
LEAST_ANSWERS = 30  # to read a scale off the answers


@cache
def rules() -> dict[str, Any]:
    """What engagement.yml says."""
    import yaml

    return yaml.safe_load((Path(__file__).parent / "engagement.yml").read_text(encoding="utf-8"))


@cache
def known_kinds() -> tuple[str, ...]:
    """Kinds of events that engagement.yml gives a meaning."""
    return tuple(dict.fromkeys([*rules()["engagement"], *rules()["intent"]]))


def unknown_kinds(counts: pd.DataFrame) -> list[tuple[str, int]]:
    """Kinds that nobody gave a meaning, with their events, most frequent first; ``counts``: the side frame ``interactions_by_kind``."""
    strange = counts[~counts["kind"].isin(known_kinds())].groupby("kind")["count"].sum()
    return sorted(((str(kind), int(count)) for kind, count in strange.items()), key=lambda one: (-one[1], one[0]))


def looked_up(value: ir.Value, table: Mapping[str, float]) -> ir.Value:
    """The number that stands for a text; 0 for any other."""
    import ibis

    branches = [(value == key, ibis.literal(float(number))) for key, number in table.items()]
    return ibis.cases(*branches, else_=ibis.literal(0.0))


def named(value: ir.Value, names: Mapping[str, list[str]]) -> ir.Value:
    """A text in lower case with underscores, under our own name where another system's stands for it."""
    import ibis

    plain = value.strip().lower().replace(" ", "_").replace("-", "_")
    others = [(plain.isin(texts), ibis.literal(name)) for name, texts in names.items()]
    return ibis.cases(*others, else_=plain)


def decay(age: ir.Value) -> ir.Value:
    """What is left of an event's weight: 2 ** (-age / half life), as exp of a product."""
    return (age.cast("float64") * (-math.log(2) / rules()["half_life_days"])).exp()


def interactions(s: Stages) -> ir.Table:
    """Events up to as_of, purchases left out: customer_id, kind, day, age, count, and session_id where there is one."""
    rows = s.tables["interactions"]
    count = rows["count"].fill_null(1) if "count" in rows.columns else rows.kind.notnull().cast("int64")
    session = {"session_id": rows.session_id} if "session_id" in rows.columns else {}
    day = rows.happened_at.date()
    events = rows.select("customer_id", kind=named(rows.kind, rules()["kinds"]), day=day, age=s.age(day), count=count, **session)
    return events.filter(events.age >= 0, events.kind != PURCHASE, events["count"] > 0)


def events(s: Stages, *, until: int = 0) -> ir.Table:
    """One row a customer, kind and day in the window: age, count, weight (of engagement, decayed). ``until``: days before as_of."""
    rows = interactions(s)
    rows = rows.filter(rows.age >= until, rows.age < until + s.window_days)
    each = rows.group_by(["customer_id", "kind", "age"]).aggregate(count=rows["count"].sum())
    weight = looked_up(each.kind, rules()["engagement"])
    return each.mutate(weight=weight * each["count"] * decay(each.age - until))


def kinds(s: Stages) -> ir.Table:
    """One row a customer and kind in the window: count, and points of intent (decayed, then capped)."""
    each = events(s)
    points = {kind: rule["points"] for kind, rule in rules()["intent"].items()}
    most = {kind: rule["most"] for kind, rule in rules()["intent"].items()}
    each = each.mutate(worth=looked_up(each.kind, points) * each["count"] * decay(each.age))
    found = each.group_by(["customer_id", "kind"]).aggregate(count=each["count"].sum(), worth=each.worth.sum().round(DIGITS))
    cap = looked_up(found.kind, most)
    return found.select("customer_id", "kind", "count", points=(found.worth > cap).ifelse(cap, found.worth))


def approaches(s: Stages, *, until: int = 0) -> ir.Table:
    """One row a time the firm is on record as having addressed a customer, in the window: messages sent, calls, visits, offers.

    A record that is not there proves nothing: where no table keeps what was sent, nobody has a row. ``until``: days before as_of.
    """
    import ibis

    parts = []
    if {"kind", "happened_at"} <= set(_columns(s, "interactions")):
        each = interactions(s)
        each = each.filter(each.kind.isin(rules()["addressed"]))
        parts.append(each.select("customer_id", age=each.age, times=each["count"].cast("int64")))
    for table, at in (("offers", "sent_at"), ("visits", "visited_at")):
        if at in _columns(s, table):
            rows = s.tables[table]
            parts.append(rows.select("customer_id", age=s.age(rows[at].date()), times=ibis.literal(1).cast("int64")))
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return whole.filter(whole.age >= until, whole.age < until + s.window_days)


def _columns(s: Stages, table: str) -> tuple[str, ...]:
    return s.tables[table].columns if table in s.tables else ()


def contact_days(s: Stages) -> ir.Table:
    """Every event up to as_of, for the age of the last one."""
    return interactions(s).select("customer_id", "age")


def all_sessions(s: Stages) -> ir.Table:
    """One row a session up to as_of, machines out: day, age, views, carts, reviews, bought (an order on its local day)."""
    rows = interactions(s)
    rows = rows.filter(rows.session_id.notnull())
    counts = {f"{kind}s": rows["count"].sum(where=rows.kind == kind).fill_null(0) for kind in ("view", "cart", "review")}
    each = rows.group_by(["customer_id", "session_id"]).aggregate(day=rows.day.min(), age=rows.age.max(), **counts)
    each = each.filter(each.views <= rules()["machine_views"])
    if "orders" not in s.tables:
        return each
    days = s.days.select("customer_id", "day", ordered=s.days.orders)
    both = each.left_join(days, ["customer_id", "day"])
    return both.select(*each.columns, bought=both.ordered.notnull().cast("int64"))


def sessions(s: Stages) -> ir.Table:
    """The sessions of the window."""
    each = all_sessions(s)
    return each.filter(each.age < s.window_days)


def answers(s: Stages) -> ir.Table:
    """Valid answers up to as_of: customer_id, question, score, low, high, age (missing where no answer bears a date), at.

    Valid is what lies on its own scale and, where answers are dated, is no older than a year. Where the table has dates, an answer
    without one is left out.
    """
    import ibis

    rows = s.tables["feedback"]
    question = named(rows.question, rules()["questions"]) if "question" in rows.columns else ibis.literal("csat")
    ends = {end: rows[f"scale_{end}"] if f"scale_{end}" in rows.columns else ibis.null("float64") for end in ("low", "high")}
    dated = "answered_at" in rows.columns
    age = s.age(rows.answered_at.date()) if dated else ibis.null("int64")
    at = rows.answered_at if dated else ibis.null("timestamp")
    found = rows.select("customer_id", question=question, score=rows.score.cast("float64"), age=age, at=at, **ends)
    inside = found.score.between(found.low.fill_null(found.score), found.high.fill_null(found.score))
    found = found.filter(found.score.notnull(), inside)
    return found.filter(found.age >= 0, found.age < rules()["answers_valid_days"]) if dated else found


def latest(s: Stages) -> ir.Table:
    """The latest valid answer of each customer to each question; of several at one time the lowest.

    Recommendations on 1 to 11 are moved down to 0 to 10, so that they mean the same wherever they are read: where that scale is on record,
    or where it is not and thirty answers or more run from exactly 1 to 11.
    """
    import ibis

    found = answers(s)
    whole = ibis.window(group_by="question")
    ends = (found.score.min().over(whole) == 1) & (found.score.max().over(whole) == 11) & (found.score.count().over(whole) >= LEAST_ANSWERS)
    recorded = found.low.notnull() & found.high.notnull()
    eleven = (found.question == "nps") & recorded.ifelse((found.low == 1) & (found.high == 11), ends)
    moved = {name: eleven.ifelse(found[name] - 1, found[name]) for name in ("score", "low", "high")}
    found = found.mutate(**moved)
    newest = ibis.window(group_by=["customer_id", "question"], order_by=[found["at"].desc(), found.score])
    found = found.mutate(nth=ibis.row_number().over(newest) + 1)
    return found.filter(found.nth == 1)


def cases(s: Stages) -> ir.Table:
    """Service cases opened up to as_of: age, days (until resolved, or until as_of), open, reopened, first_days, late.

    Late: longer than ``late_times_median`` times the median days to resolve (nearest rank, cases of the window that are resolved), and
    longer than a day.
    """
    import ibis

    rows = s.tables["tickets"]
    age = s.age(rows.opened_at.date())
    closed = s.age(rows.resolved_at.date())
    still = rows.resolved_at.isnull() | (closed < 0)
    again = rows.reopened.fill_null(False) if "reopened" in rows.columns else ibis.literal(False)
    first = s.age(rows.first_response_at.date()) if "first_response_at" in rows.columns else ibis.null("int64")
    first_days = (first >= 0).ifelse(age - first, None)
    each = rows.select("customer_id", age=age, days=still.ifelse(age, age - closed), open=still, reopened=again, first_days=first_days)
    each = each.filter(each.age >= 0, each.days >= 0)
    limit = _median(each.filter(~each.open, each.age < s.window_days).days, s)
    each = each.cross_join(limit)
    return each.mutate(late=(each.days > rules()["late_times_median"] * each.median_days) & (each.days > 1))


def _median(days: ir.Value, s: Stages) -> ir.Table:
    """One row: the median of whole days (nearest rank); missing where there are none."""
    import ibis

    done = days.name("days").as_table()
    done = done.mutate(nth=ibis.row_number().over(ibis.window(order_by=done.days)) + 1, of=done.count().over(ibis.window()))
    return done.aggregate(median_days=done.days.min(where=2 * done.nth >= done.of))


def sent(s: Stages) -> ir.Table:
    """Offers: age on which they were sent, and used (missing where not, or after as_of)."""
    import ibis

    rows = s.tables["offers"]
    used = s.age(rows.redeemed_at.date()) if "redeemed_at" in rows.columns else ibis.null("int64")
    return rows.select("customer_id", age=s.age(rows.sent_at.date()) if "sent_at" in rows.columns else ibis.null("int64"), used=used)


def deals(s: Stages) -> ir.Table:
    """Deals opened up to as_of: age, closed (age on which they were won or lost), open, won, hoped (probability times amount)."""
    import ibis

    rows = s.tables["opportunities"]
    none = ibis.null("float64")
    amount = rows.amount.cast("float64") if "amount" in rows.columns else none
    chance = rows.probability.cast("float64") if "probability" in rows.columns else none
    won = rows.won if "won" in rows.columns else ibis.null("boolean")
    closed = s.age(rows.closed_at.date())
    still = rows.closed_at.isnull() | (closed < 0)
    each = rows.select(
        "customer_id", age=s.age(rows.created_at.date()), closed=still.ifelse(None, closed), open=still & (won.isnull() | (closed < 0)),
        won=still.ifelse(None, won), amount=amount, probability=chance, hoped=amount * chance,
    )  # fmt: skip
    return each.filter(each.age >= 0)


# Tables by the name that columns call them by.
CONTACTS: dict[str, Callable[[Stages], Any]] = {
    "events": events,
    "kinds": kinds,
    "approaches": approaches,
    "contact_days": contact_days,
    "all_sessions": all_sessions,
    "sessions": sessions,
    "latest": latest,
    "answers": answers,
    "cases": cases,
    "sent": sent,
    "deals": deals,
}
