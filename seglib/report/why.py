"""Why a customer is in a class, in words: one sentence for every list that leaves the house, and the whole story of one customer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seglib.report import labels, numbers
from seglib.report.sentences import Narrative, view_of
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

    from seglib.review.explain import Change, Explanation, Lack, Weight
    from seglib.review.paths import Condition
    from seglib.segmentation import Segmentation


def reason(result: Segmentation, customers: pd.DataFrame, customer_id: str, *, lang: str = "en", currency: str = "") -> str:
    """Why one customer is in his class, in one sentence.

    Args:
        result: A classification.
        customers: The customer table it was made on.
        customer_id: The firm's own id of the customer.
        lang: "en" or "zh".
        currency: ISO code of the money; by default what the customer table says.

    Raises:
        DataError: There is no such customer.
    """
    from seglib.review.explain import _row

    row = _row(customers, customer_id)
    return str(sentences(view_of(result, lang, customers=row, currency=currency)).iloc[0])


def explain(
    result: Segmentation,
    customers: pd.DataFrame,
    customer_id: str,
    *,
    client: Any = None,
    lang: str = "en",
    currency: str = "",
    draws: int = 200,
) -> Narrative:
    """Why one customer is in his class, and what would change that, in a few sentences; see ``seglib.review.explain``.

    Args:
        result: A classification.
        customers: The customer table it was made on.
        customer_id: The firm's own id of the customer.
        client: The open client; with it one more order and silence are computed from the customer's own lines.
        lang: "en" or "zh".
        currency: ISO code of the money; by default what the client or the customer table says.
        draws: Draws behind the flip rate, which needs the client; 0 for none.

    Raises:
        DataError: There is no such customer.
    """
    from seglib import review
    from seglib.report.page import _currency, _labels
    from seglib.review.explain import _row

    view = view_of(result, lang, customers=_row(customers, customer_id), currency=currency or _currency(client))
    view = View(result, view.customers, lang, view.currency, _labels(client).get(result.method, {}))
    return Narrative("\n".join(story(view, review.explain(result, customers, customer_id, client=client, draws=draws))))


def sentences(view: View) -> pd.Series:
    """One sentence a customer of the view's table, in its order: the way through the rules, and what is lacking for the next class."""
    import pandas as pd

    from seglib.review.explain import reasons

    facts = reasons(view.result, view.customers)
    told = [_sentence(view, row, place) for place, row in enumerate(facts.to_dict("records"))]
    return pd.Series(told, index=view.customers.index, name="reason", dtype="str")


def _sentence(view: View, row: Mapping[str, Any], place: int) -> str:
    label = view.label(row["segment"])
    if row["weights"]:
        return view.t("{label}: {reason}", label=label, reason=_features(view, row["runner_up"], row["weights"]))
    told = conditions(view, row["conditions"], row["values"], place, outside=row["outside"])
    joint = "，" if view.lang == "zh" else ", "
    if row["outside"]:
        meaning = view.meaning(row["segment"]).rstrip("。.")
        figures = view.t(" ({figures})", figures=joint.join(told)) if told else ""
        return view.t("{label}: {reason}", label=label, reason=meaning + figures)
    way = joint.join(told) or view.t("every customer that can be classified is in this class")
    lack = lacking(view, row["next_class"], row["lacks"], purchase=row["purchase"])
    return view.t("{label}: {reason}", label=label, reason=way + (view.t("; {lacking}", lacking=lack) if lack else ""))


def conditions(
    view: View, found: tuple[Condition, ...], values: Mapping[str, float], place: int = 0, *, outside: bool = False
) -> list[str]:
    """Every condition as "Sales USD 1,905 ≥ USD 1,861"; several on one input as one."""
    scheme = view.result.scheme
    texts = {f.name: f.inputs[0] for f in getattr(scheme, "formulas", ()) if f.table}
    told: dict[str, str] = {}
    for one in _merged(found):
        value = values.get(one.input, math.nan)
        if one.input in texts and texts[one.input] in view.customers.columns and one.kind != "missing":
            text = str(view.customers[texts[one.input]].iloc[place])
            told[one.input] = view.t("{what}: {value}", what=labels.label(texts[one.input], view.lang), value=text)
        elif not _empty(view, one, value, outside=outside):
            told[f"{one.input}{one.closed}{one.kind}"] = _condition(view, one, value)
    return list(told.values())


def _empty(view: View, one: Condition, value: float, *, outside: bool) -> bool:
    """Would a condition only repeat what the class's meaning says? Yes or no, nothing on record, or no bound at all."""
    flag = one.input in view.customers.columns and view.customers[one.input].dtype == bool
    return flag or (outside and (one.kind == "missing" or value == 0)) or (outside and one.low is None and one.high is None)


def _merged(found: tuple[Condition, ...]) -> list[Condition]:
    """Conditions on one input and one side of its cuts as one: the higher of the lower bounds, the lower of the upper."""
    from dataclasses import replace

    kept: dict[tuple[str, str, str], Condition] = {}
    for one in found:
        key = (one.input, one.closed, one.kind)
        if key not in kept:
            kept[key] = one
            continue
        lows = [bound for bound in (kept[key].low, one.low) if bound is not None]
        highs = [bound for bound in (kept[key].high, one.high) if bound is not None]
        kept[key] = replace(one, low=max(lows) if lows else None, high=min(highs) if highs else None)
    bounded = {key[0] for key, one in kept.items() if one.low is not None or one.high is not None or one.kind != "between"}
    return [
        one for one in kept.values() if one.low is not None or one.high is not None or one.kind != "between" or one.input not in bounded
    ]


def _named(view: View, column: str) -> str:
    """A column as a reader knows it: its label, else the name of the score that reads it."""
    if column not in labels.LABELS:
        for score in view.result.scheme.scores:
            if score.input == column and not score.hidden and view.axis(score.name) != score.name:
                return view.axis(score.name)
    return labels.label(column, view.lang)


def _condition(view: View, one: Condition, value: float) -> str:
    what = _named(view, one.input)
    if one.kind == "missing":
        return view.t("{what}: not known", what=what)
    if one.kind == "once":
        return view.t("{what}: exactly one order", what=labels.label("orders", view.lang))
    bounds = [bound for bound in (one.low, one.high) if bound is not None]
    shown, *cuts = figures(view, one.input, value, bounds)
    left = one.closed == "left"
    above, below = ("≥", "<") if left else (">", "≤")
    text = f"{what} {shown}"
    if one.low is not None and one.high is not None:
        return f"{cuts[0]} {'≤' if left else '<'} {text} {below} {cuts[1]}"
    if one.low is not None:
        return f"{text} {above} {cuts[0]}"
    return f"{text} {below} {cuts[0]}" if one.high is not None else text


def figures(view: View, column: str, value: float, others: list[float]) -> list[str]:
    """A value and what it is compared with, exact enough to be told apart where they differ."""
    short = [_figure(view, column, each, exact=False) for each in (value, *others)]
    clash = any(text == short[0] and other != value for text, other in zip(short[1:], others, strict=True))
    return [_figure(view, column, each, exact=True) for each in (value, *others)] if clash else short


def _figure(view: View, column: str, value: float, *, exact: bool) -> str:
    """A value beside the name of its column: money to the cent with its unit, all else as people write it; ``exact`` with all digits."""
    kind = numbers.kind(column)
    if exact:
        number = f"{value:,.12g}".replace("-", "−")
    elif kind.startswith("money"):
        number = f"{value:,.2f}".removesuffix(".00").replace("-", "−")
    else:
        return numbers.share(value) if kind == "share" else numbers.plain(value)
    if not kind.startswith("money"):
        return number
    unit = numbers.currency_name(view.currency, view.lang)
    return f"{number} {unit}".strip() if view.lang == "zh" else f"{unit} {number}".strip()


def lacking(view: View, segment: str, lacks: tuple[Lack, ...], *, purchase: bool) -> str:
    """What is lacking for another class; "" where there is none. Days are never lacking: a silence ends with a purchase alone."""
    if not segment:
        return ""
    parts = [_lack(view, one) for one in lacks]
    parts += [view.t("a new purchase")] if purchase else []
    joint = "、" if view.lang == "zh" else " and "
    values = {"label": view.label(segment), "parts": joint.join(parts)}
    return (
        view.t("lacking for {label}: {parts}", **values)
        if view.result.ordered
        else view.t("nearest other class {label}: {parts}", **values)
    )


def _lack(view: View, one: Lack) -> str:
    what, kind = _named(view, one.input), numbers.kind(one.input)
    gap, target = one.gap, _figure(view, one.input, one.target, exact=False)
    if kind.startswith("money"):
        shown = _figure(view, one.input, math.ceil(round(gap * 100, 6)) / 100 or 0.01, exact=False)
    elif kind == "share":
        shown = view.t("{n} points", n=numbers.plain(100 * gap))
    else:
        shown = labels.quantity(one.input, gap, view.lang, view.currency)
    if one.at:
        return view.t("{gap} more ({what} from {target})", gap=shown, what=what, target=target)
    return view.t("{gap} more ({what} above {target})", gap=shown, what=what, target=target)


def _features(view: View, runner_up: str, weights: tuple[Weight, ...]) -> str:
    """The features that speak most for the class, each with its share of all that speaks for it."""
    for_it = [one for one in weights if one.weight > 0]
    total = sum(one.weight for one in for_it) or 1.0
    named = [one for one in for_it if one.input][:3]
    joint = "、" if view.lang == "zh" else ", "
    told = [
        view.t(
            "{what} {value} ({share} of what speaks for it)",
            what=_named(view, one.input),
            value=_figure(view, one.input, one.value, exact=False),
            share=numbers.share(one.weight / total),
        )
        for one in named
    ]
    near = view.t("nearer than {label}", label=view.label(runner_up))
    return near + (view.t("; decided by {features}", features=joint.join(told)) if told else "")


def story(view: View, told: Explanation) -> list[str]:
    """The whole explanation, a sentence a line.

    Args:
        view: The result, with the one row of this customer as its table.
        told: The facts.
    """
    row = {name: getattr(told, name) for name in ("segment", "outside", "conditions", "values", "next_class", "lacks", "purchase")}
    row |= {"runner_up": told.runner_up, "weights": told.weights}
    return [_sentence(view, row, 0) + ("。" if view.lang == "zh" else "."), _one_more(view, told), _silence(view, told), _flips(view, told)]


def _columns(view: View, names: tuple[str, ...]) -> str:
    return view.listed([_named(view, name) for name in names])


def _one_more(view: View, told: Explanation) -> str:
    change = told.one_more
    if change is None:
        return view.t("One more order today: there is no usual order of this customer in the window to try it with.")
    amount = _figure(view, "median_order_value", change.amount, exact=False)
    if not change.segment:
        return view.t(
            "One more usual order today ({amount}): what it would change cannot be said, as it depends on {columns}.",
            amount=amount,
            columns=_columns(view, change.unknown),
        )
    if change.segment == told.segment:
        return view.t("One more usual order today ({amount}) would not change the class.", amount=amount)
    return view.t("One more usual order today ({amount}) would lead to {label}.", amount=amount, label=view.label(change.segment))


def _silence(view: View, told: Explanation) -> str:
    if told.ageing_unknown:
        return view.t(
            "When silence would change the class cannot be said, as it depends on {columns}.", columns=_columns(view, told.ageing_unknown)
        )
    change = told.silence
    if change is None:
        return view.t("Silence alone would not change the class within {days} days.", days=told.horizon)
    values = {"label": view.label(change.segment), "days": numbers.days(change.days, view.lang), "day": change.day}
    text = view.t("Silent until {day}: {label} (in {days}).", **values) if change.day else view.t("Silent for {days}: {label}.", **values)
    return text if change.exact else text + _held(view, change)


def _held(view: View, change: Change) -> str:
    """What the answer leaves out where only the table was at hand."""
    return (" " if view.lang == "en" else "") + view.t("Orders that leave the window meanwhile are not looked at here.")


def _flips(view: View, told: Explanation) -> str:
    if told.flip_rate is None:
        return view.t("How often chance alone would change the class was not computed here.")
    return view.t(
        "Drawn again from the customer's own orders, the class would be another one {share} of the time.",
        share=numbers.share(told.flip_rate),
    )
