"""Cases: a question of the trade followed from the situation to the lesson, on data that can carry it."""

from __future__ import annotations

from seglib.report.cases.crossing import Crossing, made_client
from seglib.report.cases.promotion import Promotion
from seglib.report.cases.single import SingleDimension

__all__ = ["Crossing", "Promotion", "SingleDimension", "made_client"]
