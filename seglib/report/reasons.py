"""Errors as a page may print them: what is wrong and what was found, without what only a programmer can do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seglib.errors import SeglibError

CODE = re.compile(r"[a-z]\w*\.\w+\(|\b[a-z_]+=(?=[\s,.，。、(]|$)|\b[a-z_]\w*\([^)\s]*[=*…]")  # a call, or the name of an argument
SENTENCES = re.compile(r"(?<=[.;])\s+|(?<=[。；])")


def reason(error: SeglibError, lang: str) -> str:
    """The sentences of an error that name no function and no argument, the first letter large; "" where all of them do.

    Args:
        error: What was raised.
        lang: Language of the page.
    """
    return plain(error.text(lang), lang)


def plain(text: str, lang: str) -> str:
    """The sentences of a text without code in them."""
    kept = [part for part in SENTENCES.split(text) if part and not CODE.search(part)]
    told = ("" if lang == "zh" else " ").join(kept).rstrip(";；")
    told += {"zh": "。", "en": "."}[lang] if told and told[-1] not in ".。?？!！" else ""
    return told[:1].upper() + told[1:]
