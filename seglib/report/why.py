"""Why a customer is in a class, in words: one sentence for every list that leaves the house, and the whole story of one customer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from seglib.report import labels, numbers
from seglib.report.sentences import Narrative, view_of
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

    from seglib.review.explain import Explanation, Lack, Weight
    from seglib.review.paths import Condition
    from seglib.segmentation import Scheme, Segmentation

MOST_FEATURES = 3
#: What of an explanation its first sentence needs.
FACTS = ("segment", "outside", "conditions", "values", "next_class", "lacks", "purchase", "runner_up", "weights")


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
    return Narrative("\n".join(Teller(view).story(review.explain(result, customers, customer_id, client=client, draws=draws))))


def sentences(view: View) -> pd.Series:
    """One sentence a customer of the view's table, in its order: the way through the rules, and what is lacking for the next class."""
    return listed(view)["reason"]


def listed(view: View) -> pd.DataFrame:
    """The columns of a customer list that say why: ``reason`` as one sentence, and ``next_class`` by its name, missing where there is none.

    Rows stand as in the view's table.
    """
    import pandas as pd

    from seglib.review.explain import reasons

    teller, facts = Teller(view), reasons(view.result, view.customers).to_dict("records")
    told = [teller.sentence(row, place) for place, row in enumerate(facts)]
    after = [teller.label(row["next_class"]) if row["next_class"] else None for row in facts]
    return pd.DataFrame({"reason": told, "next_class": after}, index=view.customers.index, dtype="str")


class Teller:
    """Words for reasons in one view; what is the same for every customer is looked up once.

    Args:
        view: The result, with a table of the customers to tell of.
    """

    def __init__(self, view: View) -> None:
        self.view, self.t = view, view.t
        table = view.customers
        self.flags = {str(name) for name in table.columns if table[name].dtype == bool}
        self.texts = {name: _words_of(table, columns) for name, columns in _looked_up(view.result.scheme).items()}
        self.label, self.kind, self.named, self.merged = cache(view.label), cache(numbers.kind), cache(self._named), cache(_merged)

    def sentence(self, row: Mapping[str, Any], place: int) -> str:
        """One sentence from the facts of one customer, who stands at a place of the table."""
        label = self.label(row["segment"])
        if row["weights"]:
            return self.t("{label}: {reason}", label=label, reason=self.features(row["runner_up"], row["weights"]))
        told = self.conditions(row["conditions"], row["values"], place, outside=row["outside"])
        joint = "，" if self.view.lang == "zh" else ", "
        if row["outside"]:
            meaning = self.view.meaning(row["segment"]).rstrip("。.")
            figures = self.t(" ({figures})", figures=joint.join(told)) if told else ""
            return self.t("{label}: {reason}", label=label, reason=meaning + figures)
        by_flag = any(one.input in self.flags for one in row["conditions"])
        alone = (
            self.view.meaning(row["segment"]).rstrip("。.") if by_flag else self.t("every customer that can be classified is in this class")
        )
        way = joint.join(told) or alone
        lack = self.lacking(row["next_class"], row["lacks"], purchase=row["purchase"])
        return self.t("{label}: {reason}", label=label, reason=way + (self.t("; {lacking}", lacking=lack) if lack else ""))

    def conditions(self, found: tuple[Condition, ...], values: Mapping[str, float], place: int = 0, *, outside: bool = False) -> list[str]:
        """Every condition as "Sales USD 1,905 ≥ USD 1,861"; several on one input as one."""
        told: dict[str, str] = {}
        for one in self.merged(found):
            value = values.get(one.input, math.nan)
            if one.input in self.texts and one.kind != "missing":
                column, text = self.texts[one.input][place]
                told[one.input] = self.t("{what}: {value}", what=labels.label(column, self.view.lang), value=text)
            elif not self._empty(one, value, outside=outside):
                told[f"{one.input}{one.closed}{one.kind}"] = self._condition(one, value)
        return list(told.values())

    def _empty(self, one: Condition, value: float, *, outside: bool) -> bool:
        """Would a condition only repeat what the class's meaning says? Yes or no, nothing on record, or no bound at all."""
        bare = one.kind == "missing" or value == 0 or (one.low is None and one.high is None)
        return one.input in self.flags or (outside and bare)

    def _named(self, column: str) -> str:
        """A column as a reader knows it: its label, else the name of the score that reads it."""
        if column not in labels.LABELS:
            for score in self.view.result.scheme.scores:
                if score.input == column and not score.hidden and self.view.axis(score.name) != score.name:
                    return self.view.axis(score.name)
        return labels.label(column, self.view.lang)

    def _condition(self, one: Condition, value: float) -> str:
        what = self.named(one.input)
        if one.kind == "missing":
            return self.t("{what}: not known", what=what)
        if one.kind == "once":
            return self.t("{what}: exactly one order", what=labels.label("orders", self.view.lang))
        bounds = [bound for bound in (one.low, one.high) if bound is not None]
        shown, *cuts = self.figures(one.input, value, bounds)
        left = one.closed == "left"
        above, below = ("≥", "<") if left else (">", "≤")
        text = f"{what} {shown}"
        if one.low is not None and one.high is not None:
            return f"{cuts[0]} {'≤' if left else '<'} {text} {below} {cuts[1]}"
        if one.low is not None:
            return f"{text} {above} {cuts[0]}"
        return f"{text} {below} {cuts[0]}" if one.high is not None else text

    def figures(self, column: str, value: float, others: list[float]) -> list[str]:
        """A value and what it is compared with, exact enough to be told apart where they differ."""
        short = [self.figure(column, each) for each in (value, *others)]
        clash = any(text == short[0] and other != value for text, other in zip(short[1:], others, strict=True))
        return [self.figure(column, each, exact=True) for each in (value, *others)] if clash else short

    def figure(self, column: str, value: float, *, exact: bool = False) -> str:
        """A value beside the name of its column: money to the cent with its unit, all else as people write it; ``exact``: all digits."""
        kind, lang = self.kind(column), self.view.lang
        if exact:
            number = f"{value:,.12g}".replace("-", "−")
        elif kind.startswith("money"):
            number = f"{value:,.2f}".removesuffix(".00").replace("-", "−")
        else:
            return numbers.share(value) if kind == "share" else numbers.plain(value)
        if not kind.startswith("money"):
            return number
        unit = numbers.currency_name(self.view.currency, lang)
        return f"{number} {unit}".strip() if lang == "zh" else f"{unit} {number}".strip()

    def lacking(self, segment: str, lacks: tuple[Lack, ...], *, purchase: bool) -> str:
        """What is lacking for another class; "" where there is none. Days are never lacking: a silence ends with a purchase alone."""
        if not segment:
            return ""
        parts = [self._lack(one) for one in lacks]
        parts += [self.t("a new purchase")] if purchase else []
        joint = "、" if self.view.lang == "zh" else " and "
        values = {"label": self.label(segment), "parts": joint.join(parts)}
        if self.view.result.ordered:
            return self.t("lacking for {label}: {parts}", **values)
        return self.t("nearest other class {label}: {parts}", **values)

    def _lack(self, one: Lack) -> str:
        what, kind = self.named(one.input), self.kind(one.input)
        gap, target = one.gap, self.figure(one.input, one.target)
        if kind.startswith("money"):
            shown = self.figure(one.input, math.ceil(round(gap * 100, 6)) / 100 or 0.01)
        elif kind == "share":
            shown = self.t("{n} points", n=numbers.plain(100 * gap))
        else:
            shown = labels.quantity(one.input, gap, self.view.lang, self.view.currency)
        if one.at:
            return self.t("{gap} more ({what} from {target})", gap=shown, what=what, target=target)
        return self.t("{gap} more ({what} above {target})", gap=shown, what=what, target=target)

    def features(self, runner_up: str, weights: tuple[Weight, ...]) -> str:
        """The features that speak most for the class, each with its share of all that speaks for it."""
        for_it = [one for one in weights if one.weight > 0]
        total = sum(one.weight for one in for_it) or 1.0
        joint = "、" if self.view.lang == "zh" else ", "
        told = [
            self.t(
                "{what} {value} ({share} of what speaks for it)",
                what=self.named(one.input),
                value=self.figure(one.input, one.value),
                share=numbers.share(one.weight / total),
            )
            for one in [one for one in for_it if one.input][:MOST_FEATURES]
        ]
        near = self.t("nearer than {label}", label=self.label(runner_up))
        return near + (self.t("; decided by {features}", features=joint.join(told)) if told else "")

    def story(self, told: Explanation) -> list[str]:
        """The whole explanation of the one customer in the view's table, a sentence a line."""
        row = {name: getattr(told, name) for name in FACTS}
        full = "。" if self.view.lang == "zh" else "."
        return [self.sentence(row, 0) + full, self._one_more(told), self._silence(told), self._flips(told)]

    def _columns(self, names: tuple[str, ...]) -> str:
        return self.view.listed([self.named(name) for name in names])

    def _one_more(self, told: Explanation) -> str:
        change = told.one_more
        if change is None:
            return self.t("One more order today: there is no usual order of this customer in the window to try it with.")
        amount = self.figure("median_order_value", change.amount)
        if not change.segment:
            return self.t(
                "One more usual order today ({amount}): what it would change cannot be said, as it depends on {columns}.",
                amount=amount,
                columns=self._columns(change.unknown),
            )
        if change.segment == told.segment:
            return self.t("One more usual order today ({amount}) would not change the class.", amount=amount)
        return self.t("One more usual order today ({amount}) would lead to {label}.", amount=amount, label=self.label(change.segment))

    def _silence(self, told: Explanation) -> str:
        if told.ageing_unknown:
            columns = self._columns(told.ageing_unknown)
            return self.t("When silence would change the class cannot be said, as it depends on {columns}.", columns=columns)
        change = told.silence
        if change is None:
            return self.t("Silence alone would not change the class within {days} days.", days=told.horizon)
        values = {"label": self.label(change.segment), "days": numbers.days(change.days, self.view.lang), "day": change.day}
        text = (
            self.t("Silent until {day}: {label} (in {days}).", **values) if change.day else self.t("Silent for {days}: {label}.", **values)
        )
        if change.exact:
            return text
        gap = " " if self.view.lang == "en" else ""
        return text + gap + self.t("Orders that leave the window meanwhile are not looked at here.")

    def _flips(self, told: Explanation) -> str:
        if told.flip_rate is None:
            return self.t("How often chance alone would change the class was not computed here.")
        return self.t(
            "Drawn again from the customer's own orders, the class would be another one {share} of the time.",
            share=numbers.share(told.flip_rate),
        )


def _looked_up(scheme: Scheme) -> dict[str, list[str]]:
    """Formulas that only look texts up, each with the columns they read: their numbers are codes, which tell a reader nothing."""
    formulas = {formula.name: formula for formula in getattr(scheme, "formulas", ())}

    def roots(name: str) -> list[str]:
        return [root for part in formulas[name].inputs for root in roots(part)] if name in formulas else [name]

    texts = set(getattr(scheme, "texts", ()))
    return {name: list(dict.fromkeys(roots(name))) for name in formulas if set(roots(name)) <= texts}


def _words_of(table: pd.DataFrame, columns: list[str]) -> list[tuple[str, str]]:
    """For every row the first of the columns that holds something, and what it holds."""
    rows = table[columns].astype(object).where(table[columns].notna(), None).to_numpy().tolist()
    return [next(((name, str(value)) for name, value in zip(columns, row, strict=True) if value), (columns[0], "")) for row in rows]


def _merged(found: tuple[Condition, ...]) -> list[Condition]:
    """Conditions on one input and one side of its cuts as one: the higher of the lower bounds, the lower of the upper."""
    kept: dict[tuple[str, str, str], Condition] = {}
    for one in found:
        key = (one.input, one.closed, one.kind)
        if key not in kept:
            kept[key] = one
            continue
        lows = [bound for bound in (kept[key].low, one.low) if bound is not None]
        highs = [bound for bound in (kept[key].high, one.high) if bound is not None]
        kept[key] = replace(one, low=max(lows) if lows else None, high=min(highs) if highs else None)
    tells = {key: one.low is not None or one.high is not None or one.kind != "between" for key, one in kept.items()}
    bounded = {key[0] for key, tell in tells.items() if tell}
    return [one for key, one in kept.items() if tells[key] or one.input not in bounded]
