"""Did it hold, and was it worth anything: what became of a classification in the next period. Computes, never draws."""

from __future__ import annotations

from seglib.review.holdout import HoldOut, hold_out
from seglib.review.worth import Worth, worth

__all__ = ["HoldOut", "Worth", "hold_out", "worth"]
