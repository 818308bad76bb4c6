"""What a document is made of: facts with their formula, and parts of texts, tables, charts and cards that know no file format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Kind = Literal["count", "share", "index", "days", "money", "money_each", "exact", "number", "date", "text"]
Lang = Literal["en", "zh"]


@dataclass(frozen=True)
class Fact:
    """A number, a day or a word that a sentence of the document may use.

    Attributes:
        name: Dotted name, "class.champion.customers".
        value: The value itself, never rounded for show: shares are 0 to 1, money is in plain currency units. None: not to be had.
        unit: What one of it is: customers, orders, rows, days, share, or the currency's code.
        kind: How it is printed, see :func:`seglib.report.numbers.kind`.
        formula: What it is, in words.
        sql: One SELECT with one value that rebuilds it, on the views of :mod:`seglib.report.documents.recompute`; "" where it is no sum
            over order lines.
        expression: Where there is no SQL: the call or setting that gives it.
    """

    name: str
    value: float | int | str | None
    unit: str
    kind: Kind
    formula: str
    sql: str = ""
    expression: str = ""


@dataclass(frozen=True)
class Text:
    """A sentence, or a few, in the document's language.

    Attributes:
        text: The sentence with its numbers in it.
        facts: Names of the facts that it prints, in the order of the message's braces by name.
        style: "lead" opens a part, "note" is small print.
    """

    text: str
    facts: tuple[str, ...] = ()
    style: Literal["", "lead", "note"] = ""

    def _repr_html_(self) -> str:
        return _markup(self)


@dataclass(frozen=True)
class Bullets:
    """Several sentences, one a line; numbered where their order is an order."""

    items: tuple[Text, ...]
    numbered: bool = False

    def _repr_html_(self) -> str:
        return _markup(self)


@dataclass(frozen=True)
class Column:
    """A column of a table: its key in the frame, its head without a unit, what it holds, and the unit for the head.

    Money of kind ``money`` is printed in one unit a table (K, M, 万, 亿), which is then added to the head; the frame always holds plain
    units.
    """

    key: str
    head: str
    kind: Kind = "text"
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Table:
    """A table with typed values.

    Attributes:
        frame: The values, as numbers where they are numbers; the first column names the rows.
        columns: Which columns are shown, in order.
        caption: What the table holds.
        currency: ISO code of its money.
        lang: Language of units.
        marks: Row name (value of the first column) -> colour, where rows are classes.
        rows: One word a row: "", "total" or "outside".
        facts: Names of facts that stand in it.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    caption: str
    currency: str = ""
    lang: str = "en"
    marks: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return _markup(self)


@dataclass(frozen=True)
class Series:
    """One run of values of a chart, one value a category."""

    name: str
    values: tuple[float | None, ...]
    kind: Kind = "share"


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart: its data, so that it can be drawn natively, and the picture of it.

    Attributes:
        kind: "bars" (one or two series of a category, side by side), "heatmap" (categories are rows, series are columns), "line", or
            "picture" where only the picture tells it.
        categories: Names along the axis.
        series: The values.
        alt: What the chart shows, with its numbers.
        caption: The line under it; it says n.
        figure: The matplotlib figure.
        colours: One colour a category; empty where colour says nothing.
        facts: Names of facts that stand in it.
    """

    kind: Literal["bars", "heatmap", "line", "picture"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    alt: str
    caption: str
    figure: Figure
    colours: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return _markup(self)


@dataclass(frozen=True)
class Card:
    """Half a page about one class; every card has its items in the same order.

    Attributes:
        key: Key of the class.
        title: Its name.
        rule: What decides it, in one line.
        colour: Its colour.
        figures: Short heads with their figure: customers, share of sales, sales per customer.
        lines: Longer items: who they are, why they are here, where they come from, what to do.
        flag: A caution that must stand with the action; "" where none is needed.
    """

    key: str
    title: str
    rule: str
    colour: str
    figures: tuple[tuple[str, Text], ...]
    lines: tuple[tuple[str, Text], ...]
    flag: str = ""

    def _repr_html_(self) -> str:
        return _markup(self)


@dataclass(frozen=True)
class Callout:
    """Sentences in a box.

    Attributes:
        kind: "number" (the one number, in ``title``), "message" (a caution), "answer".
        title: The number, or "".
        lines: The sentences.
    """

    kind: Literal["number", "message", "answer"]
    title: str
    lines: tuple[Text, ...]

    def _repr_html_(self) -> str:
        return _markup(self)


Block = Text | Bullets | Table | Chart | Card | Callout


@dataclass(frozen=True)
class Part:
    """A chapter of the document.

    Attributes:
        key: One of :data:`KEYS`.
        number: Its number in the document; 1 is the answer.
        title: Its heading.
        blocks: What stands in it, from top to bottom.
    """

    key: str
    number: int
    title: str
    blocks: tuple[Block, ...]

    def _repr_html_(self) -> str:
        return _markup(self)

    def __repr__(self) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self._repr_html_())).strip()


#: The parts of a document, in their order.
KEYS = (
    "answer",
    "scope",
    "data",
    "method",
    "sizes",
    "cards",
    "movement",
    "money",
    "playbook",
    "sizing",
    "validity",
    "limits",
    "appendix",
)


@dataclass(frozen=True, eq=False)
class Document:
    """A report that can be handed over: the same content in every file format.

    Attributes:
        lang: Language of every word in it.
        title: Its conclusion.
        subtitle: Client, day, window and population in one line.
        as_of: Last day of the data, as ISO date.
        currency: ISO code of its money.
        depth: "full", or "brief" (at most four pages).
        parts: The parts that this depth shows, in order.
        facts: Every fact that a sentence, table or chart uses, by name.
        customers: One row a customer: customer_id, segment (key), label, scores, and where known reason and next class.
        method: Name of the classification.
        views: SQL statements that make the tables which the facts' queries read.
    """

    lang: str
    title: str
    subtitle: str
    as_of: str
    currency: str
    depth: Literal["full", "brief"]
    parts: tuple[Part, ...]
    facts: Mapping[str, Fact]
    customers: pd.DataFrame
    method: str = ""
    views: tuple[str, ...] = ()

    def part(self, key: str) -> Part | None:
        """A part by its key; None where this depth leaves it out, which a notebook shows as nothing."""
        return next((one for one in self.parts if one.key == key), None)

    def _repr_html_(self) -> str:
        return "".join(part._repr_html_() for part in self.parts)


def _markup(block: Any) -> str:
    """A block or part as HTML; the helpers load late, as office formats need none of them."""
    from seglib.report.documents import markup

    return markup.html(block)
