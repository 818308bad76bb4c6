"""Two windows of orders drawn anew in the rhythm of every customer: the order books of both windows, one pair a draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from seglib.review.rhythm import Rhythm, rhythm
from seglib.review.sums import sorted_by

if TYPE_CHECKING:
    from seglib.review.orderbook import OrderBook


@dataclass(frozen=True, eq=False)
class Redraw:
    """The orders of the last two windows of a book, ready to be drawn anew; see ``rhythm`` for the null hypothesis.

    All that was bought on one day moves together; refunds keep their distance to their order, and those that belong to no order go with
    the buying day before them. Orders before both windows stay. Sessions and events, where a definition reads them, are dealt between the
    windows by the toss of a coin, see ``fold``.

    Attributes:
        book: Orders up to the end of the later window.
        rhythm: Buying days of both windows, of the customers who have any; day 0 is the first day of the earlier window.
        buyers: Number in the book of each customer of ``rhythm``.
        unit: Position in ``rhythm.day`` of the buying day that each document moves with; -1 where it stays.
    """

    book: OrderBook
    rhythm: Rhythm
    buyers: np.ndarray
    unit: np.ndarray

    def laws(self, counted: np.ndarray) -> tuple[float, float, float]:
        """Shares of these customers whose purchases are regular, follow a calendar, or neither; of those with a buying day.

        Args:
            counted: Does the customer count? One a customer of the book.
        """
        return self.rhythm.shares(counted[self.buyers])

    def pairs(self, draws: int, *, seed: int = 0) -> Iterator[tuple[tuple[OrderBook, np.ndarray], tuple[OrderBook, np.ndarray]]]:
        """Book and weights of the earlier window, and of the later one, which looks back on it."""
        book, days = self.book, self.book.window_days
        span = 2 * days
        documents, movements = book.documents, book.movements
        still = np.flatnonzero(self.unit < 0)
        by_unit = np.argsort(self.unit, kind="stable")[len(still) :]
        size = np.bincount(self.unit[by_unit], minlength=len(self.rhythm.day))
        begin = np.cumsum(size) - size
        by_document = np.argsort(movements["document"], kind="stable")
        moves = np.bincount(movements["document"], minlength=len(self.unit))
        moves_begin = np.cumsum(moves) - moves
        lines = None if book.lines is None else book.lines.folded()
        contacts = (None, None) if book.contacts is None else book.contacts.folded()
        nothing = np.zeros(0, dtype=np.int64)
        beside = ((nothing, nothing) for _ in range(draws)) if book.contacts is None else book.contacts.halves(draws, seed=seed)
        for (unit, day), weights in zip(self.rhythm.draws(draws, seed=seed), beside, strict=True):
            source = np.concatenate([still, by_unit[_runs(begin[unit], size[unit])]])
            older = np.repeat(self.rhythm.day[unit] - day, size[unit])  # days
            older = np.concatenate([np.zeros(len(still), dtype=np.int64), older])
            age = documents["age"][source] + older
            moved = np.arange(len(source)) >= len(still)
            age[moved] %= span
            order = sorted_by((documents["customer"][source], age))
            source, older, age, moved = source[order], older[order], age[order], moved[order]
            drawn = {name: values[source] for name, values in documents.items()} | {"age": age}
            row, of = by_document[_runs(moves_begin[source], moves[source])], np.repeat(np.arange(len(source)), moves[source])
            age_moved = movements["age"][row] + older[of]
            # A refund that would come after the last day stands for one that came in from before the first.
            rows = {name: values[row] for name, values in movements.items()}
            rows |= {"document": of, "age": np.where(moved[of], age_moved % span, age_moved)}
            later = replace(
                book, documents=drawn, movements=rows, turns=book.turns[source], lines=lines, source=source, contacts=contacts[1]
            )
            seen = rows["age"] >= days
            earlier = replace(
                later,
                documents=drawn | {"age": np.maximum(age - days, 0), "stands": drawn["stands"] & (age >= days)},
                movements={name: values[seen] for name, values in rows.items()} | {"age": rows["age"][seen] - days},
                contacts=contacts[0],
                as_of=book.as_of - timedelta(days=days),
                days_of_data=book.days_of_data - days,
            )
            ones = np.ones(len(source), dtype=np.int64)
            yield (earlier, np.concatenate([ones, weights[0]])), (later, np.concatenate([ones, weights[1]]))


def redraw(book: OrderBook) -> Redraw:
    """Find the rhythm of every customer in the last two windows of a book; its history should hold both."""
    span = 2 * book.window_days
    age, customer, stands = book.documents["age"], book.documents["customer"], book.documents["stands"]
    inside = stands & (age < span)
    pairs = np.unique(np.column_stack([customer[inside], span - 1 - age[inside]]), axis=0).reshape(-1, 2)
    number, day = pairs[:, 0], pairs[:, 1]
    buyers = np.unique(number)
    place = np.searchsorted(buyers, number)
    known = np.zeros(len(book.customer_ids), dtype=bool)
    known[customer[stands & (age >= span)]] = True
    value = np.bincount(customer, weights=book.documents["value"], minlength=len(known))
    # Random numbers are dealt in an order of the customers that depends on what they bought and when alone.
    count, total, square = (np.bincount(place, weights=day.astype(float) ** power, minlength=len(buyers)) for power in range(3))
    first = np.full(len(buyers), span)
    np.minimum.at(first, place, day)
    rank = np.empty(len(buyers), dtype=np.int64)
    rank[np.lexsort((value[buyers], known[buyers], square, total, first, count))] = np.arange(len(buyers))
    order = np.lexsort((day, rank[place]))
    ranked = rank[place][order]
    behind = np.empty(len(buyers), dtype=np.int64)
    behind[rank] = buyers
    found = rhythm(ranked, day[order], span=span, known_before=known[behind])
    # The buying day that a document moves with: its own, or the last one before it, or else the first of its customer.
    keys = number * span + day
    own = age < span
    wanted = customer * span + (span - 1 - age)
    at = np.searchsorted(keys, wanted, side="right") - 1 if len(keys) else np.full(len(age), -1)
    other = (at < 0) | (number[at] != customer) if len(keys) else np.ones(len(age), dtype=bool)
    at = np.where(other, at + 1, at)
    own &= (at < len(keys)) & (np.append(number, -1)[np.minimum(at, len(keys))] == customer)
    position = np.empty(len(keys), dtype=np.int64)
    position[order] = np.arange(len(keys))
    unit = np.full(len(age), -1, dtype=np.int64)
    unit[own] = position[at[own]]
    return Redraw(book, found, behind, unit)


def _runs(begin: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Numbers of the elements of runs, one run after the other."""
    ends = np.cumsum(size)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(begin - (ends - size), size)
