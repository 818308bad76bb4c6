"""Published numbers of the purchase-process models and their summary, reproduced on the published data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seglib import clv

#: Customer, day, value of 2015: the example by which the summaries of several packages are tested.
LINES = [
    (1, "2015-01-01", 1),
    (1, "2015-02-06", 2),
    (2, "2015-01-01", 2),
    (3, "2015-01-01", 3),
    (3, "2015-01-02", 1),
    (3, "2015-01-05", 5),
    (4, "2015-01-16", 6),
    (4, "2015-02-02", 3),
    (4, "2015-02-05", 3),
    (4, "2015-02-05", 6),
    (5, "2015-01-16", 3),
    (5, "2015-01-17", 1),
    (5, "2015-01-18", 8),
    (6, "2015-02-02", 5),
]
WEEKS = ["repeat_orders", "first_to_last_periods", "observed_periods"]


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return pd.DataFrame(LINES, columns=["customer_id", "ordered_at", "amount"])


@pytest.fixture(scope="module")
def published(shared: Path) -> Path:
    return shared / "oracles" / "data"


@pytest.fixture(scope="module")
def cdnow(published: Path) -> pd.DataFrame:
    """Order lines of the 1/10 sample."""
    names = ["master", "customer_id", "ordered_at", "cds", "amount"]
    frame = pd.read_csv(published / "CDNOW_sample.txt", sep=r"\s+", header=None, names=names)
    return frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"].astype(str)))


@pytest.fixture(scope="module")
def summary(cdnow: pd.DataFrame) -> pd.DataFrame:
    """Its first 39 weeks, in exact weeks."""
    return clv.repeat_summary(cdnow, until="1997-09-30", period="week")


@pytest.fixture(scope="module")
def rounded(published: Path) -> pd.DataFrame:
    """The published summary, times rounded to two decimals of a week."""
    frame = pd.read_csv(published / "cdnow_customers_summary_with_transactions.csv")
    frame.columns = ["customer_id", *WEEKS, "mean_repeat_value"]
    return frame.assign(period_days=7)


def rows(frame: pd.DataFrame, columns: list[str]) -> list[tuple]:
    return list(frame[columns].itertuples(index=False, name=None))


def test_o1_daily_summary(lines):
    found = clv.repeat_summary(lines, until="2015-02-07")
    assert rows(found, [*WEEKS, "mean_repeat_value"]) == [
        (1, 36, 37, 2),
        (0, 0, 37, 0),
        (2, 4, 37, 3),
        (2, 20, 22, 6),
        (2, 2, 22, 4.5),
        (0, 0, 5, 0),
    ]
    assert found["customer_id"].tolist() == [1, 2, 3, 4, 5, 6]


def test_o2_weekly_summary(lines):
    found = clv.repeat_summary(lines, until="2015-02-07", period="calendar_week")
    assert rows(found, WEEKS) == [(1, 5, 5), (0, 0, 5), (1, 1, 5), (1, 3, 3), (0, 0, 3), (0, 0, 0)]


def test_o3_first_order_included(lines):
    found = clv.order_summary(lines, until="2015-02-07")
    columns = ["orders", "periods_since_last_order", "mean_order_value"]
    assert rows(found, columns) == [(2, 1, 1.5), (1, 37, 2), (3, 33, 3), (3, 2, 6), (3, 20, 4), (1, 5, 5)]


def test_o5_order_of_rows_and_type_of_ids():
    days, values = ["2014-03-14", "2014-04-09", "2014-05-21"], [10, 20, 25]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        lines = pd.DataFrame({"customer_id": "a", "ordered_at": [days[i] for i in order], "amount": [values[i] for i in order]})
        assert clv.repeat_summary(lines, until="2014-06-01")["mean_repeat_value"].tolist() == [22.5]
    same_day = pd.DataFrame({"customer_id": "a", "ordered_at": ["2014-03-14 09:00", "2014-03-14 17:00"], "amount": [1, 2]})
    assert clv.repeat_summary(same_day, until="2014-06-01", period="calendar_week")["repeat_orders"].tolist() == [0]
    for ids in (pd.Series(["7", "08", "7"], dtype="str"), pd.Series([7, 8, 7], dtype="int32"), pd.Series([7, 8, 7], dtype="Int64")):
        lines = pd.DataFrame({"customer_id": ids, "ordered_at": days, "amount": values})
        found = clv.repeat_summary(lines, until="2014-06-01")
        assert found["customer_id"].dtype == ids.dtype
        assert found["repeat_orders"].sum() == 1


def test_o7_cdnow_summary(cdnow):
    daily = clv.repeat_summary(cdnow, until="1997-09-30")
    assert len(daily) == 2357
    assert daily["repeat_orders"].sum() == 2457
    assert (daily["repeat_orders"] == 0).sum() == 1411
    value = daily.loc[daily["repeat_orders"] > 0, "mean_repeat_value"]
    assert len(value) == 946
    found = [value.mean(), value.std(), value.min(), value.median(), value.max()]
    assert found == pytest.approx([35.0778, 30.2835, 2.99, 27.4975, 299.6338], abs=1e-3)
    until_the_end = clv.repeat_summary(cdnow, until="1998-06-30")
    assert until_the_end["repeat_orders"].sum() - daily["repeat_orders"].sum() == 1882


def test_o19_bg_nbd(summary):
    model = clv.fit_bg_nbd(summary)
    assert model.parameters["parameter"].tolist() == ["r", "alpha", "a", "b"]
    assert model.parameters["estimate"].tolist() == pytest.approx([0.2425945, 4.4136019, 0.7929199, 2.4258881], abs=1e-4)
    assert model.parameters["standard_error"].tolist() == pytest.approx([0.01256, 0.37822, 0.18573, 0.70541], abs=1e-5)
    assert model.fit.log_likelihood == pytest.approx(-9582.4292, abs=5e-4)
    assert model.log_likelihood(summary) == pytest.approx(model.fit.log_likelihood, abs=1e-6)
    assert model.fit.converged


def test_o19_bg_nbd_on_the_rounded_table(rounded):
    model = clv.fit_bg_nbd(rounded)
    assert model.parameters["estimate"].tolist() == pytest.approx([0.242593, 4.413532, 0.792886, 2.425752], abs=1e-5)


def test_pareto_nbd(summary):
    """The estimates of the BG/NBD paper's own comparison, to its digits."""
    model = clv.fit_pareto_nbd(summary)
    assert model.parameters["parameter"].tolist() == ["r", "alpha", "s", "beta"]
    assert model.parameters["estimate"].tolist() == pytest.approx([0.553, 10.578, 0.606, 11.669], abs=1e-3)
    assert model.fit.log_likelihood == pytest.approx(-9594.976, abs=5e-4)
    assert model.log_likelihood(summary) == pytest.approx(model.fit.log_likelihood, abs=1e-6)
    assert model.fit.converged


def test_who_never_came_back_is_alive_for_ever_by_bg_nbd_alone(summary, cdnow):
    once = (summary["repeat_orders"] == 0).to_numpy()
    bg, pareto = clv.fit_bg_nbd(summary).p_alive(summary), clv.fit_pareto_nbd(summary).p_alive(summary)
    assert (bg[once] == 1).all()
    assert bg.mean() == pytest.approx(0.813, abs=5e-4)
    assert pareto[once].mean() == pytest.approx(0.338, abs=5e-4)
    assert pareto.mean() == pytest.approx(0.446, abs=5e-4)
    later = set(cdnow.loc[cdnow["ordered_at"] > "1997-09-30", "customer_id"])
    assert summary.loc[once, "customer_id"].isin(later).mean() == pytest.approx(0.137, abs=5e-4)


def test_o22_gamma_gamma(summary, rounded):
    model = clv.fit_gamma_gamma(summary)
    assert model.parameters["parameter"].tolist() == ["p", "q", "v"]
    assert model.parameters["estimate"].tolist() == pytest.approx([6.24957, 3.74422, 15.44352], abs=1e-4)
    assert model.fit.log_likelihood == pytest.approx(-4055.9177, abs=5e-4)
    assert (model.fit.customers, model.fit.left_out) == (946, 1411)
    assert clv.fit_gamma_gamma(rounded).correlation == pytest.approx(0.113884, abs=1e-6)


def test_o23_expected_order_value(rounded):
    expected = [24.66, 18.92, 35.22, 35.22, 35.22, 71.47, 18.92, 35.22, 27.29, 35.22]
    found = clv.GammaGamma(p=6.25, q=3.74, v=15.44).expected_order_value(rounded.head(10))
    assert found.tolist() == pytest.approx(expected, abs=0.01)


def one(x: list[float], tx: list[float], observed: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"repeat_orders": x, "first_to_last_periods": tx, "observed_periods": observed, "period_days": 7})


def test_o29_numbers_in_range_for_busy_customers():
    bg = clv.BgNbd(r=0.25, alpha=4, a=0.8, b=2.5, period_days=7)
    assert bg.log_likelihood(one([0], [0], [40])) == pytest.approx(-0.59947382, abs=1e-8)
    assert bg.log_likelihood(one([200], [38], [40])) == pytest.approx(100.7957, abs=5e-5)
    pareto = clv.ParetoNbd(r=0.5143, alpha=2.8845, s=0.2856, beta=14.1087, period_days=7)
    busy = one([221, 254, 161, 204], [103.42857, 97.14286, 94.71429, 98.57143], [103.57143, 97.28571, 98, 99.42857])
    assert pareto.p_alive(busy).tolist() == pytest.approx([0.99960, 0.99956, 0.74949, 0.99426], abs=5e-6)
    for model in (bg, pareto):
        assert np.isfinite(model.expected_orders(busy, periods=52)).all()


PARITY = [140.0962, 18.9435, 38.1806, 38.1806, 38.1806, 1003.8682, 28.1097, 38.1806, 167.4182, 38.1806]
IN_WEEKS = [36.2785, 4.6375, 8.3441, 8.3441, 8.3441, 283.5236, 6.8814, 8.3441, 43.3536, 8.3441]


def test_o30_lifetime_value_in_weeks_and_the_published_mistake(rounded):
    models = {"purchases": clv.fit_bg_nbd(rounded), "spend": clv.fit_gamma_gamma(rounded)}
    # The published tutorial reads weeks as days: twelve months become 360 weeks. Parity is for this test alone.
    mistaken = clv.lifetime_value(rounded, **models, months=12, monthly_discount=0.01, periods_per_month=30)
    assert mistaken["lifetime_value"].head(10).tolist() == pytest.approx(PARITY, abs=1e-3)
    ours = clv.lifetime_value(rounded, **models, months=12, monthly_discount=0.01)["lifetime_value"].head(10).to_numpy()
    assert ours.tolist() == pytest.approx(IN_WEEKS, abs=1e-3)
    assert (ours < 0.3 * np.array(PARITY)).all()
