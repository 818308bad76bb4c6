"""Classes of cells of scores, worked out once a cell."""

from __future__ import annotations

import numpy as np

from seglib.review.cells import MISSING, classes_of_cells
from seglib.rules import Rule
from seglib.scheme import RuleScheme, Score


def scheme() -> RuleScheme:
    score = Score("A", "spend", (10.0,), (1, 2), "left")
    return RuleScheme(method="value_tier", scores=(score,), rules=(Rule("high", {"A": (2,)}),), classes=("high", "low"), otherwise="low")


def test_every_cell_has_its_class() -> None:
    assert classes_of_cells(scheme(), {"A": np.array([2, 1, MISSING, 2])}).tolist() == [0, 1, 1, 0]


def test_nobody_has_none() -> None:
    assert classes_of_cells(scheme(), {"A": np.array([], dtype=np.int64)}).tolist() == []
