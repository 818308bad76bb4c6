"""What purchases tell of needs, and how far each kind of evidence is believed: reductions or elasticity, makers, price tiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.methods._draft import Draft
from seglib.methods._indices import Index, fitted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

INDICES = ("promo", "brand", "quality")
ELASTICITY = "elasticity"
# Who takes a product again because it was taken last time is like himself in both halves without any need: of 200 made markets where nobody
# has one, the lower end of the halves' correlation passes nought in 45, and this in 2.
HABIT = 0.1


def column(name: str) -> str:
    """The column of the customer table that an index is read from."""
    return "price_elasticity" if name == ELASTICITY else f"{name}_index"


def of(name: str, halves: pd.DataFrame, draft: Draft, reliability: float, level: float) -> Index:
    """The reliability of an index.

    Args:
        name: promo, brand, quality or elasticity (whose index is the elasticity without its sign: more is more sensitive).
        halves: The side frame needs_halves of the eligible customers.
        draft: The classification in the making.
        reliability: The least reliability with which it counts.
        level: Level of the test that its halves agree.
    """
    if column(name) not in halves.columns:
        return Index(name, of=len(draft.eligible))
    customers = draft.eligible
    if name == ELASTICITY:
        halves, customers = (frame.assign(elasticity_index=-frame["price_elasticity"]) for frame in (halves, customers))
    return fitted(name, halves, customers, reliability=reliability, fewest=1, level=level, bar=HABIT)


def of_price(basis: str, indices: Mapping[str, Index]) -> str:
    """Which index speaks for the price: as asked; else reduced lines, and elasticity where they do not count.

    Reductions come first: their halves agree more, they count for more customers, and on a grocery chain they told better than
    elasticity who redeemed coupons in the next quarter. By them a customer is called deal-prone, not price-sensitive.
    """
    elasticity, promo = indices.get(ELASTICITY), indices.get("promo")
    if elasticity is None or basis == "purchases":
        return "promo"
    instead = elasticity.used and (promo is None or not promo.used)
    return ELASTICITY if basis == ELASTICITY or instead else "promo"


def reliability_table(indices: Mapping[str, Index], left_out: set[str]) -> pd.DataFrame:
    """The evidence on each index; those left out do not decide, however well they are believed."""
    import pandas as pd

    rows = [
        (name, each.pairs, each.lines, each.r, each.low, each.kappa, each.trusted, each.counts, name not in left_out and each.used)
        for name, each in indices.items()
    ]
    columns = ["index", "customers", "half_lines", "halves_r", "halves_r_low", "kappa_lines", "mean_reliability", "counts_for", "used"]
    found = pd.DataFrame(rows, columns=columns).replace([float("inf")], float("nan"))
    return found.assign(used=found["used"].map({True: "in_use", False: "not_in_use"}))


def _weights(customers: pd.DataFrame) -> np.ndarray:
    """Information on each customer's elasticity: lines where the standard error is not there."""
    error = "price_elasticity_error"
    if error in customers.columns:
        return (1 / customers[error].to_numpy(float)) ** 2
    return customers["elasticity_lines"].to_numpy(float)


def elasticity_of(draft: Draft, index: Index) -> dict[str, float]:
    """The market's mean elasticity, and by how much customers truly differ around it."""
    import numpy as np

    counted = draft.eligible[draft.eligible["elasticity_lines"] >= index.needed].dropna(subset=["price_elasticity"])
    mean = float(np.average(counted["price_elasticity"].to_numpy(float), weights=_weights(counted)))
    return {"counts": index.counts, "mean": round(mean, 1), "spread": round(index.spread, 1)}


def shown(r: float) -> float | str:
    """A correlation in a sentence: two digits, or a dash where there is none."""
    return round(r, 2) if r == r else "–"


def against_mean(result: Segmentation, halves: pd.DataFrame, draft: Draft) -> pd.DataFrame:
    """What each class was found to do, in per cent of what the mean customer does; and its mean elasticity.

    What is found is set against what the market leads to expect of the same lines, customers of a class taken together, and that against
    the same of all who are classified: the benchmark is a person, whom two purchases of anybody are not.
    """
    import pandas as pd

    segment = result.assignments.set_index("customer_id")["segment"]
    classes = [name for name in result.scheme.classes if (segment == name).any()]
    of_half = halves["customer_id"].map(segment).where(lambda name: name.isin(classes))
    table = pd.DataFrame({"segment": classes})
    for name in INDICES:
        if f"{name}_expected" in halves.columns:
            lines = halves[f"{name}_lines"].fillna(0)
            expected = halves[f"{name}_expected"].fillna(0) * lines
            sums = pd.DataFrame({"found": halves[f"{name}_index"].fillna(0) * lines + expected, "expected": expected})
            sums = sums.groupby(of_half).sum()
            ratio = sums["found"] / sums["expected"].where(sums["expected"] > 0)
            mean = sums["found"].sum() / max(sums["expected"].sum(), 1e-9)
            table[f"index_{name}"] = (100 * ratio / mean).reindex(classes).to_numpy()
    if {"price_elasticity", "elasticity_lines"} <= set(draft.eligible.columns):
        known = draft.eligible.dropna(subset=["price_elasticity"])
        weight = pd.Series(_weights(known), index=known.index)
        of_class = known["customer_id"].map(segment)
        total = (known["price_elasticity"] * weight).groupby(of_class).sum() / weight.groupby(of_class).sum()
        table["mean_elasticity"] = total.reindex(classes).to_numpy()
    return table


def variants(price: str) -> pd.DataFrame:
    """What the classes are called when nobody was asked: by reduced lines a customer is deal-prone, by elasticity price-sensitive."""
    import pandas as pd

    named = ["price_elastic" if price == ELASTICITY else "deal_prone", "keeps_to_makers", "upper_tier"]
    return pd.DataFrame({"segment": ["price_sensitive", "brand_loyal", "quality_seeking"], "variant": named})
