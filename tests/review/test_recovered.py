"""The table of recovery: every method has its figures, or the reason why it has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seglib import methods
from seglib.datasets import _learnt
from seglib.review.recovered import NO_TRUTH, by_spend, recovered

SMALL = {"customers": 300, "seed": 3, "orders_per_year": 20.0, "lines_per_order": 2.0}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_learnt, "STRANGERS", 500)
        return recovered(**SMALL, names=["engagement", "satisfaction", "income"]).set_index("method")


def test_every_figure_stands_beside_chance_naive_and_best(table: pd.DataFrame) -> None:
    found = table.drop("income")
    assert found["why_not"].isna().all()
    assert (found["low"] < found["agreement"]).all()
    assert (found["agreement"] < found["high"]).all()
    assert (found["above_chance"] > 0.15).all()
    assert np.allclose(found["placed"] * found["right_if_placed"], found["agreement"])
    assert (found["best_above_chance"] > found["above_chance"]).all()
    assert np.allclose(found["of_best"], found["agreement"] / found["best"])
    assert found["best_by"].to_dict() == {name: "formula" if name == "satisfaction" else "simulation" for name in found.index}
    assert (found["best"] > found[["largest_class", "by_spend"]].max(axis=1)).all()


def test_a_copy_of_an_input_is_not_called_recovery(table: pd.DataFrame) -> None:
    assert pd.isna(table.loc["income", "agreement"])
    assert "a copy of what is on record" in table.loc["income", "why_not"]


def test_every_method_has_a_truth_or_a_reason() -> None:
    known = {*_learnt.LEARNT, "product_preference", "satisfaction", "needs", *NO_TRUTH}
    assert set(methods.names()) == known


def test_a_ranking_by_spend_is_cut_at_the_sizes_of_the_truth() -> None:
    customers = pd.DataFrame({"customer_id": list("abcd"), "spend": [4.0, 3.0, 2.0, 1.0], "orders": 1})
    truth = pd.Series(["high", "low", "low", "low"], index=list("dcba"))
    assert by_spend(customers, truth)["segment"].tolist() == ["0", "1", "1", "1"]
