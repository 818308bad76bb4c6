"""Method in a box, size and value of the classes."""

from __future__ import annotations

import pandas as pd

from seglib.language import marked
from seglib.report import labels, numbers, rules, signing
from seglib.report.documents import charts
from seglib.report.documents.matter import Matter, column
from seglib.report.documents.model import Column, Part, Table, Text


def method(matter: Matter) -> Part:
    """Formula, cut points, truth table and the name of the definition."""
    view = matter.view
    blocks = [
        Text(view.words.text("how", matter.book.lang).strip()),
        _inputs(matter),
        _cuts(matter),
        _meanings(matter),
        _beside(matter),
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


def _beside(matter: Matter) -> Text | None:
    """Scores that are shown and decide no class: said, so that nobody looks for them in the rules."""
    read = rules.decides(matter.view)
    idle = [matter.view.axis(score.name) for score in getattr(matter.view.result.scheme, "scores", ()) if not score.hidden]
    idle = [name for name in idle if name not in {matter.view.axis(one) for one in read}]
    if not idle or not read:
        return None
    return Text(matter.t("Shown for comparison, deciding no class here: {axes}.", axes=matter.book.listed(idle)), style="note")


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
    ("margin", "money"),
    ("margin_share", "share"),
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
