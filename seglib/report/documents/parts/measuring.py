"""The trade's metrics: the state of the customer base against the window before, coverage and return on cost, and what cannot be told."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.language import marked
from seglib.report import labels, numbers
from seglib.report.documents.findings import A_YEAR
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Bullets, Column, Kind, Table, Text
from seglib.report.documents.parts import moving

if TYPE_CHECKING:
    from seglib.report.documents.model import Block

STEADY = 0.02  # a change smaller than this is no change
LEAST_ANSWERS, LEAST_BELOW = 30, 5  # denominators from which a score, and any other ratio, is told
STOCKS = ("M12",)  # figures of all history, which can only grow
#: Metrics of coverage, of what was spent and of what it brought, which are told by class.
COSTLY = ("M7", "M8", "M9", "M10", "M16")
KINDS: dict[str, Kind] = {"currency": "money_each", "share": "share", "days": "days"}
#: Figures that no sample bears a decimal of.
WHOLE = ("Net promoter score",)
#: Sums; the others are figures of one customer, order or visit.
SUMS = ("Sales", "Sales so far", "Expected demand next quarter")
#: Metrics that plain SQL rebuilds on the customers of a window.
SQL = {
    "Sales": "CAST(sum(spend) AS DOUBLE)",
    "Purchase frequency": "sum(orders) / count(*) FILTER (orders > 0)",
    "Value of an order": "CAST(sum(spend) FILTER (orders > 0) AS DOUBLE) / sum(orders)",
    "Sales a buyer": "CAST(sum(spend) FILTER (orders > 0) AS DOUBLE) / count(*) FILTER (orders > 0)",
    "Purchase rate": "count(*) FILTER (orders > 0) / count(*)",
    "Repeat rate": "count(*) FILTER (buying_days >= 2) / count(*) FILTER (orders > 0)",
}
HOW = "seglib.review.metrics"
FEW = 6  # classes that still stand side by side
#: What a column records, in words.
RECORDED = {
    "orders.order_id": marked("order numbers"),
    "orders.ordered_at": marked("days of the orders"),
    "orders.amount": marked("amounts of the orders"),
    "orders.customer_id": marked("customers of the orders"),
    "orders.margin": marked("margin of the order lines"),
    "orders.quantity": marked("quantities"),
    "orders.list_amount": marked("list prices"),
    "orders.discount_amount": marked("discounts"),
    "orders.promotion": marked("which promotion a line was bought in"),
    "costs.amount": marked("costs of marketing and service by customer"),
    "customers.wallet": marked("what each customer buys from all suppliers"),
    "interactions.kind": marked("kind of each contact"),
    "interactions.happened_at": marked("day of each contact"),
    "interactions.session_id": marked("visits to the site"),
    "interactions.customer_id": marked("customer of each contact"),
    "opportunities.created_at": marked("day a deal was opened"),
    "opportunities.closed_at": marked("day it was closed"),
    "opportunities.won": marked("won or lost"),
    "opportunities.amount": marked("value of a deal"),
    "feedback.score": marked("answers of a survey"),
    "feedback.question": marked("the question asked"),
    "feedback.answered_at": marked("day of the answer"),
    "offers.sent_at": marked("day an offer was sent"),
    "offers.redeemed_at": marked("day it was used"),
    "universe.account_id": marked("a list of possible customers"),
    "universe.category_sales": marked("their sales of the category"),
    "visits.customer_id": marked("customers visited"),
    "visits.visited_at": marked("day of each visit"),
    "visits.with_order": marked("whether a visit ended in an order"),
    "visits.hours": marked("hours of visits"),
    "tickets.first_response_at": marked("day of the first answer to a case"),
    "tickets.resolved_at": marked("day a case was closed"),
    "tickets.opened_at": marked("day a case was opened"),
}
BY_CLASS = marked("Coverage, cost and what it brought, by class")


def slug(row: dict[str, Any]) -> str:
    """A metric in the name of a fact: "M3.value_of_an_order"."""
    return f"{row['metric']}.{re.sub(r'[^a-z0-9]+', '_', row['name'].lower()).strip('_')}"


def kind(row: dict[str, Any]) -> Kind:
    """How a metric is printed."""
    return "money" if row["name"] in SUMS else KINDS.get(row["unit"], "number")


def enter(matter: Matter, name: str, row: dict[str, Any], sql: str = "") -> str:
    """Enter one metric as a fact; its name is handed back."""
    unit = matter.book.currency if row["unit"] == "currency" else row["unit"]
    value = float(row["value"])
    value = round(value) if row["name"] in WHOLE else value
    return matter.book.enter(name, value, kind(row), unit, row["formula"], sql=sql, expression="" if sql else HOW)


def rows_of(frame: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Metrics of everybody that could be computed, by their name in facts."""
    if frame is None:
        return {}
    told = frame[frame["computable"].astype(bool) & (frame["segment"] == "") & frame["value"].notna()]
    return {slug(row): row for row in told.to_dict("records") if enough(row)}


def few(row: dict[str, Any]) -> bool:
    """Does a share tell of one to four, in it or beside it? No reader outside may see that."""
    from seglib.report.privacy import small

    part, whole = row["numerator"], row["denominator"]
    return row["unit"] == "share" and (small(part) or small(whole - part))


def enough(row: dict[str, Any]) -> bool:
    """Does a ratio rest on enough to be told? A net promoter score needs most, as every answer counts a hundred points."""
    return not row["denominator"] < (LEAST_ANSWERS if row["name"] in WHOLE else LEAST_BELOW)


def state(matter: Matter) -> list[Block | None]:
    """Metric by metric: now, in the window before, and whether that is more, less or about the same."""
    migration = matter.evidence.migration
    now, before = rows_of(matter.evidence.now), rows_of(matter.evidence.before)
    both = [name for name in now if name in before and now[name]["metric"] not in STOCKS]
    if matter.client.settings.report.audience == "outside":
        both = [name for name in both if not (few(now[name]) or few(before[name]))]
    if migration is None or not both:
        return []
    moving.enter(matter)
    able = moving.rebuildable(matter)
    lines, facts = [], []
    for name in both:
        made = []
        for when, row in (("after", now[name]), ("before", before[name])):
            select = f"SELECT {SQL[row['name']]} FROM customer_{when}" if able and row["name"] in SQL else ""
            made.append(enter(matter, f"metric.{name}.{when}", row, select))
        later, earlier = (matter.book.value(fact) for fact in made)
        line = {"metric": matter.t(now[name]["name"]), "after": matter.book.shown(made[0]), "before": matter.book.shown(made[1])}
        change = _change(later, earlier)
        made.append(matter.book.enter(f"metric.{name}.change", change, "share", "share", "now / before − 1", expression=HOW))
        facts += made
        lines.append(line | {"change": change, "reading": matter.t(turned(later, earlier))})
    days = matter.book.shown("move.days")
    heads = [
        Column("metric", matter.t("Metric")),
        Column("after", matter.t("Last {days}", days=days)),
        Column("before", matter.t("The {days} before", days=days)),
        Column("change", matter.t("Relative change"), "share"),
        Column("reading", matter.t("Reading")),
    ]
    caption = matter.t("The state of the customer base, against its own past")
    note = matter.t("The past of the same firm is the only benchmark here.")
    if migration.window_days < A_YEAR:
        note = matter.t("The past of the same firm is the only benchmark here; another season is part of the change.")
    return [matter.table(pd.DataFrame(lines), heads, caption, facts=tuple(facts)), Text(note, style="note")]


def _change(later: float, earlier: float) -> float:
    return later / earlier - 1 if earlier > 0 else math.nan


def turned(later: float, earlier: float) -> str:
    """The word for a change: more, less, or about the same within two per cent."""
    if math.isnan(later) or math.isnan(earlier):
        return numbers.MISSING
    if abs(later - earlier) <= STEADY * abs(earlier):
        return marked("about the same")
    return marked("higher") if later > earlier else marked("lower")


def by_class(matter: Matter) -> list[Block | None]:
    """Coverage, cost and what it brought, class by class, where the data hold costs, visits or possible customers."""
    frame = matter.evidence.by_class
    if frame is None:
        return []
    told = frame[frame["computable"].astype(bool) & frame["metric"].isin(COSTLY)]
    names = list(dict.fromkeys((row["metric"], row["name"]) for row in told.to_dict("records")))
    if not names:
        return []
    keys = [key for key in (*matter.keys, *matter.outside_keys) if key in set(told["segment"])]
    first = {name: told[(told["metric"] == number) & (told["name"] == name)] for number, name in names}
    facts: dict[tuple[str, str], str] = {}
    outside = matter.client.settings.report.audience == "outside"
    for key in (*keys, ""):
        for name, rows in first.items():
            mine = rows[rows["segment"] == key].to_dict("records")
            if mine and mine[0]["value"] == mine[0]["value"] and enough(mine[0]) and not (outside and few(mine[0])):
                facts[key, name] = enter(matter, f"metric.{'class.' + key if key else 'all'}.{slug(mine[0])}", mine[0])
    of = {name: rows.to_dict("records")[0] for name, rows in first.items()}
    table = (_across if len(keys) <= FEW else _down)(matter, keys, of, facts)
    formulas = [Text(matter.t("{name}: {formula}.", name=matter.t(name), formula=matter.t(row["formula"]))) for name, row in of.items()]
    return [table, _spread(matter), *_uncovered(matter), Bullets(tuple(formulas))]


def _across(matter: Matter, keys: list[str], of: dict[str, dict[str, Any]], facts: dict[tuple[str, str], str]) -> Table:
    """A row a metric, a column a class: for few classes."""
    shown = {key: f"of_{place}" for place, key in enumerate((*keys, ""))}
    rows = [
        {
            "metric": _head(matter, row),
            **{shown[key]: matter.book.shown(facts[key, name]) if (key, name) in facts else numbers.MISSING for key in shown},
        }
        for name, row in of.items()
    ]
    heads = [Column("metric", matter.t("Metric"))]
    heads += [Column(shown[key], matter.view.label(key) if key else matter.t("All known customers")) for key in shown]
    return matter.table(pd.DataFrame(rows), heads, matter.t(BY_CLASS), facts=tuple(facts.values()))


def _down(matter: Matter, keys: list[str], of: dict[str, dict[str, Any]], facts: dict[tuple[str, str], str]) -> Table:
    """A row a class, a column a metric: for many classes."""
    rows = [
        {
            "segment": matter.view.label(key) if key else matter.t("All known customers"),
            **{name: matter.book.value(facts[key, name]) for name in of if (key, name) in facts},
        }
        for key in (*keys, "")
    ]
    heads = [column(matter, "segment", "text"), *(Column(name, _head(matter, row), kind(row)) for name, row in of.items())]
    kinds = tuple("total" if not key else "outside" if key in matter.outside_keys else "" for key in (*keys, ""))
    frame = pd.DataFrame(rows, columns=["segment", *of])
    return matter.table(frame, heads, matter.t(BY_CLASS), marks=matter.colours(keys), rows=kinds, facts=tuple(facts.values()))


def _head(matter: Matter, row: dict[str, Any]) -> str:
    return labels.joined(matter.t(row["name"]), "1 : N" if row["unit"] == "ratio" else "", matter.book.lang)


def _spread(matter: Matter) -> Text | None:
    """Where a unit of cost brought most and least; not what one more would bring."""
    name = "M8.return_on_cost"
    found = {key: f"metric.class.{key}.{name}" for key in matter.keys if f"metric.class.{key}.{name}" in matter.book.facts}
    if len(found) < 2:
        return None
    ranked = sorted(found, key=lambda key: (-matter.book.value(found[key]), key))
    most, least = ranked[0], ranked[-1]
    if matter.book.value(found[most]) == matter.book.value(found[least]):
        return Text(matter.t("One unit of cost brought the same in every class."))
    return matter.say(
        "One unit of cost stood against {most} of margin in the class {best} and {few} in the class {worst}: what was, not what one more "
        "unit would bring.",
        best=matter.view.label(most),
        most=found[most],
        worst=matter.view.label(least),
        few=found[least],
    )


def _uncovered(matter: Matter) -> list[Text]:
    """How many of the accounts that could be customers had neither an order nor a contact."""
    frame = matter.evidence.by_class
    if frame is None:
        return []
    rows = frame[(frame["name"] == "Account coverage") & (frame["segment"] == "") & frame["computable"].astype(bool)]
    if rows.empty:
        return []
    part, whole = float(rows["numerator"].iloc[0]), float(rows["denominator"].iloc[0])
    left = matter.book.enter(
        "coverage.left", int(whole - part), "count", "accounts", "accounts of the universe without order or contact", expression=HOW
    )
    every = matter.book.enter("coverage.universe", int(whole), "count", "accounts", "accounts of the universe", expression=HOW)
    if whole == part:
        return [matter.say("All {n} accounts that could be customers had an order or a contact.", n=every)]
    return [matter.say("{left} of the {n} accounts that could be customers had neither an order nor a contact.", left=left, n=every)]


def lacking(matter: Matter) -> list[dict[str, Any]]:
    """Metrics that could not be computed, with what would have to be recorded."""
    frame = matter.evidence.by_class if matter.evidence.by_class is not None else matter.evidence.now
    return [] if frame is None else frame[~frame["computable"].astype(bool)].to_dict("records")


def untold(matter: Matter) -> Text | None:
    """How many of the trade's figures cannot be told for want of data; the appendix says what each would need."""
    frame, rows = matter.evidence.by_class if matter.evidence.by_class is not None else matter.evidence.now, lacking(matter)
    if frame is None:
        return None
    every = matter.book.enter("metric.known", frame["name"].nunique(), "count", "figures", "figures of the trade's metrics", expression=HOW)
    if not rows:
        return matter.say("All {n} figures of the trade's sixteen metrics can be computed from these data.", n=every)
    n = matter.book.enter("metric.lacking", len(rows), "count", "figures", "those that cannot be computed", expression=HOW)
    return matter.say(
        "{n} of the {every} figures of the trade's sixteen metrics cannot be computed from these data; the appendix says what each would "
        "need.",
        n=n,
        every=every,
    )


def needed(matter: Matter) -> Table | None:
    """For the appendix: every metric that is missing, its formula, and what would have to be recorded."""
    rows = [
        {
            "number": row["metric"],
            "metric": matter.t(row["name"]),
            "formula": matter.t(row["formula"]),
            "needs": _needs(matter, row["lacks"]),
        }
        for row in lacking(matter)
    ]
    if not rows:
        return None
    heads = [
        Column("metric", matter.t("Metric")),
        Column("formula", matter.t("Formula")),
        Column("needs", matter.t("Would need")),
    ]
    return matter.table(pd.DataFrame(rows), heads, matter.t("What more data would tell"))


def _needs(matter: Matter, text: str) -> str:
    """What would have to be recorded as a list, each once, in words; a sentence in the document's language."""
    if re.fullmatch(r"[a-z_]+\.[a-z_]+(, [a-z_]+\.[a-z_]+)*", text):
        return matter.book.listed([matter.t(RECORDED.get(name, name)) for name in dict.fromkeys(text.split(", "))])
    return matter.t(text)
