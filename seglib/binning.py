"""Tier rules from strings: one spelling for YAML, command line, parameter cell, slider and report, and the cuts they give."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seglib.errors import DataError, ParameterError
from seglib.language import marked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

Closed = Literal["left", "right"]
Better = Literal["high", "low"]

OWN = "+own1"
CLOCK_LEVELS = 5
SPELLINGS = (
    "quantile:5 | share:0.8,0.95 | top:10,80,10 | mean | median | fixed:30,90,365 | natural:5, each also with +own1; clock for recency"
)
AT_CUT_IS_BETTER = ("fixed", "mean", "median", "share")
UNKNOWN_RULE = marked("tiers: there is no rule {spelling!r}. Write one of: {spellings}.")
NO_NUMBERS = marked("tiers: {spelling!r} takes no numbers. Write one of: {spellings}.")
ONE_NUMBER = marked(
    "tiers: {spelling!r} needs one whole number of classes, 2 to 100, 3 or more beside an own class. Write one of: {spellings}."
)
FAULTS = {
    "clock": NO_NUMBERS,
    "mean": NO_NUMBERS,
    "median": NO_NUMBERS,
    "quantile": ONE_NUMBER,
    "natural": ONE_NUMBER,
    "top": marked("tiers: {spelling!r} needs two or more shares in percent, above 0, that add up to 100. Write one of: {spellings}."),
    "share": marked("tiers: {spelling!r} needs shares that rise between 0 and 1. Write one of: {spellings}."),
    "fixed": marked("tiers: {spelling!r} needs cuts that are numbers and rise. Write one of: {spellings}."),
}


@dataclass(frozen=True)
class Tiers:
    """A tier rule as it was asked for.

    Attributes:
        kind: quantile, share, top, mean, median, fixed, natural or clock.
        numbers: What follows the colon: a number of classes, cuts, or shares.
        own1: True where customers with exactly one order are a class of their own, the lowest.
    """

    kind: str
    numbers: tuple[float, ...] = ()
    own1: bool = False

    @property
    def classes(self) -> int:
        """How many classes the rule asks for, the own class included."""
        if self.kind in ("quantile", "natural"):
            return int(self.numbers[0])
        if self.kind == "clock":
            return CLOCK_LEVELS
        inside = {"top": len(self.numbers)}.get(self.kind, (len(self.numbers) or 1) + 1)
        return inside + int(self.own1)

    def __str__(self) -> str:
        numbers = ",".join(f"{number:.12g}" for number in self.numbers)
        return self.kind + (":" + numbers if numbers else "") + (OWN if self.own1 else "")


@dataclass(frozen=True)
class Bins:
    """Fitted cuts.

    Attributes:
        cuts: Strictly ascending values at which the class changes.
        closed: "right": a value at a cut belongs below it, (a, b]; "left": above it, [a, b).
        scores: Score of each of the ``len(cuts) + 1`` intervals, from the lowest values up; the best is the number of classes asked for.
    """

    cuts: tuple[float, ...]
    closed: Closed
    scores: tuple[int, ...]


def parse(spelling: str) -> Tiers:
    """Read a tier rule.

    Args:
        spelling: e.g. ``quantile:5``, ``share:0.8,0.95``, ``top:10,80,10``, ``mean``, ``median``, ``fixed:30,90,365``, ``natural:5``;
            ``+own1`` at the end gives customers with exactly one order a class of their own.

    Raises:
        ParameterError: The rule cannot be read; the sentence says what stands there and which spellings there are.

    >>> parse("top:20,30,50").classes
    3
    >>> str(parse("quantile:4+own1"))
    'quantile:4+own1'
    """
    text = str(spelling).replace(" ", "").replace("：", ":").replace("，", ",").lower()
    own1 = text.endswith(OWN)
    kind, _, rest = text.removesuffix(OWN).partition(":")
    try:
        numbers = tuple(float(round12(float(number))) for number in rest.split(",")) if rest else ()
    except ValueError:
        numbers = (math.nan,)
    tiers = Tiers(kind, numbers, own1)
    if not _sound(tiers):
        raise ParameterError(FAULTS.get(kind, UNKNOWN_RULE), spelling=str(spelling), spellings=SPELLINGS)
    return tiers


def _sound(tiers: Tiers) -> bool:
    """Can the rule be followed?"""
    numbers = tiers.numbers
    if not all(map(math.isfinite, numbers)) or tiers.kind not in FAULTS:
        return False
    rising = bool(numbers) and all(a < b for a, b in itertools.pairwise(numbers))
    match tiers.kind:
        case "mean" | "median":
            return not numbers
        case "clock":
            return not numbers and not tiers.own1
        case "quantile" | "natural":
            return len(numbers) == 1 and numbers[0].is_integer() and 2 + tiers.own1 <= numbers[0] <= 100
        case "top":
            return len(numbers) >= 2 and min(numbers) > 0 and abs(sum(numbers) - 100) < 1e-9
        case "share":
            return rising and numbers[0] > 0 and numbers[-1] < 1
    return rising


def round12(values: ArrayLike) -> np.ndarray:
    """Values rounded to 12 significant digits, so that equal customers stay equal whatever the engine, thread or currency unit.

    Sums of the same money in another order differ in the 15th or 16th digit; a quantile cut that falls on such a value would
    otherwise send equal customers to different classes.

    >>> float(round12(0.1 + 0.2))
    0.3
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = 11 - np.floor(np.log10(np.abs(array)))
    plain = np.abs(exponent) <= 300  # nought, missing and infinite values stay as they are, and so do those no money comes near
    exponent = np.where(plain, exponent, 0)
    # A power of ten is exact only with a positive exponent, so large values are divided first and multiplied back.
    up, down = 10.0 ** np.maximum(exponent, 0), 10.0 ** np.maximum(-exponent, 0)
    with np.errstate(over="ignore"):
        return np.where(plain, np.rint(array / down * up) * down / up, array)


def fit(values: ArrayLike, tiers: Tiers | str, *, better: Better = "high") -> Bins:
    """Cuts of a rule on the eligible customers' values.

    Quantiles are of type 7 (linear between order statistics); equal cuts are merged and keep the highest of their ranks; where the top
    class would be empty because the largest values are tied, the topmost class that is reached bears the top score.

    Args:
        values: One number a customer, only of those who may be fitted on. Missing values are left out. Where the
            rule has ``+own1``, those with exactly one order are left out by the caller.
        tiers: The rule.
        better: "high" where large values are good (money, orders), "low" where small ones are (days).

    Returns:
        The cuts, rounded to 12 significant digits, with the score of every interval; scores are 2 and up beside an own class.

    Raises:
        DataError: All values are equal, or there is none, and the rule must be fitted; or none is above 0 for a rule of shares.
    """
    import numpy as np

    rule = parse(tiers) if isinstance(tiers, str) else tiers
    array = round12(values)
    array = np.sort(array[~np.isnan(array)])
    if rule.kind == "share" and array.size and array[-1] <= 0:
        raise DataError(
            "{rule}: none of the {n} values is above 0, so nobody holds a share. Use another rule, or other customers.",
            rule=str(rule),
            n=array.size,
        )
    if rule.kind != "fixed" and (array.size == 0 or array[0] == array[-1]):
        raise DataError(
            "{rule}: not enough unique values: {n} values, {distinct} distinct. Give fixed cuts, or use customers who differ.",
            rule=str(rule),
            n=array.size,
            distinct=min(array.size, 1),
        )
    nominal = round12(_nominal_cuts(array, rule, better))
    closed: Closed = "left" if rule.kind in AT_CUT_IS_BETTER and better == "high" else "right"
    return _merged(nominal, closed, rule, better, array)


def fit_clock(days: ArrayLike, usual: float, long: float) -> Bins:
    """Cuts of recency by the trade's clock: 1 beyond the long gap, 2 beyond the usual one, 3 to 5 thirds of those within, 5 the latest.

    Cuts are whole days, and equal days stay together. Cuts that coincide leave a level empty; the others keep their numbers.

    Args:
        days: Days since the last order, one number a customer.
        usual, long: The trade's clock in days (``seglib.customers.clock``).

    >>> fit_clock([0, 1, 2, 3, 4, 5, 40, 90], 14, 57).cuts
    (1.0, 3.0, 14.0, 57.0)
    """
    import numpy as np

    array = np.asarray(days, dtype=float)
    within = array[array <= usual]
    thirds = np.quantile(within, [1 / 3, 2 / 3]) if within.size else np.array([usual / 3, 2 * usual / 3])
    cuts: dict[float, int] = {}
    for cut_point, score in zip((*np.floor(thirds), usual, long), (5, 4, 3, 2), strict=True):
        cuts.setdefault(float(cut_point), score)
    return Bins(tuple(cuts), "right", (*cuts.values(), 1))


def _nominal_cuts(array: np.ndarray, rule: Tiers, better: Better) -> np.ndarray:
    """The cuts the rule asks for, ascending, equal ones still among them."""
    import numpy as np

    if rule.kind == "fixed":
        return np.array(rule.numbers)
    if rule.kind in ("mean", "median"):
        return np.array([array.mean() if rule.kind == "mean" else np.median(array)])
    if rule.kind == "share":
        return _share_cuts(array, rule.numbers)
    inside = rule.classes - int(rule.own1)
    if rule.kind == "natural":
        return _natural_cuts(array, inside)
    shares = np.array(rule.numbers) / 100 if rule.kind == "top" else np.full(inside, 1 / inside)
    # The first share is the best class: the largest values, or the smallest where small is good.
    levels = np.cumsum(shares[::-1] if better == "high" else shares)[:-1]
    return np.quantile(array, levels, method="linear")


def _share_cuts(array: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Smallest value of each class by cumulative share: a customer is in the class while those *above* hold less than the share.

    Equal values share one fate, and whoever crosses the line is still in the better class.
    """
    import numpy as np

    positive = array[array > 0]
    distinct, counts = np.unique(positive, return_counts=True)
    held = distinct * counts
    above = (held.sum() - np.cumsum(held)) / held.sum()
    return np.array(sorted(distinct[above < share - 1e-12].min() for share in shares))


def _natural_cuts(array: np.ndarray, classes: int) -> np.ndarray:
    """Largest value of each class but the last, by the partition of least squared deviation (Fisher 1958, Jenks 1977).

    Exact dynamic programming over the distinct values. The best start of the last class moves only upward with its end, so each layer is
    found by halving, a whole level at once: classes x n log n, where the textbook's table takes n squared. Equal values stay together.
    """
    import numpy as np

    distinct, counts = np.unique(array, return_counts=True)
    if distinct.size <= classes:
        return distinct[:-1]
    centred = (distinct - array.mean()) / np.abs(array).max()
    weight, first, second = (np.concatenate([[0.0], np.cumsum(counts * centred**power)]) for power in (0, 1, 2))

    def cost(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        return second[end] - second[start] - (first[end] - first[start]) ** 2 / (weight[end] - weight[start])

    ends = np.arange(1, distinct.size + 1)
    # Partitions as good as each other must not be told apart by the last bits of a sum: the lowest cut is taken.
    slack = 1e-12 * float(cost(np.array([0]), np.array([distinct.size]))[0])
    best, starts = np.concatenate([[0.0], cost(np.zeros_like(ends), ends)]), []
    for layer in range(2, classes + 1):
        start = _best_starts(best, cost, layer, distinct.size, slack)
        best = np.concatenate([np.full(layer, np.inf), best[start[layer:]] + cost(start[layer:], np.arange(layer, distinct.size + 1))])
        starts.append(start)
    cuts, end = [], distinct.size
    for start in reversed(starts):
        end = int(start[end])
        cuts.append(distinct[end - 1])
    return np.array(cuts[::-1])


def _best_starts(best: np.ndarray, cost: Callable[[np.ndarray, np.ndarray], np.ndarray], layer: int, size: int, slack: float) -> np.ndarray:
    """For every end, the start of the last of ``layer`` classes that makes ``best[start] + cost(start, end)`` least."""
    import numpy as np

    start = np.zeros(size + 1, dtype=int)
    ranges = np.array([[layer, size, layer - 1, size - 1]])  # ends low..high, their starts somewhere in low..high
    while len(ranges):
        middle = (ranges[:, 0] + ranges[:, 1]) // 2
        lowest, highest = ranges[:, 2], np.minimum(ranges[:, 3], middle - 1)
        lengths = highest - lowest + 1
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        candidates = np.arange(lengths.sum()) - np.repeat(offsets - lowest, lengths)
        value = best[candidates] + cost(candidates, np.repeat(middle, lengths))
        least = np.repeat(np.minimum.reduceat(value, offsets), lengths)
        start[middle] = np.minimum.reduceat(np.where(value <= least + slack, candidates, size), offsets)
        left = np.column_stack([ranges[:, 0], middle - 1, ranges[:, 2], start[middle]])
        right = np.column_stack([middle + 1, ranges[:, 1], start[middle], ranges[:, 3]])
        ranges = np.concatenate([left[left[:, 0] <= left[:, 1]], right[right[:, 0] <= right[:, 1]]])
    return start


def _merged(nominal: np.ndarray, closed: Closed, rule: Tiers, better: Better, array: np.ndarray) -> Bins:
    """Equal cuts merged, cuts beyond the data dropped (but never fixed ones), and the score of every interval."""
    import numpy as np

    first = 1 + int(rule.own1)
    best = rule.classes
    inside = len(nominal) + 1
    offset = best - (first + inside - 1)
    ranks = {float(value): rank for rank, value in enumerate(nominal, start=first)}
    cuts = list(ranks)
    ascending = [first] + [ranks[value] + 1 for value in cuts]
    if better == "low":
        ascending = _reversed_scores(nominal, cuts, first, inside)
    scores = [score + offset for score in ascending]
    if rule.kind != "fixed":
        beyond = [value for value in cuts if (value >= array[-1] if closed == "right" else value > array[-1])]
        cuts, scores = cuts[: len(cuts) - len(beyond)], scores[: len(scores) - len(beyond)]
        if better == "high":
            scores[-1] = best
    return Bins(tuple(float(value) for value in np.asarray(cuts, dtype=float)), closed, tuple(int(score) for score in scores))


def _reversed_scores(nominal: np.ndarray, cuts: Sequence[float], first: int, inside: int) -> list[int]:
    """Scores where small values are good: classes are numbered upward in value first and turned round afterwards."""
    last = first + inside - 1
    upward = [1] + [1 + int((nominal <= value).sum()) for value in cuts]
    return [last + 1 - number for number in upward]


def whole(bins: Bins, values: ArrayLike) -> Bins:
    """The same classes with cuts that are whole numbers, for counts and days: 3.6 orders divide whole orders just as 3 does, or 4.

    A right-closed cut goes down to the next whole number, a left-closed one up; cuts that become one leave out the score that no
    whole value can reach. Values that are not whole keep the cuts they have.

    >>> whole(Bins((2.5, 3.2, 3.6), "right", (1, 2, 3, 4)), [1, 3, 9])
    Bins(cuts=(2.0, 3.0), closed='right', scores=(1, 2, 4))
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    if (array[~np.isnan(array)] % 1).any():
        return bins
    cuts = [float(value) for value in (np.floor if bins.closed == "right" else np.ceil)(bins.cuts)]
    last = [place for place, value in enumerate(cuts) if value not in cuts[place + 1 :]]
    return Bins(tuple(cuts[place] for place in last), bins.closed, (bins.scores[0], *(bins.scores[place + 1] for place in last)))


def cut(values: ArrayLike, cuts: Sequence[float], *, closed: Closed = "right") -> np.ndarray:
    """Class number of each value: 1 below the first cut, and one more for every cut passed.

    Args:
        values: Numbers; missing ones get class 0.
        cuts: Ascending cuts.
        closed: "right": a value at a cut is below it, (a, b]; "left": above it, [a, b), as the R package ``rfm`` does.

    >>> cut([1, 2, 3], [2]).tolist(), cut([1, 2, 3], [2], closed="left").tolist()
    ([1, 1, 2], [1, 2, 2])
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    numbers = 1 + np.searchsorted(np.asarray(cuts, dtype=float), array, side="left" if closed == "right" else "right")
    return np.where(np.isnan(array), 0, numbers)
