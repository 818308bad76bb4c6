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

    def rule(self, segment: str, lang: str, **values: object) -> str:
        """What leads to a class, where the words file tells it better than the scores would; "" where it does not."""
        text = str(self._entry(segment).get("rule", {}).get(lang, ""))
        return text.format(**{name: _plain(value) for name, value in values.items()})

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


def _plain(value: object) -> object:
    """A whole number without its decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole(node: object, place: str) -> None:
    """Refuse a text that is not in exactly the two languages: an unquoted comma in ``{zh: …, en: …}`` cuts it without a word."""
    if not isinstance(node, Mapping):
        return
    if {"zh", "en"} & set(node) and (set(node) != {"zh", "en"} or not all(isinstance(text, str) for text in node.values())):
        raise ValueError(f"{place}: a text needs zh and en and nothing else, quoted where it holds a comma: {dict(node)}")
    for key, value in node.items():
        _whole(value, f"{place} {key}")


def load_words(path: Path, shared: Path) -> Words:
    """A method's own words over the words all methods share (classes outside, common warnings)."""
    import yaml

    own, common = (yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for file in (path, shared))
    for file, content in ((path, own), (shared, common)):
        _whole(content, file.name)
    merged = {key: {**value, **own.get(key, {})} for key, value in common.items()}
    return Words({**own, **merged})
