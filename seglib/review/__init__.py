"""Did it hold, and was it worth anything: what became of a classification in the next period. Computes, never draws."""

from __future__ import annotations

from seglib.review.holdout import HoldOut, default_split, hold_out
from seglib.review.outcomes import Outcome, declared, outcome
from seglib.review.worth import Worth, worth

__all__ = ["HoldOut", "Outcome", "Worth", "declared", "default_split", "hold_out", "outcome", "worth"]
