"""Rules applied to many cut points: a customer's class depends on the cell of scores alone, and few cells are occupied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.rules import Score
    from seglib.scheme import RuleScheme

MISSING = -1


def score_numbers(score: Score, prepared: pd.DataFrame) -> np.ndarray:
    """The score of every row, -1 where its input is missing."""
    import numpy as np

    from seglib import binning

    values = prepared[score.input].to_numpy(float)
    known = ~np.isnan(values)
    found = np.full(len(values), MISSING, dtype=np.int64)
    found[known] = np.asarray(score.scores)[binning.cut(values[known], score.cuts, closed=score.closed) - 1]
    if score.own:
        found[known & (prepared[score.own].to_numpy(float) == 1)] = 1
    return found


def classes_of_cells(scheme: RuleScheme, scores: Mapping[str, np.ndarray]) -> np.ndarray:
    """Class of every row as a number (the classes, then those outside) from its scores; the same as ``scheme.apply`` says.

    Args:
        scheme: The definition.
        scores: Score name -> number of every row, -1 for missing.
    """
    import numpy as np

    names = [*scheme.classes, *scheme.outside]
    columns = list(scores)
    # One whole number a cell: comparing rows of a matrix would take ten times as long.
    cell = np.zeros(len(next(iter(scores.values()))), dtype=np.int64)
    for name in columns:
        cell = cell * (int(scores[name].max(initial=MISSING)) + 2) + scores[name] + 1
    _, first, inverse = np.unique(cell, return_index=True, return_inverse=True)
    decided = []
    for row in first:
        found = {name: None if scores[name][row] == MISSING else int(scores[name][row]) for name in columns}
        segment = next((rule.segment for rule in scheme.rules if rule.matches(found)), scheme.otherwise)
        decided.append(names.index(segment) if segment in names else MISSING)
    return np.asarray(decided, dtype=np.int64)[inverse]
