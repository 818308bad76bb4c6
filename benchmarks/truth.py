"""How much of a planted truth every method finds, and how often methods find something where nothing was planted.

python -m benchmarks.truth                      recovery of every method on one made market
python -m benchmarks.truth --null --seeds 200   share of null worlds in which a method makes a claim
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

COPIED = ("age_band", "gender", "income_band", "north_south")  # what is copied from an input is no recovery
BEST = ("value_tier", "purchase_frequency", "product_preference", "satisfaction", "needs")
DECLARED = {"growth_potential": {"basis": "forecast"}}  # a wallet is declared by few, and tells nothing of the others
AT_MOST = 0.05  # of null worlds
OUTSIDE = ("no_orders", "no_orders_in_window", "net_negative", "net_zero", "returns_only", "too_few_lines", "broad", "mixed")
# method -> the world with nothing for it to find, and what counts as a claim there
CLAIMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "clusters": ("continuum", lambda result: bool(result.fit["natural"])),
    "demographics": ("demographics_independent", lambda result: len(result.details.get("category_index", ())) > 0),
    "geography": ("demographics_independent", lambda result: len(result.details.get("category_index", ())) > 0),
    "product_preference": ("no_preference", lambda result: _placed(result) > 0),
    "needs": ("no_needs", lambda result: _placed(result) > 0),
}


def _placed(result: Any) -> int:
    """Customers in a class that claims something of them."""
    inside = result.profile[~result.profile["outside"]]
    return int(inside.loc[~inside["segment"].isin(OUTSIDE), "customers"].sum())


def classified(name: str, market: Any) -> Any:
    """A method on a market, by its own defaults."""
    import seglib
    from seglib import methods

    module = methods.get(name)
    client = seglib.open_frames(**market.tables)
    table = client.customers(also=(*module.NEEDS, *module.USES), facts=tuple(module.FACTS))
    return module.segment(table, **DECLARED.get(name, {})), table


def recovered(customers: int, seed: int) -> pd.DataFrame:
    """Agreement with the truth by method, beside chance, a ranking by spend at the truth's sizes, and the best anybody could do."""
    from seglib import methods
    from seglib.datasets import make_market, recovery

    market = make_market(customers=customers, seed=seed)
    rows = []
    for name in market.truth["classes"].columns[1:]:
        if name in COPIED or name not in methods.names():
            continue
        truth = market.truth_class(name)
        result, table = classified(name, market)
        best = market.best(name) if name in BEST else None
        found = recovery(called(result), truth, best=best).set_index("line")
        naive = recovery(by_spend(table, truth), truth, match=True).set_index("line")
        rows.append(
            {
                "method": name,
                "agreement": found.loc["method", "agreement"],
                "low": found.loc["method", "low"],
                "high": found.loc["method", "high"],
                "chance": found.loc["chance", "agreement"],
                "largest class": found.loc["largest class", "agreement"],
                "spend ranking": naive.loc["method", "agreement"],
                "best possible": found.loc["best possible", "agreement"] if best is not None else np.nan,
            }
        )
    return pd.DataFrame(rows)


def called(result: Any) -> pd.DataFrame:
    """The assignments under the names of the data, where the method's keys are made from names (groups of goods)."""
    names = result.details.get("names")
    if names is None:
        return result.assignments
    return result.assignments.assign(segment=result.assignments["segment"].replace(dict(zip(names["segment"], names["name"], strict=True))))


def by_spend(table: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    """A ranking by spend, cut at the sizes of the true classes."""
    known = table[table["customer_id"].isin(truth.index)].sort_values(["spend", "orders"], ascending=False)
    sizes = (truth.value_counts(normalize=True).sort_index() * len(known)).round().cumsum().to_numpy()
    return pd.DataFrame(
        {"customer_id": known["customer_id"], "segment": np.searchsorted(sizes, np.arange(len(known)), side="right").astype(str)}
    )


def claimed(seeds: int) -> pd.DataFrame:
    """Null worlds with a claim, by method, with the 95 % interval (Wilson)."""
    from seglib.datasets import make_market
    from seglib.review.measures import wilson

    rows = []
    for name, (world, claims) in CLAIMS.items():
        found = 0
        for seed in range(seeds):
            result, _ = classified(name, make_market(customers=400, seed=seed, world=world, orders_per_year=20))
            found += bool(result.trustworthy and claims(result))
        low, high = wilson(np.array([found]), np.array([seeds]))
        rows.append(
            {"method": name, "world": world, "seeds": seeds, "claims": found, "share": found / seeds, "low": low[0], "high": high[0]}
        )
    return pd.DataFrame(rows)


def main() -> int:
    """Print the table; 1 where more null worlds than allowed made a claim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--null", action="store_true", help="null worlds instead of recovery")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    table = claimed(asked.seeds) if asked.null else recovered(asked.customers, asked.seed)
    print(table.to_string(index=False, float_format="{:.3f}".format, na_rep="–"))
    if not asked.null:
        print(f"\nCopies of an input, so no recovery: {', '.join(COPIED)}.")
    return int(asked.null and bool((table["share"] > AT_MOST).any()))


if __name__ == "__main__":
    sys.exit(main())
