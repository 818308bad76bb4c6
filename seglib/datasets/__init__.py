"""Data sets to learn and to test on, mapped onto the canonical tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.datasets.complete_journey import grocery

if TYPE_CHECKING:
    from seglib.datasets.market import make_market as make_market
    from seglib.datasets.market import recovery as recovery

__all__ = ["grocery", "make_market", "recovery"]


def __getattr__(name: str) -> object:
    """What the made market offers, loaded when first used: it brings numpy, pandas and scipy with it."""
    if name not in {"make_market", "recovery"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from seglib.datasets import market

    return getattr(market, name)
