"""Data sets to learn and to test on, mapped onto the canonical tables."""

from __future__ import annotations

from seglib.datasets.complete_journey import grocery

__all__ = ["grocery"]
