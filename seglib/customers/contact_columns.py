"""Columns of the customer table that tell of contacts beside orders; they work for a client without orders, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seglib.customers.column import ORDERED, CustomerColumn
from seglib.customers.contacts import DIGITS, known_kinds
from seglib.customers.stages import Stages

if TYPE_CHECKING:
    import ibis.expr.types as ir

EVENTS = ("interactions.kind", "interactions.happened_at")
SESSIONS = (*EVENTS, "interactions.session_id")
SCORES = ("feedback.score",)
CASES = ("tickets.opened_at", "tickets.resolved_at")
DEALS = ("opportunities.created_at", "opportunities.closed_at")


def _ratio(part: str, whole: str) -> Callable[[ir.Table, Stages], ir.Value]:
    """A share of two columns, missing where the whole is nought."""
    return lambda t, _: (t[part].cast("float64") / t[whole].cast("float64").nullif(0.0)).round(DIGITS)


def _answer(question: str, value: str) -> Callable[[ir.Table, Stages], ir.Value]:
    """Of the latest answer to a question."""
    return lambda t, _: t[value].max(where=t.question == question)


def _returned(t: ir.Table, _: Stages) -> ir.Value:
    gross = t.spend + t.returned_amount
    return (gross > 0).ifelse((t.returned_amount / gross).round(DIGITS), None)


def _window(t: ir.Table, s: Stages) -> ir.Value:
    return t.age < s.window_days


C = CustomerColumn
CONTACTS = (
    C("interactions", "flow", "int64", "events", "Contacts and events, purchases left out.",
      needs=EVENTS, stage="events", value=lambda t, s: t["count"].sum()),
    C("unknown_events", "flow", "int64", "events", "Of these, events of a kind that nobody gave a meaning; they weigh nothing anywhere.",
      needs=EVENTS, stage="events", value=lambda t, s: t["count"].sum(where=~t.kind.isin(known_kinds()))),
    C("times_contacted", "flow", "int64", "times",
      "Times the firm is on record as having addressed the customer: messages sent, calls, visits, offers.",
      needs=("interactions.kind | offers.sent_at | visits.visited_at",), stage="approaches", value=lambda t, s: t.times.sum()),
    C("engagement_score", "flow", "float64", "points",
      "Events by weight, each halved for every 30 days of age; opened mails weigh nothing. Weights: engagement.yml.",
      needs=EVENTS, stage="events", value=lambda t, s: t.weight.sum().round(DIGITS)),
    C("intent_points", "flow", "float64", "points",
      "Points of events that announce a purchase, decayed and capped by kind; see engagement.yml.",
      needs=EVENTS, stage="kinds", value=lambda t, s: t.points.sum().round(DIGITS)),
    C("quotes", "flow", "int64", "quotes", "Quotes asked for.",
      needs=EVENTS, stage="kinds", value=lambda t, s: t["count"].sum(where=t.kind == "quote")),
    C("days_since_last_interaction", "stock", "float64", "days", "Days from the last contact or event to as_of.",
      needs=EVENTS, stage="contact_days", value=lambda t, s: t.age.min()),
    C("sessions", "flow", "int64", "sessions", "Sessions on site or app; those with more than 200 views are a machine's and left out.",
      needs=SESSIONS, stage="sessions", value=lambda t, s: t.count()),
    C("views", "flow", "int64", "views", "Pages or products looked at in these sessions.",
      needs=SESSIONS, stage="sessions", value=lambda t, s: t.views.sum()),
    C("cart_sessions", "flow", "int64", "sessions", "Sessions in which something was put into the cart.",
      needs=SESSIONS, stage="sessions", value=lambda t, s: t.count(where=t.carts > 0)),
    C("reviews_read", "flow", "int64", "reviews", "Reviews read in these sessions.",
      needs=SESSIONS, stage="sessions", value=lambda t, s: t.reviews.sum()),
    C("sessions_bought", "flow", "int64", "sessions", "Sessions with an order on their local day.",
      needs=(*SESSIONS, *ORDERED), stage="sessions", value=lambda t, s: t.bought.sum()),
    C("cart_sessions_bought", "flow", "int64", "sessions", "Sessions with a cart, and an order on their local day.",
      needs=(*SESSIONS, *ORDERED), stage="sessions", value=lambda t, s: t.bought.sum(where=t.carts > 0)),
    C("days_since_last_session", "stock", "float64", "days", "Days from the last session to as_of.",
      needs=SESSIONS, stage="all_sessions", value=lambda t, s: t.age.min()),
    C("views_per_session", "flow", "float64", "views", "Views a session.",
      needs=SESSIONS, value=_ratio("views", "sessions"), uses=("views", "sessions")),
    C("orders_per_session", "flow", "float64", "share of sessions", "Sessions with an order on their local day, as a share of all.",
      needs=(*SESSIONS, *ORDERED), value=_ratio("sessions_bought", "sessions"), uses=("sessions_bought", "sessions")),
    C("returned_value_share", "flow", "float64", "share of sales", "Money taken back as a share of what was sold before it.",
      value=_returned, uses=("spend", "returned_amount")),
    C("nps_score", "stock", "float64", "points",
      "Latest valid answer of the last year to: would you recommend us? Answers on 1 to 11 are moved down to 0 to 10.",
      needs=(*SCORES, "feedback.question"), stage="latest", value=_answer("nps", "score")),
    C("nps_scale_low", "stock", "float64", "points", "Lowest answer its scale allows.",
      needs=(*SCORES, "feedback.question", "feedback.scale_low"), stage="latest", value=_answer("nps", "low")),
    C("nps_scale_high", "stock", "float64", "points", "Highest answer its scale allows.",
      needs=(*SCORES, "feedback.question", "feedback.scale_high"), stage="latest", value=_answer("nps", "high")),
    C("csat_score", "stock", "float64", "points", "Latest valid answer of the last year to: how satisfied are you?",
      needs=SCORES, stage="latest", value=_answer("csat", "score")),
    C("csat_scale_low", "stock", "float64", "points", "Lowest answer its scale allows.",
      needs=(*SCORES, "feedback.scale_low"), stage="latest", value=_answer("csat", "low")),
    C("csat_scale_high", "stock", "float64", "points", "Highest answer its scale allows.",
      needs=(*SCORES, "feedback.scale_high"), stage="latest", value=_answer("csat", "high")),
    C("answers", "stock", "int64", "answers", "Valid answers of the last year, to whichever question.",
      needs=SCORES, stage="answers", value=lambda t, s: t.count()),
    C("days_since_last_answer", "stock", "float64", "days", "Days from the last valid answer to as_of.",
      needs=(*SCORES, "feedback.answered_at"), stage="answers", value=lambda t, s: t.age.min()),
    C("tickets", "flow", "int64", "cases", "Service cases opened.",
      needs=CASES, stage="cases", value=lambda t, s: t.count(where=_window(t, s))),
    C("tickets_open", "stock", "int64", "cases", "Service cases not resolved on as_of.",
      needs=CASES, stage="cases", value=lambda t, s: t.count(where=t.open)),
    C("tickets_open_late", "stock", "int64", "cases",
      "Of these, open for longer than twice the median time to resolve a case, and than a day.",
      needs=CASES, stage="cases", value=lambda t, s: t.count(where=t.open & t.late)),
    C("tickets_reopened", "flow", "int64", "cases", "Service cases that were opened again.",
      needs=(*CASES, "tickets.reopened"), stage="cases", value=lambda t, s: t.count(where=_window(t, s) & t.reopened)),
    C("tickets_resolved_late", "flow", "int64", "cases", "Service cases resolved after twice the median time, and a day.",
      needs=CASES, stage="cases", value=lambda t, s: t.count(where=_window(t, s) & ~t.open & t.late)),
    C("offers_sent", "flow", "int64", "offers", "Offers that began to hold.",
      needs=("offers.sent_at",), stage="sent", value=lambda t, s: t.count(where=(t.age >= 0) & _window(t, s)), usual=False),
    C("offers_redeemed", "flow", "int64", "offers", "Offers that were used.",
      needs=("offers.redeemed_at",), stage="sent", value=lambda t, s: t.count(where=(t.used >= 0) & (t.used < s.window_days)), usual=False),
    C("open_pipeline", "stock", "float64", "currency", "Open deals: chance times amount, summed.",
      needs=(*DEALS, "opportunities.amount", "opportunities.probability"),
      stage="deals", value=lambda t, s: t.hoped.sum(where=t.open).round(6),
      blank=lambda t, s: (t.hoped.count(where=t.open) == 0) & (t.count(where=t.open) > 0)),
    C("deals_won", "flow", "int64", "deals", "Deals won.", needs=(*DEALS, "opportunities.won"),
      stage="deals", value=lambda t, s: t.count(where=(t.closed < s.window_days) & t.won)),
    C("deals_lost", "flow", "int64", "deals", "Deals lost.", needs=(*DEALS, "opportunities.won"),
      stage="deals", value=lambda t, s: t.count(where=(t.closed < s.window_days) & ~t.won)),
)  # fmt: skip
