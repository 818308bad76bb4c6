"""The facts of one document, and the only way to a sentence with a figure in it: by the names of facts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from seglib.errors import ParameterError
from seglib.language import translate
from seglib.report import numbers
from seglib.report.documents.model import Fact, Kind, Text


class Book:
    """Facts by name, and what is said with them.

    Args:
        lang: Language of the sentences.
        currency: ISO code of the money.
    """

    def __init__(self, lang: str, currency: str) -> None:
        self.lang, self.currency = lang, currency
        self.facts: dict[str, Fact] = {}

    def enter(self, name: str, value: Any, kind: Kind, unit: str, formula: str, *, sql: str = "", expression: str = "") -> str:
        """Enter a fact; its name is handed back. A value that is no number (nan) is entered as not to be had.

        Raises:
            ParameterError: Another value stands under the name already.
        """
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, float) and not math.isfinite(plain):
            plain = None
        fact = Fact(name, plain, unit, kind, formula, " ".join(sql.split()), expression)
        if self.facts.setdefault(name, fact) != fact:
            raise ParameterError("The fact {name} is entered twice with different content.", name=name)
        return name

    def value(self, name: str) -> float:
        """The number of a fact; nan where it is not to be had."""
        found = self.facts[name].value
        return float(found) if isinstance(found, (int, float)) else math.nan

    def knows(self, *names: str) -> bool:
        """Are all these facts entered, with a value?"""
        return all(name in self.facts and self.facts[name].value is not None for name in names)

    def shown(self, name: str) -> str:
        """A fact as it is printed."""
        return printed(self.facts[name], self.lang, self.currency)

    def t(self, message: str, **words: object) -> str:
        """Words without a fact, in this document's language."""
        return translate(message, self.lang, **words)

    def say(self, message: str, *, style: Any = "", **values: str) -> Text:
        """A sentence. Every value is the name of a fact, or a word such as the name of a class."""
        used = tuple(value for value in values.values() if value in self.facts)
        filled: Mapping[str, str] = {key: self.shown(value) if value in self.facts else value for key, value in values.items()}
        return Text(translate(message, self.lang, **filled) if filled else translate(message, self.lang), used, style)

    def joined(self, *texts: Text, style: Any = "") -> Text:
        """Several sentences as one paragraph."""
        gap = "" if self.lang == "zh" else " "
        return Text(gap.join(one.text for one in texts if one.text), tuple(name for one in texts for name in one.facts), style)

    def listed(self, items: list[str]) -> str:
        """Several names in one sentence."""
        return ("、" if self.lang == "zh" else ", ").join(items)


def printed(fact: Fact, lang: str, currency: str) -> str:
    """The value of a fact for a reader: three significant digits, money by size, shares as per cent."""
    value = fact.value
    if value is None:
        return numbers.MISSING
    if isinstance(value, str):
        return value
    if fact.kind == "money":
        return numbers.money(value, currency, lang)
    if fact.kind == "money_each":
        return numbers.cut(value, currency, lang)
    if fact.kind == "exact":
        number, name = numbers.cell(value, "exact", lang), numbers.currency_name(currency, lang)
        return f"{number} {name}".strip() if lang == "zh" else f"{name} {number}".strip()
    if fact.kind == "days":
        return numbers.days(value, lang)
    if fact.kind == "share":
        return numbers.share(value)
    return numbers.cell(value, fact.kind, lang)
