"""What the parts of a document are made from: the classification, its facts, and what the review rooms found about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from seglib.report import reasons
from seglib.report.documents.book import Book
from seglib.report.documents.model import Column, Kind, Part, Table, Text
from seglib.report.view import View

if TYPE_CHECKING:
    import pandas as pd

    from seglib.errors import SeglibError
    from seglib.methods._play import Play
    from seglib.report.documents.evidence import Evidence
    from seglib.report.playbook import Playbook


@dataclass(frozen=True, eq=False)
class Matter:
    """Everything a part may draw on.

    Attributes:
        client: The open client.
        view: The classification as this reader sees it.
        book: The facts.
        evidence: Movement, worth, stability, plays and reasons, or why there are none.
        depth: "full" or "brief".
        why: Why this classification is the one the document is about; "" where nobody said.
        lacking: Sentences on what was not used.
    """

    client: Any
    view: View
    book: Book
    evidence: Evidence
    depth: Literal["full", "brief"] = "full"
    why: str = ""
    lacking: tuple[str, ...] = field(default=())

    @cached_property
    def plays(self) -> Playbook:
        """The default playbook, and over it the client's own."""
        from seglib.report import playbook

        return playbook.of(self.client)

    @property
    def keys(self) -> list[str]:
        """Keys of the classes that have customers, in the order of the method."""
        return list(self.view.inside["segment"])

    @property
    def outside_keys(self) -> list[str]:
        """Keys of those who could not be classified, with customers."""
        return list(self.view.outside["segment"])

    def own_words(self, place: str) -> Text | None:
        """The consultant's own sentence for a place of the document (``report.notes``); None where there is none."""
        own = self.notes.get(place)
        return Text(own) if own else None

    @property
    def notes(self) -> Mapping[str, str]:
        """The consultant's own sentences by place."""
        return getattr(getattr(self.client.settings, "report", None), "notes", None) or {}

    def t(self, message: str, **words: object) -> str:
        """Words without a fact."""
        return self.book.t(message, **words)

    def say(self, message: str, *, style: Any = "", **values: str) -> Text:
        """A sentence from facts and words."""
        return self.book.say(message, style=style, **values)

    def part(self, key: str, title: str, *blocks: Any) -> Part:
        """A part with its number; blocks that are None are left out."""
        from seglib.report.documents.model import KEYS

        return Part(key, KEYS.index(key) + 1, title, tuple(block for block in blocks if block is not None))

    def table(self, frame: pd.DataFrame, columns: list[Column], caption: str, **options: Any) -> Table:
        """A table in the document's language and currency."""
        return Table(frame, tuple(columns), caption, self.view.currency, self.book.lang, **options)

    def colours(self, keys: list[str]) -> dict[str, str]:
        """Class name -> colour."""
        return {self.view.label(key): self.view.colour(key) for key in keys}

    def play(self, key: str) -> Play:
        """What to do with a class, in the document's language."""
        return self.plays.play(self.view.result.method, key, self.book.lang, self.view.variant(key), self.view.words)

    def moved(self, key: str) -> Text | None:
        """How the class's customers changed against the window before; None where that is not known."""
        from seglib.report.documents.parts.moving import change

        return change(self, key)

    def flow(self, key: str) -> Text | None:
        """Where most of the class came from, and where most of the earlier class went; None where that is not known."""
        from seglib.report.documents.parts.moving import flow

        return flow(self, key)

    def reason(self, error: SeglibError | None) -> str:
        """Why something could not be had, as a sentence of its own; "" where nobody said."""
        return reasons.reason(error, self.book.lang) if error else ""

    def enter_movement(self) -> None:
        """Enter the facts of the movement, where there is one; entering them again changes nothing."""
        from seglib.report.documents.parts.moving import enter

        enter(self)

    def by_money(self, keys: list[str]) -> list[str]:
        """Classes, most sales first; as they stand where there is no money."""
        if not self.view.has_money:
            return keys
        return sorted(keys, key=lambda key: -self.book.value(f"class.{key}.spend"))


def column(matter: Matter, key: str, kind: Kind, head: str = "") -> Column:
    """A column whose head is the usual one of its name, or ``head``."""
    from seglib.report import labels

    return Column(key, head or labels.label(key, matter.book.lang), kind)
