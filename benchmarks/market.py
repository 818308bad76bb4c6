"""How long a made market takes, as a ratio to the limit: a million order lines, with every table and the truth, in 5 seconds.

python benchmarks/market.py
python benchmarks/market.py --rounds 1 --customers 20000
"""

from __future__ import annotations

import argparse
import time

LIMIT_SECONDS, LIMIT_LINES = 5.0, 1_000_000


def measure(customers: int, seed: int) -> tuple[int, float]:
    """Order lines made, and seconds taken; imports are done before the clock starts."""
    from seglib.datasets import make_market

    begin = time.perf_counter()
    market = make_market(customers=customers, seed=seed)
    return len(market.tables["orders"]), time.perf_counter() - begin


def main() -> None:
    """Print one line a round and the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    measure(50, 0)
    ratios = []
    for seed in range(1, given.rounds + 1):
        lines, seconds = measure(given.customers, seed)
        ratios.append(seconds / lines * LIMIT_LINES / LIMIT_SECONDS)
        print(f"{lines:>12,} order lines  {seconds:6.2f} s  {ratios[-1]:5.2f} of the limit ({LIMIT_SECONDS:g} s a million lines)")
    print(f"best: {min(ratios):.2f} of the limit")


if __name__ == "__main__":
    main()
