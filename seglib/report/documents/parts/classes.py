"""Method in a box, size and value of the classes, and half a page about each."""

from __future__ import annotations

import pandas as pd

from seglib.language import marked
from seglib.report import labels, numbers, rules, signing
from seglib.report.documents import charts
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Card, Column, Part, Table, Text


def method(matter: Matter) -> Part:
    """Formula, cut points, truth table and the name of the definition."""
    view = matter.view
    blocks = [
        Text(view.words.text("how", matter.book.lang).strip()),
        _inputs(matter),
        _cuts(matter),
        _meanings(matter),
        _truth(matter),
        Text(signing.line(view.result.scheme, matter.book.lang), style="note"),
    ]
    return matter.part("method", matter.t("How the classes are made"), *blocks)


def _inputs(matter: Matter) -> Table | None:
    """What each score reads."""
    from seglib.customers import COLUMNS

    view = matter.view
    shown = [score for score in getattr(view.result.scheme, "scores", ()) if not score.hidden]
    if not shown:
        return None
    formulas = {formula.name: formula.text for formula in getattr(view.result.scheme, "formulas", ())}
    rows = []
    for score in shown:
        better = matter.t("high is good") if score.scores[-1] >= score.scores[0] else matter.t("low is good")
        formula = formulas.get(score.input, "")
        formula = formula if len(formula) <= LONGEST else ""  # a longer one is for the definition's file, not for a reader
        formula = formula or (matter.t(FORMULAS[score.input]) if score.input in FORMULAS else "")
        meant = formula or (COLUMNS[score.input].meaning if score.input in COLUMNS and matter.book.lang == "en" else "")
        rows.append(
            {"axis": view.axis(score.name), "input": labels.label(score.input, matter.book.lang), "formula": meant, "better": better}
        )
    frame = pd.DataFrame(rows)
    heads = [
        Column("axis", matter.t("Axis")),
        Column("input", matter.t("Reads")),
        Column("formula", matter.t("Formula")),
        Column("better", matter.t("Direction")),
    ]
    return matter.table(frame, [head for head in heads if head.key != "formula" or frame["formula"].any()], matter.t("What is measured"))


LONGEST = 100  # characters of a formula that is printed
#: How the usual inputs are computed, in words.
FORMULAS = {
    "orders": marked("number of orders in the window whose net value is positive"),
    "spend": marked("sum of all amounts in the window, refunds taken off"),
    "days_since_last_order": marked("cut-off day minus day of the last order"),
    "mean_order_value": marked("net value of the orders / number of orders"),
    "median_order_value": marked("the order value that half of the customer's orders do not exceed"),
    "lifetime_orders": marked("number of orders in all history whose net value is positive"),
    "days_since_first_order": marked("cut-off day minus day of the first order"),
}


def _cuts(matter: Matter) -> Table | None:
    """Every shown score with its intervals in words, best first."""
    view = matter.view
    shown = [score for score in getattr(view.result.scheme, "scores", ()) if not score.hidden]
    if not shown:
        return None
    told = {score.name: dict(rules.intervals(view, score)) for score in shown}
    if len(shown) == 1:
        rows = [{"score": value, "values": text} for value, text in told[shown[0].name].items()]
        heads = [Column("score", matter.t("Score"), "count"), Column("values", labels.label(shown[0].input, matter.book.lang))]
    else:
        values = sorted({value for one in told.values() for value in one}, reverse=True)
        rows = [
            {"axis": view.axis(score.name), **{str(value): told[score.name].get(value, numbers.MISSING) for value in values}}
            for score in shown
        ]
        heads = [Column("axis", matter.t("Axis")), *(Column(str(value), matter.t("Score {n}", n=value)) for value in values)]
    frame = pd.DataFrame(rows)
    facts = tuple(f"cut.{score.name}.{place + 1}" for score in shown for place in range(len(score.cuts)))
    return matter.table(frame, heads, matter.t("Cut points, best first: where a score changes"), facts=facts)


def _meanings(matter: Matter) -> Table:
    """Class, rule and meaning."""
    view = matter.view
    rows = [{"segment": view.label(key), "rule": rules.rule_text(view, key), "meaning": view.meaning(key)} for key in matter.keys]
    frame = pd.DataFrame(rows, columns=["segment", "rule", "meaning"])
    heads = [column(matter, "segment", "text"), Column("rule", matter.t("Rule")), Column("meaning", matter.t("Meaning"))]
    heads = [head for head in heads if head.key != "rule" or frame["rule"].any()]
    return matter.table(frame, heads, matter.t("What the classes mean"), marks=matter.colours(matter.keys))


def _truth(matter: Matter) -> Table | None:
    """Which scores lead to which class: two axes as a grid, more as a list."""
    view, frame = matter.view, matter.view.result.details.get("truth_table")
    if frame is None or frame.empty:
        return None
    axes = [name for name in frame.columns if name != "segment"]
    caption = matter.t("Truth table: which scores lead to which class")
    named = frame.assign(segment=[view.label(key) for key in frame["segment"]])
    marks = matter.colours(list(dict.fromkeys(frame["segment"])))
    if len(axes) != 2:
        heads = [column(matter, "segment", "text"), *(Column(name, view.axis(name), "count") for name in axes)]
        return matter.table(named[["segment", *axes]], heads, caption, marks=marks)
    across, down = axes
    wide = named.pivot(index=down, columns=across, values="segment").sort_index(ascending=False)
    wide = wide[sorted(wide.columns, reverse=True)]
    table = pd.DataFrame({"": [f"{view.axis(down)} {value}" for value in wide.index]})
    for value in wide.columns:
        table[str(value)] = wide[value].to_numpy()
    heads = [Column("", f"{view.axis(down)} \\ {view.axis(across)}"), *(Column(str(v), f"{view.axis(across)} {v}") for v in wide.columns)]
    return matter.table(table, heads, caption, marks=marks)


SIZES = (
    ("customers", "count"),
    ("customers_share", "share"),
    ("spend", "money"),
    ("spend_share", "share"),
    ("mean_spend", "money_each"),
    ("order_rate", "number"),
    ("order_value", "money_each"),
    ("median_days", "days"),
)


def sizes(matter: Matter) -> Part:
    """Size times value: one row a class, those outside and the sum; then the method's first chart."""
    view, book = matter.view, matter.book
    names = [(view.label(key), f"class.{key}", "") for key in matter.keys]
    names += [(view.label(key), f"class.{key}", "outside") for key in matter.outside_keys]
    names.append((matter.t("All known customers"), "all", "total"))
    figures = [(figure, kind) for figure, kind in SIZES if f"all.{figure}" in book.facts]
    rows = [{"segment": name, **{figure: book.facts[f"{fact}.{figure}"].value for figure, _ in figures}} for name, fact, _ in names]
    heads = {
        "order_rate": matter.t("Orders per customer"),
        "order_value": matter.t("Sales per order"),
        "median_days": matter.t("Days since last order (median)"),
    }
    columns = [column(matter, "segment", "text"), *(column(matter, f, k, heads.get(f, "")) for f, k in figures)]  # type: ignore[arg-type]
    frame = pd.DataFrame(rows)
    for figure, _ in figures:
        frame[figure] = frame[figure].astype(float)
    table = matter.table(
        frame,
        columns,
        matter.t("Size and value of the classes (n = {n})", n=book.shown("all.customers")),
        marks=matter.colours([*matter.keys, *matter.outside_keys]),
        rows=tuple(kind for _, _, kind in names),
        facts=tuple(f"{fact}.{figure}" for _, fact, _ in names for figure, _ in figures),
    )
    return matter.part("sizes", matter.t("Size and value"), _reading(matter), table, *_pictures(matter))


def _reading(matter: Matter) -> Text | None:
    """One sentence that reads the table: the spread between the best and the least class."""
    if not matter.view.has_money or len(matter.keys) < 2:
        return None
    ranked = sorted(matter.keys, key=lambda key: -matter.book.value(f"class.{key}.mean_spend"))
    best, least = ranked[0], ranked[-1]
    return matter.say(
        "A customer of the class {best} brings {most} in the window, one of the class {least} {few}.",
        best=matter.view.label(best),
        most=f"class.{best}.mean_spend",
        least=matter.view.label(least),
        few=f"class.{least}.mean_spend",
    )


def _pictures(matter: Matter) -> list:
    from seglib import methods

    kinds = [kind for kind in methods.get(matter.view.result.method).CHARTS if kind != "class_bars"]
    if matter.view.failed_gates() or matter.depth == "brief":
        return []
    return [charts.picture(matter, kind) for kind in kinds[:1]]


def cards(matter: Matter) -> Part:
    """A card a class, every item in the same place."""
    made = [card(matter, key) for key in matter.keys]
    return matter.part("cards", matter.t("The classes one by one"), *made)


def card(matter: Matter, key: str) -> Card:
    """Everything about one class."""
    view, name = matter.view, f"class.{key}"
    figures = [(matter.t("Customers"), matter.say("{n} ({share})", n=f"{name}.customers", share=f"{name}.customers_share"))]
    if view.has_money:
        figures += [
            (matter.t("Sales"), matter.say("{money} ({share})", money=f"{name}.spend", share=f"{name}.spend_share")),
            (matter.t("Per customer"), matter.say("{each} (all {all})", each=f"{name}.mean_spend", all="inside.mean_spend")),
        ]
    moved = matter.moved(key)
    if moved:
        figures.append((matter.t("{days} before → now", days=matter.book.shown("move.days")), moved))
    lines = [(matter.t("Who"), text) for text in [_who(matter, key)] if text]
    why = rules.plain_rule(view, key) or matter.t("by the features of the class, see the method's page")
    lines.append((matter.t("Why here"), Text(why)))
    if matter.book.knows(f"{name}.goods"):
        stands_out = matter.say("{goods} (index {index})", goods=f"{name}.goods", index=f"{name}.goods_index")
        lines.append((matter.t("Buys more than others"), stands_out))
    lines += [(matter.t("From and to"), text) for text in [matter.flow(key)] if text]
    play = matter.play(key)
    lines += [
        (matter.t("Do"), _sentence(play.do)),
        (matter.t("Do not"), _sentence(play.dont)),
        (matter.t("Owner and channel"), _sentence(matter.t("{owner}; {channel}", owner=play.owner, channel=play.channel))),
        (matter.t("Measure"), _sentence(play.kpi)),
        (matter.t("Stop when"), _sentence(play.stop)),
    ]
    edge = _edge(matter, key)
    lines += [(matter.t("On the line"), edge)] if edge else []
    return Card(key, view.label(key), view.meaning(key), view.colour(key), tuple(figures), tuple(lines), play.flag)


def _sentence(text: str) -> Text:
    """A text of the playbook as it stands alone: its first letter large."""
    return Text(text[:1].upper() + text[1:])


def _who(matter: Matter, key: str) -> Text | None:
    """What a usual member looks like beside all who are classified."""
    name, book = f"class.{key}", matter.book
    if not book.knows(f"{name}.median_days", f"{name}.median_orders", "inside.median_days"):
        return None
    text = book.say(
        "In the median the last order lies {days} before the cut-off day (all: {all_days}), orders in the window: {orders} "
        "(all: {all_orders}).",
        days=f"{name}.median_days",
        all_days="inside.median_days",
        orders=f"{name}.median_orders",
        all_orders="inside.median_orders",
    )
    if not book.knows(f"{name}.order_value"):
        return text
    order = book.say("An order is worth {value} (all: {all}).", value=f"{name}.order_value", all="inside.order_value")
    return book.joined(text, order)


def _edge(matter: Matter, key: str) -> Text | None:
    fact = f"near.{key}.customers"
    if not matter.book.knows(fact):
        return None
    return matter.say(
        "{n} customers stand within {limit} of a cut; a small change moves them to another class.", n=fact, limit="near.limit"
    )
