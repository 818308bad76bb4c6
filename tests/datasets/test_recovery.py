"""Recovery beside chance, the naive baseline and the best possible: countable by hand, then on a made market."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from seglib.datasets import _learnt, make_market, recovery
from seglib.datasets.market import Market
from seglib.errors import ParameterError, TableError

TRUE = pd.Series(list("aaaabbbbcc"), index=[f"C{n}" for n in range(10)], name="class")


def assigned(segments: str, first: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"C{first + n}" for n in range(len(segments))], "segment": list(segments)})


def line(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.set_index("line").loc[name]


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_learnt, "STRANGERS", 1500)
        yield make_market(customers=700, seed=5, orders_per_year=30, lines_per_order=2.5)


def test_agreement_chance_and_largest_class_by_hand() -> None:
    found = recovery(assigned("aaabbbbbca"), TRUE)  # 3 + 4 + 1 of 10
    assert line(found, "method")["agreement"] == pytest.approx(0.8)
    # chance: a .4 x .4, b .4 x .5, c .2 x .1
    assert line(found, "chance")["agreement"] == pytest.approx(0.38)
    assert line(found, "method")["above_chance"] == pytest.approx((0.8 - 0.38) / 0.62)
    assert line(found, "largest class")["agreement"] == pytest.approx(0.4)
    assert line(found, "chance")["above_chance"] == 0
    assert found["customers"].eq(10).all()
    assert found["classes"].eq(3).all()
    # Wilson for 8 of 10
    assert line(found, "method")[["low", "high"]].tolist() == pytest.approx([0.4902, 0.9433], abs=5e-5)


def test_naive_and_best_stand_beside_the_method() -> None:
    found = recovery(assigned("aaabbbbbca"), TRUE, naive=assigned("aaaaaaaaaa"), best=assigned("aaaabbbbca"))
    assert found["line"].tolist() == ["method", "naive", "largest class", "chance", "best possible"]
    assert line(found, "naive")["agreement"] == pytest.approx(0.4)
    assert line(found, "best possible")["agreement"] == pytest.approx(0.9)
    assert line(found, "method")["of_best"] == pytest.approx(0.8 / 0.9)


def test_all_lines_are_of_the_customers_the_best_covers() -> None:
    found = recovery(assigned("aaabbbbbca"), TRUE, best=assigned("bbbb", first=4))
    assert found["customers"].eq(4).all()
    assert line(found, "method")["agreement"] == 1


def test_names_that_mean_nothing_are_matched_one_to_one() -> None:
    found = recovery(assigned("2220000011"), TRUE, match=True)  # 2 is a, 0 is b, 1 is c
    assert line(found, "method")["agreement"] == pytest.approx(0.9)
    more = recovery(assigned("2233000011"), TRUE, match=True)  # a fourth class is nobody's
    assert line(more, "method")["agreement"] == pytest.approx(0.8)


def test_classes_that_the_truth_does_not_know_are_missed_and_strangers_left_out() -> None:
    found = recovery(pd.concat([assigned("zaaabbbbcc"), assigned("aaa", first=90)]), TRUE)
    assert line(found, "method")["agreement"] == pytest.approx(0.9)
    assert found["customers"].eq(10).all()
    frame = TRUE.rename_axis("customer_id").reset_index()
    assert recovery(assigned("zaaabbbbcc"), frame)["agreement"].equals(recovery(assigned("zaaabbbbcc"), TRUE)["agreement"])


def test_ids_that_differ_or_repeat_get_a_sentence() -> None:
    with pytest.raises(TableError, match=r"No customer has both a class and a true class") as none:
        recovery(assigned("aa", first=50), TRUE)
    with pytest.raises(TableError, match=r"1 customers have two classes \(C0\); give each one.") as twice:
        recovery(pd.concat([assigned("a"), assigned("b")]), TRUE)
    for caught in (none, twice):
        assert caught.value.text("zh") != str(caught.value)


@pytest.mark.parametrize("dimension", ["value_tier", "lifecycle", "digital_behaviour", "product_preference", "satisfaction", "needs"])
def test_the_best_classifier_beats_naive_and_knows_how_sure_it_is(market: Market, dimension: str) -> None:
    best = market.best(dimension)
    found = recovery(best, market.truth_class(dimension), best=best)
    agreement = line(found, "method")["agreement"]
    assert agreement > line(found, "largest class")["agreement"] + 0.15
    assert agreement < 0.98
    assert best["probability"].mean() == pytest.approx(agreement, abs=0.06)
    assert not best["customer_id"].duplicated().any()


def test_cutting_what_was_bought_comes_near_the_best_and_not_above(market: Market) -> None:
    cuts = market.truth["cuts"].query("dimension == 'value_tier'").sort_values("low")
    orders = market.tables["orders"]
    window = orders[(orders["ordered_at"] >= "2025-01-01") & orders["customer_id"].notna()]
    spend = window.groupby("customer_id")["amount"].sum()
    segment = pd.cut(spend, [*cuts["low"], float("inf")], labels=cuts["class"].tolist(), right=False)
    cut = pd.DataFrame({"customer_id": spend.index, "segment": segment.astype(str).to_numpy()})
    found = recovery(cut, market.truth_class("value_tier"), best=market.best("value_tier"))
    assert 0.9 < line(found, "method")["of_best"] < 1.03


def test_nothing_is_learnt_of_the_customers_who_are_judged(market: Market) -> None:
    seen, classes = _learnt.strangers(tuple(sorted(market.parameters.items())), _learnt.STRANGERS)
    assert len(seen) == len(classes) == 1500
    assert set(seen.columns) == set(market.evidence.columns)
    spend = market.evidence["spend_year"]
    assert spend[spend > 1000].isin(seen["spend_year"]).mean() < 0.05  # to the cent: other people, but for a coincidence


def test_a_dimension_without_a_best_classifier_gets_a_sentence(market: Market) -> None:
    with pytest.raises(ParameterError, match=r"The best classifier of income cannot be computed; it can for value_tier") as caught:
        market.best("income")
    assert caught.value.text("zh") != str(caught.value)
