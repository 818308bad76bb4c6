"""A million customers: seconds to fit each purchase-process model, against the ten allowed, with planted and found parameters.

    python benchmarks/clv.py
    python benchmarks/clv.py --customers 200000

Two worlds by the same process: in whole days, where equal histories are counted once, and in continuous time, where no two
customers are alike. The best of the rounds counts; processor seconds stand beside the clock's, for machines that are busy.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LIMIT = 10.0
PLANTED = {"r": 0.55, "alpha": 74.0, "s": 0.6, "beta": 82.0, "p": 6.25, "q": 3.74, "v": 15.4}


def customers(number: int, *, whole_days: bool, seed: int = 1) -> pd.DataFrame:
    """Summaries of customers who buy by the Pareto/NBD process, in days, and spend by Gamma-Gamma."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    observed = rng.uniform(180, 730, number)
    life = np.minimum(rng.exponential(1 / rng.gamma(PLANTED["s"], 1 / PLANTED["beta"], number)), observed)
    repeats = rng.poisson(rng.gamma(PLANTED["r"], 1 / PLANTED["alpha"], number) * life)
    again = repeats > 0
    last = np.where(again, life * rng.beta(np.maximum(repeats, 1), 1), 0)
    if whole_days:
        observed, last = np.ceil(observed), np.where(again, np.ceil(last), 0)
    orders = np.maximum(repeats, 1)
    value = rng.gamma(PLANTED["p"] * orders) / orders / rng.gamma(PLANTED["q"], 1 / PLANTED["v"], number)
    return pd.DataFrame(
        {
            "repeat_orders": repeats,
            "first_to_last_periods": last,
            "observed_periods": observed,
            "mean_repeat_value": np.where(again, value.round(2), 0),
            "period_days": 1,
        }
    )


def main() -> int:
    """Fit, print, and say by the exit code whether every fit kept the limit."""
    from seglib import clv

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    within = True
    for whole_days in (True, False):
        summary = customers(options.customers, whole_days=whole_days)
        print(f"{len(summary):,} customers, {'whole days' if whole_days else 'continuous time'}")
        for fit in (clv.fit_pareto_nbd, clv.fit_bg_nbd, clv.fit_gamma_gamma):
            clock, processor = float("inf"), float("inf")
            for _ in range(options.rounds):
                begun, used = time.perf_counter(), time.process_time()
                model = fit(summary)
                clock, processor = min(clock, time.perf_counter() - begun), min(processor, time.process_time() - used)
            found = ", ".join(
                f"{row.parameter} {row.estimate:.4g}" + (f" (planted {PLANTED[row.parameter]:g})" if fit is not clv.fit_bg_nbd else "")
                for row in model.parameters.itertuples()
            )
            seconds = f"{clock:5.2f} s of {LIMIT:.0f} ({processor:.2f} s of the processor)"
            print(f"  {fit.__name__:16} {seconds}, {model.fit.rows:,} different rows: {found}")
            within &= clock <= LIMIT
    return int(not within)


if __name__ == "__main__":
    sys.exit(main())
