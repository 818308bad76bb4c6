"""A document for readers outside the house: small cells are left out, and one more where the sum would give the small one away."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from seglib.language import translate
from seglib.report import numbers
from seglib.report.documents.book import printed
from seglib.report.documents.model import Block, Bullets, Callout, Card, Chart, Document, Part, Table, Text
from seglib.report.privacy import derived
from seglib.report.privacy.derived import LEAST

if TYPE_CHECKING:
    from seglib.report.view import View

MOST_OF_A_CELL = 0.5  # share of a class's sales above which one customer can be read off it
#: First words of the facts that a title may print.
IN_TITLES = ("class.", "slipping.", "largest.", "reach.", "move.lapsed", "unattributed.")
#: Sums of all classes on one side: safe where two hidden classes stand on that side, or none.
SIDES = ("inside", "outside", "buyers")


@dataclass(frozen=True)
class Cells:
    """Which classes readers outside may not see.

    Attributes:
        hidden: Keys of classes with fewer than :data:`LEAST` customers, and of those that would give them away.
        dominated: Keys of classes, not hidden, in which one customer makes up more than half of the sales.
    """

    hidden: frozenset[str]
    dominated: tuple[str, ...]


def cells(view: View) -> Cells:
    """The classes of a result that are too small, or that one customer dominates.

    A class is too small with 1 to 4 customers. Where the hidden classes together hold fewer than five customers, or only one class is
    hidden, the next smallest is hidden too: otherwise the difference from the sum of all would tell what is hidden.
    """
    segments = pd.Series(view.result.assignments["segment"].to_numpy())
    sizes = segments.value_counts().sort_index().sort_values(kind="stable")
    hidden = [key for key, n in sizes.items() if n < LEAST]
    shown = [key for key in sizes.index if key not in hidden]
    while hidden and shown and (len(hidden) < 2 or sizes[hidden].sum() < LEAST):
        hidden.append(shown.pop(0))
    return Cells(frozenset(map(str, hidden)), _dominated(view, segments, hidden))


def _dominated(view: View, segments: pd.Series, hidden: Collection[object]) -> tuple[str, ...]:
    if not view.has_money:
        return ()
    money = pd.Series(view.customers["spend"].to_numpy(dtype=float)).clip(lower=0).groupby(segments)
    share = money.max() / money.sum()
    return tuple(str(key) for key in share.index[share > MOST_OF_A_CELL] if key not in hidden)


def masked(document: Document, view: View) -> Document:
    """The document as readers outside may see it.

    Args:
        document: The document, with pseudonyms in it already.
        view: The classification it is about.

    Returns:
        Parts without small cells, without figures of single customers and without pictures that show such; a customer list of
        pseudonym, class and scores, without the customers of hidden classes.
    """
    found = cells(view)
    beyond = len(found.hidden & set(view.result.scheme.outside))
    lone = 1 in (beyond, len(found.hidden) - beyond)
    secret = derived.secret(document.facts, found.hidden, SIDES if lone else ())
    labels = {view.label(key) for key in found.hidden}
    mask = _Mask(document, found.hidden, frozenset(secret), frozenset(labels))
    parts = [dataclasses.replace(part, title=mask.title(part.title), blocks=mask.blocks(part)) for part in document.parts]
    listed = document.customers[~document.customers["segment"].isin(found.hidden)].reset_index(drop=True)
    columns = [name for name in ("label", *view.result.assignments.columns) if name in listed.columns]
    columns.sort(key=lambda name: ("customer_id", "segment", "label").index(name) if name in ("customer_id", "segment", "label") else 3)
    return dataclasses.replace(
        document,
        title=mask.title(document.title),
        parts=_with_cells(parts, mask, view, found),
        facts={name: fact for name, fact in document.facts.items() if name not in secret},
        customers=listed[columns],
        views=(),
    )


def _any_small(table: Table) -> bool:
    """Does a count in a table tell of fewer than five customers, added or taken away?"""
    nets = ("other", "recut")  # of customers who came and who went
    names = [one.key for one in table.columns if one.kind == "count" and one.key in table.frame.columns and one.key not in nets]
    return any(derived.small(abs(value)) for name in names for value in table.frame[name].dropna())


class _Mask:
    """What is left of every block."""

    def __init__(self, document: Document, hidden: Collection[str], secret: Collection[str], labels: Collection[str]) -> None:
        self.lang, self.hidden, self.secret, self.labels = document.lang, hidden, secret, labels
        titled = [name for name in secret if name.startswith(IN_TITLES)]
        facts = [document.facts[name] for name in titled if isinstance(document.facts[name].value, (int, float))]
        texts = {printed(fact, document.lang, document.currency) for fact in facts}
        self.figures = {text for text in texts if len(text) > 2}

    def t(self, message: str, **values: object) -> str:
        """Words in the document's language."""
        return translate(message, self.lang, **values)

    def title(self, text: str) -> str:
        """A title without the clauses that tell a hidden figure; a plain one where nothing is left."""
        joint = "；" if self.lang == "zh" else "; "
        open_ones = [one for one in text.split(joint) if not any(word in one for word in (*self.labels, *self.figures))]
        return joint.join(one[:1].upper() + one[1:] if place == 0 else one for place, one in enumerate(open_ones)) or self.t(
            "Customer classification"
        )

    def blocks(self, part: Part) -> tuple[Block, ...]:
        """What is left of a part; a part with nothing left says why."""
        if part.key == "method":
            return part.blocks  # the definition: cuts and rules, and nobody's figures
        kept = tuple(block for block in map(self.block, part.blocks) if block is not None)
        if part.key == "movement":  # whoever came and went by ones and twos is in the columns as well
            kept = tuple(self.left_out() if isinstance(block, Table) and _any_small(block) else block for block in kept)
        if not kept or (part.blocks != kept and all(isinstance(block, Text) and block.style == "note" for block in kept)):
            return (Text(self.t("Nothing of this part can be shown to readers outside.")),)
        return tuple(block for place, block in enumerate(kept) if place == 0 or not self._again(kept[place - 1], block))

    def _again(self, one: Block, other: Block) -> bool:
        """Do two blocks in a row both say that something is left out?"""
        said = {self._left_out("table").text, self._left_out("picture").text}
        return isinstance(one, Text) and isinstance(other, Text) and one.text in said and other.text in said

    def open(self, text: Text) -> bool:
        """May this sentence be read outside?"""
        return not set(text.facts) & set(self.secret)

    def block(self, block: Block) -> Block | None:
        """What is left of a block; None for nothing."""
        if isinstance(block, Text):
            return block if self.open(block) else None
        if isinstance(block, Bullets):
            items = tuple(item for item in block.items if self.open(item))
            return dataclasses.replace(block, items=items) if items else None
        if isinstance(block, Callout):
            open_lines = tuple(line for line in block.lines if self.open(line))
            whole = len(open_lines) == len(block.lines)
            return block if whole else dataclasses.replace(block, lines=open_lines) if open_lines and not block.title else None
        if isinstance(block, Table):
            return self.table(block)
        if isinstance(block, Chart):
            clear = block.kind in ("bars", "line") and not set(block.facts) & set(self.secret)
            return block if clear else self._left_out("picture")
        return self.card(block)

    def card(self, card: Card) -> Card:
        """A card without what may not be seen, every figure in its place; that of a hidden class says why it has none."""
        hide = card.key in self.hidden
        small = self.t("Fewer than {n} customers, or the sum would give such a class away: no figures.", n=LEAST)
        figures = tuple((head, text if self.open(text) and not hide else Text(numbers.MISSING)) for head, text in card.figures)
        lines = [(head, text if self.open(text) and not (hide and text.facts) else Text(numbers.MISSING)) for head, text in card.lines]
        if hide and lines:
            lines[0] = (lines[0][0], Text(small))
        return dataclasses.replace(card, figures=figures, lines=tuple(lines))

    def left_out(self) -> Text:
        """What stands where a table was."""
        return self._left_out("table")

    def _left_out(self, what: str) -> Text:
        if what == "table":
            return Text(self.t("A table is left out here: it would show single customers or small groups."), style="note")
        return Text(self.t("A picture is left out here: it would show single customers or small groups."), style="note")

    def table(self, table: Table) -> Block:
        """A table whose rows of small groups are empty; a matrix of small counts is left out as a whole."""
        held = [column for column in table.columns if column.key in table.frame.columns]
        numeric = [column.key for column in held if column.kind not in ("text", "date")]
        frame, small = table.frame, pd.Series(False, index=table.frame.index)
        for column in held:
            if column.kind == "text":
                small |= frame[column.key].astype(str).isin(self.labels)
            elif column.kind == "count" and "customers" in column.key.lower():
                small |= frame[column.key].map(derived.small)
        told = bool(set(table.facts) & set(self.secret))
        if not told and not (numeric and small.any()):
            return table
        if not numeric or small.all() or not small.any():
            return self.left_out()
        blank = frame.copy()
        blank[numeric] = blank[numeric].astype(object)
        blank.loc[small, numeric] = None
        return dataclasses.replace(table, frame=blank, facts=tuple(name for name in table.facts if name not in self.secret))


def _with_cells(parts: list[Part], mask: _Mask, view: View, found: Cells) -> tuple[Part, ...]:
    """The parts, the last but one of which says what was left out and which classes one customer dominates."""
    lines = [
        Text(
            mask.t("Written for readers outside: customers bear pseudonyms, and groups of fewer than {n} customers are not shown.", n=LEAST)
        )
    ]
    names = ("、" if mask.lang == "zh" else ", ").join(view.label(key) for key in sorted(found.hidden))
    if names:
        lines.append(Text(mask.t("Not shown, and not in the customer list: {names}.", names=names)))
    if found.dominated:
        strong = ("、" if mask.lang == "zh" else ", ").join(view.label(key) for key in found.dominated)
        lines.append(
            Text(mask.t("One customer makes up more than half of the sales of {names}: think twice before you hand that on.", names=strong))
        )
    return _beside(parts, Callout("message", "", tuple(lines)))


def announced(document: Document) -> Document:
    """The client's own document, saying that it is his; a full one says so in its part on limits."""
    if document.part("limits"):
        return document
    text = translate(
        "Written for the client: it names customers by the client's own ids, and holds no phone, e-mail or address.", document.lang
    )
    return dataclasses.replace(document, parts=_beside(list(document.parts), Text(text, style="note")))


def _beside(parts: list[Part], block: Block) -> tuple[Part, ...]:
    """The parts with a block more: in the part on limits, else at the end of the last."""
    place = next((number for number, part in enumerate(parts) if part.key == "limits"), len(parts) - 1)
    return tuple(dataclasses.replace(part, blocks=(*part.blocks, block)) if number == place else part for number, part in enumerate(parts))
