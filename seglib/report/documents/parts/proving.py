"""What an action could bring by its assumptions, what comes without any, and the test that tells the two apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.report.documents.figures import LEVER, POWER_Z, inside_sql
from seglib.report.documents.findings import first_keys
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Bullets, Column, Part, Table, Text
from seglib.report.documents.parts import unaided

if TYPE_CHECKING:
    from seglib.report.documents.model import Block

LEAST = 30  # customers below whom a class is too small to test anything on
STEPS, HORIZONS = (0.05, 0.10, 0.20), (90, 180, 365)
HALVES = ("spend_last_half", "spend_previous_half")
POOLED = "inside"


def sizing(matter: Matter) -> Part:
    """What more orders would be in money, what comes back as usual, and whether a test could see the difference."""
    title = matter.t("What it could bring, and how to prove it")
    if not matter.view.has_money or "all.orders" not in matter.book.facts:
        return matter.part("sizing", title, Text(matter.t("The data hold no sales, so nothing can be sized.")))
    keys = enter(matter)
    lever = "size.lever"
    blocks: list[Block | None] = [
        matter.say(
            "If the customers of a class placed {lever} more orders of the same value, sales would rise by the sums below. "
            "This is arithmetic on an assumption, not a forecast.",
            lever=lever,
        ),
        _table(matter, keys),
        reading(matter, keys),
        _scenarios(matter),
        *unaided.blocks(matter),
        Text(matter.t("How to prove it:"), style="lead"),
        Bullets(tuple(_plan(matter))),
    ]
    return matter.part("sizing", title, *blocks)


def enter(matter: Matter) -> list[str]:
    """Enter gain and smallest detectable difference of every class with sales, and of all together; the classes are handed back."""
    if not matter.view.has_money or "all.orders" not in matter.book.facts:
        return []
    keys = [key for key in matter.keys if matter.book.value(f"class.{key}.spend") > 0]
    if "size.lever" not in matter.book.facts:
        matter.book.enter("size.lever", LEVER, "share", "share", "assumed increase in orders", expression="assumption")
        for key in keys:
            _enter(matter, key, (matter.view.result.assignments["segment"] == key).to_numpy(), f"segment = '{key}'")
        _enter(matter, POOLED, matter.view.members.to_numpy(), inside_sql(matter.view))
    return keys


def _enter(matter: Matter, key: str, members: Any, where: str) -> None:
    """Gain of a group under the assumption, and the smallest difference a half-and-half test of it can detect."""
    book = matter.book
    book.enter(
        f"size.{key}.gain",
        LEVER * book.value(f"{_group(key)}.spend"),
        "money",
        matter.view.currency,
        "10 % of the sales of the class",
        sql=f"SELECT {LEVER} * CAST(sum(spend) AS DOUBLE) FROM classified WHERE {where}",
    )
    columns = matter.view.customers
    if not set(HALVES) <= set(columns.columns):
        return
    rows = columns[members]
    n, after, before = len(rows), rows["spend_last_half"].astype(float), rows["spend_previous_half"].astype(float)
    if n < LEAST or after.mean() <= 0 or after.std() == 0:
        return
    plain = 2 * POWER_Z * float(after.std()) / (math.sqrt(n) * float(after.mean()))
    sql = f"2 * {POWER_Z!r} * stddev_samp(CAST(spend_last_half AS DOUBLE)) / (sqrt(count(*)) * avg(CAST(spend_last_half AS DOUBLE)))"
    formula = "smallest difference of mean sales in half a window that a half-and-half test finds with 80 % power at 5 % error"
    book.enter(f"size.{key}.detectable", plain, "share", "share", formula, sql=f"SELECT {sql} FROM classified WHERE {where}")
    if before.std() > 0:
        rho = float(after.corr(before))
        factor = "sqrt(1 - power(corr(CAST(spend_last_half AS DOUBLE), CAST(spend_previous_half AS DOUBLE)), 2))"
        book.enter(
            f"size.{key}.adjusted",
            plain * math.sqrt(max(0.0, 1 - rho * rho)),
            "share",
            "share",
            formula + ", each customer measured against the half window before",
            sql=f"SELECT {sql} * {factor} FROM classified WHERE {where}",
        )
    book.enter(
        f"size.{key}.needed",
        math.ceil(n * (smallest(matter, key) / LEVER) ** 2),
        "count",
        "customers needed",
        "customers of this kind, both halves together, in whom a test finds the assumed increase",
        expression=f"customers × (smallest detectable difference / {LEVER})²",
    )


def dated(matter: Matter) -> bool:
    """Do the data tell sales by half windows, without which no test can be planned?"""
    return set(HALVES) <= set(matter.view.customers.columns)


def _group(key: str) -> str:
    return key if key == POOLED else f"class.{key}"


def smallest(matter: Matter, key: str) -> float:
    """The difference that the better of the two tests can detect; nan where the group is too small for one."""
    found = [matter.book.value(f"size.{key}.{way}") for way in ("detectable", "adjusted") if matter.book.knows(f"size.{key}.{way}")]
    return min(found, default=math.nan)


MEASURES = ("detectable", "adjusted", "needed")


def _table(matter: Matter, keys: list[str]) -> Table:
    book = matter.book
    pooled = [POOLED] if len(keys) > 1 else []
    rows = [
        {
            "segment": matter.view.label(key) if key != POOLED else matter.t("All classes together"),
            "customers": book.value(f"{_group(key)}.customers"),
            "spend": book.value(f"{_group(key)}.spend"),
            "gain": book.value(f"size.{key}.gain"),
            **{name: book.value(f"size.{key}.{name}") if book.knows(f"size.{key}.{name}") else math.nan for name in MEASURES},
            "testable": _verdict(matter, key),
        }
        for key in (*keys, *pooled)
    ]
    heads = [
        column(matter, "segment", "text"),
        column(matter, "customers", "count"),
        column(matter, "spend", "money"),
        Column("gain", matter.t("{lever} more orders", lever=book.shown("size.lever")), "money"),
        Column("detectable", matter.t("A test sees from"), "share"),
        Column("adjusted", matter.t("The same, against each customer's past"), "share"),
        Column("needed", matter.t("Needed for {lever}", lever=book.shown("size.lever")), "count"),
        Column("testable", matter.t("Testable alone?")),
    ]
    shown = [(key, name) for key in (*keys, *pooled) for name in ("gain", *MEASURES)]
    facts = tuple(f"{_group(key)}.{name}" for key in (*keys, *pooled) for name in ("customers", "spend"))
    facts += tuple(f"size.{key}.{name}" for key, name in shown if f"size.{key}.{name}" in book.facts)
    caption = matter.t(
        "What {lever} more orders are worth, and the smallest difference that a half-and-half test of the class can see",
        lever=book.shown("size.lever"),
    )
    kinds = tuple("total" if key == POOLED else "" for key in (*keys, *pooled))
    return matter.table(pd.DataFrame(rows), heads, caption, marks=matter.colours(keys), rows=kinds, facts=facts)


def _verdict(matter: Matter, key: str) -> str:
    found = smallest(matter, key)
    if math.isnan(found) and not dated(matter):
        return matter.t("cannot be told")
    if math.isnan(found):
        return matter.t("no: too few customers")
    if found <= LEVER:
        return matter.t("yes")
    return matter.t("no") if key == POOLED else matter.t("no: pool classes")


def reading(matter: Matter, keys: list[str]) -> Text:
    """Which classes a test can say something about, and what is left where none can."""
    facts = {"lever": "size.lever"}
    if not dated(matter):
        return matter.say("The data hold no sales by day, so it cannot be told whether a test could see a rise of {lever}.", **facts)
    able = [matter.view.label(key) for key in keys if smallest(matter, key) <= LEVER]
    if able and len(able) == len(keys):
        return matter.say("Every class is large enough for a test to see a rise of {lever}.", **facts)
    if able:
        return matter.say(
            "A test within one class can see a rise of {lever} only here: {labels}.", labels=matter.book.listed(able), **facts
        )
    pooled = smallest(matter, POOLED)
    if pooled <= LEVER:
        return matter.say(
            "No single class is large enough for a test to see a rise of {lever}; all of them together are, one action for everybody.",
            **facts,
        )
    if math.isnan(pooled):
        return matter.say("No single class is large enough for a test to see a rise of {lever}; pool classes, or test longer.", **facts)
    way = min(("detectable", "adjusted"), key=lambda name: known(matter, f"size.{POOLED}.{name}"))
    return matter.say(
        "Not even all classes together are enough for a test to see a rise of {lever}: it sees one from {least}. Test a larger "
        "difference, or longer.",
        least=f"size.{POOLED}.{way}",
        **facts,
    )


def known(matter: Matter, name: str) -> float:
    """A fact's number; infinite where it is not to be had."""
    return matter.book.value(name) if matter.book.knows(name) else math.inf


def _scenarios(matter: Matter) -> Table | None:
    """Three assumptions and three horizons, for the classes to act on first."""
    book, window = matter.book, matter.view.result.window_days
    keys = [key for key in first_keys(matter) if key in matter.keys and book.value(f"class.{key}.spend") > 0]
    horizons = [days for days in HORIZONS if days <= window]
    if not keys or not horizons or not dated(matter):
        return None
    spend = math.fsum(book.value(f"class.{key}.spend") for key in keys)
    named = ", ".join(f"'{key}'" for key in keys)
    rows, facts = [], []
    for step in STEPS:
        row: dict[str, float] = {"step": step}
        name = f"size.scenario.{step:.0%}".replace("%", "pct")
        facts.append(matter.book.enter(name, step, "share", "share", "assumed increase in orders", expression="assumption"))
        for days in horizons:
            row[str(days)] = step * spend * days / window
            facts.append(
                book.enter(
                    f"{name}.{days}",
                    row[str(days)],
                    "money",
                    matter.view.currency,
                    "assumed increase × sales of the classes to act on first × days / days of the window",
                    sql=f"SELECT {step!r} * CAST(sum(spend) AS DOUBLE) * {days} / {window} FROM classified WHERE segment IN ({named})",
                )
            )
        rows.append(row)
    heads = [Column("step", matter.t("More orders"), "share")]
    heads += [Column(str(days), matter.t("in {days} days", days=days), "money") for days in horizons]
    labels = matter.book.listed([matter.view.label(key) for key in keys])
    caption = matter.t("Three assumptions for the classes to act on first ({labels}): more sales, before any cost", labels=labels)
    return matter.table(pd.DataFrame(rows), heads, caption, facts=tuple(facts))


def first_gain(matter: Matter) -> Text | None:
    """For the first page: what the assumption is worth in the class to act on first, and whether a test of it would see that."""
    book = matter.book
    keys = [key for key in first_keys(matter) if key in matter.keys]  # who bought nothing has no orders to add to
    if not keys or not book.knows(f"size.{keys[0]}.gain") or book.value(f"size.{keys[0]}.gain") <= 0:
        return None
    key = keys[0]
    facts = {"label": matter.view.label(key), "lever": "size.lever", "gain": f"size.{key}.gain"}
    if dated(matter):
        text = book.say(
            "If the class {label} placed {lever} more orders of the same value, that would be about {gain} in {days}: an assumption, no "
            "forecast.",
            days="window.days",
            **facts,
        )
    else:
        text = book.say(
            "If the class {label} placed {lever} more orders of the same value, that would be about {gain}: an assumption, no forecast.",
            **facts,
        )
    return book.joined(text, _seen(matter, key))


def _seen(matter: Matter, key: str) -> Text:
    """Would a test of one class see the assumed rise?"""
    least = smallest(matter, key)
    if math.isnan(least) and not dated(matter):
        return matter.say("The data hold no sales by day, so no test of it can be planned.")
    if math.isnan(least):
        return matter.say("The class is too small to test it alone.")
    if least <= LEVER:
        return matter.say("A test of the class can see such a rise.")
    way = min(("detectable", "adjusted"), key=lambda name: known(matter, f"size.{key}.{name}"))
    return matter.say("A test of the class alone sees a rise only from {least}.", least=f"size.{key}.{way}")


def _plan(matter: Matter) -> list[Text]:
    """The hold-out test, in sentences that hold for any figures."""
    return [
        Text(line)
        for line in (
            matter.t("Draw lots within the class: half is approached, half is not, and nobody changes sides."),
            matter.t(
                "One measure, settled before: net sales per customer over half a window, each customer set against their own half before."
            ),
            matter.t("Count only the difference between the halves: many of those who went silent come back with business as usual."),
            matter.t("Where several classes are tested at once, correct for it (Holm): the more tests, the more luck looks like success."),
            matter.t("Set the margin of the difference against what the action cost, discounts and working hours included."),
            matter.t("Stop at the settled day; where the difference is within chance, the action has not paid."),
        )
    ]
