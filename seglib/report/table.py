"""Tables for people: caption, heads with scope, one unit of money a table, wide ones in a region that scrolls."""

from __future__ import annotations

import html as escaping
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seglib.report import labels, numbers
from seglib.report.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

WIDE, TALL = 4, 40  # columns, rows above which a table gets a region of its own to scroll in
ONE_WORD = 6  # characters: a Chinese term of so many is not broken over two lines
_NUMERIC = ("exact", "share", "index", "days", "money", "money_each", "count", "number")


def table(
    frame: pd.DataFrame,
    *,
    lang: str,
    currency: str,
    caption: str,
    heads: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    markup: Mapping[str, Callable[[Any], str]] | None = None,
    row_class: Callable[[Any], str] | None = None,
    widths: Mapping[str, float] | None = None,
) -> Shown:
    """A frame as an HTML table; its first column names the rows.

    Args:
        frame: What to show, as it is to be shown: order of rows and columns stays.
        lang: Language of the heads.
        currency: ISO code for money columns.
        caption: What the table holds; read out first by a screen reader.
        heads: Column -> its head, where the name in :mod:`labels` does not fit.
        kinds: Column -> what it holds (see :func:`numbers.kind`), where the name does not say it; "text" for words.
        markup: Column -> a function from the value to HTML, for swatches and bars.
        row_class: Index of a row -> "outside", "total" or "".
        widths: Column -> its share of the width on paper, where that must not be left to the renderer.
    """
    what = {name: (kinds or {}).get(name) or _kind(frame, name) for name in frame.columns}
    unit = numbers.scale((v for name in frame.columns if what[name] == "money" for v in frame[name].dropna().astype(float)), lang)
    each = numbers.each_scale((v for name in frame.columns if what[name] == "money_each" for v in frame[name].dropna().astype(float)), lang)
    named = [
        _head(name, what[name], each if what[name] == "money_each" else unit, lang, currency, heads or {}, (widths or {}).get(name, 0.0))
        for name in frame.columns
    ]
    rows = []
    for index, values in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        cells = [
            _cell(value, what[name], lang, each if what[name] == "money_each" else unit, (markup or {}).get(name), first=position == 0)
            for position, (name, value) in enumerate(zip(frame.columns, values, strict=True))
        ]
        kind = row_class(index) if row_class else ""
        rows.append(f"<tr{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{''.join(cells)}</tr>")
    return Shown(_wrapped(named, rows, what, caption, kind=' class="texts"' if widths else ""), caption)


def _kind(frame: pd.DataFrame, name: str) -> str:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    numeric = is_numeric_dtype(frame[name].dtype) and not is_bool_dtype(frame[name].dtype)
    return numbers.kind(name) if numeric else "text"


def _head(name: str, what: str, unit: numbers.Scale, lang: str, currency: str, heads: Mapping[str, str], width: float) -> str:
    money = {
        **dict.fromkeys(("money", "money_each"), numbers.money_unit(unit, currency, lang)),
        "exact": numbers.currency_name(currency, lang),
    }
    text = heads.get(name) or labels.with_unit(name, lang, money.get(what, ""))
    wide = f' style="--print-width:{width:.1%}"' if width else ""
    return f'<th scope="col"{_align(what)}{wide}>{escaping.escape(text)}</th>'


def _align(what: str) -> str:
    return ' class="n"' if what in _NUMERIC else ""


def _cell(value: Any, what: str, lang: str, unit: numbers.Scale, markup: Callable[[Any], str] | None, *, first: bool) -> str:
    inside = markup(value) if markup else escaping.escape(numbers.cell(value, what, lang, unit))
    if first:
        return f'<th scope="row">{inside}</th>'
    one_word = ' class="word"' if what == "text" and not markup and len(inside) <= ONE_WORD else ""
    return f"<td{one_word or _align(what)}>{inside}</td>"


def _wrapped(heads: Sequence[str], rows: Sequence[str], what: Mapping[str, str], caption: str, *, kind: str = "") -> str:
    text = escaping.escape(caption)
    body = f"<caption>{text}</caption><thead><tr>{''.join(heads)}</tr></thead><tbody>{''.join(rows)}</tbody>"
    if len(what) <= WIDE - 1 and len(rows) <= TALL:
        return f"<table{kind}>{body}</table>"
    tall = " tall" if len(rows) > TALL else ""
    return f'<div class="scroll{tall}" role="region" tabindex="0" aria-label="{text}"><table{kind}>{body}</table></div>'


def swatch(colour: str, text: str) -> str:
    """A class's name with its colour in front."""
    style = f"display:inline-block;width:.8em;height:.8em;border:1px solid #55606e;margin-right:.5em;background:{colour}"
    return f'<span style="white-space:nowrap"><span class="swatch" style="{style}"></span>{escaping.escape(text)}</span>'


def bar(share: float, colour: str, greatest: float) -> str:
    """A share as a bar with its number; ``greatest`` is the share whose bar is longest."""
    width = 0.0 if greatest <= 0 else max(0.0, share) / greatest * 62
    return f'<div class="bar"><i style="width:{width:.1f}%;background:{colour}"></i>{numbers.share(share)}</div>'
