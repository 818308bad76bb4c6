"""The page on the sixteen metrics: a class of few says nothing of itself."""

from __future__ import annotations

import pandas as pd

from seglib.report.proofs.metrics_page import _suppressed


def test_figures_that_rest_on_few_are_not_shown() -> None:
    rows = pd.DataFrame(
        {
            "name": ["Net promoter score", "Net promoter score", "Repeat rate", "Repeat rate", "Sales"],
            "value": [10.0, 10.0, 1.0, 1.0, 7.0],
            "denominator": [29, 30, 4, 5, float("nan")],
        }
    )
    assert _suppressed(rows)["value"].isna().tolist() == [True, False, True, False, False]
