"""The words of a method, read from its words file: every text in Chinese and English, every class with its short form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORT = 25  # characters that a CRM's tag can hold


@dataclass(frozen=True)
class Words:
    """One method's words.

    Class keys that carry a number (``tier_3``) are described once, under ``tier_#``, with ``{n}`` in their texts; ``unknown_<column>``
    without words of its own takes those of ``unknown_*``, with ``{column}``.
    A class may have variants: another label where the data say so (``churned`` with most customers coming back is ``long_silent``).
    """

    content: Mapping[str, Any]

    def text(self, key: str, lang: str) -> str:
        """title, question, decides, not_for, how, outcome …"""
        return str(self.content[key][lang])

    def axis(self, score: str, lang: str) -> str:
        return str(self.content.get("axes", {}).get(score, {}).get(lang, score))

    def parameter(self, name: str, lang: str) -> str:
        return str(self.content.get("parameters", {}).get(name, {}).get(lang, ""))

    def class_keys(self) -> list[str]:
        return list(self.content["classes"])

    def label(self, segment: str, lang: str, variant: str = "") -> str:
        """Name of a class, as it stands in a report."""
        return self._of(segment, "label", lang, variant)

    def short(self, segment: str, lang: str, variant: str = "") -> str:
        """Name of at most 25 characters; the label itself where that is short enough."""
        entry = self._entry(segment, variant)
        return self._of(segment, "short" if "short" in entry else "label", lang, variant)

    def meaning(self, segment: str, lang: str, variant: str = "") -> str:
        """What a member of the class is like, in one sentence."""
        return self._of(segment, "meaning", lang, variant)

    def colour(self, segment: str) -> str:
        """Token of the class's colour in the one palette; the neutral one for classes of the user's own."""
        return str(self._entry(segment).get("colour", "middle"))

    def warning(self, key: str, lang: str, **values: object) -> str:
        """A warning of the method with its values filled in; class keys among them become labels, shares become percentages."""
        return str(self.content["warnings"][key][lang]).format(**{k: self._spoken(v, lang) for k, v in values.items()})

    def _spoken(self, value: object, lang: str) -> object:
        if isinstance(value, str) and self._known(value):
            return self.label(value, lang)
        if isinstance(value, list):
            return ("、" if lang == "zh" else ", ").join(str(self._spoken(one, lang)) for one in value)
        return value

    def _known(self, segment: str) -> bool:
        classes = self.content["classes"]
        return segment in classes or re.sub(r"\d+$", "#", segment) in classes or segment.startswith("unknown_")

    def _entry(self, segment: str, variant: str = "") -> Mapping[str, Any]:
        classes = self.content["classes"]
        unknown = classes["unknown_*"] if segment.startswith("unknown_") else {}
        entry = classes.get(segment) or classes.get(re.sub(r"\d+$", "#", segment)) or unknown
        return {**entry, **entry.get("variants", {}).get(variant, {})} if variant else entry

    def _of(self, segment: str, part: str, lang: str, variant: str) -> str:
        text = str(self._entry(segment, variant).get(part, {}).get(lang, segment))
        number = re.search(r"\d+$", segment)
        return text.replace("{n}", number.group() if number else "").replace("{column}", segment.removeprefix("unknown_"))


def load_words(path: Path, shared: Path) -> Words:
    """A method's own words over the words all methods share (classes outside, common warnings)."""
    import yaml

    own, common = (yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for file in (path, shared))
    merged = {key: {**value, **own.get(key, {})} for key, value in common.items()}
    return Words({**own, **merged})
