"""How much of a planted truth every method finds, and how often methods find something where nothing was planted.

python -m benchmarks.truth                      recovery of every method on one made market
python -m benchmarks.truth --write              the same, and docs/recovery.md with it
python -m benchmarks.truth --null --seeds 200   share of null worlds in which a method makes a claim
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seglib.review.recovered import classified, recovered

AT_MOST = 0.05  # of null worlds
PAGE = Path(__file__).parents[1] / "docs" / "recovery.md"
OUTSIDE = ("no_orders", "no_orders_in_window", "net_negative", "net_zero", "returns_only", "too_few_lines", "broad", "mixed")
# method -> the world with nothing for it to find, and what counts as a claim there
CLAIMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "clusters": ("continuum", lambda result: bool(result.fit["natural"])),
    "demographics": ("demographics_independent", lambda result: len(result.details.get("category_index", ())) > 0),
    "geography": ("demographics_independent", lambda result: len(result.details.get("category_index", ())) > 0),
    "product_preference": ("no_preference", lambda result: _placed(result) > 0),
    "needs": ("no_needs", lambda result: _placed(result) > 0),
    "growth_potential": ("no_trend", lambda result: bool((result.assignments["segment"] == "high").any())),
}
INTRO = """# What the methods find of a planted truth

`seglib.datasets.make_market` plants traits (how often, how much, how long, by which coefficients a customer chooses) and simulates a
process; the true class is a fixed cut on a latent expectation, never a method's own rule. So no method can reach 1: what chance did to the
tables stands between them and the truth. Made by `python -m benchmarks.truth --write` ({customers:,} customers, seed {seed}); any market:

```python
from seglib.review.recovered import recovered

recovered(customers=2000, seed=1, names=["lifecycle", "needs"])
```

- **agreement**: share of customers in their true class, with the 95% interval. A class that the truth does not know counts as missed.
- **chance**: agreement of two independent classifications with these sizes of classes. **kappa**: how far above it, 0 chance, 1 perfect.
- **naive**: the better of two: everybody in the largest class; a ranking by spend, cut at the sizes of the true classes.
- **best possible**: what a classifier reaches that knows the law of the market and sees the same tables. By formula where the law gives
  one; else by simulation: boosted trees that are shown 4,000 strangers from the same law with their truth. The latter tends to the best
  from below, so a method may come out a little above it.
- **placed**: whom the method puts into a class of the truth; who is not judged (unknown, no answer, too few lines) counts as missed in
  the agreement. **right if placed**: how many of those placed truly belong there.
- Methods cut by shares of customers, the truth by fixed amounts: part of the gap is that a share is not the amount. Who cuts into thirds
  where the truth is nearly all in one class agrees less than "everybody in the largest class" would, and still tells more: kappa shows it.

"""


ASIDE = (
    "`clusters` is asked in the world of four separated groups, by what they differ in (`orders,mean_order_value`), and its groups are",
    "matched to the true ones; on the market and on the grocery chain it says that there are no natural segments. Who is expected back at",
    "the usual level by `growth_potential` counts as medium. The formula for `needs` sees the prices of all goods on offer, which the",
    "tables do not hold.",
)


def _placed(result: Any) -> int:
    """Customers in a class that claims something of them."""
    inside = result.profile[~result.profile["outside"]]
    return int(inside.loc[~inside["segment"].isin(OUTSIDE), "customers"].sum())


def claimed(seeds: int, names: list[str]) -> pd.DataFrame:
    """Null worlds with a claim, by method, with the 95 % interval (Wilson)."""
    from seglib.datasets import make_market
    from seglib.review.measures import wilson

    rows = []
    for name, (world, claims) in CLAIMS.items():
        if names and name not in names:
            continue
        found = 0
        for seed in range(seeds):
            result, _ = classified(name, make_market(customers=400, seed=seed, world=world, orders_per_year=20))
            found += bool(result.trustworthy and claims(result))
        low, high = wilson(np.array([found]), np.array([seeds]))
        rows.append(
            {"method": name, "world": world, "seeds": seeds, "claims": found, "share": found / seeds, "low": low[0], "high": high[0]}
        )
    return pd.DataFrame(rows)


def page(table: pd.DataFrame, customers: int, seed: int) -> str:
    """docs/recovery.md: the table, then what is no recovery and why."""
    there, none = table[table["why_not"].isna()], table[table["why_not"].notna()]
    head = ["method", "customers", "classes", "agreement", "95% interval", "naive", "chance", "kappa"]
    head += ["best possible", "its kappa", "best by", "placed", "right if placed"]
    rows = [_cells(row) for row in there.to_dict("records")]
    marks = ["---", *["--:"] * 9, "---", "--:", "--:"]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)]
    why = [f"- `{row.method}`: {row.why_not}." for row in none.itertuples()]
    return INTRO.format(customers=customers, seed=seed) + "\n".join([*lines, "", *ASIDE, "", "No recovery, and why:", "", *why, ""])


def _cells(row: dict[Any, Any]) -> list[str]:
    """One method's line of the page."""
    between = f"{row['low']:.3f}–{row['high']:.3f}"
    naive = max(row["largest_class"], row["by_spend"])
    figures = [f"{row[name]:.3f}" for name in ("chance", "above_chance", "best", "best_above_chance")]
    return [
        *(f"`{row['method']}`", f"{row['customers']:,.0f}", f"{row['classes']:.0f}", f"{row['agreement']:.3f}", between, f"{naive:.3f}"),
        *(*figures, row["best_by"], f"{row['placed']:.2f}", f"{row['right_if_placed']:.3f}"),
    ]


def main() -> int:
    """Print the table; 1 where more null worlds than allowed made a claim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--null", action="store_true", help="null worlds instead of recovery")
    parser.add_argument("--write", action="store_true", help="write docs/recovery.md")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("methods", nargs="*", help="left out: all")
    asked = parser.parse_args()
    table = (
        claimed(asked.seeds, asked.methods) if asked.null else recovered(customers=asked.customers, seed=asked.seed, names=asked.methods)
    )
    print(table.to_string(index=False, float_format="{:.3f}".format, na_rep="–"))
    if asked.write and not asked.null:
        PAGE.write_text(page(table, asked.customers, asked.seed), encoding="utf-8")
    return int(asked.null and bool((table["share"] > AT_MOST).any()))


if __name__ == "__main__":
    sys.exit(main())
