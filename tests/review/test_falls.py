"""Falls beyond expectation: the line through the others by hand, worlds in which nobody changed, and one real fall."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seglib.review import moves
from seglib.review.falls import COLUMNS, falls


def joined(before: np.ndarray, after: np.ndarray, classes: np.ndarray | str = "all") -> pd.DataFrame:
    ids = [f"c{n:03d}" for n in range(len(before))]
    frame = pd.DataFrame({"customer_id": ids, "segment": classes})
    return moves.joined(frame, frame, pd.Series(before, index=ids), pd.Series(after, index=ids))


def steady(law: str, seed: int) -> pd.DataFrame:
    """400 customers who spend by the same law in both windows, classed by what they spent in the earlier."""
    rng = np.random.default_rng(seed)
    usual = rng.lognormal(4, 0.8, 400)
    draw = {
        "orders": lambda: np.array([rng.gamma(3, 5, n).sum() for n in rng.poisson(usual / 15)]),
        "sums": lambda: np.maximum(usual + rng.normal(0, 8, 400), 0),
        "shares": lambda: usual * rng.lognormal(0, 0.4, 400),
        "regular": lambda: usual * rng.normal(1, 0.05, 400),
    }[law]
    before, after = draw(), draw()
    classes = np.array(["low", "medium", "high"])[np.searchsorted(np.quantile(before, [0.5, 0.8]), before)]
    return joined(before, after, np.where(before > 0, classes, "no_orders_in_window"))


def test_what_is_expected_is_the_line_through_the_others():
    # Eleven customers keep half of what they spent over 10, one of them nothing: the others lie on after = 5 + before / 2.
    before = np.arange(10.0, 120.0, 10.0)
    after = 5 + before / 2
    after[7] = 0.0
    found = falls(joined(before, after)).set_index("customer_id")
    assert found.loc["c007", ["change", "expected_change", "beyond"]].tolist() == pytest.approx([-80, -35, -45], abs=1e-5)
    assert found["stands_out"].to_dict() == {**dict.fromkeys(found.index, False), "c007": True}


def test_a_small_class_takes_the_line_of_everybody():
    before = np.arange(10.0, 120.0, 10.0)
    after = 5 + before / 2
    after[7] = 0.0
    classes = np.array(["low"] * 3 + ["high"] * 8)
    whole, apart = falls(joined(before, after)), falls(joined(before, after, classes))
    assert apart["expected_change"].tolist() == whole["expected_change"].tolist()
    few = falls(joined(before[:9], after[:9]))
    assert few.empty
    assert tuple(few.columns) == COLUMNS


@pytest.mark.parametrize("law", ["orders", "sums", "shares", "regular"])
def test_where_nobody_changed_nobody_stands_out_beyond_chance(law: str):
    worlds = [falls(steady(law, seed)) for seed in range(200)]
    assert sum(bool(found["stands_out"].any()) for found in worlds) <= 10


def test_who_stood_highest_is_not_the_list():
    # By the mean change of the class the first hundred were those of the largest change but for five.
    shared = []
    for seed in range(20):
        table = steady("shares", seed)
        change = table["m1"] - table["m0"]
        largest = set(table.loc[change.sort_values().index[:50], "customer_id"])
        shared.append(len(largest & set(falls(table)["customer_id"][:50])))
    assert np.mean(shared) < 45


def test_a_customer_who_stops_among_regular_ones_stands_out_alone():
    table = steady("regular", 1)
    who = int(table["m0"].sort_values().index[300])
    table.loc[who, "m1"] = table.loc[who, "m0"] // 2
    found = falls(table)
    assert found.loc[found["stands_out"], "customer_id"].tolist() == [table.loc[who, "customer_id"]]
