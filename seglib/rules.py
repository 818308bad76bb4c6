"""What a definition is made of: scores that cuts make from columns, and rules on scores that name a class."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seglib.binning import Bins, Closed, cut
from seglib.errors import SchemeError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Score:
    """A whole number made from one column by cuts.

    Attributes:
        name: Its name in rules and results, e.g. ``R``.
        input: Column of the customer table it reads.
        cuts: Strictly ascending values.
        closed: "right": a value at a cut belongs below it; "left": above it.
        scores: One score for each of the ``len(cuts) + 1`` intervals, lowest values first.
        own: Column of order counts; exactly one order gives score 1 whatever the input says. "" for none.
        tiers: The rule the cuts came from, in its spelling; "" where they were given.
        hidden: True for the scores that only serve the classes outside the classification.
    """

    name: str
    input: str
    cuts: tuple[float, ...]
    scores: tuple[int, ...]
    closed: Closed = "right"
    own: str = ""
    tiers: str = ""
    hidden: bool = False

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in itertools.pairwise(self.cuts))
        if not rising or len(self.scores) != len(self.cuts) + 1 or not all(map(math.isfinite, self.cuts)):
            raise SchemeError(
                "score {name}: cuts {cuts} must be finite and rise, with one score more than cuts; found {n} scores.",
                name=self.name,
                cuts=list(self.cuts),
                n=len(self.scores),
            )

    @classmethod
    def fitted(cls, name: str, column: str, bins: Bins, *, own: str = "", tiers: str = "") -> Score:
        """The score that ``binning.fit`` found on ``column``."""
        return cls(name, column, bins.cuts, bins.scores, bins.closed, own, tiers)

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input, self.own) if self.own and self.own != self.input else (self.input,)

    def values(self) -> tuple[int, ...]:
        """Every score it can give, ascending."""
        return tuple(sorted({*self.scores, *([1] if self.own else [])}))

    def of(self, value: float | None, own: float | None = None) -> int | None:
        """Score of one value; None where it is missing."""
        if value is None or math.isnan(value):
            return None
        if self.own and (value if self.own == self.input else own) == 1:
            return 1
        return self.scores[self._passed(value)]

    def of_many(self, values: ArrayLike, own: ArrayLike) -> np.ndarray:
        """Scores of values that are not missing.

        Args:
            values: Of the input column.
            own: Of the column of order counts.
        """
        import numpy as np

        scores = np.asarray(self.scores)[cut(values, self.cuts, closed=self.closed) - 1]
        return np.where(np.asarray(own) == 1, 1, scores) if self.own else scores

    def _passed(self, value: float) -> int:
        """How many cuts a value has passed."""
        return sum(value > cut or (value == cut and self.closed == "left") for cut in self.cuts)

    def expression(self, table: ir.Table) -> ir.IntegerColumn:
        """The same, as an Ibis column; a missing value has its own branch first, as SQL comparisons with NULL are no answer."""
        import ibis

        column = _number(table, self.input)
        branches: list[tuple[Any, Any]] = [(column.isnull(), ibis.null("int64"))]
        if self.own:
            branches.append((self._bought_once(table), ibis.literal(1, "int64")))
        for edge, score in zip(self.cuts, self.scores, strict=False):
            below = column < edge if self.closed == "left" else column <= edge
            branches.append((below, ibis.literal(score, "int64")))
        return ibis.cases(*branches, else_=ibis.literal(self.scores[-1], "int64")).name(self.name)

    def condition(self, table: ir.Table, allowed: Iterable[int | None]) -> ir.BooleanValue:
        """True where the score is one of ``allowed``; None among them stands for a missing input."""
        import ibis

        wanted = set(allowed)
        parts = self._inside(table, wanted)
        if self.own:
            once = self._bought_once(table)
            parts = [~once & ibis.or_(*parts)] if parts else []
            parts += [table[self.input].notnull() & once] if 1 in wanted else []
        parts += [table[self.input].isnull()] if None in wanted else []
        return ibis.or_(*parts) if parts else ibis.literal(False)

    def _inside(self, table: ir.Table, wanted: set[int | None]) -> list[ir.BooleanValue]:
        """One condition for every stretch of values whose score is wanted; a flag is its own condition."""
        column: Any = table[self.input]
        if column.type().is_boolean():
            return [meets for meets, value in ((column, 1), (~column, 0)) if self.scores[self._passed(value)] in wanted]
        runs = [list(run) for keep, run in itertools.groupby(range(len(self.scores)), lambda i: self.scores[i] in wanted) if keep]
        return [self._between(column, run[0], run[-1]) for run in runs]

    def _bought_once(self, table: ir.Table) -> ir.BooleanValue:
        """Exactly one order; a missing count is not, rather than neither true nor false."""
        return table[self.own].fill_null(0) == 1

    def _between(self, column: ir.NumericColumn, first: int, last: int) -> ir.BooleanValue:
        """The intervals ``first`` to ``last`` as one comparison with their outer cuts."""
        above = below = column.notnull()
        if first > 0:
            above = column >= self.cuts[first - 1] if self.closed == "left" else column > self.cuts[first - 1]
        if last < len(self.cuts):
            below = column < self.cuts[last] if self.closed == "left" else column <= self.cuts[last]
        return above if last == len(self.cuts) else below if first == 0 else above & below


@dataclass(frozen=True)
class Rule:
    """A class and the scores that lead to it: every score named in ``when`` must have one of its values; None there means missing."""

    segment: str
    when: Mapping[str, tuple[int | None, ...]]

    def matches(self, cell: Mapping[str, int | None]) -> bool:
        return all(cell[name] in allowed for name, allowed in self.when.items())

    def expression(self, table: ir.Table, scores: Mapping[str, Score]) -> ir.BooleanValue:
        """The rule as a condition on the columns themselves, so that its SQL reads like the printed cut points."""
        import ibis

        parts = [scores[name].condition(table, allowed) for name, allowed in self.when.items()]
        return ibis.and_(*parts) if parts else ibis.literal(True)


def _number(table: ir.Table, name: str) -> ir.NumericColumn:
    """A column as a number: true is 1, false 0. Not every engine has a cast for that."""
    import ibis

    column: Any = table[name]
    if not column.type().is_boolean():
        return column
    return ibis.cases((column, ibis.literal(1, "int64")), (~column, ibis.literal(0, "int64")), else_=ibis.null("int64"))


def grid_rules(spelling: str | Mapping[str, str], axes: Sequence[str] = ("R", "F", "M"), levels: int = 5) -> tuple[tuple[Rule, ...], str]:
    """Rules written as score ranges, e.g. ``Champions: 4-5/4-5/4-5; Lost: 1-2/1-2/1-2; otherwise: Others``.

    Args:
        spelling: Such a text, or a mapping of class to ranges. One range an axis, in the order of ``axes``; ``4-5``, ``3`` or ``*``.
            In a text a class may stand more than once.
        axes: Names of the scores.
        levels: Highest score.

    Returns:
        The rules in their order, and the class named ``otherwise`` ("" where there is none).

    Raises:
        SchemeError: A rule cannot be read; the sentence quotes it.
    """
    pairs = _pairs(spelling) if isinstance(spelling, str) else list(spelling.items())
    rules, otherwise = [], ""
    for name, ranges in pairs:
        if name == "otherwise":
            otherwise = ranges
            continue
        values = [_range(text, levels) for text in ranges.split("/")]
        if not name or len(values) != len(axes) or not all(values):
            raise SchemeError(
                "classes: {rule!r} cannot be read. Write a class, a colon and {n} ranges of scores 1 to {levels}, e.g. Best: {example}.",
                rule=f"{name}: {ranges}",
                n=len(axes),
                levels=levels,
                example="/".join(["4-5"] * len(axes)),
            )
        rules.append(Rule(name, dict(zip(axes, values, strict=True))))
    return tuple(rules), otherwise


def _pairs(text: str) -> list[tuple[str, str]]:
    """``A: 4-5/1; B: 1/*`` -> [("A", "4-5/1"), ("B", "1/*")]; a class may stand more than once."""
    parts = text.replace("：", ":").replace("；", ";").split(";")
    return [(name.strip(), ranges.strip()) for name, _, ranges in (part.rpartition(":") for part in parts if part.strip())]


def _range(text: str, levels: int) -> tuple[int, ...]:
    """``4-5`` -> (4, 5); () where it cannot be read."""
    low, dash, high = ("1-" + str(levels) if text.strip() == "*" else text.replace(" ", "")).partition("-")
    if not low.isdecimal() or (dash and not high.isdecimal()):
        return ()
    first, last = int(low), int(high or low)
    return tuple(range(first, last + 1)) if 1 <= first <= last <= levels else ()
