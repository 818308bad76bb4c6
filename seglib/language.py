"""Words in two languages: the frame's sentences are keyed by their English text and translated from one catalogue."""

from __future__ import annotations

import locale
import os
import re
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
CATALOGUES = Path(__file__).parent / "locale"
_VERBS = {
    "are": "is", "were": "was", "have": "has", "bring": "brings", "hold": "holds", "stand": "stands", "lie": "lies", "change": "changes",
    "spend": "spends", "need": "needs", "belong": "belongs", "come": "comes", "lack": "lacks", "do": "does", "carry": "carries",
}  # fmt: skip
_ONE = re.compile(
    r"(?<![\w.,−-])1 (customers|orders|lines|rows|classes|days|files|sheets|pages|methods|firms|accounts|buyers|moves|figures|cuts|"
    r"values|splits|gaps|products|groups|cells|points|months|facts|visits|answers)(?![\w-])( \([^()]*\))?"
    rf"(?: ({'|'.join(_VERBS)})(?!\w))?"
)
_MEASURED = re.compile(r"[−\d].*[\u4e00-\u9fff]")  # a figure with its unit in Chinese: "182 天", "402 美元"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """English sentence -> sentence in ``lang``; empty for English, which is its own catalogue."""
    path = CATALOGUES / f"{lang}.po"
    if lang == "en" or not path.exists():
        return {}
    import polib

    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.msgstr and not entry.obsolete}


def translate(message: str, lang: str = "en", /, **values: object) -> str:
    """``message`` in ``lang`` with its braces filled; the English text stands in where a translation is missing."""
    text = catalogue(lang).get(message, message)
    if not values:
        return text
    filled = text.format(**values)
    return _set_tight(filled, values) if lang == "zh" else singular(filled)


def singular(text: str) -> str:
    """English sentences are written for many; where the figure is one, its noun and the verb behind it are set right.

    >>> singular("VIP: 1 customers (2%) bring 3% of sales, 21 customers stand near.")
    'VIP: 1 customer (2%) brings 3% of sales, 21 customers stand near.'
    """
    return _ONE.sub(lambda found: _of_one(*found.groups()), text)


def _of_one(noun: str, between: str | None, verb: str | None) -> str:
    stem = {"classes": "class", "matches": "match"}.get(noun) or noun.removesuffix("s")
    told = f"1 {stem}{between or ''}"
    return told if verb is None else f"{told} {_VERBS[verb]}"


def _set_tight(text: str, values: dict[str, object]) -> str:
    """Chinese sets no space between a figure's own unit and the next character: "182 天的时期" where a bare number would be "5 个月"."""
    for value in values.values():
        if isinstance(value, str) and _MEASURED.fullmatch(value):
            text = re.sub(rf"{re.escape(value)} (?=[\u4e00-\u9fff])", value, text)
    return text


def marked(message: str) -> str:
    """The message itself: marks a sentence that is kept now and translated where it is shown, so that the catalogue knows it."""
    return message


def system_language() -> str:
    """The screen's language by the environment's locale: "zh" for any Chinese one, else "en"."""
    names = [os.environ.get(name, "") for name in ("SEGLIB_LANG", "LC_ALL", "LC_MESSAGES", "LANG")]
    chosen = next((name for name in names if name), None) or (locale.getlocale()[0] or "")
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"
