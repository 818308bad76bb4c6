"""Did it hold, and was it worth anything: what became of a classification in the next period. Computes, never draws."""

from __future__ import annotations

from seglib.review.choice import Finding
from seglib.review.compare import Scorecard, compare
from seglib.review.explain import Explanation, explain, reasons
from seglib.review.holdout import HoldOut, default_split, hold_out
from seglib.review.outcomes import Outcome, declared, outcome
from seglib.review.worth import Worth, worth

__all__ = [
    "Explanation",
    "Finding",
    "HoldOut",
    "Outcome",
    "Scorecard",
    "Worth",
    "compare",
    "declared",
    "default_split",
    "explain",
    "hold_out",
    "outcome",
    "reasons",
    "worth",
]
