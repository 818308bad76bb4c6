"""Hartigan's dip: how far a sample is from having a single peak, and how rarely a flat world looks like that.

The dip is the least distance, over all distribution functions with one mode, between such a function and the sample's. The function
sought is convex below the mode and concave above it, so it hangs between two hulls of the sample's staircase: the greatest convex
minorant of its lower corners and the least concave majorant of its upper corners. Where the hulls gape most, the mode must lie; what
the staircase leaves outside that interval is paid for; inside it the search goes on until nothing gapes further than what is paid.
Many samples are worked on at once, laid end to end, because a null table needs two thousand of them.

Source: J. A. Hartigan and P. M. Hartigan (1985), The dip test of unimodality, Annals of Statistics 13, 70-84.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seglib.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

EXACT_SIZES = 32  # up to here each sample size has its own null table
LARGEST_SIZE = 2048  # beyond it the null distribution of sqrt(n) * dip hardly moves
CHUNK = 60_000  # numbers worked on at once: what the processor's cache holds
PASSES = 40  # over a hull before it is walked point by point; 20 are enough for nearly every sample
TINY = 1e-13  # two distances nearer than this are the same distance


class DipTest(NamedTuple):
    """What the dip says of one sample.

    Attributes:
        statistic: The dip, 1/(2n) for a sample that could not be more single-peaked, up to 1/4 for two points far apart.
        p: Share of equally large samples from a uniform distribution with a dip at least as large; small means more than one peak.
    """

    statistic: float
    p: float


def dip(values: ArrayLike, *, draws: int = 2000, seed: int = 0) -> DipTest:
    """Has this sample more than one peak?

    The uniform distribution is the single-peaked one that is hardest to tell from two peaks, so p is, if anything, too large.
    Ties are steps of the staircase and look like peaks: spread whole numbers (days, counts) within their unit before asking.

    Args:
        values: One finite number a customer, in any order.
        draws: Uniform samples in the null table; more make p finer (its smallest value is 1 / (draws + 1)).
        seed: Seed of the null table; tables are kept while the program runs.

    Returns:
        Statistic and p. Between the sizes of the tables (every size to 32, then doublings to 2,048) p is interpolated on the logarithm
        of the sample size, at equal sqrt(n) * dip.

    Raises:
        DataError: No values, or some are missing or infinite.
        ParameterError: Too few draws.

    >>> rng = np.random.default_rng(5)
    >>> one, two = rng.normal(size=400), np.concatenate([rng.normal(0, 1, 200), rng.normal(5, 1, 200)])
    >>> dip(one).p > 0.5, dip(two).p < 0.001
    (True, True)
    """
    sample = np.asarray(values, dtype=float).ravel()
    if draws < 100:
        raise ParameterError(
            "dip: draws is {draws}, so the smallest p would be {p}; ask for at least 100.", draws=draws, p=round(1 / (max(draws, 0) + 1), 3)
        )
    statistic = dip_statistic(sample)
    return DipTest(statistic, _share_as_large(statistic, len(sample), draws, seed))


def dip_statistic(values: ArrayLike) -> float:
    """The dip alone, without its p: see ``dip``.

    A single atom at the mode costs nothing, as the definition has it, but the result is never below 1/(2n), the least that n
    different values can have.
    """
    sample = np.asarray(values, dtype=float).ravel()
    if not len(sample):
        raise DataError("dip: there are no values to look at; give at least one number.")
    if bad := int(np.count_nonzero(~np.isfinite(sample))):
        raise DataError("dip: {n} of {all} values are missing or infinite; leave them out first.", n=bad, all=len(sample))
    places, counts = np.unique(sample, return_counts=True)
    upto = np.cumsum(counts) / len(sample)
    gap = _gaps(places, upto - counts / len(sample), upto, np.array([0]))[0]
    return max(float(gap), 1 / len(sample)) / 2


def _share_as_large(statistic: float, n: int, draws: int, seed: int) -> float:
    """p of a dip among uniform samples of that size, interpolated between the sizes that have a table."""

    def share(size: int) -> float:
        null = null_table(size, draws, seed)
        return (1 + draws - int(np.searchsorted(null, statistic * np.sqrt(n) - 1e-9))) / (draws + 1)

    if n <= EXACT_SIZES:
        return share(n)
    lower = min(2 ** int(np.log2(n)), LARGEST_SIZE)
    if lower == LARGEST_SIZE:
        return share(lower)
    weight = float(np.log2(n / lower))
    return (1 - weight) * share(lower) + weight * share(2 * lower)


@lru_cache(maxsize=256)
def null_table(n: int, draws: int = 2000, seed: int = 0) -> np.ndarray:
    """sqrt(n) * dip of ``draws`` uniform samples of size ``n``, ascending; the same for the same seed."""
    rng = np.random.default_rng([seed, n])
    at_once = max(1, CHUNK // n)
    dips = []
    for done in range(0, draws, at_once):
        rows = min(at_once, draws - done)
        # Sums of exponential gaps over their total are sorted uniforms: no sorting is needed.
        sums = np.cumsum(rng.exponential(size=(rows, n + 1)), axis=1)
        rank = np.tile(np.arange(n), rows)
        places = (sums[:, :-1] / sums[:, -1:]).ravel()
        dips.append(_gaps(places, rank / n, (rank + 1) / n, np.arange(rows) * n))
    table = np.sort(np.maximum(np.concatenate(dips), 1 / n) / 2 * np.sqrt(n))
    table.flags.writeable = False
    return table


def _gaps(x: np.ndarray, below: np.ndarray, upto: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Twice the dip of each of many samples laid end to end.

    Args:
        x: Different values, ascending within a sample.
        below: Share of the sample below each value: the lower corner of the staircase.
        upto: Share up to and with it: the upper corner.
        starts: Where each sample begins.
    """
    low, high = starts.copy(), np.append(starts[1:], len(x)) - 1
    paid = np.zeros(len(starts))
    active, points = np.arange(len(starts)), np.arange(len(x))
    while len(active):
        first, last = low[active], high[active]
        counts = last - first + 1
        owner = np.repeat(active, counts)
        minorant, majorant = _hull(x, below, points, owner), _hull(x, -upto, points, owner)
        widest, left, right = _widest(x, below, upto, minorant, majorant, first)
        on = widest > paid[active] + TINY
        left, right = np.where(on, left, first), np.where(on, right, last)
        before, after = points < np.repeat(left, counts), points > np.repeat(right, counts)
        outside = points[before]
        np.maximum.at(paid, owner[before], upto[outside] - _line(x, below, minorant, outside))
        outside = points[after]
        np.maximum.at(paid, owner[after], _line(x, upto, majorant, outside) - below[outside])
        narrower = (left > first) | (right < last)
        # The whole interval is the modal one: what gapes in it is the price.
        whole = on & ~narrower & (left < right)
        paid[active[whole]] = widest[whole]
        low[active], high[active] = left, right
        stay = on & narrower
        points = points[np.repeat(stay, counts) & ~before & ~after]
        active = active[stay]
    return paid


def _hull(x: np.ndarray, y: np.ndarray, points: np.ndarray, run: np.ndarray) -> np.ndarray:
    """Corners of the greatest convex minorant of (x, y) over ``points``, one hull for each run of equal numbers in ``run``."""
    for _ in range(PASSES):
        # A point above the line between its neighbours is no corner, whatever becomes of them; a pass drops about half of the points.
        slope = np.diff(y[points]) / np.diff(x[points])
        keep = np.ones(len(points), dtype=bool)
        keep[1:-1] = (slope[:-1] < slope[1:]) | (run[2:] != run[:-2])
        if keep.all():
            return points
        points, run = points[keep], run[keep]
    parts = np.split(points, np.flatnonzero(np.diff(run)) + 1)
    return np.concatenate([_hull_one_by_one(x, y, part) for part in parts])


def _hull_one_by_one(x: np.ndarray, y: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The same corners by walking along, for the rare sample that would shed its points one a pass (a curve with a lone end)."""
    xs, ys = x[points].tolist(), y[points].tolist()
    corners: list[int] = []
    for i in range(len(xs)):
        while len(corners) > 1:
            a, b = corners[-2], corners[-1]
            if (ys[b] - ys[a]) * (xs[i] - xs[b]) < (ys[i] - ys[b]) * (xs[b] - xs[a]):
                break
            corners.pop()
        corners.append(i)
    return points[corners]


def _line(x: np.ndarray, y: np.ndarray, corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Height of the broken line through ``corners`` at ``points`` of the same runs."""
    at = np.searchsorted(corners, points, side="right") - 1
    a, b = corners[at], corners[np.minimum(at + 1, len(corners) - 1)]
    share = np.divide(x[points] - x[a], x[b] - x[a], out=np.zeros(len(points)), where=points > a)
    return y[a] + share * (y[b] - y[a])


def _widest(
    x: np.ndarray, below: np.ndarray, upto: np.ndarray, minorant: np.ndarray, majorant: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the hulls of each run gape most: by how much, and the corners of minorant and majorant on either side of that place."""
    corners = np.union1d(minorant, majorant)  # between corners both hulls are straight, so the greatest distance is at one
    gap = _line(x, upto, majorant, corners) - _line(x, below, minorant, corners)
    begins = np.searchsorted(corners, first)
    widest = np.maximum.reduceat(gap, begins)
    run = np.repeat(np.arange(len(first)), np.diff(np.append(begins, len(corners))))
    hits = np.flatnonzero(gap == widest[run])
    peak = corners[hits[np.unique(run[hits], return_index=True)[1]]]
    left = minorant[np.searchsorted(minorant, peak, side="right") - 1]
    right = majorant[np.searchsorted(majorant, peak, side="left")]
    return widest, left, right
