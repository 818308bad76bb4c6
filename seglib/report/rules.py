"""Cuts, rules and tier rules in words: what decides a class, as a reader without mathematics would say it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from seglib.report import labels, numbers
from seglib.report.shown import Shown
from seglib.report.table import swatch, table

if TYPE_CHECKING:
    from seglib.report.view import View
    from seglib.scheme import Rule, Score

FEW_RULES = 3  # a class with more rules than this is told by the number of its cells


def interval(view: View, score: Score, place: int) -> str:
    """The values of a score's interval, lowest first: "at most 3 days", "more than 3, up to 8 days", "USD 1,861 or more"."""
    low = score.cuts[place - 1] if place > 0 else None
    high = score.cuts[place] if place < len(score.cuts) else None
    to = {
        "a": view.quantity(score.input, low) if low is not None else "",
        "b": view.quantity(score.input, high) if high is not None else "",
    }
    if low is None and high is None:
        return view.t("any value")
    left = score.closed == "left"
    if low is None:
        return view.t("less than {b}", **to) if left else view.t("at most {b}", **to)
    if high is None:
        return view.t("{a} or more", **to) if left else view.t("more than {a}", **to)
    return view.t("{a} to less than {b}", **to) if left else view.t("more than {a}, up to {b}", **to)


def cut_table(view: View) -> Shown:
    """Every shown score with its intervals in words, best first; nothing where features decide, not scores."""
    shown = [score for score in view.result.scheme.scores if not score.hidden]
    if not shown:
        return Shown("", "")
    named = _classes_of(view, shown[0]) if len(shown) == 1 else {}
    reached = {score.name: _reached(view, score) for score in shown}
    caption = view.t("Cut points, best first: where a score changes")
    if len(shown) == 1:
        head = labels.label(shown[0].input, view.lang)
        rows = [[named.get(value) or str(value), text] for value, text in intervals(view, shown[0]) if value in reached[shown[0].name]]
        frame = pd.DataFrame(rows, columns=[view.t("Class") if named else view.t("Score"), head])
    else:
        values = sorted({value for score in shown for value in reached[score.name]}, reverse=True)
        rows = [
            [axis_head(view, score), *(dict(intervals(view, score)).get(value, numbers.MISSING) for value in values)] for score in shown
        ]
        frame = pd.DataFrame(rows, columns=[view.t("Axis"), *(view.t("Score {n}", n=value) for value in values)])
    heads = {name: name for name in frame.columns}
    return table(frame, lang=view.lang, currency=view.currency, caption=caption, heads=heads, kinds=dict.fromkeys(heads, "text"))


def _reached(view: View, score: Score) -> set[int]:
    """The scores that somebody has; all of them where nobody has any, as on an empty table."""
    given = view.result.assignments.get(score.name)
    found = set() if given is None else {int(value) for value in given.dropna().unique()}
    return found & {*score.values()} or {*score.values()}


def axis_head(view: View, score: Score) -> str:
    """A score's name with what it reads, where the two differ."""
    axis, reads = view.axis(score.name), labels.label(score.input, view.lang)
    if axis == reads:
        return axis
    return f"{axis}（{reads}）" if view.lang == "zh" else f"{axis} ({reads})"


def intervals(view: View, score: Score) -> list[tuple[int, str]]:
    """Scores, best first, with the values that lead to them."""
    places = sorted(range(len(score.scores)), key=lambda place: -score.scores[place])
    lines = [(score.scores[place], interval(view, score, place)) for place in places]
    if score.own:
        lines = [(value, text) for value, text in lines if value != 1] + [(1, view.t("exactly one order"))]
    return lines


def decides(view: View) -> set[str]:
    """Names of the scores that a class depends on; a score that every rule takes at any value decides nothing."""
    scores = {score.name: score for score in getattr(view.result.scheme, "scores", ())}
    named = [(name, allowed) for rule in getattr(view.result.scheme, "rules", ()) for name, allowed in rule.when.items() if name in scores]
    return {name for name, allowed in named if not set(scores[name].values()) <= set(allowed)}


def _classes_of(view: View, score: Score) -> dict[int, str]:
    """Score -> class name, where this score alone decides the class."""
    rules = [rule for rule in view.result.scheme.rules if rule.segment in view.result.scheme.classes]
    if any(set(rule.when) != {score.name} for rule in rules):
        return {}
    return {value: view.label(rule.segment) for rule in rules for value in rule.when[score.name] if value is not None}


def rule_text(view: View, segment: str, *, most: int = FEW_RULES) -> str:
    """What leads to a class: "Recency 5, Frequency 4–5"; above ``most`` rules only how many combinations they are."""
    told = view.words.rule(segment, view.lang, view.variant(segment), **{**view.result.params, **view.result.fit})
    if told:
        return told
    rules = [rule for rule in view.result.scheme.rules if rule.segment == segment]
    shown = [score for score in view.result.scheme.scores if not score.hidden]
    if len(shown) == 1 and rules:
        values = {value for rule in rules for value in rule.when.get(shown[0].name, ())}
        return view.t(" or ").join(text for value, text in intervals(view, shown[0]) if value in values)
    if not rules:
        return view.t("all others") if segment == view.result.scheme.otherwise else ""
    if len(rules) > most:
        cells = sum(_cells(rule) for rule in rules)
        return view.t("{n} combinations, see the truth table", n=cells)
    return view.t(" or ").join(_conditions(view, rule) for rule in rules)


def _cells(rule: Rule) -> int:
    count = 1
    for values in rule.when.values():
        count *= len(values)
    return count


def _conditions(view: View, rule: Rule) -> str:
    return view.listed([f"{view.axis(name)} {_span(values)}" for name, values in rule.when.items()])


def _span(values: tuple[int | None, ...]) -> str:
    """Scores as ranges: 1–2, 5."""
    runs: list[list[int]] = []
    for value in sorted(value for value in values if value is not None):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def plain_rule(view: View, segment: str) -> str:
    """What leads to a class, in values of its columns: "Recency: at most 1 day; Frequency: more than 55 orders"."""
    told = view.words.rule(segment, view.lang, view.variant(segment), **{**view.result.params, **view.result.fit})
    scheme = view.result.scheme
    named = [rule for rule in getattr(scheme, "rules", ()) if rule.segment == segment]
    shown = {score.name: score for score in getattr(scheme, "scores", ()) if not score.hidden}
    if told or not 0 < len(named) <= FEW_RULES or any(set(rule.when) - set(shown) for rule in named):
        return told or rule_text(view, segment)
    gap = "；" if view.lang == "zh" else "; "
    told_by = [[(view.axis(name), _stretch(view, shown[name], values)) for name, values in rule.when.items()] for rule in named]
    return view.t(" or ").join(gap.join(view.t("{axis}: {values}", axis=axis, values=text) for axis, text in parts) for parts in told_by)


def _stretch(view: View, score: Score, allowed: tuple[int | None, ...]) -> str:
    """The values that lead to one of several scores, neighbouring intervals as one."""
    places = [place for place, value in enumerate(score.scores) if value in allowed]
    if score.own or not places or places != list(range(places[0], places[-1] + 1)):
        found = dict(intervals(view, score))
        return view.t(" or ").join(found[value] for value in sorted(filter(None, allowed), reverse=True) if value in found)
    cuts = (*score.cuts[max(places[0] - 1, 0) : places[0]], *score.cuts[places[-1] : places[-1] + 1])
    joined = replace(score, cuts=cuts, scores=tuple(range(len(cuts) + 1)))
    return interval(view, joined, 1 if places[0] > 0 else 0)


def truth_table(view: View) -> Shown | None:
    """Every combination of scores and its class: two axes as a grid, three as grids side by side; None where the method has none."""
    frame = view.result.details.get("truth_table")
    if frame is None:
        return None
    axes = [name for name in frame.columns if name != "segment"]
    if len(axes) == 2:
        return _grid(view, frame, axes[1], axes[0], view.t("Truth table: which scores lead to which class"))
    if len(axes) == 3 and len(frame) > 8:
        shown = None
        for value in frame[axes[2]].unique():
            caption = view.t("Truth table for {axis} {value}", axis=view.axis(axes[2]), value=value)
            part = _grid(view, frame[frame[axes[2]] == value], axes[1], axes[0], caption)
            shown = part if shown is None else shown + part
        return shown
    heads = {**{name: view.axis(name) for name in axes}, "segment": view.t("Class")}
    return table(
        frame[["segment", *axes]],
        lang=view.lang,
        currency=view.currency,
        caption=view.t("Truth table: which scores lead to which class"),
        heads=heads,
        kinds=dict.fromkeys(axes, "number"),
        markup={"segment": lambda key: swatch(view.colour(key), view.label(key))},
    )


def _grid(view: View, frame: pd.DataFrame, down: str, across: str, caption: str) -> Shown:
    cells = {(row[down], row[across]): row["segment"] for row in frame.to_dict("records")}
    rows, columns = (list(dict.fromkeys(frame[name])) for name in (down, across))
    wide = pd.DataFrame(
        [[f"{view.axis(down)} {row}", *(cells[row, column] for column in columns)] for row in rows],
        columns=[down, *map(str, columns)],
    )
    heads = {down: f"{view.axis(down)} \\ {view.axis(across)}", **{str(c): f"{view.axis(across)} {c}" for c in columns}}
    marks = {str(column): (lambda key: swatch(view.colour(key), view.label(key))) for column in columns}
    return table(
        wide, lang=view.lang, currency=view.currency, caption=caption, heads=heads, kinds=dict.fromkeys(heads, "text"), markup=marks
    )


def drawn(view: View) -> list[str]:
    """How the lines were drawn, one sentence a score, for the front page."""
    lines = []
    for score in [score for score in view.result.scheme.scores if not score.hidden and score.cuts]:
        cuts = view.listed([view.quantity(score.input, cut) for cut in score.cuts])
        rule = tiers_text(view, score.tiers, reached=0 if score.own else len(score.cuts) + 1)
        lines.append(view.t("{axis}: {cuts}{rule}", axis=axis_head(view, score), cuts=cuts, rule=rule))
    return lines


HIGH_AND_LOW = 2


def tiers_text(view: View, tiers: str, *, reached: int = 0) -> str:
    """Why the cuts are where they are: "equal fifths of the customers"; ``reached`` is how many groups equal values have left of them."""
    kind, _, figures = tiers.removesuffix("+own1").partition(":")
    if not tiers:
        return ""
    told = {
        "quantile": view.t("{n} groups of customers, as equal as the values allow", n=figures),
        "share": view.t("by cumulated share of the total ({figures})", figures=figures),
        "top": view.t("shares of customers from the top ({figures}%)", figures=figures.replace(",", "/")),
        "mean": view.t("at the mean"),
        "median": view.t("at the median"),
        "fixed": view.t("fixed by hand"),
        "natural": view.t("{n} natural groups", n=figures),
        "clock": view.t("by the trade's clock: the usual and the long gap between purchases, thirds within the usual one")
        if reached > HIGH_AND_LOW
        else view.t("by the trade's clock: the usual gap between purchases"),
    }.get(kind, tiers)
    if kind == "quantile" and reached and str(reached) != figures:
        told = view.t("{n} groups of customers; {asked} were asked for, but equal values cannot be divided", n=reached, asked=figures)
    own = view.t(", exactly one order apart") if tiers.endswith("+own1") else ""
    return view.t(" — {rule}", rule=told + own)
