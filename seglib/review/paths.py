"""The way of every customer through the rules: which rule decided, between which cuts the values lie, and which line is nearest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from seglib.rules import Score
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Kind = Literal["between", "once", "missing"]
MISSING, NO_RULE = -1, -1
Cell = tuple[int, ...]


@dataclass(frozen=True)
class Condition:
    """One step of the way: an input and the cuts between which its value lies.

    Attributes:
        score: Name of the score.
        input: Column it reads, or a formula of the definition.
        low, high: Cuts on either side of the values that lead on; None where there is none.
        closed: "right": a value at a cut belongs below it; "left": above it.
        kind: "between" two cuts, "once": exactly one order, or "missing": there is no value.
        hidden: Does the score serve the classes outside alone?
    """

    score: str
    input: str
    low: float | None
    high: float | None
    closed: str
    kind: Kind
    hidden: bool


@dataclass(frozen=True)
class Step:
    """One line to cross on the way to another class.

    Attributes:
        input: Column, or formula of the definition.
        target: The value that is enough.
        at: True where the cut itself is enough, False where it must be passed.
    """

    input: str
    target: float
    at: bool


@dataclass(frozen=True)
class Target:
    """Another class as seen from a cell.

    Attributes:
        segment: The class.
        steps: What must rise, and to where.
        purchase: Must there be a purchase besides, as a silence is too long? It cannot be bought back by days.
    """

    segment: str
    steps: tuple[Step, ...]
    purchase: bool


class Paths:
    """The cells of a definition in which the customers of a table stand.

    Args:
        scheme: A definition made of rules.
        customers: A customer table with its inputs.
        moved: Inputs that a customer's purchases can raise; only these count as steps to another class.
    """

    def __init__(self, scheme: RuleScheme, customers: pd.DataFrame, *, moved: Sequence[str] = ()) -> None:
        import numpy as np

        self.scheme, self.moved = scheme, frozenset(moved)
        self.values: pd.DataFrame = scheme.prepared(customers)
        self.counts = {name for name in customers.columns if customers[name].dtype.kind in "iu"}
        places = [self._places(score) for score in scheme.scores]
        matrix = np.column_stack(places) if places else np.zeros((len(customers), 0), dtype=np.int64)
        cells, member_of = np.unique(matrix, axis=0, return_inverse=True)
        self.cells: list[Cell] = [tuple(map(int, cell)) for cell in cells]
        self.member_of: np.ndarray = member_of.reshape(-1)

    def _places(self, score: Score) -> np.ndarray:
        """Interval of every value: its number from 0, one beyond the last for exactly one order, MISSING where there is no value."""
        import numpy as np

        values = self.values[score.input].to_numpy(float)
        side: Literal["left", "right"] = "right" if score.closed == "left" else "left"
        found = np.searchsorted(np.asarray(score.cuts, float), values, side=side)
        if score.own:
            found = np.where(self.values[score.own].to_numpy(float) == 1, len(score.scores), found)
        return np.where(np.isnan(values), MISSING, found).astype(np.int64)

    @cached_property
    def _score_at(self) -> list[dict[int, int | None]]:
        """Interval -> score, for every score."""
        return [{**dict(enumerate(score.scores)), len(score.scores): 1, MISSING: None} for score in self.scheme.scores]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {score.name: position for position, score in enumerate(self.scheme.scores)}

    def rule_of(self, cell: Cell) -> int:
        """The first rule that a cell meets; NO_RULE where none does, and the class is the one named otherwise."""
        for number, rule in enumerate(self.scheme.rules):
            if all(self._score_at[self._place[name]][cell[self._place[name]]] in allowed for name, allowed in rule.when.items()):
                return number
        return NO_RULE

    def segment_of(self, cell: Cell) -> str:
        """The class of a cell."""
        number = self.rule_of(cell)
        return self.scheme.otherwise if number == NO_RULE else self.scheme.rules[number].segment

    def conditions(self, cell: Cell) -> tuple[Condition, ...]:
        """Why a cell is where it is: the conditions of its rule, or where no rule names it, the intervals of the shown scores."""
        number = self.rule_of(cell)
        if number != NO_RULE:
            rule = self.scheme.rules[number]
            return tuple(self._condition(self.scheme.score(name), allowed, cell) for name, allowed in rule.when.items())
        shown = [score for score in self.scheme.scores if not score.hidden]
        return tuple(self._condition(score, None, cell) for score in shown)

    def _condition(self, score: Score, allowed: Sequence[int | None] | None, cell: Cell) -> Condition:
        """The stretch of intervals around a cell's value that the rule allows; that one interval where nothing is said."""
        place = cell[self._place[score.name]]
        if place in (MISSING, len(score.scores)):
            return Condition(score.name, score.input, None, None, score.closed, "missing" if place == MISSING else "once", score.hidden)
        first = last = place
        if allowed is not None:
            while first > 0 and score.scores[first - 1] in allowed:
                first -= 1
            while last < len(score.cuts) and score.scores[last + 1] in allowed:
                last += 1
        low = score.cuts[first - 1] if first > 0 else None
        high = score.cuts[last] if last < len(score.cuts) else None
        return Condition(score.name, score.input, low, high, score.closed, "between", score.hidden)

    def targets(self, cell: Cell, wanted: Sequence[str]) -> list[Target]:
        """Every way from a cell into one of the wanted classes by raising what purchases raise; the rules decide that it leads there."""
        found = []
        for rule in self.scheme.rules:
            if rule.segment not in wanted:
                continue
            ways = [list(self._ways(self.scheme.score(name), allowed, cell)) for name, allowed in rule.when.items()]
            for way in itertools.product(*ways):
                after = list(cell)
                for name, (place, _, _) in zip(rule.when, way, strict=True):
                    after[self._place[name]] = place
                steps = tuple(step for _, step, _ in way if step)
                if (steps or any(buys for *_, buys in way)) and self.segment_of(tuple(after)) == rule.segment:
                    found.append(Target(rule.segment, steps, any(buys for *_, buys in way)))
        return list(dict.fromkeys(found))

    def _ways(self, score: Score, allowed: Sequence[int | None], cell: Cell) -> Iterator[tuple[int, Step | None, bool]]:
        """How one score of a rule can be met: as it is, by raising the input, or by a purchase that ends a silence."""
        place = cell[self._place[score.name]]
        if self._score_at[self._place[score.name]][place] in allowed:
            yield place, None, False
            return
        if place == MISSING or (place == len(score.scores) and score.own != score.input):
            return
        if score.input.startswith(SILENCE):
            if score.scores[0] in allowed and place > 0:
                yield 0, None, True
            return
        start = 0 if place == len(score.scores) else place + 1
        reachable = [number for number in range(start, len(score.scores)) if score.scores[number] in allowed and number > 0]
        if score.input in self.moved and reachable:
            cut = score.cuts[reachable[0] - 1]
            yield reachable[0], self._step(score, cut), False

    def _step(self, score: Score, cut: float) -> Step:
        """The value that is enough: for whole numbers the first one beyond the cut."""
        at = score.closed == "left"
        if score.input in self.counts:
            return Step(score.input, float(math.ceil(cut) if at else math.floor(cut) + 1), True)
        return Step(score.input, cut, at)


SILENCE = ("days_since_last_order", "days_since_previous_buying_day", "days_since_last_session")


def better(scheme: RuleScheme, segment: str, *, ordered: bool) -> list[list[str]]:
    """Classes to look at, in the order of looking: where classes are ordered the next better one first, else all others at once."""
    inside = list(scheme.classes)
    if segment not in inside:
        return []
    if ordered:
        return [[name] for name in reversed(inside[: inside.index(segment)])]
    return [[name for name in inside if name != segment]]


def nearest(targets: Sequence[Target], values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """For every customer of a cell the target that asks for the smallest rise, as a share of where it leads.

    Args:
        targets: Ways out of the cell.
        values: Input -> the customers' values.

    Returns:
        Number of the target, and the sum of the rises, one each a customer; a rise of 0 where only a purchase is needed.
    """
    import numpy as np

    n = len(next(iter(values.values()))) if values else 0
    cost = np.zeros((len(targets), n))
    for row, target in enumerate(targets):
        for step in target.steps:
            cost[row] += np.maximum(step.target - values[step.input], 0) / (abs(step.target) or 1.0)
        cost[row] += len(target.steps) - 1 if len(target.steps) > 1 else 0  # one line to cross is nearer than two
    chosen = cost.argmin(axis=0) if len(targets) else np.zeros(n, dtype=int)
    return chosen, cost.min(axis=0) if len(targets) else np.zeros(n)
