"""How long a made market takes, as a ratio to the limit: a million order lines, with every table and the truth, in 5 seconds.

python benchmarks/market.py
python benchmarks/market.py --rounds 1 --customers 20000
"""

from __future__ import annotations

import argparse
import time

LIMIT_SECONDS, LIMIT_LINES = 5.0, 1_000_000


def measure(customers: int, seed: int) -> tuple[int, float, float]:
    """Order lines made, seconds taken, and processor seconds (what it would take with the machine to itself); imports are done before."""
    from seglib.datasets import make_market

    begin, work = time.perf_counter(), time.process_time()
    market = make_market(customers=customers, seed=seed)
    return len(market.tables["orders"]), time.perf_counter() - begin, time.process_time() - work


def main() -> None:
    """Print one line a round and the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    measure(50, 0)
    ratios = []
    for seed in range(1, given.rounds + 1):
        lines, seconds, work = measure(given.customers, seed)
        ratios.append(seconds / lines * LIMIT_LINES / LIMIT_SECONDS)
        print(f"{lines:>12,} order lines  {seconds:6.2f} s ({work:.2f} s processor)  {ratios[-1]:5.2f} of {LIMIT_SECONDS:g} s a million")
    print(f"best: {min(ratios):.2f} of the limit")


if __name__ == "__main__":
    main()
