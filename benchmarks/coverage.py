"""Do 95% intervals hold the truth 95 times in 100? Simulated migrations and next periods whose truth is known; 92 to 98 are asked for."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict

import numpy as np
import pandas as pd

from seglib.review import measures, mobility
from seglib.review.predictions import quantiles, size_matched
from seglib.review.transitions import moves_between

KEYS = ("high", "medium", "low")
PLANTED = np.array([[0.74, 0.2, 0.06], [0.16, 0.66, 0.18], [0.04, 0.14, 0.82]])
SHARES = np.array([0.2, 0.3, 0.5])
USUAL = np.array([300.0, 80.0, 15.0])  # what somebody in a class spends in a window, on the average
LEAST, MOST = 0.92, 0.98


def migrations(worlds: int, customers: int, draws: int) -> dict[str, list[bool]]:
    """Shares of a row, money of a move, indices: was the truth in the interval?"""
    held: dict[str, list[bool]] = defaultdict(list)
    change = SHARES[:, None] * PLANTED * (USUAL[None, :] - USUAL[:, None]) * customers
    true = {
        "stays": float(SHARES @ np.diag(PLANTED)),
        "shorrocks": mobility.shorrocks(PLANTED),
        "bartholomew": mobility.bartholomew(PLANTED, SHARES),
    }
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        a = rng.choice(3, p=SHARES, size=customers)
        b = (rng.random(customers)[:, None] > PLANTED[a].cumsum(axis=1)).sum(axis=1)
        ids = [f"c{n}" for n in range(customers)]
        lists = [pd.Series(np.array(KEYS)[part], index=ids) for part in (a, b)]
        money = [pd.Series(USUAL[part] * rng.gamma(2, 0.5, customers), index=ids).round(2) for part in (a, b)]
        found = moves_between(*lists, *money, classes=KEYS, ordered=True, draws=draws, seed=seed)
        cells = found.moves.set_index(["before", "after"])
        for row, one in enumerate(KEYS):
            for column, other in enumerate(KEYS):
                cell = cells.loc[(one, other)]
                held["share of a row"].append(bool(cell["low"] <= PLANTED[row, column] <= cell["high"]))
                held["money of a move"].append(bool(cell["change_low"] <= change[row, column] <= cell["change_high"]))
        told = found.summary.set_index("measure")
        for name, value in true.items():
            held[name].append(bool(told["low"][name] <= value <= told["high"][name]))
    return held


def thin(worlds: int, customers: int = 18) -> dict[str, list[bool]]:
    """Rows of fewer than thirty customers, where Jeffreys' interval stands."""
    held: dict[str, list[bool]] = defaultdict(list)
    for seed in range(worlds):
        rng = np.random.default_rng(10_000 + seed)
        for row, one in enumerate(KEYS):
            b = rng.choice(3, p=PLANTED[row], size=customers)
            ids = [f"c{n}" for n in range(customers)]
            lists = [pd.Series([one] * customers, index=ids), pd.Series(np.array(KEYS)[b], index=ids)]
            cells = moves_between(*lists, classes=KEYS, ordered=True, draws=10).moves.set_index(["before", "after"])
            held["share of a thin row"] += [
                bool(cells.loc[(one, other), "low"] <= PLANTED[row, column] <= cells.loc[(one, other), "high"])
                for column, other in enumerate(KEYS)
            ]
    return held


def next_period(rng: np.random.Generator, customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes by orders, spend of the base, and next spend, of customers with a habit of coming and a habit of spending.

    Next spend is as skewed as that of the grocery chain (2.6 against 2.5). With a skew of 4 the interval of R² holds its truth 91 times in
    100, that of the difference 94: a few customers then make the R², and no bootstrap knows of those it has not seen.
    """
    rate, size = rng.gamma(1.5, 8, customers), np.exp(rng.normal(3, 0.4, customers))
    orders, later = rng.poisson(rate) + 1, rng.poisson(rate / 2)
    spend, after = (size * rng.gamma(np.maximum(n, 0.01) * 2, 0.5) * (n > 0) for n in (orders, later))
    return quantiles(orders.astype(float), 5), spend, after


def worth(worlds: int, customers: int, draws: int) -> dict[str, list[bool]]:
    """R² of class means, and its difference to the spend ranking of the same sizes; the truth is that of half a million customers."""
    codes, spend, after = next_period(np.random.default_rng(99), 500_000)
    truth = [measures.eta_squared(codes, after), measures.eta_squared(size_matched(codes, spend), after)]
    held: dict[str, list[bool]] = defaultdict(list)
    for seed in range(worlds):
        codes, spend, after = next_period(np.random.default_rng(seed), customers)
        expected = [measures.out_of_fold(part, after, seed=seed) for part in (codes, size_matched(codes, spend))]
        samples = measures.r_squared_drawn(expected, after, draws, seed=seed)[1:]
        for name, drawn, true in (
            ("R²", samples[:, 0], truth[0]),
            ("R² less the ranking", samples[:, 0] - samples[:, 1], truth[0] - truth[1]),
        ):
            low, high = np.quantile(drawn, [0.025, 0.975])
            held[name].append(bool(low <= true <= high))
    return held


def main() -> int:
    """Print how often each interval held the truth, and say by the exit code whether all did as often as asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--worlds", type=int, default=300)
    asked.add_argument("--customers", type=int, default=1500)
    asked.add_argument("--draws", type=int, default=400)
    given = asked.parse_args()
    found = {
        **migrations(given.worlds, given.customers, given.draws),
        **thin(given.worlds),
        **worth(given.worlds, given.customers, given.draws),
    }
    failed = 0
    for name, held in found.items():
        share = float(np.mean(held))
        failed += not LEAST <= share <= MOST
        print(f"{name:22} {share:6.1%} of {len(held):5}  {'as asked' if LEAST <= share <= MOST else 'NOT as asked'}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
