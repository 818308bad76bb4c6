"""Side frames on contacts: what needs more than one row a customer.

``engagement_before``: one row a customer known 92 days before as_of: customer_id, engagement_score, interactions, unknown_events and
    times_contacted as of then (window of the table's length), bought (bool: an order in the 92 days since). What engagement is worth is
    read in the window that follows it.
``interactions_by_kind``: customer_id, kind, count (events in the window), points (of intent, decayed and capped).
``answers``: customer_id, question, score, scale_low, scale_high, age_days: every valid answer of the last year.
``tickets``: customer_id, age_days, days (until resolved, or until as_of), open (bool: censored there), reopened, late, first_days.
``season_spend``: customer_id, year (1 the last 365 days, 2 those before), quarter (of the calendar, 1 to 4), spend; two years back.
``four_weeks``: customer_id, period (0 the last 28 days, to 25), spend: 728 days back, so that period n and n + 13 are of one season.
``deals``: customer_id, amount, probability, won (1 won, 0 lost, missing while open), created_days and closed_days before as_of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.customers.column import ORDERED
from seglib.customers.contact_columns import CASES, DEALS, EVENTS, SCORES
from seglib.customers.contacts import DIGITS, answers, approaches, cases, deals, events, interactions, kinds, known_kinds
from seglib.customers.stages import Stages, exact

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEFORE_DAYS = 92  # a quarter, as in the silence curve
YEAR_DAYS = 365
PERIOD_DAYS, PERIODS_A_YEAR = 28, 13


@dataclass(frozen=True)
class SideFrame:
    """How a side frame is made.

    Attributes:
        needs: Columns of canonical tables without which it is absent.
        dtypes: Its columns and their pandas dtypes.
        table: Stages -> the frame; rows are sorted by all columns.
    """

    needs: tuple[str, ...]
    dtypes: dict[str, str]
    table: Callable[[Stages], ir.Table]


def engagement_before(s: Stages) -> ir.Table:
    """Engagement as of 92 days ago of those known by then, and whether they have bought since."""
    import ibis

    each = events(s, until=BEFORE_DAYS)
    scored = each.group_by("customer_id").aggregate(
        score=each.weight.sum().round(DIGITS),
        count=each["count"].sum(),
        strange=each["count"].sum(where=~each.kind.isin(known_kinds())),
    )
    sent = approaches(s, until=BEFORE_DAYS)
    sent = sent.group_by("customer_id").aggregate(times=sent.times.sum())
    contacts, lines = interactions(s), s.lines
    known = contacts.filter(contacts.age >= BEFORE_DAYS).select("customer_id")
    known = known.union(lines.filter(s.age(lines.day) >= BEFORE_DAYS, lines.customer_id.notnull()).select("customer_id"))
    if "customers" in s.tables and "registered_at" in s.tables["customers"].columns:
        listed = s.tables["customers"]
        known = known.union(listed.filter(s.age(listed.registered_at.date()) >= BEFORE_DAYS).select("customer_id"))
    since = s.days.filter(s.days.age < BEFORE_DAYS).select("customer_id").distinct().mutate(yes=ibis.literal(True))
    both = known.distinct().left_join(scored, "customer_id").drop("customer_id_right")
    both = both.left_join(sent, "customer_id").drop("customer_id_right").left_join(since, "customer_id")
    return both.select(
        "customer_id",
        engagement_score=both.score.fill_null(0.0),
        interactions=both["count"].fill_null(0),
        unknown_events=both.strange.fill_null(0),
        times_contacted=both.times.fill_null(0),
        bought=both.yes.fill_null(False),
    )


def _answers(s: Stages) -> ir.Table:
    found = answers(s)
    return found.select("customer_id", "question", "score", scale_low=found.low, scale_high=found.high, age_days=found.age)


def _cases(s: Stages) -> ir.Table:
    found = cases(s)
    return found.select("customer_id", "days", "open", "reopened", "first_days", late=found.late.fill_null(False), age_days=found.age)


def _deals(s: Stages) -> ir.Table:
    found = deals(s)
    won = found.won.cast("int64")
    return found.select("customer_id", "amount", "probability", won=won, created_days=found.age, closed_days=found.closed)


def season_spend(s: Stages) -> ir.Table:
    """Net revenue of each customer by quarter of the calendar, for the last 365 days and the 365 before them."""
    import ibis

    lines = s.lines
    lines = lines.mutate(age=s.age(lines.day), month=lines.day.month())
    lines = lines.filter(lines.age < 2 * YEAR_DAYS)
    quarter = ibis.cases((lines.month <= 3, 1), (lines.month <= 6, 2), (lines.month <= 9, 3), else_=4).cast("int64")
    lines = lines.mutate(year=(lines.age < YEAR_DAYS).ifelse(1, 2).cast("int64"), quarter=quarter)
    return lines.group_by(["customer_id", "year", "quarter"]).aggregate(spend=exact(lines.amount.sum()).cast("float64"))


def four_weeks(s: Stages) -> ir.Table:
    """Net revenue of each customer by periods of 28 days, counted back from as_of."""
    lines = s.lines
    lines = lines.filter(lines.customer_id.notnull())
    lines = lines.mutate(period=(s.age(lines.day) // PERIOD_DAYS).cast("int64"))
    lines = lines.filter(lines.period < 2 * PERIODS_A_YEAR)
    return lines.group_by(["customer_id", "period"]).aggregate(spend=exact(lines.amount.sum()).cast("float64"))


WHO = {"customer_id": "str"}
SIDE_FRAMES: dict[str, SideFrame] = {
    "engagement_before": SideFrame(
        (*EVENTS, *ORDERED),
        WHO | {"engagement_score": "float64"} | dict.fromkeys(("interactions", "unknown_events", "times_contacted"), "int64")
        | {"bought": "bool"},
        engagement_before,
    ),
    "interactions_by_kind": SideFrame(EVENTS, WHO | {"kind": "str", "count": "int64", "points": "float64"}, kinds),
    "answers": SideFrame(
        SCORES, WHO | {"question": "str"} | dict.fromkeys(("score", "scale_low", "scale_high", "age_days"), "float64"), _answers
    ),
    "tickets": SideFrame(
        CASES,
        WHO | {"age_days": "int64", "days": "int64", "open": "bool", "reopened": "bool", "late": "bool", "first_days": "float64"},
        _cases,
    ),
    "season_spend": SideFrame(ORDERED, WHO | {"year": "int64", "quarter": "int64", "spend": "float64"}, season_spend),
    "four_weeks": SideFrame(ORDERED, WHO | {"period": "int64", "spend": "float64"}, four_weeks),
    "deals": SideFrame(
        DEALS, WHO | dict.fromkeys(("amount", "probability", "won", "created_days", "closed_days"), "float64"), _deals
    ),
}  # fmt: skip
