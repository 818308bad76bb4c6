"""Sums over rows that are sorted: by customer, and by nested groups of which the customer is the outermost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class ByCustomer:
    """Sums and extremes a customer over rows that are sorted by customer.

    Attributes:
        starts: First row of every customer who has rows.
        present: Their numbers.
        size: Number of all customers.
    """

    starts: np.ndarray
    present: np.ndarray
    size: int

    @classmethod
    def of(cls, customer: np.ndarray, size: int) -> ByCustomer:
        """Over rows whose customers are these."""
        import numpy as np

        present, starts = np.unique(customer, return_index=True)
        return cls(starts, present, size)

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Whole numbers summed exactly; 0 without rows."""
        import numpy as np

        return self._reduced(np.add, values.astype(np.int64), 0)

    def smallest(self, values: np.ndarray, empty: int) -> np.ndarray:
        """The smallest value; ``empty`` without rows."""
        import numpy as np

        return self._reduced(np.minimum, values, empty)

    def largest(self, values: np.ndarray, empty: int) -> np.ndarray:
        """The largest value; ``empty`` without rows."""
        import numpy as np

        return self._reduced(np.maximum, values, empty)

    def _reduced(self, ufunc: Any, values: np.ndarray, empty: int) -> np.ndarray:
        import numpy as np

        found = np.full(self.size, empty, dtype=np.int64)
        if len(self.starts):
            found[self.present] = ufunc.reduceat(values, self.starts)
        return found


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows sorted by nested groups, of which the first is the customer.

    Attributes:
        document: Document of every row; rows of one document and one innermost group are one.
        sums: What was summed into the rows.
        starts: For each level of groups the first row (or first group of the level below) of every group, innermost first.
        keys: For each level of groups the numbers of the groups, outermost first, innermost level first.
    """

    document: np.ndarray
    sums: dict[str, np.ndarray]
    starts: tuple[np.ndarray, ...]
    keys: tuple[tuple[np.ndarray, ...], ...]

    @classmethod
    def of(cls, levels: tuple[np.ndarray, ...], document: np.ndarray, **values: np.ndarray) -> Grouped:
        """Rows by levels, outermost first; ``values`` are summed over rows of one document."""

        order = sorted_by((*levels, document))
        columns = [level[order] for level in levels]
        document = document[order]
        rows = firsts([*columns, document])
        sums = {name: _sum(value[order], rows) for name, value in values.items()}
        columns, document = [column[rows] for column in columns], document[rows]
        starts, keys = [], []
        for depth in range(len(levels), 0, -1):
            first = firsts(columns[:depth])
            starts.append(first)
            columns = [column[first] for column in columns[:depth]]
            keys.append(tuple(columns))
        return cls(document, sums, tuple(starts), tuple(keys))

    def sum(self, values: np.ndarray, level: int = 0) -> np.ndarray:
        """Sums over the groups of a level (0 the innermost), of rows or of the groups below."""
        return _sum(values, self.starts[level])


def sorted_by(levels: tuple[np.ndarray, ...]) -> np.ndarray:
    """Rows by whole numbers, outermost first; as one number a row where they fit into one, which is several times as fast."""
    import numpy as np

    key, size = np.zeros(len(levels[0]), dtype=np.int64), 1
    for level in levels:
        least, span = int(level.min(initial=0)), int(level.max(initial=0)) - int(level.min(initial=0)) + 1
        size *= span
        if size >= 1 << 62:
            return np.lexsort(levels[::-1])
        key = key * span + (level - least)
    return np.argsort(key)


def firsts(columns: list[np.ndarray]) -> np.ndarray:
    """The first row of every run of equal values."""
    import numpy as np

    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = False
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def _sum(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Whole numbers summed over runs, as differences of running totals: many short runs go five times as fast as by ``reduceat``.

    A running total beyond 64 bits wraps, and so does the difference that is taken of it: what comes out is right where the sum fits.
    """
    import numpy as np

    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    total = np.cumsum(values)
    found = total[np.append(starts[1:], len(values)) - 1]
    found[1:] -= found[:-1].copy()
    return found
