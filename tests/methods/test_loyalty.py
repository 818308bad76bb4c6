"""Loyalty on tables counted by hand and on the grocery chain."""

from __future__ import annotations

import pytest

import seglib
from seglib.errors import ParameterError
from seglib.methods import loyalty


def _eight(table):
    # Price levels of those who are judged: -.2, 0, .1, .2, .3; the eightieth percentile (type 7) is .22.
    return table(
        orders=[9, 9, 5, 2, 9, 3, 2, 0],
        tenure_months=[12.0, 12.0, 12.0, 6.0, 6.0, 5.0, 0.0, None],
        active_month_share=[1.0, 0.75, 0.4, 0.39, 0.9, 1.0, None, None],
        price_index=[0.3, 0.1, 0.2, -0.2, 0.0, 0.9, 0.9, None],
        spend=[90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 0.0],
    )


def test_classes_counted_by_hand(table, holds, classes):
    customers = _eight(table)
    result = loyalty.segment(customers)
    assert classes(result) == "vip loyal developing transient loyal too_early too_early no_orders"
    holds(result, customers)
    assert result.scheme.classes == ("vip", "loyal", "developing", "transient")


def test_high_prices_alone_make_nobody_vip(table, classes):
    customers = _eight(table).assign(price_index=[0.0, 0.1, 0.9, 0.8, 0.0, 0.9, 0.9, None])
    assert "vip" not in classes(loyalty.segment(customers))


def test_without_prices_there_is_no_vip_and_it_is_said(table, holds, classes):
    customers = _eight(table).drop(columns="price_index")
    result = loyalty.segment(customers)
    assert classes(result).startswith("loyal loyal developing")
    assert "no_price_index" in set(result.details["warnings"]["warning"])
    holds(result, customers)


def test_who_has_no_price_level_is_loyal_all_the_same(table, classes):
    customers = _eight(table).assign(price_index=[None, 0.1, 0.2, 0.3, 0.4, None, None, None])
    assert classes(loyalty.segment(customers)).split()[:2] == ["loyal", "loyal"]


def test_attitude_and_wallet_stand_beside_where_they_are_known(table):
    customers = _eight(table).assign(
        nps_score=[10.0, 9.0, 5.0, None, None, None, 10.0, None], wallet=[180.0, 0.0, 140.0, None, None, 1.0, 1.0, 1.0]
    )
    result = loyalty.segment(customers)
    found = result.details["attitude"].set_index("segment")
    assert found.index.tolist() == ["vip", "loyal", "developing"]
    assert found["detractors_share"].isna().all()  # one answer each is no share of a class
    assert found["customers"].sum() == 3
    # vip and loyal recommend, developing does not; the fourth answer is of somebody not yet judged.
    both = result.details["commitment"].set_index("commitment")
    assert both["customers"].to_dict() == {"loyal_both": 2, "spurious": 0, "latent": 0, "neither": 1}
    assert both.loc["loyal_both", "mean_spend"] == 85
    assert "attitude_of" in set(result.details["warnings"]["warning"])
    wallet = result.details["wallet"].set_index("segment")["median_wallet_share"]
    assert wallet["vip"] == pytest.approx(90 * 365 / 364 / 180)
    assert "no_wallet" not in set(result.details["warnings"]["warning"])


def test_recommendations_of_a_class_stand_where_thirty_answered(table):
    customers = table(
        orders=[9] * 60, tenure_months=[12.0] * 60, active_month_share=[1.0] * 30 + [0.1] * 30, spend=[9.0] * 60,
        nps_score=[10.0] * 20 + [3.0] * 10 + [9.0] * 10 + [8.0] * 19 + [None],
    )  # fmt: skip
    result = loyalty.segment(customers)
    found = result.details["attitude"].set_index("segment")
    assert found.loc["loyal", "promoters_share"] == pytest.approx(2 / 3)
    assert found.loc["loyal", "detractors_share"] == pytest.approx(1 / 3)
    assert found.loc["transient"].isna().tolist() == [False, True, True]
    both = result.details["commitment"].set_index("commitment")["customers"]
    assert both.to_dict() == {"loyal_both": 20, "spurious": 10, "latent": 10, "neither": 19}


@pytest.mark.parametrize("given", [{"tiers": "quantile:4"}, {"tiers": "quantile:3+own1"}, {"vip_share": 0}])
def test_parameters_that_cannot_be_followed(table, given):
    with pytest.raises(ParameterError, match="loyalty"):
        loyalty.segment(_eight(table), **given)


@pytest.fixture(scope="module")
def households():
    return seglib.demo().customers(as_of="2017-09-30", window_days=273, also=(*loyalty.NEEDS, "price_index"), facts=())


def test_a_panel_of_regulars_is_nearly_all_loyal(households, holds):
    result = loyalty.segment(households)
    counts = result.assignments["segment"].value_counts()
    judged = counts[["vip", "loyal", "developing", "transient"]].sum()
    assert judged == 2289

    assert (counts["vip"] + counts["loyal"]) / judged == pytest.approx(0.8073, abs=0.0005)
    assert {"ceiling", "no_wallet", "no_attitude", "tenure_at_least"} <= set(result.details["warnings"]["warning"])
    assert result.trustworthy
    holds(result, households)


def test_a_relative_cut_divides_the_regulars(households, holds):
    result = loyalty.segment(households, tiers="quantile:3")
    loyal = result.assignments["segment"].isin(["vip", "loyal"]).mean()
    assert loyal < 0.7
    holds(result, households)


def test_fewer_than_one_month_judges_nobody():
    with pytest.raises(ParameterError, match="least_months is -1"):
        loyalty.segment(seglib.demo().customers(also=loyalty.NEEDS), least_months=-1)
