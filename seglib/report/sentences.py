"""Sentences computed from a result's tables and its method's words; no number is typed."""

from __future__ import annotations

import html as escaping
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seglib.language import marked
from seglib.report import numbers
from seglib.report.facts import facts, share_of
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation


BASES = {"customers": "{share}", "buyers": marked("{share} of the buyers"), "known": marked("{share} of all known customers")}


class Narrative(str):
    """Sentences, one a line, that show themselves as a box in a notebook and on a page."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escaping.escape(line)}</p>" for line in self.splitlines())
        return f'<div class="bottom-line">{lines}</div>'


def narrative(result: Segmentation, lang: str = "en", *, customers: pd.DataFrame | None = None, currency: str = "") -> Narrative:
    """What a result says, in three or four sentences.

    Args:
        result: A classification.
        lang: "en" or "zh".
        customers: The table it was made on; without it, only what the profile knows is said.
        currency: ISO code of the money; by default what the customer table says.
    """
    return of_view(view_of(result, lang, customers=customers, currency=currency))


def view_of(result: Segmentation, lang: str, *, customers: pd.DataFrame | None = None, currency: str = "") -> View:
    """A view of a result; without the customer table it knows the ids alone."""
    from seglib.segmentation import facts_of

    table = result.assignments[["customer_id"]] if customers is None else customers
    return View(result, table, lang, currency or facts_of(table).currency)


def of_view(view: View) -> Narrative:
    """The sentences of a view."""
    failed = view.failed_gates()
    told = facts(view) if {"spend", "orders"} <= set(view.customers.columns) else profile_facts(view)
    lines = [view.t("Do not decide anything with these classes yet: {reason}", reason=failed[0])] if failed else []
    lines += _lead(view)
    worth = [] if failed and len(view.inside) < 2 else [headline(view, told), contrast(view, told)]
    lines += [line for line in (*worth, left_out(view)) if line]
    return Narrative("\n".join(lines))


def _lead(view: View) -> list[str]:
    """Remarks that the method's words file wants said first of all: are there segments at all?"""
    first = view.words.content.get("lead", ())
    keys = view.result.details["warnings"]["warning"]
    return [sentence for key, sentence in zip(keys, view.warnings(), strict=True) if key in first]


def profile_facts(view: View) -> dict[str, Any]:
    """The facts that the profile alone carries."""
    if not view.has_money or view.inside.empty:
        return {}
    row = view.inside.iloc[0] if view.result.ordered else view.inside.loc[view.inside["spend"].idxmax()]
    names = ("segment", "customers", "customers_share", "spend", "spend_share")
    return {"top": {name: row[name] for name in names}}


def headline(view: View, told: Mapping[str, Any]) -> str:
    """The first sentence: the class that carries the sales."""
    if "top" not in told:
        return "" if view.inside.empty else _without_money(view)
    top = told["top"]
    if len(view.inside) == 1:
        return view.t("All {n} customers are in one class: {label}.", n=numbers.count(top["customers"]), label=view.label(top["segment"]))
    values = {
        "label": view.label(top["segment"]),
        "n": numbers.count(top["customers"]),
        "customers": _share(view, top["segment"]),
        "sales": numbers.share(top["spend_share"]),
        "money": view.money(top["spend"]),
    }
    return view.t("{label}: {n} customers ({customers}) bring {sales} of sales, {money}.", **values)


def _share(view: View, segment: str) -> str:
    """Share of a class in the customers, with its base where some known customers bought nothing."""
    base, share = share_of(view, segment)
    return view.t(BASES[base], share=numbers.share(share))


def _without_money(view: View) -> str:
    row = view.inside.loc[view.inside["customers"].idxmax()]
    return view.t(
        "The largest class is {label}: {n} customers ({customers}).",
        label=view.label(row["segment"]),
        n=numbers.count(row["customers"]),
        customers=numbers.share(row["customers_share"]),
    )


def contrast(view: View, told: Mapping[str, Any]) -> str:
    """The second sentence: money that is sliding, or the class at the other end."""
    if "sliding" in told:
        sliding = told["sliding"]
        return view.t(
            "Slipping away: {n} customers ({labels}) who spent {money} in the window, {sales} of sales.",
            n=numbers.count(sliding["customers"]),
            labels=view.listed([view.label(key) for key in sliding["segments"]]),
            money=view.money(sliding["spend"]),
            sales=numbers.share(sliding["spend_share"]),
        )
    if not view.result.ordered or len(view.inside) < 2 or not view.has_money:
        return ""
    last = view.inside.iloc[-1]
    return view.t(
        "At the other end, {label}: {n} customers ({customers}) bring {sales}.",
        label=view.label(last["segment"]),
        n=numbers.count(last["customers"]),
        customers=_share(view, last["segment"]),
        sales=numbers.share(last["spend_share"]),
    )


def left_out(view: View) -> str:
    """The last sentence: who could not be classified, and why."""
    outside = view.outside
    if outside.empty:
        n = int(view.inside["customers"].sum())
        return view.t("Every one of the {n} known customers is in a class.", n=numbers.count(n))
    parts = [
        view.t("{label} {n}", label=view.label(row["segment"]), n=numbers.count(row["customers"])) for row in outside.to_dict("records")
    ]
    return view.t("{n} customers could not be classified: {parts}.", n=numbers.count(outside["customers"].sum()), parts=view.listed(parts))
