"""How much of a planted truth each method finds: beside chance, naive baselines and the best possible, or why there is none to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seglib.datasets.market import Market
    from seglib.segmentation import Segmentation

COPY = "a copy of what is on record: spelling and unknowns are tested, recovery is not"
NO_TRUTH = {  # method -> why nothing latent stands behind its classes
    "demographics": COPY,
    "geography": COPY,
    "income": COPY,
    "firmographics": COPY,
    "rfm": "scores of what was observed, with no truth of their own: see value_tier, purchase_frequency and lifecycle",
    "coverage_tier": "a priority by weights that the user declares, from what is on record: nothing latent is estimated",
    "composite": "a cross of other methods' classes: see value_tier and lifecycle",
}
FORMULA = ("product_preference", "satisfaction", "needs")  # whose best possible is computed; elsewhere it is learnt by simulation
ASKED: dict[str, dict[str, Any]] = {
    "clusters": {"features": "orders,mean_order_value"},  # what the planted groups differ in; among columns of pure noise they drown
}
ALIKE = {"growth_potential": {"returning": "medium"}}  # classes of a method that are one in the truth: expected at the usual level
WORLD = {"clusters": "separated"}  # where the truth of a method lies, if not in the market


def recovered(*, customers: int = 2000, seed: int = 1, names: Sequence[str] = (), **parameters: Any) -> pd.DataFrame:
    """Every method on a made market, by its own defaults, held against the truth that was planted.

    Truth is never a method's rule: it is fixed cuts on latent expectations (``make_market(…).truth["cuts"]``), so no method can reach 1.

    Args:
        customers: Customers of the market.
        seed: Its seed.
        names: Methods; left out, all of them.
        parameters: More of ``make_market``.

    Returns:
        One row a method: ``agreement`` (share of customers in their true class), its 95% interval ``low``, ``high`` (Wilson), ``chance``
        (of the same two sizes of classes), ``above_chance`` (kappa: 0 chance, 1 perfect) and ``best_above_chance``, ``largest_class``,
        ``by_spend`` (a ranking by spend, cut at the sizes of the true classes), ``best`` (the Bayes classifier on the same customers),
        ``of_best`` (agreement relative to it), ``best_by`` (formula, simulation), ``customers`` and ``classes`` compared, and ``why_not``
        where there is nothing to recover; the figures are missing then. A method that will not judge somebody (unknown, too few lines)
        misses there: ``placed`` is the share of customers whom it puts into a class of the truth, ``right_if_placed`` how many of them
        truly belong there.

    Raises:
        ParameterError: A parameter is outside its range, or a method is not known.
    """
    from seglib import methods
    from seglib.datasets import make_market

    markets: dict[str, Market] = {}
    rows: list[dict[str, object]] = []
    for name in names or methods.names():
        methods.get(name)
        if name in NO_TRUTH:
            rows.append({"method": name, "why_not": NO_TRUTH[name]})
            continue
        world = WORLD.get(name, "market")
        if world not in markets:
            markets[world] = make_market(customers=customers, seed=seed, world=world, **parameters)
        rows.append({"method": name, **_row(name, markets[world])})
    return pd.DataFrame(rows, columns=["method", *_COLUMNS, "why_not"]).astype({"method": "str", "best_by": "str", "why_not": "str"})


_COLUMNS = (
    "agreement",
    "low",
    "high",
    "chance",
    "above_chance",
    "best_above_chance",
    "largest_class",
    "by_spend",
    "best",
    "of_best",
    "best_by",
    "placed",
    "right_if_placed",
    "customers",
    "classes",
)


def _row(name: str, market: Market) -> dict[str, object]:
    """The figures of one method; all of them are of the customers whom the best possible covers."""
    from seglib.datasets import recovery

    result, table = classified(name, market)
    truth, best, match = market.truth_class(name), market.best(name), name == "clusters"
    found = recovery(called(result), truth, best=best, match=match).set_index("line")
    ideal = recovery(best, truth, best=best).set_index("line")
    placed = _placed(called(result), truth[truth.index.isin(best["customer_id"])], match=match)
    spend = recovery(by_spend(table, truth), truth, best=best, match=True).set_index("line")
    return {
        **{
            column: found.loc["method", column]
            for column in ("agreement", "low", "high", "of_best", "above_chance", "customers", "classes")
        },
        "placed": placed,
        "right_if_placed": found.loc["method", "agreement"] / placed if placed else np.nan,
        "best_above_chance": ideal.loc["method", "above_chance"],
        "chance": found.loc["chance", "agreement"],
        "largest_class": found.loc["largest class", "agreement"],
        "by_spend": spend.loc["method", "agreement"],
        "best": found.loc["best possible", "agreement"],
        "best_by": "formula" if name in FORMULA else "simulation",
    }


def _placed(own: pd.DataFrame, truth: pd.Series, *, match: bool) -> float:
    """Share of customers whom a method puts into a class that the truth knows; where names mean nothing, into any."""
    segment = own.set_index("customer_id")["segment"].reindex(truth.index)
    return float((segment.notna() if match else segment.isin(truth.unique())).mean())


def classified(name: str, market: Market) -> tuple[Segmentation, pd.DataFrame]:
    """A method on a market by its own defaults, and the customer table it read."""
    import seglib
    from seglib import methods

    module = methods.get(name)
    table = seglib.open_frames(**market.tables).customers(also=(*module.NEEDS, *module.USES), facts=tuple(module.FACTS))
    return module.segment(table, **ASKED.get(name, {})), table


def called(result: Segmentation) -> pd.DataFrame:
    """The assignments under the names of the truth: goods by their names, not by keys made of them."""
    found, names = result.assignments.replace({"segment": ALIKE.get(result.method, {})}), result.details.get("names")
    if names is None:
        return found
    return found.assign(segment=found["segment"].replace(dict(zip(names["segment"], names["name"], strict=True))))


def by_spend(table: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    """A ranking by spend, cut at the sizes of the true classes."""
    known = table[table["customer_id"].isin(truth.index)].sort_values(["spend", "orders", "customer_id"], ascending=False)
    sizes = (truth.value_counts(normalize=True).sort_index() * len(known)).round().cumsum().to_numpy()
    segment = np.searchsorted(sizes, np.arange(len(known)), side="right").astype(str)
    return pd.DataFrame({"customer_id": known["customer_id"], "segment": segment})
