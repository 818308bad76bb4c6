"""The words of a method, read from its words file: every text in Chinese and English, every class with its short form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seglib.methods._play import Play, alongside, read, together

SHORT = 25  # characters that a CRM's tag can hold
ARROWS = {"high": "↑", "low": "↓"}


@dataclass(frozen=True)
class Words:
    """One method's words.

    Class keys that carry a number (``tier_3``) are described once, under ``tier_#``, with ``{n}`` in their texts; ``unknown_<column>``
    without words of its own takes those of ``unknown_*``, with ``{column}``.
    Classes that the data name (groups of goods) are described once, under ``*``, with ``{class}`` in their texts.
    A key made of parts (``orders_high+days_low``) is told by the words of its parts, from ``parts`` in the words file, or by another
    method's words where a part names it (``value_tier.high``).
    A class may have variants: another label where the data say so (``churned`` with most customers coming back is ``long_silent``).
    """

    content: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)  # key of a part -> its variant

    def called(self, names: Mapping[str, str]) -> Words:
        """The same words, with the names of classes that the data name; a key alone has lost their capitals and signs."""
        return replace(self, names=dict(names))

    def varied(self, variants: Mapping[str, str]) -> Words:
        """The same words, with the variants that the data make of the classes of parts (``lifecycle.churned``: ``long_silent``)."""
        return replace(self, variants=dict(variants))

    def text(self, key: str, lang: str) -> str:
        """title, question, decides, not_for, how, outcome …"""
        return str(self.content[key][lang])

    def axis(self, score: str, lang: str) -> str:
        return str(self.content.get("axes", {}).get(score, {}).get(lang, score))

    def parameter(self, name: str, lang: str) -> str:
        return str(self.content.get("parameters", {}).get(name, {}).get(lang, ""))

    def class_keys(self) -> list[str]:
        return list(self.content["classes"])

    def knows(self, segment: str) -> bool:
        """Does the words file tell of this class, by its key or as one of a kind? Classes that the data name are not told by name."""
        return segment != "*" and self._known(segment)

    @property
    def open_ended(self) -> bool:
        """Are there classes that the data name?"""
        return "*" in self.content["classes"]

    def label(self, segment: str, lang: str, variant: str = "") -> str:
        """Name of a class, as it stands in a report."""
        return self._of(segment, "label", lang, variant)

    def short(self, segment: str, lang: str, variant: str = "") -> str:
        """Name of at most 25 characters; the label itself where that is short enough."""
        if self._joined(segment):
            text = self.label(segment, lang)
            return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
        entry = self._entry(segment, variant)
        text = self._of(segment, "short" if "short" in entry else "label", lang, variant)
        return text if len(text) <= SHORT or segment not in self.names else text[: SHORT - 1] + "…"

    def meaning(self, segment: str, lang: str, variant: str = "") -> str:
        """What a member of the class is like, in one sentence."""
        return self._of(segment, "meaning", lang, variant)

    def rule(self, segment: str, lang: str, variant: str = "", **values: object) -> str:
        """What leads to a class, where the words file tells it better than the scores would; "" where it does not."""
        if self._joined(segment) and "rule" in self.content["joined"]:
            return self._combined(segment, "rule", lang)
        entry = self.content["joined"] if self._joined(segment) else self._entry(segment, variant)
        text = str(entry.get("rule", {}).get(lang, ""))
        return text.format(**{name: _plain(value) for name, value in values.items()})

    def colour(self, segment: str, variant: str = "") -> str:
        """Token of the class's colour in the one palette; the neutral one for classes of the user's own."""
        if self._joined(segment):
            parts = segment.split("+")
            return self._part(parts[-1] if "." in segment else parts[0], "colour")
        return str(self._entry(segment, variant).get("colour", "middle"))

    def warning(self, key: str, lang: str, **values: object) -> str:
        """A warning of the method with its values filled in; class keys among them become labels, shares become percentages."""
        return str(self.content["warnings"][key][lang]).format(**{k: self._spoken(v, lang) for k, v in values.items()})

    def playbook(self, segment: str, lang: str, variant: str = "", part_of: Callable[[str, str], Play] | None = None) -> Play:
        """What to do with a class: the play of the words file.

        A key of other methods' classes takes its play from theirs, the first of which decides the effort; a key of features takes what is
        done about each feature. A class of the user's own has no play but the one that says where to write it.

        Args:
            segment: Key of the class.
            lang: Language of the texts.
            variant: What the data make of the class, as for its label.
            part_of: The play of another method's class, by method and key; by default that of its own words file.
        """
        vocabulary, sensitive = self.content["playbook"], self.content.get("sensitive")
        if not self._joined(segment):
            entry = self._entry(segment, variant).get("play") or vocabulary["own"]
            entry = self.content["classes"][entry]["play"] if isinstance(entry, str) else entry  # the play of another class
            name = self.label(segment, lang, variant)
            return read(entry, vocabulary, lang, lambda text: self._filled(text.replace("{class}", name), segment), sensitive)
        parts = segment.split("+")
        if "." in segment:
            from seglib import methods

            owners = [part.partition(".") for part in parts]
            given = part_of or (lambda method, own: methods.words(method).playbook(own, lang, self.variants.get(f"{method}.{own}", "")))
            plays = [given(method, own) for method, _, own in owners]
            return together(plays, [self._part(part, "label", lang) for part in parts], vocabulary, lang, sensitive)
        names = str(vocabulary["list"][lang]).join(self._part(part, "label", lang) for part in parts)
        common, own = self.content["joined"]["play"], self.content.get("parts", {})
        told = [{**common, **own.get(part, {}).get("play", {})} for part in parts]
        plays = [read(one, vocabulary, lang, lambda text: text.replace("{parts}", names), sensitive) for one in [*told, common]]
        return alongside(plays, vocabulary, lang, sensitive)

    def _spoken(self, value: object, lang: str) -> object:
        if isinstance(value, str) and (value in self.names or self._known(value)):
            return self.label(value, lang)
        if isinstance(value, list):
            return ("、" if lang == "zh" else ", ").join(str(self._spoken(one, lang)) for one in value)
        return value

    def _joined(self, segment: str) -> bool:
        """Is the key made of parts, rather than a class with words of its own?"""
        if segment in self.content["classes"] or "joined" not in self.content:
            return False
        return all(self._part(part, "label", "en") for part in segment.split("+"))

    def _part(self, part: str, what: str, lang: str = "") -> str:
        """Label or colour of a part of a key; "" where it has no words."""
        method, dot, own = part.partition(".")
        if dot:
            from seglib import methods

            if method not in methods.names():
                return ""
            words = methods.words(method)
            variant = self.variants.get(part, "")
            return words.colour(own, variant) if what == "colour" else words.short(own, lang, variant)
        parts = self.content.get("parts", {})
        column, _, side = part.rpartition("_")
        if part not in parts and parts and side in ARROWS:  # a column of the user's own
            return "middle" if what == "colour" else f"{column.replace('_', ' ')} {ARROWS[side]}"
        entry = parts.get(part, {})
        return str(entry.get("colour", "middle") if what == "colour" else entry.get("label", {}).get(lang, ""))

    def _combined(self, segment: str, part: str, lang: str) -> str:
        """The words of the parts, one after the other, in the form the words file gives for ``label`` or ``meaning``."""
        form = self.content["joined"]
        names = [self._part(one, "label", lang) for one in segment.split("+")]
        names = names if part != "label" else [names[0][:1].upper() + names[0][1:], *names[1:]]
        return str(form[part][lang]).format(parts=str(form["by"][lang]).join(names))

    def _known(self, segment: str) -> bool:
        classes = self.content["classes"]
        return self._joined(segment) or segment in classes or re.sub(r"\d+$", "#", segment) in classes or segment.startswith("unknown_")

    def _entry(self, segment: str, variant: str = "") -> Mapping[str, Any]:
        classes = self.content["classes"]
        unknown = classes["unknown_*"] if segment.startswith("unknown_") else {}
        entry = classes.get(segment) or classes.get(re.sub(r"\d+$", "#", segment)) or unknown or classes.get("*", {})
        return {**entry, **entry.get("variants", {}).get(variant, {})} if variant else entry

    def _of(self, segment: str, part: str, lang: str, variant: str) -> str:
        if self._joined(segment):
            return self._combined(segment, part, lang)
        return self._filled(str(self._entry(segment, variant).get(part, {}).get(lang, segment)), segment)

    def _filled(self, text: str, segment: str) -> str:
        """A text with the class's own number, column or name in its braces."""
        number = re.search(r"\d+$", segment)
        text = text.replace("{class}", self.names.get(segment) or segment.replace("_", " ").capitalize())
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


_CJK = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_FOLDED = re.compile(f"(?<={_CJK})\\n +(?={_CJK})")  # a line that ends in Chinese goes on without a space
_TIGHT = re.compile(r"(?<=[\d}]) %")  # as everywhere on a page: "29%", never "29 %"


def _joined(text: str) -> str:
    """A words file before it is read: folded lines and per cent signs as its readers' languages set them."""
    return _TIGHT.sub("%", _FOLDED.sub("", text))


def load_words(path: Path, shared: Path) -> Words:
    """A method's own words over the words all methods share (classes outside, common warnings)."""
    import yaml

    own, common = (yaml.load(_joined(file.read_text(encoding="utf-8")), Loader=yaml.CSafeLoader) for file in (path, shared))
    for file, content in ((path, own), (shared, common)):
        _whole(content, file.name)
    merged = {key: {**value, **own.get(key, {})} for key, value in common.items()}
    return Words({**own, **merged})
