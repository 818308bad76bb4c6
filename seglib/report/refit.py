"""`report --refit`: the lines as they were signed beside the lines drawn anew, and who changes class because of that alone."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.learned import LearnedScheme
from seglib.methods._signed import settled
from seglib.report import html, numbers, rules, signing
from seglib.report.shown import Shown
from seglib.report.table import swatch, table
from seglib.report.view import View
from seglib.segmentation import load_scheme

if TYPE_CHECKING:
    from seglib.report.manifest import Manifest
    from seglib.report.plan import Plan
    from seglib.review.migration import Migration
    from seglib.segmentation import Segmentation

NAME = "refit"


def page(plan: Plan, record: Manifest, lang: str, **frame: Any) -> str:
    """The page in one language.

    Args:
        plan: The run, drawn anew.
        record: The run's manifest: which pages came out.
        lang: Language of the page.
        **frame: What the layout needs.
    """
    parts = [part for name in plan.methods if name in plan.signed and (part := section(plan, record, name, lang))]
    title = _t(lang, "The lines drawn anew beside the signed ones")
    told = _t(
        lang,
        "The signed definitions stay in force until the new ones are signed. The money is that of the same window under either "
        "definition; what moves are the lines alone, not the customers.",
    )
    body = f"<h1>{escaping.escape(title)}</h1><p>{escaping.escape(told)}</p>" + "".join(parts)
    return html.render("page.html.j2", lang, title=title, body=body, **frame)


def _t(lang: str, message: str, **values: object) -> str:
    from seglib.language import translate

    return translate(message, lang, **values)


def section(made: Plan, record: Manifest, method: str, lang: str) -> str:
    """One method: both definitions in a line each, their cuts side by side, and who moves; "" where the page did not come out."""
    path = record.folder / lang / "tables" / method / "scheme.json"
    if not path.is_file():
        return ""
    scheme, signed = load_scheme(path), made.signed[method]
    inputs = (*scheme.inputs, *signed.inputs)
    customers = made.project.client.customers(as_of=made.as_of, window_days=made.window_days, also=inputs)
    new = settled(scheme, customers)
    view = View(new, customers, lang, made.project.currency, made.project.own_labels(method))
    head = f"<h2>{escaping.escape(view.words.text('title', lang))}</h2>"
    lines = [signing.line(signed, lang), signing.line(scheme, lang)]
    if signed.hash == scheme.hash:
        lines.append(view.t("Drawn anew, the lines are the same as those signed."))
        return head + _paragraphs(lines)
    if signed.window_days != scheme.window_days:
        lines.append(
            view.t(
                "They stand on different windows ({signed} and {anew} days), so that they cannot be compared.",
                signed=signed.window_days,
                anew=scheme.window_days,
            )
        )
        return head + _paragraphs(lines)
    old = View(settled(signed, customers), customers, lang, view.currency, view.own_labels)
    moved = _moved(new, old.result, customers)
    return head + _paragraphs([*lines, _sentence(view, moved)]) + cuts(old, view).html + moves(view, moved).html


def _paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{escaping.escape(line)}</p>" for line in lines)


def _moved(new: Segmentation, old: Segmentation, customers: pd.DataFrame) -> Migration:
    from seglib.review.migration import moved_from

    return moved_from(new, old, customers=customers)


def _sentence(view: View, moved: Migration) -> str:
    """How many customers, and how much money, change class."""
    rows, everyone = _changed(moved), moved.moves
    customers, money = int(rows["customers"].sum()), float(rows["money_after"].sum())
    total = float(everyone["money_after"].sum())
    values = {"n": numbers.count(customers), "share": numbers.share(customers / max(int(everyone["customers"].sum()), 1))}
    if not view.has_money or not total:
        return view.t("{n} customers ({share}) would change class.", **values)
    return view.t(
        "{n} customers ({share}) would change class, and with them {money} ({sales} of sales).",
        money=view.money(money),
        sales=numbers.share(money / total),
        **values,
    )


def _changed(moved: Migration) -> pd.DataFrame:
    rows = moved.moves
    return rows[(rows["before"] != rows["after"]) & (rows["customers"] > 0)]


def cuts(old: View, new: View) -> Shown:
    """Every score's intervals under either definition, best first; nothing for learned ones, whose centres are no lines."""
    if isinstance(old.result.scheme, LearnedScheme) or isinstance(new.result.scheme, LearnedScheme):
        return Shown("", "")
    was, now = _intervals(old), _intervals(new)
    keys = list(dict.fromkeys([*now, *was]))
    rows = [[axis, str(value), was.get((axis, value), numbers.MISSING), now.get((axis, value), numbers.MISSING)] for axis, value in keys]
    names = [new.t("Axis"), new.t("Score"), new.t("Signed"), new.t("Drawn anew")]
    frame = pd.DataFrame(rows, columns=names)
    caption = new.t("Cut points as signed and drawn anew")
    return table(
        frame, lang=new.lang, currency=new.currency, caption=caption, heads=dict(zip(names, names, strict=True)),
        kinds=dict.fromkeys(names, "text"),
    )  # fmt: skip


def _intervals(view: View) -> dict[tuple[str, int], str]:
    shown = [score for score in view.result.scheme.scores if not score.hidden]
    return {(rules.axis_head(view, score), value): text for score in shown for value, text in rules.intervals(view, score)}


def moves(view: View, moved: Migration) -> Shown:
    """From which class to which, how many customers and how much of the window's money, most money first."""
    rows = _changed(moved)
    if rows.empty:
        return Shown("", "")
    frame = pd.DataFrame(
        {
            "before": rows["before"],
            "after": rows["after"],
            "customers": rows["customers"].astype(int),
            "spend": rows["money_after"].astype(float),
        }
    ).sort_values(["spend", "customers"], ascending=False, kind="stable", ignore_index=True)
    named = dict.fromkeys(("before", "after"), lambda key: swatch(view.colour(key), view.label(key)))
    return table(
        frame if view.has_money else frame.drop(columns="spend"),
        lang=view.lang,
        currency=view.currency,
        caption=view.t("Who changes class because of the lines alone"),
        heads={"before": view.t("Class as signed"), "after": view.t("Class drawn anew")},
        kinds={"before": "text", "after": "text"},
        markup=named,
    )
