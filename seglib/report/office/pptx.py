"""The document as ten slides with charts and tables that can be edited; what does not fit a slide stands in its notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seglib.language import translate
from seglib.report.brand import Looks
from seglib.report.documents.model import Bullets, Callout, Card, Chart, Document, Part, Table, Text
from seglib.report.office import values
from seglib.report.office.deck import BOTTOM, EDGE, WIDE, Deck

LINES, ROWS = 9, 14  # what a slide can carry in a size that can be read from the back of a room
RUNNING = 16  # points
PLAYED = (0, 1, 3, 5)  # of the playbook: class, what to do, who, what is watched
FIGURES = 3  # of a card
HEADED = 66.0  # width of a sentence, in widths of a Chinese character, that a heading of two lines holds


def write(document: Document, target: Path, template: str = "", looks: Looks | None = None) -> None:
    """Write the slides.

    Args:
        document: The document.
        target: The file.
        template: A PowerPoint file whose size, master, fonts and colours are used; "" for ours.
        looks: The client's logo, colours and foot, where there is no template: its own looks win.
    """
    deck = Deck(template, looks or Looks(), document.lang)
    deck.file.core_properties.title, deck.file.core_properties.author = document.title, ""
    slides = _Slides(deck, document)
    slides.title()
    for make in (
        slides.answer, slides.bars, slides.data, slides.method, slides.sizes, slides.classes, slides.playbook, slides.trust, slides.ahead,
    ):  # fmt: skip
        make()
    for number, slide in enumerate(deck.file.slides, start=1):
        foot = "    ".join(text for text in (deck.looks.foot if deck.own else "", document.subtitle, str(number)) if text)
        deck.write(slide, [foot], (EDGE, 7.0, 10.5, 0.35), size=10, colour="muted")
        if number > 1:
            deck.logo(slide, (11.2, 6.98, 1.5, 0.36))
    deck.file.save(str(target))


class _Slides:
    """The ten slides, one method each."""

    def __init__(self, deck: Deck, document: Document) -> None:
        self.deck, self.document = deck, document
        self.parts = {part.key: part for part in document.parts}

    def t(self, message: str) -> str:
        """Words in the document's language."""
        return translate(message, self.document.lang)

    def _text(self, slide: Any, lines: Sequence[str], top: float, *, size: float = RUNNING, bullets: bool = False) -> float:
        return self.deck.write(slide, lines, (EDGE, top, WIDE, BOTTOM - top), size=size, bullets=bullets)

    def title(self) -> None:
        """The conclusion, for whom and as of when."""
        deck = self.deck
        slide = deck.slide("")
        deck.logo(slide, (1.0, 0.7, 3.5, 0.95))
        deck.rule(slide, (1.0, 2.05, 1.4, 0.07))
        deck.write(slide, [self.document.title], (0.9, 2.25, 11.3, 2.3), size=36, bold=True, colour="heading")
        deck.write(slide, [self.document.subtitle], (0.9, 4.75, 11.3, 0.6), size=16, colour="muted")

    def answer(self) -> None:
        """The one number, and what to do first."""
        part = self.parts["answer"]
        slide = self.deck.slide(self.t("The answer, and what to do first"), _lines(part))
        top = self.deck.top
        number = next((block for block in part.blocks if isinstance(block, Callout) and block.kind == "number"), None)
        if number is not None:
            self.deck.write(slide, [number.title], (EDGE, top, WIDE, 0.75), size=34, bold=True, colour="accent")
            self.deck.write(slide, [line.text for line in number.lines], (EDGE, top + 0.75, WIDE, 0.6), size=RUNNING)
            top += 1.5
        lists = [block for block in part.blocks if isinstance(block, Bullets)]
        numbered = any(block.numbered for block in lists)
        kept = lists[: max((place for place, block in enumerate(lists) if block.numbered), default=0) + 1] if numbered else lists
        self._text(slide, [item.text for block in kept for item in block.items][:7], top, bullets=True)

    def bars(self) -> None:
        """Customers and sales of every class, as charts of PowerPoint's own."""
        chart = next((b for part in self.document.parts for b in part.blocks if isinstance(b, Chart) and b.kind == "bars"), None)
        sizes = self.parts.get("sizes")
        said = (_lines(sizes) if sizes else []) or [self.t("The classes")]
        slide = self.deck.slide(said[0], [chart.alt] if chart else [])
        if chart is None:
            self._text(slide, said[1:] or [self.document.title], self.deck.top)
            return
        self.deck.bars(slide, chart)
        self.deck.write(slide, [chart.caption], (EDGE, BOTTOM - 0.4, WIDE, 0.4), size=11, colour="muted")

    def data(self) -> None:
        """Which data went in, and which did not."""
        self._with_table(self.parts.get("data") or self.parts.get("scope"))

    def method(self) -> None:
        """Cuts and classes."""
        part = self.parts.get("method")
        held = [block for block in part.blocks if isinstance(block, Table)] if part else []
        named = next((place for place, table in enumerate(held) if table.marks), len(held) - 1)
        self._with_table(part, table=max(named, 0))

    def sizes(self) -> None:
        """The table of sizes and values, under the sentence of the one number: the reading of it heads the charts."""
        number = next((block for block in self.parts["answer"].blocks if isinstance(block, Callout) and block.kind == "number"), None)
        self._with_table(self.parts.get("sizes"), title=number.lines[0].text if number else "")

    def classes(self) -> None:
        """One line a class, from its card."""
        part = self.parts.get("cards")
        slide = self.deck.slide(part.title if part else self.t("The classes"), _lines(part) if part else ())
        cards = [block for block in part.blocks if isinstance(block, Card)][:ROWS] if part else []
        if not cards:
            self._text(slide, _lines(part) if part else [self.t("The data do not hold this.")], self.deck.top)
            return
        asked = list(dict.fromkeys(name for card in cards for name, _ in (*card.figures[:FIGURES], *card.lines[1:2])))
        said = [{name: text.text for name, text in (*card.figures, *card.lines)} for card in cards]
        rows = [[card.title, *(known.get(name, "") for name in asked)] for card, known in zip(cards, said, strict=True)]
        marks = [values.rgb(card.colour) for card in cards]
        assert part is not None
        self.deck.table(slide, [self.t("Class"), *asked], rows, marks, top=self.deck.top, said=part.title)

    def playbook(self) -> None:
        """What to do with each class, who does it, what is watched."""
        part = self.parts.get("playbook")
        self._with_table(part, columns=PLAYED, title=part.title if part else "")

    def trust(self) -> None:
        """What moved, and how far the classes can be trusted."""
        self._two("movement", "validity", "How far to trust it")

    def ahead(self) -> None:
        """What it could bring, limits, and for whom this was written."""
        self._two("sizing", "limits", "Limits")

    def _two(self, first: str, second: str, otherwise: str) -> None:
        found = [self.parts[key] for key in (first, second) if key in self.parts]
        everything = [line for part in found for line in _lines(part)]
        slide = self.deck.slide(" · ".join(part.title for part in found) or self.t(otherwise), everything)
        wide = (WIDE - 0.4) / max(len(found), 1)
        for number, part in enumerate(found):
            left, top = EDGE + number * (wide + 0.4), self.deck.top
            if len(found) > 1:
                self.deck.write(slide, [part.title], (left, top, wide, 0.4), size=14, bold=True, colour="accent")
                top += 0.45
            self.deck.write(slide, _chosen(part), (left, top, wide, BOTTOM - top), size=14, bullets=True)
        if not found:
            self._text(slide, [self.t("The data do not hold this.")], self.deck.top)

    def _with_table(self, part: Part | None, *, table: int = 0, columns: Sequence[int] = (), title: str = "") -> None:
        """A sentence or two, and one of the part's tables below; a sentence that fits heads the slide, the part's title stands above."""
        if part is None:
            slide = self.deck.slide(self.t("Not in this report"))
            self._text(slide, [self.t("The data do not hold this.")], self.deck.top)
            return
        tables = [block for block in part.blocks if isinstance(block, Table)]
        listed = {item.text for block in part.blocks if isinstance(block, Bullets) for item in block.items} if tables else set()
        lines = [text for text in _lines(part) if len(text) < 260 and not text.endswith((":", "：")) and text not in listed]
        lines = lines[: 2 if tables else LINES]
        said = title or (lines[0] if tables and lines and values.em(lines[0]) <= HEADED else "")
        slide = self.deck.slide(said or part.title, _lines(part))
        if said not in ("", part.title) and self.deck.own:
            self.deck.write(slide, [part.title], (EDGE, 0.18, WIDE, 0.3), size=11, colour="muted")
        lines = [] if title and title != part.title else [text for text in lines if text != said]
        top = self.deck.top + self._text(slide, lines, self.deck.top, size=14 if tables else RUNNING) + 0.15
        if not tables:
            return
        chosen = tables[min(table, len(tables) - 1)]
        places = [place for place in columns if place < len(chosen.columns)] or range(len(chosen.columns))
        rows = values.cells(chosen)[:ROWS]
        self.deck.table(
            slide,
            [values.head(chosen, chosen.columns[place]) for place in places],
            [[row[place] for place in places] for row in rows],
            [values.rgb(chosen.marks[row[0]]) if row[0] in chosen.marks else "" for row in rows],
            top=top,
            said=chosen.caption,
            right=[place > 0 and values.is_number(chosen.columns[place]) for place in places],
            totals=[kind == "total" for kind in chosen.rows[:ROWS]],
        )


def _lines(part: Part) -> list[str]:
    """The sentences of a part, in order; small print and cards stay out."""
    found = []
    for block in part.blocks:
        if isinstance(block, Bullets):
            found += [item.text for item in block.items]
        elif isinstance(block, Text) and block.text and block.style != "note":
            found.append(block.text)
        elif isinstance(block, Callout) and block.kind != "number":
            found += [line.text for line in block.lines]
    return found


def _chosen(part: Part) -> list[str]:
    """What of a part stands on half a slide; of the limits always for whom the report was written."""
    if part.key != "limits":
        return [line for line in _lines(part) if not line.endswith((":", "："))][: LINES - 3]
    lists = [block for block in part.blocks if isinstance(block, Bullets)]
    boxes = [line.text for block in part.blocks if isinstance(block, Callout) for line in block.lines]
    return (
        [item.text for block in lists[:1] for item in block.items[:3]]
        + [item.text for block in lists[-1:] for item in block.items[:1]]
        + boxes
    )
