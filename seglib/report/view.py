"""A result as one reader sees it: in a language, a currency, and with the class names the client chose."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seglib.language import singular, translate
from seglib.report import labels, numbers, palette

if TYPE_CHECKING:
    import pandas as pd

    from seglib.methods._words import Words
    from seglib.segmentation import Segmentation

_LOOSE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")  # between Chinese words, where a key was turned into one
_MINUS = re.compile(r"(?<![\w-])-(?=\d)")  # before a figure, not inside a date or a range


def _apart(found: float, needed: float) -> tuple[str, str]:
    """Both figures with as many digits as it takes to see that they differ."""
    shown = numbers.plain(found), numbers.plain(needed)
    for digits in (4, 5, 6):
        if shown[0] != shown[1] or found == needed:
            break
        shown = numbers.significant(found, digits), numbers.significant(needed, digits)
    return shown


@dataclass(frozen=True, eq=False)
class View:
    """What the narrative, the tables and the charts of one page share.

    Attributes:
        result: The classification.
        customers: The customer table it was made on.
        lang: Language of the page.
        currency: ISO code of the money, "" where it was not said.
        own_labels: Class key -> name, where the client calls a class differently.
    """

    result: Segmentation
    customers: pd.DataFrame
    lang: str = "en"
    currency: str = ""
    own_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        from seglib import methods

        words, named = methods.words(self.result.method), self.result.details.get("names")
        variants = self.result.details.get("variants")
        if variants is not None and variants["segment"].astype(str).str.contains(".", regex=False).any():
            words = words.varied(dict(zip(variants["segment"], variants["variant"], strict=True)))
        return words if named is None else words.called(dict(zip(named["segment"], named["name"], strict=True)))

    def t(self, message: str, **values: object) -> str:
        """A sentence of the frame in this view's language."""
        return translate(message, self.lang, **values)

    def label(self, segment: str) -> str:
        """The class's name."""
        return self.own_labels.get(segment) or self._told(segment, self.words.label(segment, self.lang, self.variant(segment)))

    def short(self, segment: str) -> str:
        """The class's name in at most 25 characters."""
        return self.own_labels.get(segment) or self._told(segment, self.words.short(segment, self.lang, self.variant(segment)))

    def meaning(self, segment: str) -> str:
        """What a member of the class is like."""
        return self._told(segment, self.words.meaning(segment, self.lang, self.variant(segment)))

    def _told(self, segment: str, text: str) -> str:
        """The words of a class of customers of whom a column is missing, with the column as a reader calls it."""
        column = segment.removeprefix("unknown_")
        if column == segment or column not in labels.LABELS:
            return text
        return _LOOSE.sub("", text.replace(column, labels.label(column, self.lang)))

    def colour(self, segment: str) -> str:
        """The class's colour, the same in every report."""
        return palette.colour(self.token(segment))

    def token(self, segment: str) -> str:
        """Token of the class's colour: what the class claims to be, with the name that the data allow it."""
        return self.words.colour(segment, self.variant(segment))

    def axis(self, score: str) -> str:
        """The name of a score; that of a grid's part stands in the words of the part."""
        from seglib import methods

        told = self.words.axis(score, self.lang)
        if told != score:
            return told
        parts = [part.partition(".")[0] for key in self.result.scheme.classes[:1] for part in key.split("+") if "." in part]
        named = [methods.words(part).axis(score, self.lang) for part in parts if part in methods.names()]
        return next((name for name in named if name != score), score)

    def money(self, value: float) -> str:
        """A sum of money with its unit."""
        return numbers.money(value, self.currency, self.lang)

    def quantity(self, column: str, value: float) -> str:
        """A value of a column with its unit."""
        if numbers.kind(column).startswith("money"):
            return numbers.cut(value, self.currency, self.lang)
        return labels.quantity(column, value, self.lang, self.currency)

    def listed(self, items: list[str]) -> str:
        """Several names in one sentence."""
        return ("、" if self.lang == "zh" else ", ").join(items)

    @property
    def has_money(self) -> bool:
        """Does the profile know money?"""
        return "spend" in self.result.profile.columns

    @property
    def inside(self) -> pd.DataFrame:
        """The profile of the classes that the method made, best first where it orders them; empty classes left out."""
        profile = self.result.profile
        return profile[~profile["outside"] & (profile["customers"] > 0)]

    @property
    def outside(self) -> pd.DataFrame:
        """The profile of those who could not be classified."""
        profile = self.result.profile
        return profile[profile["outside"] & (profile["customers"] > 0)]

    def column(self, name: str) -> pd.Series:
        """A column of the customer table, or one that the method derived and left in its assignments."""
        found = self.customers[name] if name in self.customers.columns else self.result.assignments[name]
        return found.astype(float)

    @property
    def members(self) -> pd.Series:
        """True, by position, for customers who are in a class of the method."""
        return ~self.result.assignments["segment"].isin(self.result.scheme.outside)

    def classified(self, column: str) -> pd.Series:
        """A column of the customers who are in a class of the method, missing values left out."""
        return self.column(column)[self.members.to_numpy()].dropna()

    def failed_gates(self) -> list[str]:
        """A sentence for every condition that is not met, and in the past tense for those of the day on which a definition was signed."""
        gates, signed = self.result.details["gates"], self.result.details.get("signed_gates")
        failed = gates[~gates["passed"].astype(bool)].to_dict("records")
        told = [self._gate(row) for row in failed]
        today = {row["gate"] for row in failed}
        then = [] if signed is None else [row for row in signed.to_dict("records") if row["gate"] not in today]
        return told + [self.t("Not met when it was signed: {condition}", condition=self._gate(row)) for row in then]

    def warnings(self, *, without: Collection[str] = ()) -> list[str]:
        """A sentence for everything the reader must know, but for the warnings of these names."""
        return [self._warning(row) for row in self.result.details["warnings"].to_dict("records") if row["warning"] not in without]

    def _gate(self, row: Mapping[str, Any]) -> str:
        texts = self.words.content.get("gates", {})
        found, needed = _apart(row["found"], row["needed"])
        if row["gate"] in texts:
            text = str(texts[row["gate"]][self.lang]).format(found=found, needed=needed, more=numbers.plain(row["needed"] - row["found"]))
            return singular(text) if self.lang == "en" else text
        return self.t("{gate}: found {found}, needed {needed}.", gate=row["gate"], found=found, needed=needed)

    def _warning(self, row: Mapping[str, Any]) -> str:
        values = json.loads(row["values"])
        if "score" in values:
            values["score"] = self.axis(values["score"])
        for name in values:
            if name == "columns" or name.endswith("column"):
                values[name] = self._columns(values[name])
        values = {name: self._named(value) for name, value in values.items()}
        text = _MINUS.sub("−", self.words.warning(row["warning"], self.lang, **values))
        return singular(text) if self.lang == "en" else _LOOSE.sub("", text)

    def _named(self, value: object) -> object:
        """Keys of classes as this page names them: with the client's own label, or the variant that the data allow."""
        if isinstance(value, list):
            return [self._named(one) for one in value]
        return self.label(value) if isinstance(value, str) and self.words.knows(value) else value

    def _columns(self, found: str | list[str]) -> str:
        """Columns as a reader calls them."""
        return self.listed([labels.label(name, self.lang) for name in ([found] if isinstance(found, str) else found)])

    def variant(self, segment: str) -> str:
        """The other name that the data give to a class, "" where it bears its usual one."""
        variants = self.result.details.get("variants")
        if variants is None:
            return ""
        named = dict(zip(variants["segment"], variants["variant"], strict=True))
        return str(named.get(segment, ""))
