"""What comes with business as usual: who returns, how sales fall back to the middle, and what is left to win."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from seglib.report.documents.figures import LEVER, coloured
from seglib.report.documents.keeping import further
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Column, Table, Text
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    from seglib.report.documents.model import Block

LEAST = 30  # customers of a class from whom a rate is told
NOTED = 0.05  # a change smaller than this is not worth a sentence
HOW = "seglib.review.anyway"


ANYWAY = 0.90  # share of a class that comes back as usual from which an action for all of it mostly reaches who comes anyway


def enter_slipping(matter: Matter) -> bool:
    """Enter how many of the customers who looked as if slipping away came back with business as usual; can that be told?"""
    table, held, book = matter.evidence.anyway, matter.evidence.held, matter.book
    keys = coloured(matter.view, "slipping")
    if table is None or held is None or not keys or not book.knows("slipping.spend"):
        return False
    rows = table[table["segment"].isin(keys)]
    n, came = int(rows["customers"].sum()), int(rows["returned"].sum())
    if n < LEAST:
        return False
    if "slipping.then" not in book.facts:
        split(matter)
        named = ", ".join(f"'{key}'" for key in keys)
        where = f"FROM classified_split AS c WHERE c.segment IN ({named})"
        back = f"EXISTS (SELECT 1 FROM purchase AS p WHERE p.customer_id = c.customer_id AND p.day >= DATE '{held.split}')"
        sql = f"SELECT count(*) FILTER ({back}) / count(*) {where}" if rebuildable(matter) else ""
        how = "customers of these classes at the split"
        book.enter("slipping.then", n, "count", "customers", how, sql=f"SELECT count(*) {where}" if sql else "", expression=HOW)
        how = "of them, with an order after the split / all of them"
        book.enter("slipping.returned_share", came / n, "share", "share", how, sql=sql, expression=HOW)
        sales, absent = float(rows["window_sales"].sum()), float(rows["window_sales_absent"].sum())
        _enter_at_risk(matter, "slipping", "slipping", absent, sales, where, back)
    return True


def _enter_at_risk(matter: Matter, name: str, of: str, absent: float, sales: float, where: str, back: str) -> None:
    """Enter the share of sales made by those who did not buy after the split, and what it comes to in the sales of today.

    Args:
        matter: Of the document.
        name: First part of the facts' names.
        of: First part of the name of the fact of today's sales.
        absent: Sales in the window before the split of those who did not buy after it.
        sales: Sales in the window before the split of all.
        where: Source and condition of the customers, in SQL.
        back: Condition of who bought after the split, in SQL.
    """
    book = matter.book
    if not 0 <= absent <= sales or sales <= 0:
        return
    sql = f"SELECT CAST(coalesce(sum(spend) FILTER (NOT {back}), 0) AS DOUBLE) / CAST(sum(spend) AS DOUBLE) {where}"
    how = "sales in the window up to the split of those without an order after it / sales of all of them"
    sql = sql if rebuildable(matter) else ""
    share = book.enter(f"{name}.absent_share", absent / sales, "share", "share", how, sql=sql, expression=HOW)
    formula = f"{share} × {of}.spend"
    book.enter(f"{name}.at_risk", book.value(share) * book.value(f"{of}.spend"), "money", book.currency, formula, expression=formula)


def gap_outlasts(matter: Matter) -> bool:
    """Is the usual gap between orders longer than the period that was kept back? Then nobody absent from it has stayed away."""
    held, book = matter.evidence.held, matter.book
    if held is None or "gap_75" not in held.base or not float(held.base["gap_75"].max()) > held.days:
        return False
    gap = float(held.base["gap_75"].max())
    book.enter("worth.usual_gap", gap, "days", "days", "three gaps between orders in four are no longer", expression="customers.gap_75")
    return True


def rebuildable(matter: Matter) -> bool:
    """Can plain SQL make the classes of the split again?"""
    judged = matter.evidence.judged
    return judged is not None and isinstance(judged.scheme, RuleScheme) and not further(judged) and "orders" in matter.client.tables


def enter(matter: Matter) -> list[str]:
    """Enter who came back and what they brought, class by class; the classes that have enough customers are handed back."""
    table, held = matter.evidence.anyway, matter.evidence.held
    if table is None or held is None:
        return []
    told = []
    for row in table.to_dict("records"):
        key = str(row["segment"])
        if row["customers"] < LEAST or key not in matter.keys:
            continue
        told.append(key)
        if f"anyway.{key}.customers" not in matter.book.facts:
            split(matter)
            _enter_class(matter, key, row)
    return told


def _enter_class(matter: Matter, key: str, row: dict) -> None:
    book, held, able = matter.book, matter.evidence.held, rebuildable(matter)
    split = held.split  # type: ignore[union-attr]
    n, came = int(row["customers"]), int(row["returned"])
    where = f"FROM classified_split AS c WHERE c.segment = '{key}'"
    back = f"EXISTS (SELECT 1 FROM purchase AS p WHERE p.customer_id = c.customer_id AND p.day >= DATE '{split}')"
    lines = f"FROM line AS l JOIN classified_split AS c USING (customer_id) WHERE c.segment = '{key}' AND"
    before = f"l.day < DATE '{split}' AND l.day >= DATE '{split}' - {held.days}"  # type: ignore[union-attr]
    each = f"SELECT coalesce(CAST(sum(l.amount) AS DOUBLE), 0) / (SELECT count(*) {where}) {lines}"
    facts: list[tuple] = [
        ("customers", n, "count", "customers", "customers of the class at the split", f"SELECT count(*) {where}"),
        ("returned", came, "count", "customers", "of them, with an order after the split", f"SELECT count(*) {where} AND {back}"),
        ("returned_share", came / n, "share", "share", "returned / customers", f"SELECT count(*) FILTER ({back}) / count(*) {where}"),
        ("low", row["low"], "share", "share", "lower end of the 95% interval of that share (Wilson)", ""),
        ("high", row["high"], "share", "share", "upper end of it", ""),
        (
            "before",
            row["sales_before"] / n,
            "money_each",
            "",
            "sales per customer in the period as long before the split",
            f"{each} {before}",
        ),
        ("after", row["sales_after"] / n, "money_each", "", "sales per customer after the split", f"{each} l.day >= DATE '{split}'"),
    ]
    for name, value, kind, unit, formula, sql in facts:
        book.enter(f"anyway.{key}.{name}", value, kind, unit or book.currency, formula, sql=sql if able else "", expression=HOW)
    was = book.value(f"anyway.{key}.before")
    change = book.value(f"anyway.{key}.after") / was - 1 if was > 0 else math.nan
    book.enter(f"anyway.{key}.change", change, "share", "share", "after / before − 1", expression="after / before − 1")
    size = "the size of that change"
    book.enter(f"anyway.{key}.change_size", abs(change), "share", "share", size, expression=f"abs(anyway.{key}.change)")
    if book.knows(f"class.{key}.spend"):
        _enter_at_risk(matter, f"anyway.{key}", f"class.{key}", float(row["window_sales_absent"]), float(row["window_sales"]), where, back)
    if not math.isnan(row["reached"]):
        how = "of them, on record as contacted by the firm after the split / all of them"
        book.enter(f"anyway.{key}.reached", row["reached"] / n, "share", "share", how, expression=HOW)
    _enter_left(matter, key, float(row["sales_returned"]) / came if came else math.nan)


def _enter_left(matter: Matter, key: str, each: float) -> None:
    """Who did not come back with business as usual, and what a tenth of them would be worth; beside it what a gross count would claim."""
    book = matter.book
    n, share = book.value(f"class.{key}.customers"), book.value(f"anyway.{key}.returned_share")
    left = round(n * (1 - share))
    how = "customers now × (1 − share that came back with business as usual)"
    book.enter(f"winback.{key}.left", left, "count", "expected customers", how, expression=how)
    net, gross = LEVER * left * each, (n - left + LEVER * left) * each
    formula = "assumed share of those left × sales of a customer who came back"
    book.enter(f"winback.{key}.net", net, "money", book.currency, formula, expression=formula)
    formula = "the same with all who come back with business as usual counted as won"
    book.enter(f"winback.{key}.gross", gross, "money", book.currency, formula, expression=formula)


def blocks(matter: Matter) -> list[Block | None]:
    """The yardstick, what it says, and what is left to win back in the classes that slip away."""
    keys = enter(matter)
    held = matter.evidence.held
    if held is None:
        return [Text(matter.t("What comes back with business as usual could not be measured: no period was kept back for it."))]
    if not keys:
        split(matter)
        few = matter.say(
            "No class had {n} customers on {split}, so it cannot be told what comes back with business as usual.",
            n=str(LEAST),
            split="worth.split",
        )
        return [few]
    split(matter)
    lead = matter.say(
        "Business as usual: the classes as they stood the day before {split}, and what their customers bought in the {days} that followed.",
        split="worth.split",
        days="worth.days",
    )
    return [lead, _reached(matter, keys), _table(matter, keys), *falls_back(matter, keys), *_winback(matter, keys)]


def _too_early(matter: Matter) -> Text:
    """That the period kept back is too short to tell who stayed away."""
    return matter.say(
        "{days} are shorter than the usual gap between orders ({gap}): not to have bought within them is no sign of staying away.",
        days="worth.days",
        gap="worth.usual_gap",
    )


def absent(matter: Matter, name: str) -> Text | None:
    """What those who did not buy in the period kept back had made of the sales, and what that comes to today.

    Args:
        matter: Of the document.
        name: First part of the facts' names, such as ``anyway.<class>``.
    """
    if not matter.book.knows(f"{name}.at_risk"):
        return None
    if gap_outlasts(matter):
        return _too_early(matter)
    return matter.say(
        "Those who did not had made {share} of the class's sales; the same share of today's is {money}.",
        share=f"{name}.absent_share",
        money=f"{name}.at_risk",
    )


def split(matter: Matter) -> None:
    """Enter the period that was kept back."""
    held, book = matter.evidence.held, matter.book
    if held is not None:
        how = "review.hold_out"
        book.enter("worth.split", held.split, "date", "day", "first day of the period that was kept back", expression=how)
        book.enter("worth.days", held.days, "days", "days", "length of the period that was kept back", expression=how)
        book.enter("worth.customers", len(held.base), "count", "customers", "customers known at the split", expression=how)


def _reached(matter: Matter, keys: list[str]) -> Text | None:
    """That usual business held campaigns, where they are on record: how much of the classes they reached."""
    known = sorted(
        (key for key in keys if matter.book.knows(f"anyway.{key}.reached")), key=lambda key: matter.book.value(f"anyway.{key}.reached")
    )
    if not known:
        return None
    return matter.say(
        "Usual business includes offers and contacts: in that time they reached {least} of the class {few} and {most} of the class {many}.",
        least=f"anyway.{known[0]}.reached",
        few=matter.view.label(known[0]),
        most=f"anyway.{known[-1]}.reached",
        many=matter.view.label(known[-1]),
    )


def _table(matter: Matter, keys: list[str]) -> Table:
    book = matter.book
    names = ("customers", "returned_share", "low", "high", "before", "after", "change")
    rows = [{"segment": matter.view.label(key), **{name: _plain(matter, f"anyway.{key}.{name}") for name in names}} for key in keys]
    days = book.shown("worth.days")
    heads = [
        column(matter, "segment", "text"),
        Column("customers", matter.t("Customers then"), "count"),
        Column("returned_share", matter.t("Bought again"), "share"),
        Column("low", matter.t("95% from"), "share"),
        Column("high", matter.t("95% to"), "share"),
        Column("before", matter.t("Sales per customer, {days} before", days=days), "money_each"),
        Column("after", matter.t("Sales per customer, {days} after", days=days), "money_each"),
        Column("change", matter.t("Change"), "share"),
    ]
    facts = tuple(f"anyway.{key}.{name}" for key in keys for name in names)
    caption = matter.t("What the customers of each class did next, with business as usual")
    return matter.table(pd.DataFrame(rows), heads, caption, marks=matter.colours(keys), facts=facts)


def _plain(matter: Matter, name: str) -> float:
    return matter.book.value(name)


def falls_back(matter: Matter, keys: list[str]) -> list[Text]:
    """The class that rose most and the class that fell most with business as usual: what a comparison of before and after would mistake."""
    changes = {key: matter.book.value(f"anyway.{key}.change") for key in keys if matter.book.knows(f"anyway.{key}.change")}
    rising = max(changes, key=lambda key: (changes[key], key), default=None)
    falling = min(changes, key=lambda key: (changes[key], key), default=None)
    told = []
    if rising is not None and changes[rising] >= NOTED:
        told.append(
            matter.say(
                "Sales per customer of {label} rose by {change} with business as usual: a plain before-and-after "
                "comparison would credit an action with that.",
                label=matter.view.label(rising),
                change=f"anyway.{rising}.change_size",
            )
        )
    if falling is not None and changes[falling] <= -NOTED:
        told.append(
            matter.say(
                "Sales per customer of {label} fell by {change} with business as usual: a plain before-and-after "
                "comparison would blame an action for that.",
                label=matter.view.label(falling),
                change=f"anyway.{falling}.change_size",
            )
        )
    return told


def _winback(matter: Matter, keys: list[str]) -> list[Block | None]:
    """What is left to win in the classes that slip away or are lost: never more than what would not come as usual."""
    book = matter.book
    slipping = coloured(matter.view, "slipping")
    wanted = [*slipping, *coloured(matter.view, "lost")] if slipping else []  # elsewhere the last class is low, not lost
    chosen = [key for key in keys if key in wanted and book.knows(f"winback.{key}.net") and book.value(f"winback.{key}.left") > 0]
    if not chosen:
        return []
    if gap_outlasts(matter):
        return [_too_early(matter)]
    lever = book.enter("winback.lever", LEVER, "share", "share", "assumed share of those left who are won back", expression="assumption")
    rows = [
        {
            "segment": matter.view.label(key),
            "customers": book.value(f"class.{key}.customers"),
            "share": book.value(f"anyway.{key}.returned_share"),
            **{name: book.value(f"winback.{key}.{name}") for name in ("left", "net", "gross")},
        }
        for key in chosen
    ]
    heads = [
        column(matter, "segment", "text"),
        column(matter, "customers", "count"),
        Column("share", matter.t("Bought again with business as usual"), "share"),
        Column("left", matter.t("Left to win"), "count"),
        Column("net", matter.t("Won: {lever} of those left", lever=book.shown(lever)), "money"),
        Column("gross", matter.t("Claimed without deducting those who return anyway"), "money"),
    ]
    facts = tuple(f"winback.{key}.{name}" for key in chosen for name in ("left", "net", "gross"))
    facts += tuple(name for key in chosen for name in (f"class.{key}.customers", f"anyway.{key}.returned_share"))
    caption = matter.t(
        "What winning back is worth in {days}, beyond those who come back with business as usual", days=book.shown("worth.days")
    )
    table = matter.table(pd.DataFrame(rows), heads, caption, marks=matter.colours(chosen), facts=facts)
    first = max(chosen, key=lambda key: (book.value(f"class.{key}.customers"), key))
    text = matter.say(
        "Of the class {label}, {share} came back within {days} with business as usual; only the other {left} can be won.",
        label=matter.view.label(first),
        share=f"anyway.{first}.returned_share",
        days="worth.days",
        left=f"winback.{first}.left",
    )
    return [table, text]
