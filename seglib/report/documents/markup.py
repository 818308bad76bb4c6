"""Blocks and parts of a document as HTML, by the helpers that every page uses."""

from __future__ import annotations

import html as escaping
from functools import singledispatch
from typing import Any

import pandas as pd

from seglib.report import html as pages
from seglib.report import table as tables
from seglib.report.documents.model import Bullets, Callout, Card, Chart, Part, Table, Text


@singledispatch
def html(block: Any) -> str:
    """A block as HTML."""
    raise TypeError(type(block).__name__)


@html.register
def _(block: Text) -> str:
    kind = f' class="{block.style}"' if block.style else ""
    return f"<p{kind}>{escaping.escape(block.text)}</p>" if block.text else ""


@html.register
def _(block: Bullets) -> str:
    items = "".join(f"<li>{escaping.escape(item.text)}</li>" for item in block.items)
    name = "ol" if block.numbered else "ul"
    return f"<{name}>{items}</{name}>" if items else ""


@html.register
def _(block: Table) -> str:
    keys = [column.key for column in block.columns]
    frame = block.frame[keys].reset_index(drop=True)
    heads = {c.key: c.head for c in block.columns if c.kind not in ("money", "money_each", "exact", "days", "share")}
    heads |= {c.key: with_unit(block, c.key) for c in block.columns if c.kind in ("money", "money_each", "exact", "days", "share")}
    marks = {keys[0]: lambda name: _marked(block, name)} if block.marks else {}
    for column in block.columns[1:]:
        if column.kind == "text" and block.marks and set(map(str, frame[column.key])) & set(block.marks):
            marks[column.key] = lambda name: _marked(block, name)
    return tables.table(
        frame,
        lang=block.lang,
        currency=block.currency,
        caption=block.caption,
        heads=heads,
        kinds={c.key: c.kind for c in block.columns},
        markup=marks,
        row_class=lambda index: block.rows[index] if block.rows else "",
        widths=_paper_widths(block),
    ).html


WORDY, LONG = 1, 12.0  # columns of text, and the length of their longest cell in Chinese characters, from which widths are settled
PAPER_EM = 60.0  # widths of a Chinese character that a line of a printed table holds


def _paper_widths(block: Table) -> dict[str, float]:
    """Shares of the width on paper of a table of many texts, which a renderer for print would make too narrow; else nothing."""
    from seglib.report.office import values

    rows, heads = values.cells(block), [values.head(block, column) for column in block.columns]
    longest = [max((values.em(row[place]) for row in rows), default=0.0) for place in range(len(heads))]
    if sum(column.kind == "text" and long >= LONG for column, long in zip(block.columns, longest, strict=True)) < WORDY:
        return {}
    before = "■—" if block.marks else "——"  # a class has its colour before its name; names of rows are bold
    rows = [[f"{before}{row[0]}", *row[1:]] for row in rows]
    found = values.widths(heads, rows, PAPER_EM)
    return {column.key: width / PAPER_EM for column, width in zip(block.columns, found, strict=True)}


def with_unit(block: Table, key: str) -> str:
    """The head with the unit that its numbers are printed in."""
    from seglib.report import labels, numbers

    column = next(c for c in block.columns if c.key == key)
    if column.kind == "share":
        return column.head
    if column.kind == "days":
        unit = "天" if block.lang == "zh" else "days"
        return column.head if unit in column.head.lower() else labels.joined(column.head, unit, block.lang)
    scale = money_scale(block, column.kind) if column.kind in ("money", "money_each") else numbers.Scale(1.0, "")
    return labels.joined(column.head, numbers.money_unit(scale, block.currency, block.lang), block.lang)


def money_scale(block: Table, kind: str = "money") -> Any:
    """The one unit of a table's sums, or of its money of one customer (``money_each``): its size and its name."""
    from seglib.report import numbers

    values = [v for c in block.columns if c.kind == kind for v in block.frame[c.key].dropna().astype(float)]
    return (numbers.scale if kind == "money" else numbers.each_scale)(values, block.lang)


def _marked(block: Table, name: object) -> str:
    colour = block.marks.get(str(name))
    return tables.swatch(colour, str(name)) if colour else escaping.escape("" if pd.isna(name) else str(name))


@html.register
def _(block: Chart) -> str:
    from seglib.report.plots._canvas import encoded

    png, width = encoded(block.figure)
    return pages.figure(png, block.alt, block.caption, width)


@html.register
def _(block: Card) -> str:
    figures = "".join(f"<div><dt>{escaping.escape(head)}</dt><dd>{escaping.escape(text.text)}</dd></div>" for head, text in block.figures)
    lines = "".join(f"<div><dt>{escaping.escape(head)}</dt><dd>{escaping.escape(text.text)}</dd></div>" for head, text in block.lines)
    flag = f'<p class="flag">{escaping.escape(block.flag)}</p>' if block.flag else ""
    return (
        f'<section class="segment" style="border-left-color:{block.colour}"><h3>{escaping.escape(block.title)}</h3>'
        f'<p class="note">{escaping.escape(block.rule)}</p><dl class="figures">{figures}</dl><dl class="lines">{lines}</dl>{flag}</section>'
    )


@html.register
def _(block: Callout) -> str:
    lines = "".join(f"<p>{escaping.escape(line.text)}</p>" for line in block.lines)
    if block.kind == "number":
        return f'<div class="number"><strong>{escaping.escape(block.title)}</strong><div>{lines}</div></div>'
    title = f"<p><strong>{escaping.escape(block.title)}</strong></p>" if block.title else ""
    return f'<div class="{"message" if block.kind == "message" else "bottom-line"}">{title}{lines}</div>'


@html.register
def _(block: Part) -> str:
    level = "h1" if block.key == "answer" else "h2"
    number = "" if block.key == "answer" else f"{block.number}　" if any("一" <= c <= "鿿" for c in block.title) else f"{block.number} "
    inner = "".join(html(one) for one in block.blocks)
    return f'<section class="part" id="{block.key}"><{level}>{number}{escaping.escape(block.title)}</{level}>{inner}</section>'
