"""Seven numbers of classes examined for valleys on 2,500 customers: seconds, null tables included, against the five allowed.

python benchmarks/separation.py
"""

from __future__ import annotations

import sys
import time

import numpy as np

LIMIT = 5.0
CUSTOMERS, FEATURES = 2500, 3


def main() -> int:
    """Examine one cloud, print, and say by the exit code whether the limit was kept."""
    from seglib.separation import dip, examine_each, kmeans

    points = np.random.default_rng(1).multivariate_normal(np.zeros(FEATURES), np.eye(FEATURES) * 0.3 + 0.7, CUSTOMERS)
    kmeans(points[:100], 2)  # scikit-learn is loaded before the clock starts
    clock, processor = time.perf_counter(), time.process_time()
    table = examine_each(points)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(f"k = 2 to 8, 10 splits, {CUSTOMERS:,} customers: {clock:.2f} s of {LIMIT:.0f} ({processor:.2f} s of the processor)")
    print(table.to_string(index=False))
    sample = np.random.default_rng(2).lognormal(size=1_000_000)
    begun = time.perf_counter()
    dip(sample)
    print(f"one dip test of a million different values: {time.perf_counter() - begun:.2f} s")
    return int(clock > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
