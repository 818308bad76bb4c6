"""Buying days drawn anew with no change in behaviour: every customer keeps the rhythm in which he buys.

The null hypothesis is that each customer's purchases of two adjacent windows of T days come from one stationary process. A draw places his
N buying days of both windows anew on [0, 2T); what was bought on a day moves with it. How the days are placed depends on how even his
gaps are. Coin tosses (random halves of all orders) would be the right draw for a Poisson process only: they flip half of those who order
exactly four times a year, and break up purchases that come in clumps.

Notation, a customer: buying days t1 < ... < tN; inner gaps g_i = t_(i+1) - t_i; the wrap gap W = t1 + 2T - tN closes them to a ring of
length L = 2T; mean gap m = L / N.

*Shape of the gaps.* Gaps are gamma(k) with the customer's own rate: k = 1 is Poisson, large k a steady rhythm, small k clumps. Given their
sum the n = N - 1 inner gaps have Dirichlet(k, ..., k) shares p_i whatever the rate, so that

    log L(k) = log G(n k) - n log G(k) + (k - 1) sum log p_i        (G: gamma function)

on a grid of 25 values of k, with a prior common to all customers that the EM algorithm estimates from those with N >= 3 (empirical Bayes:
nonparametric maximum likelihood on the grid). Customers with fewer buying days have that prior as their posterior.

*Law.* Regular: P(k >= 2.5) >= 1/2. Of these, calendar: W at most 2.5 mean inner gaps, and either P(k >= 30) >= 1/2 or the pooled lag-1
correlation of the gaps of all regular customers is below -0.2 (a late purchase is followed by an early one, as with fixed due dates; a
renewal process has 0). The sample correlation of n exchangeable gaps has mean -1 / n, which is added back. Everybody else: irregular.

*Draw.*
    calendar   gaps in their order and uniform random phase on a ring of N paces, not of L (W becomes what is left of it): the customer's
               pace is the least-squares slope of t_i on i, so that due dates run on across the seam; the ring is unrolled over the 2T
               days, so that a day may fall out or come twice
    regular    N gamma(k) gaps with k from the posterior, scaled to L, uniform random phase
    irregular  days less than m / 2 apart stay together; these pieces in random order, each with the gap that follows it; random phase
What was bought goes to the new days in random order where purchases are regular or follow a calendar, and stays in its piece elsewhere.
Newcomers (no purchase before both windows, and a first one later than 2.5 of their inner gaps, or only one at all) keep their first day:
their ring is [t1, 2T), and it has no random phase. Where everybody's purchases fall on few days (at most 0.8 T distinct days of the 2T,
such as month ends) a drawn day is moved to the nearest of these, on the ring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

SHAPES = np.geomspace(0.15, 150, 25)  # grid of the gamma shape
EM_STEPS = 200
REGULAR_SHAPE = 2.5  # gaps with a coefficient of variation below 0.63
CALENDAR_SHAPE = 30.0  # a coefficient of variation below 0.18
DUE_CORRELATION = -0.2  # of successive gaps, below which purchases follow due dates; -0.5 where nothing but the due date counts
LONGEST_WAIT = 2.5  # mean gaps: who waits longer has stopped, or has only just begun
GLUED = 0.5  # mean gaps: purchases closer than that are of one piece
FEW_DAYS = 0.8  # of a window: distinct days of purchase, of both windows, below which purchases keep to such days
IRREGULAR, REGULAR, CALENDAR = range(3)


@dataclass(frozen=True, eq=False)
class Rhythm:
    """The buying days of two windows and the law each customer follows.

    Attributes:
        customer: Number of the customer of each buying day, 0 to size - 1, ascending.
        day: The day, 0 to span - 1, ascending within a customer.
        span: Days of both windows, 2T.
        law: IRREGULAR, REGULAR or CALENDAR, one a customer.
        posterior: Customers x SHAPES: probability of each shape of the gaps.
        newcomer: Does the customer keep his first day?
    """

    customer: np.ndarray
    day: np.ndarray
    span: int
    law: np.ndarray
    posterior: np.ndarray
    newcomer: np.ndarray

    def shares(self, counted: np.ndarray) -> tuple[float, float, float]:
        """Shares of the counted customers whose purchases are regular, follow a calendar, or neither; missing where nobody counts."""
        law = self.law[counted]
        regular, calendar, irregular = (float((law == one).mean()) if len(law) else float("nan") for one in (REGULAR, CALENDAR, IRREGULAR))
        return regular, calendar, irregular

    def draws(self, number: int, *, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Buying days drawn anew.

        Args:
            number: How many draws.
            seed: Of the random numbers, which are dealt in the order of the customers given.

        Yields:
            Two arrays of equal length: the buying day that is placed (its position in ``day``), and where, 0 to span - 1.
        """
        rng = np.random.default_rng(seed)
        customer, size, law = self.customer, len(self.law), self.law[self.customer]
        count = np.bincount(customer, minlength=size)
        start = np.cumsum(count) - count
        place = np.arange(len(customer)) - start[customer]
        first = np.zeros(size)
        first[customer[place == 0]] = self.day[place == 0]
        origin = np.where(self.newcomer, first, 0.0)
        ring = self.span - origin
        gap = _gaps(customer, self.day, self.span, count, start)
        gap[place == count[customer] - 1] -= origin[count > 0]
        mean_gap = (ring / np.maximum(count, 1))[customer]
        last = place == count[customer] - 1
        inner = np.bincount(customer[~last], weights=gap[~last], minlength=size) / np.maximum(count - 1, 1)
        seam = np.maximum(count * _pace(customer, place, self.day, count) - inner * (count - 1), GLUED * inner)
        ordered_gap = np.where(last, seam[customer], gap)
        length = np.where(self.law == CALENDAR, inner * (count - 1) + seam, ring)
        piece, turn = _pieces(customer, gap >= GLUED * mean_gap, start, count)
        base = np.lexsort((turn, customer))
        cumulative = np.cumsum(self.posterior, axis=1)
        distinct = np.unique(self.day)
        usual = None
        if 0 < len(distinct) <= FEW_DAYS * self.span / 2:
            usual = np.concatenate([distinct - self.span, distinct, distinct + self.span])
        units = np.tile(np.arange(len(customer)), 2)
        latest = np.where(self.newcomer, distinct[-1] if len(distinct) else 0, 2 * self.span)[customer]
        for _ in range(number):
            phase, chosen = rng.random(size) * length, rng.random((size, 1))
            shuffle, by_piece = rng.random(len(customer)), rng.random(len(customer))
            shape = SHAPES[np.minimum((cumulative < chosen).sum(axis=1), len(SHAPES) - 1)]
            gamma = rng.standard_gamma(shape[customer])
            key = np.where(law == IRREGULAR, by_piece[start[customer] + piece], shuffle)
            order = base[np.argsort((customer + key)[base], kind="stable")]  # the days of a piece share their key, and keep their turns
            drawn = np.where(law == REGULAR, gamma, np.where(law == CALENDAR, ordered_gap, gap[order]))
            elapsed = np.cumsum(drawn) - drawn
            elapsed -= elapsed[start[customer]]
            total = np.bincount(customer, weights=drawn, minlength=size)
            scaled = elapsed * (length / np.maximum(total, 1e-300))[customer]
            at = np.empty(len(customer))
            at[order] = origin[customer] + (np.where(self.newcomer, 0.0, phase)[customer] + scaled) % length[customer]
            # A calendar shorter than both windows begins anew, a longer one is cut off.
            day = np.floor(np.concatenate([at, at + length[customer]])).astype(np.int64)
            if usual is not None:
                day = _nearest(usual, day)
                day[: len(at)] = np.minimum(day[: len(at)], latest)
            inside = (day >= 0) & (day < self.span)
            yield units[inside], day[inside]


def rhythm(customer: np.ndarray, day: np.ndarray, *, span: int, known_before: np.ndarray) -> Rhythm:
    """The law that each customer's buying days follow.

    Args:
        customer: Number of the customer of each buying day, ascending; random numbers are dealt in this order.
        day: The day, 0 to span - 1, ascending within a customer, each day once.
        span: Days of both windows, 2T.
        known_before: Did the customer buy before both windows? One a customer.
    """
    size = len(known_before)
    count = np.bincount(customer, minlength=size)
    start = np.cumsum(count) - count
    gap = _gaps(customer, day, span, count, start)
    last = np.arange(len(customer)) == (start + count - 1)[customer]
    owner, inner = customer[~last], gap[~last]
    total = np.bincount(owner, weights=inner, minlength=size)
    mean_gap = total / np.maximum(count - 1, 1)
    posterior = _posterior(owner, inner / total[owner], count - 1)
    regular = posterior[:, SHAPES >= REGULAR_SHAPE].sum(axis=1) >= 0.5
    steady = posterior[:, SHAPES >= CALENDAR_SHAPE].sum(axis=1) >= 0.5
    wrap = np.full(size, float(span))
    wrap[customer[last]] = gap[last]
    due = lag_correlation(owner, inner / mean_gap[owner], regular) < DUE_CORRELATION
    calendar = regular & (count > 1) & (wrap <= LONGEST_WAIT * mean_gap) & (steady | due)
    first = np.zeros(size)
    first[customer[::-1]] = day[::-1]
    waited = first > LONGEST_WAIT * mean_gap
    law = np.where(calendar, CALENDAR, np.where(regular, REGULAR, IRREGULAR))
    return Rhythm(customer, day, span, law, posterior, ~known_before & waited)


def lag_correlation(owner: np.ndarray, gap: np.ndarray, counted: np.ndarray) -> float:
    """Pooled correlation of successive gaps within a customer, freed of its bias in small samples; 0 where nobody has two gaps.

    Args:
        owner: Number of the customer of each gap, ascending.
        gap: Gaps in their order, in mean gaps of the customer.
        counted: Which customers count, one a customer.
    """
    size = len(counted)
    number = np.bincount(owner, minlength=size)
    mean = np.bincount(owner, weights=gap, minlength=size) / np.maximum(number, 1)
    apart = gap - mean[owner]
    use = counted & (number >= 3)
    square = np.bincount(owner, weights=apart**2, minlength=size)
    pair = owner[1:] == owner[:-1]
    product = np.bincount(owner[1:][pair], weights=(apart[1:] * apart[:-1])[pair], minlength=size)
    if not use.any() or square[use].sum() <= 0:
        return 0.0
    return float((product[use] + square[use] / number[use]).sum() / square[use].sum())


def _gaps(customer: np.ndarray, day: np.ndarray, span: int, count: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Days from each buying day to the next one on the ring."""
    following = np.append(day[1:], 0).astype(float)
    end = (start + count - 1)[count > 0]
    following[end] = day[start[count > 0]] + span
    return following - day


def _pace(customer: np.ndarray, place: np.ndarray, day: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Mean gap by least squares of day on number, which two early or late days at the ends do not move much; 0 with one day."""
    size = len(count)
    centred = place - ((count - 1) / 2)[customer]
    return np.bincount(customer, weights=centred * day, minlength=size) / np.maximum(count * (count**2 - 1) / 12, 1)


def _posterior(owner: np.ndarray, share: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Probability of each shape, a customer, under the prior that makes all gaps most likely."""
    size, n = len(number), np.maximum(number, 1)[:, None]
    logs = np.bincount(owner, weights=np.log(share), minlength=size)[:, None]
    log_likelihood = gammaln(n * SHAPES) - n * gammaln(SHAPES) + (SHAPES - 1) * logs
    enough = number >= 2
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    prior = np.full(len(SHAPES), 1 / len(SHAPES))
    for _ in range(EM_STEPS if enough.any() else 0):
        joint = likelihood[enough] * prior
        prior = (joint / joint.sum(axis=1, keepdims=True)).mean(axis=0)
    joint = np.where(enough[:, None], likelihood, 1.0) * prior
    return joint / joint.sum(axis=1, keepdims=True)


def _pieces(customer: np.ndarray, long: np.ndarray, start: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The piece of each buying day, numbered within the customer, and its turn therein; a piece may reach across the end of the ring."""
    before = np.cumsum(long) - long
    piece = before - before[start[customer]] if len(customer) else before
    total = np.bincount(customer, weights=long, minlength=len(count)).astype(np.int64)[customer]
    across = (piece == total) & (total > 0)
    return np.where(across, 0, piece), np.arange(len(customer)) - np.where(across, count[customer], 0)


def _nearest(usual: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The nearest of some days, ascending; the earlier one of two."""
    right = np.clip(np.searchsorted(usual, day), 1, len(usual) - 1)
    left = right - 1
    return np.where(day - usual[left] <= usual[right] - day, usual[left], usual[right])
