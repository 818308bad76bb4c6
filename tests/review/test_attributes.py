"""Attributes against behaviour: by hand on eight customers, then the published figures of the grocery year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import DataError
from seglib.methods import income
from seglib.review import HoldOut, hold_out
from seglib.review.attributes import attributes
from seglib.segmentation import Segmentation


def small(band: list[str | None], after: list[float], spend: list[float]) -> HoldOut:
    number = len(band)
    base = pd.DataFrame({"customer_id": [f"c{i}" for i in range(number)], "spend": spend, "income_band": band})
    return HoldOut(base, np.array(after), np.ones(number), np.array(spend), "2017-10-01", 92, 0, 0.0)


class Chosen:
    """What ``attributes`` reads of a classification: who is in which class."""

    def __init__(self, segments: list[str]) -> None:
        self.assignments = pd.DataFrame({"customer_id": [f"c{i}" for i in range(len(segments))], "segment": segments})


def test_eight_customers_by_hand():
    # known: low 1, 3 and high 5, 7 (mean 4; between 4 x 2² = 16 of 20 in all); unknown: four times 0
    held = small(["low", "low", "high", "high", None, None, None, None], [1, 3, 5, 7, 0, 0, 0, 0], [2, 4, 8, 6, 1, 1, 1, 1])
    found = attributes(held, Chosen(["low", "low", "high", "high", *["unknown_income"] * 4]), ("income_band",), draws=50)
    assert found.selection["customers"].tolist() == [4, 4]
    assert found.selection["spend_share"].tolist() == pytest.approx([20 / 24, 4 / 24])
    assert found.known["eta2"].item() == pytest.approx(16 / 20)
    # all eight, mean 2: deviations 1+1+9+25+16 = 52; with unknown 2x0+2x16+4x4 = 48 between; flag 4x4+4x4 = 32
    assert found.trap["eta2"].item() == pytest.approx(48 / 52)
    assert found.trap["eta2_known_flag"].item() == pytest.approx(32 / 52)
    assert found.behaviour["r2"].item() == pytest.approx(np.corrcoef([2, 4, 8, 6], [1, 3, 5, 7])[0, 1] ** 2)
    assert found.list.set_index("chosen_by")["spend_share"].to_dict() == pytest.approx(
        {"attribute": 12 / 16, "spend": 12 / 16, "anybody": 0.5}
    )


def test_an_attribute_nobody_has_is_refused():
    held = small([None, None], [1, 2], [1, 2])
    with pytest.raises(DataError, match="income_band is known of nobody"):
        attributes(held, Chosen(["a", "b"]), ("income_band",))


@pytest.fixture(scope="module")
def held() -> HoldOut:
    return hold_out(seglib.demo(), split="2017-10-01")


def test_the_published_figures_of_the_grocery_year(held):
    chosen: Segmentation = income.segment(held.base)
    found = attributes(held, chosen, draws=1000)
    known = found.known.set_index("attribute")
    assert known["customers"].tolist() == [801, 801, 801]
    assert known.loc["income_band", ["eta2", "low", "high"]].to_list() == pytest.approx([0.094, 0.066, 0.156], abs=0.006)
    assert known.loc["age_band", ["eta2", "low", "high"]].to_list() == pytest.approx([0.026, 0.016, 0.049], abs=0.006)
    assert found.behaviour["r2"].item() == pytest.approx(0.7014, abs=0.0001)
    trap = found.trap.set_index("attribute").loc["income_band"]
    assert trap["eta2"] == pytest.approx(0.258, abs=0.0005)
    assert trap["eta2_known_flag"] == pytest.approx(0.218, abs=0.0005)
    assert found.selection["mean_spend"].tolist() == pytest.approx([2417, 890], abs=0.5)
    # What is learned from other customers is less than what is seen in sample, and behaviour is far ahead of either.
    assert (known["r2"] < known["eta2"]).all()
    assert found.behaviour["low"].item() > known["high"].max()


def test_rows_in_another_order_change_nothing(held):
    shuffled = np.random.default_rng(1).permutation(len(held.base))
    other = HoldOut(
        held.base.iloc[shuffled].reset_index(drop=True),
        held.spend[shuffled],
        held.orders[shuffled],
        held.recent_spend[shuffled],
        held.split,
        92,
        0,
        0.0,
    )
    first, second = (attributes(one, income.segment(held.base), draws=20) for one in (held, other))
    for name in ("eta2", "customers"):
        assert first.known[name].tolist() == pytest.approx(second.known[name].tolist())
    assert first.list["spend_share"].tolist() == pytest.approx(second.list["spend_share"].tolist())
