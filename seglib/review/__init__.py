"""Did it hold, and was it worth anything: what became of a classification in the next period. Computes, never draws."""

from __future__ import annotations

from seglib.review.choice import Finding
from seglib.review.compare import Scorecard, compare
from seglib.review.drift import Drift, drift
from seglib.review.explain import Explanation, explain, reasons
from seglib.review.foretold import foretold
from seglib.review.holdout import HoldOut, default_split, hold_out
from seglib.review.lifetime import lifetime_measures
from seglib.review.migration import Migration, migration, migration_of, reindex_cuts
from seglib.review.orderbook import OrderBook, order_book, own_order_flips
from seglib.review.outcomes import Outcome, declared, outcome
from seglib.review.propensity import Propensity, propensity
from seglib.review.rolling import Judged, judge, rolling
from seglib.review.stability import Stability, stability
from seglib.review.worth import Worth, worth

__all__ = [
    "Drift",
    "Explanation",
    "Finding",
    "HoldOut",
    "Judged",
    "Migration",
    "OrderBook",
    "Outcome",
    "Propensity",
    "Scorecard",
    "Stability",
    "Worth",
    "compare",
    "declared",
    "default_split",
    "drift",
    "explain",
    "foretold",
    "hold_out",
    "judge",
    "lifetime_measures",
    "migration",
    "migration_of",
    "order_book",
    "outcome",
    "own_order_flips",
    "propensity",
    "reasons",
    "reindex_cuts",
    "rolling",
    "stability",
    "worth",
]
