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
from seglib.review.mobility import bartholomew, first_passage, homogeneity, shorrocks, steady_state
from seglib.review.orderbook import OrderBook, order_book, own_order_flips
from seglib.review.outcomes import Outcome, declared, outcome
from seglib.review.propensity import Propensity, propensity
from seglib.review.rolling import Judged, judge, rolling
from seglib.review.stability import Stability, stability
from seglib.review.transitions import Transitions, moves_between, transitions
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
    "Transitions",
    "Worth",
    "bartholomew",
    "compare",
    "declared",
    "default_split",
    "drift",
    "explain",
    "first_passage",
    "foretold",
    "hold_out",
    "homogeneity",
    "judge",
    "lifetime_measures",
    "migration",
    "migration_of",
    "moves_between",
    "order_book",
    "outcome",
    "own_order_flips",
    "propensity",
    "reasons",
    "reindex_cuts",
    "rolling",
    "shorrocks",
    "stability",
    "steady_state",
    "transitions",
    "worth",
]
