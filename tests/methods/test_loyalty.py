"""Loyalty on tables counted by hand and on the grocery chain."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError
from seglib.methods import loyalty
from seglib.report.sentences import view_of
from seglib.review import migration
from seglib.segmentation import clock_of
from seglib.settings import ClientSettings

CLOCK = {"gap_75": 29.0, "gap_95": 90.0}  # periods of 30 days


def _eight(table):
    # Price levels of those who are judged: -.2, 0, .1, .2, .3; the eightieth percentile (type 7) is .22.
    return table(
        lifetime_orders=[9, 9, 5, 2, 9, 3, 2, 0],
        loyalty_periods=[12.0, 9.0, 4.0, 3.0, 9.0, 1.0, 0.0, None],
        tenure_periods=[12.0, 12.0, 10.0, 8.0, 10.0, 1.0, 12.0, None],
        price_index=[0.3, 0.1, 0.2, -0.2, 0.0, 0.9, 0.9, None],
        spend=[90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 0.0],
    ).assign(**CLOCK)


def test_classes_counted_by_hand(table, holds, classes):
    customers = _eight(table)
    result = loyalty.segment(customers)
    assert classes(result) == "vip loyal developing transient loyal too_early no_orders_in_window no_orders"
    assert result.assignments["active_share"].tolist()[:6] == [1, 0.75, 0.4, 0.375, 0.9, 1]
    holds(result, customers)
    assert result.scheme.classes == ("vip", "loyal", "developing", "transient")
    assert result.details["periods"].set_index("measure")["value"].to_dict() == {"usual_gap_days": 29, "period_days": 30, "periods": 12}


def test_without_a_clock_nobody_is_judged_and_it_is_asked_for(table, holds, classes):
    customers = _eight(table).assign(gap_75=None, gap_95=None, loyalty_periods=None, tenure_periods=None).astype(
        dict.fromkeys(["gap_75", "gap_95", "loyalty_periods", "tenure_periods"], float)
    )  # fmt: skip
    result = loyalty.segment(customers)
    assert classes(result) == "no_clock no_clock no_clock no_clock no_clock no_clock no_clock no_orders"
    assert not result.gates.set_index("gate").loc["clock", "passed"]
    told = [view_of(result, lang, customers=customers).failed_gates()[0] for lang in ("en", "zh")]
    assert all("clock: {usual: 30 days, long: 90 days}" in sentence for sentence in told)
    holds(result, customers)


@pytest.mark.parametrize(("history", "passed"), [(119, False), (120, True)])
def test_fewer_than_four_periods_of_history_are_refused(table, history, passed):
    customers = _eight(table).assign(days_since_first_order=50.0, history_days_before_first_order=history - 51.0)
    result = loyalty.segment(customers)
    gate = result.gates.set_index("gate").loc["periods_in_history"]
    assert (gate["passed"], gate["found"]) == (passed, history // 30)
    short = result.details["warnings"].set_index("warning")["values"].get("short_history")
    assert short == (None if passed else '{"days": 30, "history": 119, "needed": 120}')


def test_from_how_many_periods_a_customer_is_judged(table, classes):
    assert classes(loyalty.segment(_eight(table), least_periods=9)).split()[3] == "too_early"
    assert classes(loyalty.segment(_eight(table), least_periods=1)).split()[5] == "vip"


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
        lifetime_orders=[9] * 60, tenure_periods=[10.0] * 60, loyalty_periods=[10.0] * 30 + [1.0] * 30, spend=[9.0] * 60,
        nps_score=[10.0] * 20 + [3.0] * 10 + [9.0] * 10 + [8.0] * 19 + [None],
    ).assign(**CLOCK)  # fmt: skip
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
    """The supermarket's households; a month is the shortest period, as the chain's usual gap is two weeks."""
    return seglib.demo().customers(as_of="2017-09-30", window_days=273, also=(*loyalty.NEEDS, *loyalty.USES), facts=())


def test_a_panel_of_regulars_is_nearly_all_loyal(households, holds):
    result = loyalty.segment(households)
    counts = result.assignments["segment"].value_counts()
    assert result.details["periods"].set_index("measure")["value"].to_dict() == {"usual_gap_days": 14, "period_days": 30, "periods": 9}
    judged = counts[["vip", "loyal", "developing", "transient"]].sum()
    assert (counts["vip"] + counts["loyal"]) / judged > loyalty.CEILING
    assert {"ceiling", "no_wallet", "no_attitude", "tenure_at_least"} <= set(result.details["warnings"]["warning"])
    assert result.trustworthy
    holds(result, households)


def test_a_relative_cut_divides_the_regulars(households, holds):
    result = loyalty.segment(households, tiers="quantile:3")
    loyal = result.assignments["segment"].isin(["vip", "loyal"]).mean()
    assert loyal < 0.7
    holds(result, households)


def test_fewer_than_one_period_judges_nobody(table):
    with pytest.raises(ParameterError, match="least_periods is -1"):
        loyalty.segment(_eight(table), least_periods=-1)


def resellers(shared: Path) -> pd.DataFrame:
    raw = pd.read_parquet(shared / "data/adventureworks/FactResellerSales.parquet")
    return pd.DataFrame(
        {
            "order_id": raw["SalesOrderNumber"],
            "customer_id": raw["ResellerKey"].astype("str"),
            "ordered_at": pd.to_datetime(raw["OrderDate"]),
            "amount": raw["SalesAmount"].astype(float).round(4),
        }
    )


def gift_shop(shared: Path) -> pd.DataFrame:
    """Both years; the first nine days of December 2010 stand in both files."""
    folder = shared / "data/uci_online_retail"
    old = pd.read_parquet(folder / "online_retail_II_2009-2010.parquet").rename(
        columns={"Invoice": "InvoiceNo", "Customer ID": "CustomerID", "Price": "UnitPrice"}
    )
    new = pd.read_parquet(folder / "online_retail.parquet")
    raw = pd.concat([old[old["InvoiceDate"] < new["InvoiceDate"].min().normalize()], new]).dropna(subset="CustomerID")
    return pd.DataFrame(
        {
            "order_id": raw["InvoiceNo"].astype("str"),
            "customer_id": raw["CustomerID"].astype("int64").astype("str"),
            "ordered_at": raw["InvoiceDate"],
            "amount": (raw["Quantity"] * raw["UnitPrice"]).round(3),
        }
    )


def airline(shared: Path) -> pd.DataFrame:
    """Months of a loyalty card with a flight, by their first day; money is not on record, so that distance stands for it."""
    raw = pd.read_parquet(shared / "data/airline_loyalty/customer_flight_activity.parquet").drop_duplicates()
    raw = raw[raw["total_flights"] > 0].reset_index(drop=True)
    return pd.DataFrame(
        {
            "order_id": raw.index.astype("str"),
            "customer_id": raw["loyalty_number"].astype("str"),
            "ordered_at": pd.to_datetime({"year": raw["year"], "month": raw["month"], "day": 1}),
            "amount": raw["distance"].astype(float),
        }
    )


@pytest.mark.parametrize(
    ("data", "end", "usual", "wanted"),
    [
        # share of all known, and of these who buy within the next 92 days
        (resellers, "2013-11-29", 92, {"loyal": (0.66, 0.96), "developing": (0.23, 0.26), "transient": (0.10, 0.06)}),
        (gift_shop, "2011-12-09", 137, {"loyal": (0.36, 0.70), "developing": (0.24, 0.33), "transient": (0.26, 0.20)}),
        (airline, "2018-12-31", 61, {"loyal": (0.76, 0.92), "developing": (0.19, 0.79), "transient": (0.03, 0.03)}),
    ],
    ids=["resellers", "gift shop", "airline"],
)
def test_published_trades_by_their_own_clock(shared, data, end, usual, wanted):
    """As of 92 days before the end; the usual gap is given as it was when these figures were made, with every customer's vote."""
    orders = data(shared)
    day = pd.Timestamp(end) - pd.Timedelta(days=92)
    client = seglib.open_frames(settings=ClientSettings(clock={"usual": f"{usual} days", "long": f"{2 * usual} days"}), orders=orders)
    customers = client.customers(as_of=day.date(), also=(*loyalty.NEEDS, *loyalty.USES), facts=())
    result = loyalty.segment(customers)
    assert result.gates.set_index("gate").loc["periods_in_history", "passed"]
    later = orders[(orders["ordered_at"] >= day + pd.Timedelta(days=1)) & (orders["amount"] > 0)]
    again = result.assignments["customer_id"].isin(later["customer_id"]).groupby(result.assignments["segment"]).agg(["size", "mean"])
    known = (customers["lifetime_orders"] > 0).sum()
    for segment, (share, buy) in wanted.items():
        assert again.loc[segment, "size"] / known == pytest.approx(share, abs=0.03), segment
        assert again.loc[segment, "mean"] == pytest.approx(buy, abs=0.03), segment


def test_an_earlier_day_is_read_by_the_clock_of_the_definition(shared):
    """The gift shop's own clock of a year before is shorter: periods of another length would be other classes."""
    orders = gift_shop(shared)
    client = seglib.open_frames(orders=orders)
    needs = {"also": (*loyalty.NEEDS, *loyalty.USES), "facts": ()}
    result = loyalty.segment(client.customers(window_days=364, **needs))
    moved = migration(client, result, draws=5)
    day = pd.Timestamp(moved.before).date()
    own, signed = client.customers(as_of=day, **needs), client.customers(as_of=day, clock=clock_of(result.scheme), **needs)
    assert own["gap_75"].iloc[0] < signed["gap_75"].iloc[0] == result.params["gap_75"]
    wanted = result.scheme.apply(signed).set_index("customer_id")["segment"]
    assert moved.people.set_index("customer_id")["a"].reindex(wanted.index).tolist() == wanted.tolist()
    assert moved.floor.draws == 5
