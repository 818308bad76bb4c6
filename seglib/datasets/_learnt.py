"""The best classifier where no formula gives it: it is shown strangers from the same law, with their truth, and all that the tables tell.

Simulation stands in for the formula: a second market is made with the same parameters and another seed, everything that a firm can see of
its customers becomes numbers, and boosted trees learn the chance of each true class from them. With ever more strangers that tends to the
Bayes classifier on these numbers, from below; so a method may come out a little above it, and nothing that was learnt is of the customers
who are judged.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seglib.datasets._evidence import evidence

if TYPE_CHECKING:
    from seglib.datasets.market import Market

STRANGERS = 4000
ROUNDS, LEAVES, FEWEST, SPEED, DRAWN, CALM = 60, 8, 20, 0.1, 0.5, 2.0  # of the boosted trees
OTHER_SEED = 7_919  # added to the market's own
LEARNT = (
    *("value_tier", "revenue_contribution", "purchase_frequency", "ticket_size", "purchase_behaviour", "lifecycle", "loyalty"),
    *("engagement", "digital_behaviour", "purchase_intent", "purchasing_power", "growth_potential", "clusters"),
)


def learnt_classes(market: Market, dimension: str) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Chance of each true class for every customer the dimension applies to: who, names of the classes, chances."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    judged = market.truth_class(dimension).index
    seen, classes = strangers(tuple(sorted(market.parameters.items())), STRANGERS)
    known = classes[dimension].dropna()
    seen = seen.loc[known.index].dropna(axis=1, how="all")
    with threadpool_limits(1):
        trees = HistGradientBoostingClassifier(
            max_iter=ROUNDS,
            learning_rate=SPEED,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=FEWEST,
            max_features=DRAWN,
            l2_regularization=CALM,
            early_stopping=False,
            random_state=0,
        )
        trees.fit(seen, known.to_numpy(dtype=str))
        chance = trees.predict_proba(market.evidence.reindex(index=judged, columns=seen.columns))
    return judged, np.asarray(trees.classes_), np.asarray(chance)


@lru_cache(maxsize=2)
def strangers(parameters: tuple[tuple[str, object], ...], count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Evidence of another market of the same law, and its true classes by customer id."""
    from seglib.datasets.market import make_market

    given = dict(parameters)
    made = make_market(**given | {"seed": int(str(given["seed"])) + OTHER_SEED, "customers": count})  # type: ignore[arg-type]
    return made.evidence, made.truth["classes"].set_index("customer_id")


def seen_of(market: Market) -> pd.DataFrame:
    """What the tables tell of every customer of a market, as numbers."""
    calendar = market.truth["calendar"]
    return evidence(market.tables, calendar.loc[calendar["in_tables"], "day"].max() + pd.Timedelta(days=1))
