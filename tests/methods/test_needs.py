"""Needs by hand, in markets without and with needs, on the grocery chain, and by stated reasons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market, recovery
from seglib.errors import ParameterError, TableError
from seglib.methods import needs
from seglib.methods._indices import fitted
from seglib.segmentation import Facts

ALSO = (*needs.NEEDS, *needs.USES)


def _bought(table, *, seed: int = 0, n: int = 400, lines: int = 400, told: bool = True) -> pd.DataFrame:
    """Customers of whom each half shows the same trait (or none) with luck of 1 / sqrt(lines) on top."""
    draw = np.random.default_rng(seed)
    columns: dict[str, object] = {}
    halves = {"customer_id": [f"c{i + 1}" for i in range(n)] * 2, "half": [0] * n + [1] * n}
    for name in needs.CLASSES.values():
        trait = draw.normal(0, 0.1 if told else 0.0, n)
        both = [trait + draw.normal(0, 0.5 / (lines / 2) ** 0.5, n) for _ in range(2)]
        columns |= {f"{name}_index": list(sum(both) / 2), f"{name}_lines": [lines] * n}
        halves |= {f"{name}_index": np.concatenate(both), f"{name}_lines": [lines / 2] * (2 * n), f"{name}_expected": [0.5] * (2 * n)}
    found = table(orders=[9] * n, spend=[9.0] * n, **columns)
    found.attrs["facts"] = Facts({"needs_halves": pd.DataFrame(halves)})
    return found


def _elastic(customers: pd.DataFrame, *, seed: int = 3, spread: float = 0.8, lines: int = 400) -> pd.DataFrame:
    """The same customers with a price elasticity whose halves err by 8 / sqrt(lines) each."""
    draw, n = np.random.default_rng(seed), len(customers)
    trait = -2 + draw.normal(0, spread, n)
    both = [trait + draw.normal(0, 8 / (lines / 2) ** 0.5, n) for _ in range(2)]
    halves = customers.attrs["facts"]["needs_halves"].assign(price_elasticity=np.concatenate(both), elasticity_lines=lines / 2)
    found = customers.assign(price_elasticity=sum(both) / 2, price_elasticity_error=8 / lines**0.5, elasticity_lines=lines)
    found.attrs["facts"] = Facts({"needs_halves": halves})
    return found


def _warned(result) -> set[str]:
    return set(result.details["warnings"]["warning"])


def test_kappa_is_that_of_spearman_and_brown_and_says_how_many_lines_are_needed(table):
    customers = _bought(table, n=4000)
    found = fitted("promo", customers.attrs["facts"]["needs_halves"], customers, reliability=0.7)
    # Variance .01 between customers, .25 within a line: 25 lines count half; the halves of 200 agree by 200 / 225.
    assert found.r == pytest.approx(200 / 225, abs=0.01)
    assert found.kappa == pytest.approx(25, rel=0.1)
    assert found.needed == pytest.approx(25 * 0.7 / 0.3, abs=6)
    assert found.spread == pytest.approx(0.1, rel=0.05)
    assert found.counts == 4000


def test_classes_counted_by_hand(table, holds, classes):
    customers = _bought(table)
    # Reliability 400 / 425 = .94, so an index z of 2 is drawn to 1.9, and the error of a difference is sqrt(2 - 1.88) = .34.
    for row, promo, brand, quality in ((0, 0.2, 0, 0), (1, 0, 0.2, 0), (2, 0, 0, 0.2), (3, 0.03, 0, -0.1), (4, 0.2, 0.18, 0)):
        customers.loc[row, ["promo_index", "brand_index", "quality_index"]] = (promo, brand, quality)
    customers.loc[5, ["promo_lines", "brand_lines", "quality_lines"]] = 0
    customers.loc[6, ["orders", "spend"]] = 0
    result = needs.segment(customers)
    wanted = "price_sensitive brand_loyal quality_seeking mixed mixed too_few_lines no_orders"
    assert " ".join(classes(result).split()[:7]) == wanted
    assert result.assignments["need_z"].iloc[0] == pytest.approx(1.9, abs=0.25)
    holds(result, customers)


def test_few_lines_are_drawn_in_and_refuse_nobody(table, holds):
    customers = _bought(table)
    lines, told = ["promo_lines", "brand_lines", "quality_lines"], ["promo_index", "brand_index", "quality_index"]
    customers.loc[:49, lines], customers.loc[50:99, lines] = 25, 2
    customers.loc[[0, 50, 100], told] = (0.2, 0, 0)
    result = needs.segment(customers)
    # By 25 lines an index is believed .5, by 2 of them .07, by 400 of them .94.
    trusted = result.assignments["promo_reliability"].iloc[[0, 50, 100]]
    assert trusted.tolist() == pytest.approx([0.5, 0.074, 0.94], abs=0.06)
    assert result.assignments["segment"].iloc[[50, 100]].tolist() == ["mixed", "price_sensitive"]
    assert not result.assignments["segment"].eq("too_few_lines").any()
    mean = result.details["reliability"].set_index("index").loc["promo", "mean_reliability"]
    assert mean == pytest.approx(result.assignments["promo_reliability"].mean())
    holds(result, customers)


def test_an_index_that_does_not_count_decides_nothing(table, holds):
    customers = _bought(table)
    customers.loc[:199, "promo_lines"] = 20
    customers.loc[0, ["promo_index", "brand_index", "quality_index"]] = (0.9, 0.3, 0.0)
    result = needs.segment(customers, reliability=0.7)
    assert result.assignments["segment"].iloc[0] == "brand_loyal"
    assert result.assignments["promo_reliability"].iloc[0] == 0
    holds(result, customers)


def test_the_limits_can_be_moved(table):
    customers = _bought(table)
    counts = [
        int((needs.segment(customers, **given).assignments["segment"] == "mixed").sum())
        for given in ({}, {"least_z": 1.0}, {"lead": 3.0}, {"least_z": 0.0, "lead": 0.0})
    ]
    assert counts[1] > counts[0]
    assert counts[2] > counts[0]
    assert counts[3] < counts[0]


def test_a_habit_that_all_share_is_no_difference_between_customers(table):
    """The more often one buys, the less a first choice repeats itself: with no trait at all, that alone makes halves agree."""
    draw = np.random.default_rng(5)
    lines = np.round(draw.lognormal(4.5, 0.8, 600)) + 20
    halves = pd.DataFrame({"customer_id": [f"c{i}" for i in range(600)] * 2, "half": [0] * 600 + [1] * 600})
    halves["brand_lines"] = np.concatenate([lines, lines]) / 2
    halves["brand_index"] = 0.5 - 0.08 * np.log(halves["brand_lines"]) + draw.normal(0, 0.02, 1200)
    customers = pd.DataFrame({"brand_lines": lines, "brand_index": 0.5 - 0.08 * np.log(lines)})
    assert np.corrcoef(halves["brand_index"][:600], halves["brand_index"][600:])[0, 1] > 0.8
    assert not fitted("brand", halves, customers, reliability=0.7).used


def test_where_customers_do_not_differ_nobody_has_a_need(table, holds):
    customers = _bought(table, told=False)
    result = needs.segment(customers)
    assert set(result.assignments["segment"]) == {"too_few_lines"}
    assert {"promo_off", "brand_off", "quality_off"} <= _warned(result)
    assert result.gates.set_index("gate").loc["halves_agree", "found"] <= 0.1
    assert not result.trustworthy
    holds(result, customers)


def test_halves_of_few_lines_do_not_agree_because_they_both_scatter():
    """Customers of two to fifty lines and no trait: of 120 indices one is expected to pass at .025 / 3."""
    passed = 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        lines = np.round(draw.lognormal(1.8, 0.8, 300)).clip(2) + 2
        halves = pd.DataFrame({"customer_id": np.repeat(np.arange(300), 2), "half": [0, 1] * 300, "promo_lines": np.repeat(lines // 2, 2)})
        for rate in (0.1, 0.3, 0.5):
            halves["promo_index"] = draw.binomial(halves["promo_lines"].astype(int), rate) / halves["promo_lines"] - rate
            customers = pd.DataFrame({"promo_lines": lines, "promo_index": 0.0})
            passed += fitted("promo", halves, customers, reliability=0.0, fewest=1, level=0.025 / 3).used
    assert passed <= 4


def test_the_mean_customer_is_the_benchmark_of_the_indices(table):
    customers = _bought(table)
    # Everybody keeps to makers more than two purchases of anybody do: that is no difference between customers.
    halves = customers.attrs["facts"]["needs_halves"].assign(brand_index=lambda f: f["brand_index"] + 0.25)
    raised = customers.assign(brand_index=customers["brand_index"] + 0.25)
    raised.attrs["facts"] = Facts({"needs_halves": halves})
    result = needs.segment(raised)
    sizes = result.profile.set_index("segment")["customers"]
    index = result.details["indices"].set_index("segment")
    for name in needs.CLASSES.values():  # all have as many lines, so that the mean over customers is that of the classes
        assert np.average(index[f"index_{name}"], weights=sizes[index.index]) == pytest.approx(100)
    assert index.loc["mixed", "index_brand"] == pytest.approx(100, abs=8)


def test_chance_alone_makes_no_claims(table):
    for seed in range(10):
        result = needs.segment(_bought(table, seed=seed, n=200, lines=60, told=False))
        assert not result.assignments["segment"].isin(list(needs.CLASSES)).any()


def test_markets_without_needs_are_answered_with_nothing():
    for seed in range(2):
        market = make_market(customers=250, world="no_needs", seed=seed, orders_per_year=20.0)
        customers = seglib.open_frames(**market.tables).customers(also=ALSO, facts=needs.FACTS)
        assert not needs.segment(customers).assignments["segment"].isin(list(needs.CLASSES)).any()


def test_planted_needs_are_found_beyond_chance(capsys):
    market = make_market(customers=700, seed=7)
    customers = seglib.open_frames(**market.tables).customers(also=ALSO, facts=needs.FACTS)
    result = needs.segment(customers)
    raw = pd.DataFrame({need: customers[f"{name}_index"].rank() for need, name in needs.CLASSES.items()}).fillna(0)
    naive = pd.DataFrame({"customer_id": customers["customer_id"], "segment": raw.idxmax(axis=1)})
    found = recovery(result.assignments, market.truth_class("needs"), best=market.best("needs"), naive=naive).set_index("line")
    with capsys.disabled():
        print("\nneeds\n", found[["agreement", "low", "high", "above_chance", "of_best"]].round(3))
    assert found.loc["method", "low"] > found.loc["chance", "agreement"]
    assert found.loc["best possible", "agreement"] > found.loc["method", "agreement"]
    # A need that is named is mostly the planted one; that of the others is left open.
    named = result.assignments[result.assignments["segment"].isin(list(needs.CLASSES))]
    truth = market.truth_class("needs").reindex(named["customer_id"]).to_numpy()
    assert (named["segment"].to_numpy() == truth).mean() > 0.55


def test_elasticity_speaks_for_the_price_where_it_is_asked_for(table, holds):
    customers = _elastic(_bought(table))
    customers.loc[0, ["price_elasticity", "promo_index", "brand_index", "quality_index"]] = (-5.0, 0.0, 0.0, 0.0)
    customers.loc[1, ["price_elasticity", "promo_index", "brand_index", "quality_index"]] = (-2.0, 0.9, 0.0, 0.0)
    result = needs.segment(customers, basis="elasticity")
    assert result.assignments["segment"].tolist()[:2] == ["price_sensitive", "mixed"]  # reductions do not decide
    assert result.details["variants"]["variant"].tolist()[0] == "price_elastic"
    assert "evidence_elasticity" in _warned(result)
    used = result.details["reliability"].set_index("index")["used"]
    assert used.to_dict() == {"promo": "not_in_use", "brand": "in_use", "quality": "in_use", "elasticity": "in_use"}
    means = result.details["indices"].set_index("segment")["mean_elasticity"]
    assert means.idxmin() == "price_sensitive"
    holds(result, customers)
    by_deals = needs.segment(customers)
    assert by_deals.assignments["segment"].tolist()[:2] == ["mixed", "price_sensitive"]
    assert by_deals.details["variants"]["variant"].tolist()[0] == "deal_prone"
    assert {"evidence_purchases", "elasticity_beside"} <= _warned(by_deals)
    assert needs.segment(customers, basis="purchases").scheme.hash == by_deals.scheme.hash
    few = customers.assign(promo_lines=1.0)
    few.attrs["facts"] = Facts({"needs_halves": customers.attrs["facts"]["needs_halves"].assign(promo_lines=0.5)})
    assert "evidence_elasticity" in _warned(needs.segment(few))  # reductions do not count


def test_elasticity_that_cannot_be_believed_names_nobody(table):
    weak = _elastic(_bought(table), spread=0.0)
    result = needs.segment(weak)
    assert {"evidence_purchases", "elasticity_off"} <= _warned(result)
    assert result.details["variants"]["variant"].tolist()[0] == "deal_prone"
    asked = needs.segment(weak, basis="elasticity")
    assert not asked.trustworthy
    assert "price_sensitive" not in set(asked.assignments["segment"])
    with pytest.raises(ParameterError, match="basis elasticity takes price_elasticity"):
        needs.segment(_bought(table), basis="elasticity")


def test_answers_of_a_survey_counted_by_hand(table, holds, classes):
    customers = table(
        orders=[3] * 6,
        spend=[5.0] * 6,
        stated_price=[5, 1, 3, 3, None, 5],
        stated_brand=[2, 4, 3, 2, 1, 4.5],
        stated_quality=[1, 2, 2, 5, 1, 1],
    )
    result = needs.segment(customers)
    # Means 3.4, 3.1, 2.2 and deviations 1.50, 1.02, 1.47 of who answered all: the third lies below everybody's mean in everything (at most
    # -.10), the last is 1.07 above it for the price and 1.37 for the brand, though 5 is more than 4.5.
    assert classes(result) == "price_sensitive brand_loyal mixed quality_seeking unknown_need brand_loyal"
    assert "evidence_survey" in _warned(result)
    assert "variants" not in result.details
    holds(result, customers)
    assert result.assignments["need_lead"].iloc[5] == pytest.approx(0.304, abs=0.001)
    assert classes(needs.segment(customers, survey_lead=0.5)).split()[5] == "mixed"


def test_purchases_come_first_where_few_answered(table):
    customers = _bought(table)
    answers = customers.assign(stated_price=np.where(np.arange(400) < 150, 5.0, np.nan), stated_quality=1.0)
    result = needs.segment(answers)
    assert "evidence_purchases" in _warned(result)
    assert result.details["variants"]["variant"].tolist() == ["deal_prone", "keeps_to_makers", "upper_tier"]
    assert "evidence_survey" in _warned(needs.segment(answers, basis="survey"))


def test_what_cannot_be_is_refused(table):
    customers = _bought(table)
    for wrong in ({"basis": "guess"}, {"reliability": 1.0}, {"least_z": -1.0}, {"survey_lead": 0.0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            needs.segment(customers, **wrong)
    with pytest.raises(ParameterError, match="at least two of stated_price"):
        needs.segment(customers, basis="survey")
    with pytest.raises(TableError, match="side frame needs_halves"):
        needs.segment(customers.set_axis(customers.columns, axis=1).pipe(_without_facts))


def _without_facts(customers: pd.DataFrame) -> pd.DataFrame:
    bare = customers.copy()
    bare.attrs = {}
    return bare


@pytest.fixture(scope="module")
def households():
    return seglib.demo().customers(as_of="2017-09-30", window_days=273, also=ALSO, facts=needs.FACTS)


def test_on_the_grocery_chain(households, holds):
    result = needs.segment(households)
    evidence = result.details["reliability"].set_index("index")
    assert (evidence["halves_r"].between(0.4, 0.7)).all()
    assert evidence["used"].to_dict() == {"promo": "in_use", "brand": "in_use", "quality": "in_use", "elasticity": "not_in_use"}
    # A line tells least of makers: an index of 120 of them is believed half.
    assert evidence["kappa_lines"].idxmax() == "brand"
    assert evidence["mean_reliability"].between(0.5, 0.75).all()
    assert not result.assignments["segment"].eq("too_few_lines").any()
    shares = result.profile.set_index("segment")["customers_share"]
    assert shares["mixed"] > max(shares[list(needs.CLASSES)])
    index = result.details["indices"].set_index("segment")
    for need, name in needs.CLASSES.items():
        assert index[f"index_{name}"].idxmax() == need
    assert result.details["variants"]["variant"].tolist()[0] == "deal_prone"
    assert result.trustworthy
    holds(result, households)


def test_on_the_grocery_chain_by_elasticity(households, holds):
    result = needs.segment(households, basis="elasticity")
    evidence = result.details["reliability"].set_index("index")
    # Among those of whom elasticity is believed .7, whatever they spend.
    counted = households[households["elasticity_lines"] >= evidence.loc["elasticity", "kappa_lines"] * 0.7 / 0.3]
    assert counted["price_elasticity"].corr(counted["promo_index"], method="spearman") < -0.6
    assert abs(counted["price_elasticity"].corr(counted["spend"], method="spearman")) < 0.25
    assert -2.5 < counted["price_elasticity"].mean() < -1
    index = result.details["indices"].set_index("segment")
    assert index["mean_elasticity"].idxmin() == "price_sensitive"
    holds(result, households)


def test_the_deal_prone_redeem_more_coupons_afterwards(households, capsys):
    from sklearn.metrics import roc_auc_score

    result = needs.segment(households)
    following = seglib.demo().customers(as_of="2017-12-31", window_days=92, columns=("offers_sent", "offers_redeemed"))
    both = result.assignments.merge(following, on="customer_id").merge(households[["customer_id", "orders"]], on="customer_id")
    both = both[both["offers_sent"] > 0]
    redeemed = both["offers_redeemed"] > 0
    elastic = households.set_index("customer_id")["price_elasticity"].reindex(both["customer_id"]).to_numpy()
    counted = (both["promo_reliability"] > 0) & np.isfinite(elastic)
    auc = {
        "index of reductions": roc_auc_score(redeemed[counted], both.loc[counted, "promo_z"]),
        "elasticity": roc_auc_score(redeemed[counted], -elastic[counted.to_numpy()]),
        "orders": roc_auc_score(redeemed[counted], both.loc[counted, "orders"]),
    }
    rates = redeemed.groupby(both["segment"]).mean()
    with capsys.disabled():
        print(f"\nredemption in the next quarter, {redeemed.mean():.3f} of {len(both)}:", auc, rates.round(3).to_dict())
    assert auc["index of reductions"] > 0.58
    assert auc["elasticity"] > 0.52
    assert rates["price_sensitive"] > 1.5 * rates["quality_seeking"]


def test_stated_reasons_for_buying(shared, holds):
    folder = shared / "data/adventureworks"
    sales = pd.read_parquet(folder / "FactInternetSales.parquet")[["CustomerKey", "SalesOrderNumber", "SalesAmount"]]
    reasons = pd.read_parquet(folder / "FactInternetSalesReason.parquet").merge(pd.read_parquet(folder / "DimSalesReason.parquet"))
    who = sales.drop_duplicates("SalesOrderNumber")
    named = reasons.drop_duplicates(["SalesOrderNumber", "SalesReasonName"]).merge(who, on="SalesOrderNumber")
    stated = named["SalesReasonName"].map(
        {"Price": "stated_price", "On Promotion": "stated_price", "Manufacturer": "stated_brand", "Quality": "stated_quality"}
    )
    answers = pd.crosstab(named["CustomerKey"], stated).astype(bool).astype(float)
    spent = sales.groupby("CustomerKey")["SalesAmount"].agg(["sum", "size"])
    table = spent.join(answers).rename_axis("customer_id").reset_index().rename(columns={"sum": "spend", "size": "orders"})
    table = table.assign(as_of=pd.Timestamp("2014-01-28"), window_days=1125).astype({"customer_id": "str"})
    result = needs.segment(table)
    counts = result.assignments["segment"].value_counts()
    assert len(table) == 18484
    assert counts["price_sensitive"] == int(((table["stated_price"] == 1) & (table["stated_brand"] + table["stated_quality"] == 0)).sum())
    brand_alone = (table["stated_brand"] == 1) & (
        table["stated_quality"] == 0
    )  # most name the price: who names a maker, too, stands out by it
    assert counts["brand_loyal"] == int(brand_alone.sum())
    assert counts.to_dict() == {"price_sensitive": 14355, "unknown_need": 2407, "mixed": 1551, "brand_loyal": 171}
    # Who names quality names the maker with it: that is no single need.
    assert (table.loc[table["stated_quality"] == 1, "stated_brand"] == 1).all()
    holds(result, table)


def test_what_guests_say_of_a_restaurant(shared, holds):
    """Published answers of 1,453 guests: cheap is taken for the price and healthy for quality, yes or no.

    Most say cheap (60 %), few say healthy (20 %). Taken raw, 45 % say cheap alone, 5 % healthy alone, 49 % both or neither. Against
    everybody's answers who says both stands out by healthy, so that 45, 20 and 35 are left: who says neither has no need that stands out.
    """
    guests = pd.read_csv(shared / "data/needs_segmentation/mcdonalds.csv")
    cheap, healthy = (guests[name].eq("Yes") for name in ("cheap", "healthy"))
    answers = {"stated_price": cheap.astype(float), "stated_quality": healthy.astype(float)}
    table = pd.DataFrame({"customer_id": [f"c{n}" for n in range(len(guests))], **answers, "as_of": pd.Timestamp("2024-12-31")})
    table["window_days"] = 364
    result = needs.segment(table)
    counts = result.assignments["segment"].value_counts()
    assert counts.to_dict() == {
        "price_sensitive": int((cheap & ~healthy).sum()), "quality_seeking": int(healthy.sum()), "mixed": int((~cheap & ~healthy).sum())
    }  # fmt: skip
    assert (counts / len(guests)).round(2).to_dict() == {"price_sensitive": 0.45, "mixed": 0.35, "quality_seeking": 0.2}
    assert result.trustworthy
    holds(result, table)
