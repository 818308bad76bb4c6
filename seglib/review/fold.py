"""Two windows of orders as they would have been with no change in behaviour: pooled, and dealt into two by the toss of a coin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from seglib.review.orderbook import OrderBook

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Fold:
    """The last two windows of an order book laid upon one another, seen from the end of either.

    Every order keeps its age within its own window: one that came 10 days before the end of either window is 10 days old. A random half
    is then a window as it would have been with no change in behaviour: half of all orders of the two, spread over the window as orders
    are, so that recency, gaps and activity mean what they mean in a window. One half plays the earlier window, the other the later one,
    which looks back on the first. Orders before both windows always stand, as old as they were at either date.

    Attributes:
        earlier: Orders as of the end of the earlier window.
        later: Orders as of the end of the later one; every order of the two windows stands there twice, as one of the later window and
            as one of the earlier, and weights decide which of the two it is.
        source: The document of ``earlier`` behind each document of ``later``.
        second: Does a document of ``later`` stand for the later window?
    """

    earlier: OrderBook
    later: OrderBook
    source: np.ndarray
    second: np.ndarray

    def halves(self, draws: int, *, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Weights for ``earlier`` and for ``later``, one pair a draw; every document falls into one window or the other."""
        import numpy as np

        rng = np.random.default_rng(seed)
        nothing = np.zeros(0, dtype=np.int64)
        contacts = self.earlier.contacts
        beside = ((nothing, nothing) for _ in range(draws)) if contacts is None else contacts.halves(draws, seed=seed)
        for one, other in beside:
            first = rng.integers(0, 2, len(self.earlier.turns))[self.earlier.turns]
            second = np.where(self.second, 1 - first[self.source], first[self.source])
            yield np.concatenate([first, one]), np.concatenate([second, other])


def folded(book: OrderBook) -> Fold:
    """Lay the last two windows of a book upon one another; its history should hold both."""
    import numpy as np

    days = book.window_days
    end = book.as_of - timedelta(days=days)
    documents, movements = dict(book.documents), dict(book.movements)
    pooled, moved = documents["age"] < 2 * days, movements["age"] < 2 * days
    early = _part(documents, np.where(pooled, documents["age"] % days, documents["age"] - days), ~pooled)
    early_moves = _part(movements, np.where(moved, movements["age"] % days, movements["age"] - days), ~moved)
    number = np.arange(len(pooled))
    # A document from before both windows may bear a refund within them: it stands for ever, the refund falls into one window.
    never = {**documents, "stands": documents["stands"] & pooled}
    copies = [
        _part(documents, documents["age"], ~pooled) | {"stands": documents["stands"] & ~pooled},
        _part(never, early["age"], np.zeros_like(pooled)),
        _part(never, np.where(pooled, early["age"] + days, documents["age"]), np.zeros_like(pooled)),
    ]
    late = {name: np.concatenate([copy[name] for copy in copies]) for name in early}
    inside = {name: values[moved] for name, values in early_moves.items()}
    fixed = {name: values[~moved] for name, values in _part(movements, movements["age"], ~moved).items()}
    later_moves = [
        fixed,
        {**inside, "document": inside["document"] + len(pooled)},
        {**inside, "document": inside["document"] + 2 * len(pooled), "age": inside["age"] + days},
    ]
    late_moves = {name: np.concatenate([part[name] for part in later_moves]) for name in early_moves}
    earlier = replace(book, as_of=end, days_of_data=book.days_of_data - days)
    first, order = _sorted(earlier, early, early_moves)
    later, places = _sorted(book, late, late_moves)
    rank = np.empty_like(order)
    rank[order] = number
    if book.lines is not None:
        where, lines = np.empty_like(places), book.lines.folded()
        where[places] = np.arange(len(places))
        first = replace(first, lines=lines, places=rank)
        later = replace(later, lines=lines, places=where[len(pooled) : 2 * len(pooled)])
    if book.contacts is not None:
        here, there = book.contacts.folded()
        first, later = replace(first, contacts=here), replace(later, contacts=there)
    return Fold(first, later, rank[places % len(pooled)] if len(pooled) else places, (places // max(len(pooled), 1)) == 1)


def _part(rows: dict[str, np.ndarray], age: np.ndarray, pinned: np.ndarray) -> dict[str, np.ndarray]:
    return {**rows, "age": age, "pinned": pinned}


def _sorted(book: OrderBook, documents: dict[str, np.ndarray], movements: dict[str, np.ndarray]) -> tuple[OrderBook, np.ndarray]:
    """The book with these rows in the order a book wants, and which row of ``documents`` each one was."""
    import numpy as np

    order = np.lexsort((documents["value"], documents["age"], documents["customer"]))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    documents = {name: values[order] for name, values in documents.items()}
    movements = {**movements, "document": place[movements["document"]]}
    by_document = np.lexsort((movements["age"], movements["document"]))
    movements = {name: values[by_document] for name, values in movements.items()}
    turns = book.turns[order % len(book.turns)] if len(book.turns) else book.turns
    return replace(book, documents=documents, movements=movements, turns=turns), order
