"""Summary, models and lifetime value: by hand, against other forms of the same formulas, and on customers whose truth is known."""

from __future__ import annotations

import datetime
import decimal
import importlib.resources
import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln, hyp2f1

from seglib import clv
from seglib.clv import bg_nbd, gamma_gamma, likelihood, pareto_nbd
from seglib.errors import DataError, ParameterError, TableError

FITS = (clv.fit_bg_nbd, clv.fit_pareto_nbd, clv.fit_gamma_gamma)


def histories(x: list[float], tx: list[float], observed: list[float], value: list[float] | None = None, days: int = 7) -> pd.DataFrame:
    frame = {"repeat_orders": x, "first_to_last_periods": tx, "observed_periods": observed, "period_days": days}
    return pd.DataFrame({**frame, "mean_repeat_value": value if value is not None else [10.0 if n else 0.0 for n in x]})


def market(customers: int, seed: int, *, whole_days: bool = True) -> pd.DataFrame:
    """Buyers by the Pareto/NBD process in days (r .55, alpha 74, s .6, beta 82) who spend by Gamma-Gamma (p 6.25, q 3.74, v 15.4)."""
    rng = np.random.default_rng(seed)
    observed = rng.uniform(180, 730, customers)
    life = np.minimum(rng.exponential(1 / rng.gamma(0.6, 1 / 82, customers)), observed)
    x = rng.poisson(rng.gamma(0.55, 1 / 74, customers) * life)
    tx = np.where(x > 0, life * rng.beta(np.maximum(x, 1), 1), 0)
    if whole_days:
        observed, tx = np.ceil(observed), np.where(x > 0, np.ceil(tx), 0)
    orders = np.maximum(x, 1)
    value = np.where(x > 0, rng.gamma(6.25 * orders) / orders / rng.gamma(3.74, 1 / 15.4, customers), 0)
    return histories(x, tx, observed, value, days=1)


# --- the summary ---


def test_units_of_time():
    lines = pd.DataFrame({"customer_id": "a", "ordered_at": ["2024-01-01", "2024-01-12", "2024-01-14"], "amount": [1.0, 2.0, 6.0]})
    last = {"until": "2024-01-29"}
    columns = ["repeat_orders", "first_to_last_periods", "observed_periods", "mean_repeat_value", "period_days"]
    assert clv.repeat_summary(lines, **last)[columns].iloc[0].tolist() == [2, 13, 28, 4, 1]
    assert clv.repeat_summary(lines, period="week", **last)[columns].iloc[0].tolist() == [2, 13 / 7, 4, 4, 7]
    # 12 and 14 January 2024 are a Friday and a Sunday: one calendar week, the one after that of Monday, 1 January.
    assert clv.repeat_summary(lines, period="calendar_week", **last)[columns].iloc[0].tolist() == [1, 1, 4, 8, 7]
    whole = clv.repeat_summary(lines, **last)
    assert [str(whole[name].dtype) for name in columns] == ["int64", "int64", "int64", "float64", "int64"]


def test_later_lines_and_the_frame_itself_are_left_alone():
    lines = pd.DataFrame(
        {"who": [2, 1, 2, 3], "day": pd.to_datetime(["2024-01-05", "2024-01-01", "2024-03-01", "2024-03-01"]), "net": [5, 1, 7, 9]}
    )
    kept = lines.copy()
    found = clv.repeat_summary(lines, until=datetime.date(2024, 2, 1), customer="who", when="day", amount="net")
    assert found["customer_id"].tolist() == [1, 2]
    assert found["repeat_orders"].tolist() == [0, 0]
    pd.testing.assert_frame_equal(lines, kept)


def test_what_was_taken_back_on_the_same_day_is_no_order_and_what_was_free_is():
    lines = pd.DataFrame(
        [
            ("returned", "2024-01-01", 10), ("returned", "2024-01-05", 8), ("returned", "2024-01-05", -8), ("returned", "2024-01-09", 6),
            ("free", "2024-01-01", 0), ("free", "2024-01-04", 3),
            ("later", "2024-01-01", 5), ("later", "2024-01-02", -5), ("later", "2024-01-03", 4),
            ("only back", "2024-01-02", -4),
        ],
        columns=["customer_id", "ordered_at", "amount"],
    )  # fmt: skip
    found = clv.repeat_summary(lines, until="2024-01-10").set_index("customer_id")
    assert found["repeat_orders"].to_dict() == {"free": 1, "later": 1, "returned": 1}
    assert found["mean_repeat_value"].to_dict() == {"free": 3, "later": 4, "returned": 6}
    assert found.loc["returned", "first_to_last_periods"] == 8


def test_decimal_money_and_times_of_day_are_read():
    lines = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "ordered_at": [datetime.datetime(2024, 1, 1, 23, 59), datetime.datetime(2024, 1, 3, 0, 1)],
            "amount": [decimal.Decimal("1.10"), decimal.Decimal("2.20")],
        }
    )
    found = clv.order_summary(lines, until="2024-01-03")
    assert found[["orders", "periods_since_last_order", "mean_order_value"]].iloc[0].tolist() == [2, 0, pytest.approx(1.65)]
    zoned = lines.assign(ordered_at=pd.to_datetime(lines["ordered_at"]).dt.tz_localize("Asia/Shanghai"))
    pd.testing.assert_frame_equal(clv.order_summary(zoned, until="2024-01-03"), found)


@pytest.mark.parametrize(
    ("change", "options", "error", "sentence"),
    [
        ({}, {"amount": "netto"}, TableError, r"lack the column netto; they have customer_id, ordered_at, amount\. Name it with amount="),
        ({"customer_id": [None, "b"]}, {}, TableError, "1 order lines lack customer_id"),
        ({"ordered_at": ["2024-01-01", "soon"]}, {}, TableError, r"ordered_at cannot be read as dates \(soon\)"),
        ({"amount": ["1", "ten"]}, {}, TableError, r"amount cannot be read as amounts \(ten\)"),
        ({}, {"period": "month"}, ParameterError, "no period 'month'; write day, week or calendar_week"),
        ({}, {"until": "some day"}, ParameterError, "until is 'some day', which is no date"),
        ({}, {"until": "2023-01-01"}, DataError, "no purchase up to 2023-01-01; the order lines run from 2024-01-01 to 2024-01-02"),
    ],
)
def test_lines_that_cannot_be_summed_up_are_refused_in_a_sentence(change, options, error, sentence):
    lines = pd.DataFrame({"customer_id": ["a", "b"], "ordered_at": ["2024-01-01", "2024-01-02"], "amount": [1, 2]}).assign(**change)
    with pytest.raises(error, match=sentence):
        clv.repeat_summary(lines, **{"until": "2024-02-01", **options})


# --- the models' formulas ---


def likelihood_by_integration(x: float, tx: float, observed: float, chances: Callable[[float], float], r: float, alpha: float) -> float:
    """Likelihood of one history, integrated over the purchase rate: Gamma(r, alpha) times the chances given the rate."""
    from scipy.stats import gamma

    return quad(lambda rate: gamma.pdf(rate, r, scale=1 / alpha) * chances(rate), 0, np.inf, limit=200)[0]


def test_bg_nbd_likelihood_is_the_mean_over_rates_and_chances_of_leaving():
    from scipy.stats import beta

    r, alpha, a, b = 0.9, 6.0, 1.4, 2.5
    x, tx, observed = 3, 20.0, 30.0

    def chances(rate: float) -> float:
        stay = quad(lambda p: beta.pdf(p, a, b) * (1 - p) ** x, 0, 1)[0]
        leave = quad(lambda p: beta.pdf(p, a, b) * p * (1 - p) ** (x - 1), 0, 1)[0]
        return rate**x * (stay * np.exp(-rate * observed) + leave * np.exp(-rate * tx))

    expected = np.log(likelihood_by_integration(x, tx, observed, chances, r, alpha))
    assert clv.BgNbd(r, alpha, a, b, 7).log_likelihood(histories([x], [tx], [observed])) == pytest.approx(expected, abs=1e-7)


def test_pareto_nbd_likelihood_is_the_mean_over_rates_and_lifetimes():
    r, alpha, s, beta = 0.9, 6.0, 0.7, 12.0
    x, tx, observed = 3, 20.0, 30.0

    def chances(rate: float) -> float:
        gone = quad(lambda y: s / beta * (beta / (beta + y)) ** (s + 1) * np.exp(-rate * y), tx, observed)[0]
        return rate**x * ((beta / (beta + observed)) ** s * np.exp(-rate * observed) + gone)

    expected = np.log(likelihood_by_integration(x, tx, observed, chances, r, alpha))
    assert clv.ParetoNbd(r, alpha, s, beta, 7).log_likelihood(histories([x], [tx], [observed])) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_the_weight_of_having_left_is_the_published_hypergeometric_difference(seed):
    rng = np.random.default_rng(seed)
    (r, s), (alpha, beta) = rng.uniform(0.2, 3, 2), rng.uniform(2, 30, 2)
    x, observed = float(rng.integers(0, 6)), rng.uniform(20, 60)
    tx = rng.uniform(1, 0.8 * observed) if x else 0.0

    def term(y: float) -> float:
        e, far = r + s + x, max(alpha, beta)
        second = s + 1 if alpha >= beta else r + x
        return hyp2f1(e, second, e + 1, abs(alpha - beta) / (far + y)) / (far + y) ** e

    published = np.log(s / (r + s + x) * (term(tx) - term(observed)))
    found, _ = pareto_nbd._left_between(np.array([x]), np.array([tx]), np.array([observed]), r, alpha, s, beta)
    assert found[0] == pytest.approx(published, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("grade", [8, 16, 32])
def test_each_number_of_nodes_agrees_with_a_finer_one(grade, monkeypatch):
    rng = np.random.default_rng(grade)
    x = rng.integers(0, 900, 400).astype(float)
    observed = rng.uniform(1, 1000, 400)
    tx = np.where(x > 0, observed * rng.beta(5, 1, 400), 0)
    for r, alpha, s, beta in ((0.5, 10.0, 0.6, 12.0), (0.02, 0.01, 3.0, 50.0), (8.0, 300.0, 0.1, 0.05)):
        found = pareto_nbd._left_between(x, tx, observed, r, alpha, s, beta)
        monkeypatch.setattr(pareto_nbd, "GRADES", ((64, np.inf, np.inf),))
        finer = pareto_nbd._left_between(x, tx, observed, r, alpha, s, beta)
        monkeypatch.undo()
        np.testing.assert_allclose(found[0], finer[0], atol=1e-10)
        np.testing.assert_allclose(found[1], finer[1], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("a", "b"), [(0.8, 2.4), (1.0, 2.4), (2.5, 0.3), (0.4, 0.6), (1 + 1e-7, 3.0)])
def test_expected_orders_of_bg_nbd_is_the_published_form(a, b):
    r, alpha, periods = 0.25, 4.4, 39.0
    summary = histories([0, 1, 4, 25], [0, 3, 20, 37], [38, 38, 30, 38.5])
    x, tx, observed = (summary[name].to_numpy(float) for name in ("repeat_orders", "first_to_last_periods", "observed_periods"))
    nudge = 1e-8 if min(abs(a - 1), abs(a + b - 1)) < 1e-6 else 0.0
    first, c = a + nudge, a + nudge + b + x - 1
    z = periods / (alpha + observed + periods)
    growth = 1 - ((alpha + observed) / (alpha + observed + periods)) ** (r + x) * hyp2f1(r + x, b + x, c, z)
    left = np.where(x > 0, first / (b + np.maximum(x, 1) - 1) * ((alpha + observed) / (alpha + tx)) ** (r + x), 0)
    published = c / (first - 1) * growth / (1 + left)
    model = clv.BgNbd(r, alpha, a, b, 7)
    assert model.expected_orders(summary, periods=periods) == pytest.approx(published, rel=2e-6)
    # A new customer is one who was observed for no time at all.
    new = model.expected_orders(histories([0], [0], [0]), periods=[10, 20.0])
    assert model.expected_orders_of_new(periods=[10, 20.0]) == pytest.approx(new[0])


def test_expected_orders_of_pareto_nbd_is_the_integral_over_the_time_still_here():
    r, alpha, s, beta, periods = 0.55, 10.6, 0.6, 11.7, 39.0
    summary = histories([0, 4], [0, 20], [38, 30])
    for here in (s, 1.0, 1 + 1e-7):
        model = clv.ParetoNbd(r, alpha, here, beta, 7)
        alive = model.p_alive(summary)
        for i, (x, observed) in enumerate(((0, 38.0), (4, 30.0))):
            stays = quad(lambda t, here=here, end=beta + observed: (end / (end + t)) ** here, 0, periods)[0]
            assert model.expected_orders(summary, periods=periods)[i] == pytest.approx(alive[i] * (r + x) / (alpha + observed) * stays)
        new = quad(lambda t, here=here: (beta / (beta + t)) ** here, 0, periods)[0] * r / alpha
        assert model.expected_orders_of_new(periods=periods) == pytest.approx(new)


def test_runaway_parameters_still_give_numbers():
    r, a, b, x, share = 162754.0, 0.0169, 1.35, 5, 0.5

    def weighted(log_p: float) -> float:
        p = np.exp(log_p)
        return (
            np.exp(a * log_p + (b + x - 1) * np.log1p(-p) - betaln(a, b + x)) * -np.expm1(-(r + x) * np.log1p(p * share / (1 - share))) / p
        )

    edges = [-600, -300, -100, -50, -30, -20, -15, -10, -5, -2, -0.5, -1e-9]
    below = np.exp(a * edges[0] - betaln(a, b + x)) / a * (r + x) * share / (1 - share)
    expected = below + sum(quad(weighted, low, high, limit=200)[0] for low, high in itertools.pairwise(edges))
    assert bg_nbd._growth(r, a, b, np.array([x]), np.array([share]))[0] == pytest.approx(expected, rel=1e-4)
    # Just below and just above the limit of the series, both ways agree.
    near = [bg_nbd._growth(bg_nbd.SERIES * factor, 0.8, 2.4, np.array([3.0]), np.array([0.6]))[0] for factor in (0.99999, 1.00001)]
    assert near[0] == pytest.approx(near[1], rel=1e-4)


def test_gamma_gamma_by_hand():
    model = clv.GammaGamma(p=2.0, q=3.0, v=10.0)
    # Everybody's mean is 2 * 10 / 2 = 10; two orders of 25 on average: 2 * (10 + 50) / (4 + 3 - 1) = 20.
    assert model.expected_order_value(histories([0, 2], [0, 5], [9, 9], [0, 25])).tolist() == [10, 20]
    from scipy.stats import gamma

    density = quad(lambda rate: gamma.pdf(rate, 3.0, scale=1 / 10.0) * gamma.pdf(25, 2.0 * 2, scale=1 / (rate * 2)), 0, np.inf)[0]
    assert model.log_likelihood(histories([2], [5], [9], [25])) == pytest.approx(np.log(density), abs=1e-7)


@pytest.mark.parametrize("objective", [bg_nbd._objective, pareto_nbd._objective, gamma_gamma._objective])
def test_gradients_are_the_slopes_of_the_likelihood(objective):
    rng = np.random.default_rng(3)
    table = market(300, 3)
    x, tx, observed = (table[name].to_numpy(float) for name in ("repeat_orders", "first_to_last_periods", "observed_periods"))
    weight = rng.integers(1, 5, 300).astype(float)
    purchases = objective is not gamma_gamma._objective
    rows = (x, tx / 30, observed / 30, weight) if purchases else (np.maximum(x, 1), rng.gamma(5, 2, 300), weight)
    at, size = objective(rows), 4 if purchases else 3
    for _ in range(3):
        theta = rng.normal(0, 1, size)
        slopes = [(at(theta + step)[0] - at(theta - step)[0]) / 2e-5 for step in np.eye(size) * 1e-5]
        assert at(theta)[1] == pytest.approx(slopes, rel=1e-6)


# --- fits ---


def test_planted_parameters_are_recovered_within_their_errors():
    summary = market(60_000, 5, whole_days=False)
    found = [*clv.fit_pareto_nbd(summary).parameters.itertuples(), *clv.fit_gamma_gamma(summary).parameters.itertuples()]
    truth = {"r": 0.55, "alpha": 74, "s": 0.6, "beta": 82, "p": 6.25, "q": 3.74, "v": 15.4}
    for row in found:
        assert abs(row.estimate - truth[row.parameter]) < 3.5 * row.standard_error, row
        assert row.standard_error < 0.1 * row.estimate
    # BG/NBD is not the truth here, yet it foresees about as many orders as Pareto/NBD does.
    orders = [fit(summary).expected_orders(summary, periods=90).sum() for fit in (clv.fit_bg_nbd, clv.fit_pareto_nbd)]
    assert orders[0] == pytest.approx(orders[1], rel=0.1)


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = 0
    for seed in range(40):
        row = clv.fit_pareto_nbd(market(1500, 100 + seed, whole_days=False)).parameters.iloc[0]
        inside += abs(row["estimate"] - 0.55) < 1.96 * row["standard_error"]
    assert inside >= 34


@pytest.mark.parametrize("fit", FITS)
def test_many_rows_go_another_way_to_the_same_peak(fit, monkeypatch):
    summary = market(8000, 2)
    straight = fit(summary)
    monkeypatch.setattr(likelihood, "MANY_ROWS", 300)
    monkeypatch.setattr(likelihood, "PART", 200)
    around = fit(summary)
    assert around.parameters["estimate"].tolist() == pytest.approx(straight.parameters["estimate"].tolist(), rel=1e-6)
    assert around.fit.log_likelihood == pytest.approx(straight.fit.log_likelihood, abs=1e-6)
    assert around.fit.converged
    assert straight.fit.converged


@pytest.mark.parametrize("fit", FITS)
def test_equal_rows_are_counted_once_and_their_order_has_no_influence(fit):
    summary = market(3000, 4)
    first = fit(summary)
    again = fit(summary.sample(frac=1, random_state=1))
    assert again.parameters.equals(first.parameters)
    twice = fit(pd.concat([summary, summary]))
    assert twice.fit.rows == first.fit.rows
    assert twice.fit.customers == 2 * first.fit.customers
    assert twice.parameters["estimate"].tolist() == pytest.approx(first.parameters["estimate"].tolist(), rel=1e-6)
    assert (twice.parameters["standard_error"] * np.sqrt(2)).tolist() == pytest.approx(
        first.parameters["standard_error"].tolist(), rel=1e-5
    )


def test_units_of_time_and_money_only_change_the_scales():
    daily = market(3000, 6, whole_days=False)
    weekly = daily.assign(
        first_to_last_periods=daily["first_to_last_periods"] / 7, observed_periods=daily["observed_periods"] / 7, period_days=7
    )
    for fit, scales in ((clv.fit_bg_nbd, {"alpha"}), (clv.fit_pareto_nbd, {"alpha", "beta"})):
        days, weeks = fit(daily).parameters.set_index("parameter"), fit(weekly).parameters.set_index("parameter")
        for name in days.index:
            assert days.loc[name].to_numpy() == pytest.approx(weeks.loc[name].to_numpy() * (7 if name in scales else 1), rel=1e-5)
    cents = clv.fit_gamma_gamma(daily.assign(mean_repeat_value=daily["mean_repeat_value"] * 100))
    whole = clv.fit_gamma_gamma(daily)
    assert (cents.p, cents.q, cents.v) == pytest.approx((whole.p, whole.q, 100 * whole.v), rel=1e-5)
    assert clv.BgNbd(1, 1, 1, 1, 7).log_likelihood(weekly) < 0


def test_likelihoods_are_in_the_units_of_the_summary():
    summary = market(2000, 8)
    for fit in FITS:
        model = fit(summary)
        assert model.log_likelihood(summary) == pytest.approx(model.fit.log_likelihood, abs=1e-5)
        # It is a peak: a step to either side of any parameter lowers it.
        for name in model.parameters["parameter"]:
            for factor in (0.97, 1.03):
                moved = type(model)(**{**vars(model), name: getattr(model, name) * factor})
                assert moved.log_likelihood(summary) < model.fit.log_likelihood


def test_data_that_do_not_determine_a_parameter_say_so():
    rng = np.random.default_rng(0)
    x = rng.poisson(5, 500)  # all alike, and nobody leaves
    summary = histories(x, np.where(x > 0, 100 * rng.beta(np.maximum(x, 1), 1), 0), np.full(500, 100.0))
    model = clv.fit_bg_nbd(summary)
    assert not model.fit.converged
    assert "r" in model.fit.at_limit
    assert np.isfinite(model.expected_orders(summary, periods=100)).all()
    assert model.expected_orders(summary, periods=100).sum() == pytest.approx(2500, rel=0.05)
    gone = histories(rng.poisson(20, 300) + 1, rng.uniform(1, 30, 300), np.full(300, 900.0))
    for fit in (clv.fit_bg_nbd, clv.fit_pareto_nbd):
        assert fit(gone).p_alive(gone).max() < 1e-3


def test_a_customer_of_the_last_day_counts_for_nothing():
    summary = market(2000, 9)
    today = histories([0] * 50, [0] * 50, [0] * 50, days=1)
    for fit in (clv.fit_bg_nbd, clv.fit_pareto_nbd):
        model = fit(pd.concat([summary, today]))
        assert model.parameters["estimate"].tolist() == pytest.approx(fit(summary).parameters["estimate"].tolist(), rel=1e-5)
        assert model.p_alive(today).tolist() == [1] * 50


def test_given_parameters_have_no_errors():
    table = clv.GammaGamma(6.25, 3.74, 15.44).parameters
    assert table["parameter"].tolist() == ["p", "q", "v"]
    assert table["standard_error"].isna().all()


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        (histories([1, 2], [3, 4], [9, 9]).drop(columns=["repeat_orders", "period_days"]), "the summary lacks repeat_orders, period_days"),
        (histories([1, 2], [3, np.nan], [9, 9]), "1 customers of the summary have a missing or infinite value"),
        (histories([1.5, -2], [3, 4], [9, 9]), "repeat_orders of 2 customers is no whole number from 0 up"),
        (histories([1, 2], [3, 14], [9, 9]), "1 customers bought last outside the time they were observed"),
        (histories([1, 2, 0], [3, 0, 4], [9, 9, 9]), "2 customers have repeat orders but no time from first to last, or the reverse"),
        (histories([1, 2], [3, 4], [9, 9]).assign(period_days=[1, 7]), r"period_days must be one number above nought; found 1\.0, 7\.0"),
        (histories([1, 0], [3, 0], [9, 9]), "1 of 2 customers bought again; at least two must"),
    ],
)
@pytest.mark.parametrize("fit", [clv.fit_bg_nbd, clv.fit_pareto_nbd])
def test_summaries_that_cannot_be_are_refused_in_a_sentence(fit, summary, sentence):
    with pytest.raises((TableError, DataError), match=sentence):
        fit(summary)


def test_a_model_of_weeks_does_not_read_days():
    for model in (clv.BgNbd(0.2, 4, 0.8, 2.4, 7), clv.ParetoNbd(0.5, 10, 0.6, 11, 7)):
        with pytest.raises(TableError, match="it was fitted on periods of 7 days, this summary has periods of 1; make both with the same"):
            model.p_alive(histories([1], [3], [9], days=1))


def test_gamma_gamma_says_whom_it_cannot_value():
    with pytest.raises(DataError, match="0 of 2 customers bought again"):
        clv.fit_gamma_gamma(histories([0, 3], [0, 4], [9, 9], [0, -5]))
    with pytest.raises(TableError, match="lacks mean_repeat_value"):
        clv.fit_gamma_gamma(histories([1, 2], [3, 4], [9, 9]).drop(columns="mean_repeat_value"))
    with pytest.raises(DataError, match=r"q is 0\.9, so that order values have no finite mean for 1 customers"):
        clv.GammaGamma(2.0, 0.9, 10.0).expected_order_value(histories([0, 2], [0, 4], [9, 9], [0, 5]))


# --- lifetime value ---


def test_lifetime_value_by_hand():
    # Nobody leaves (s next to nought) and rates are all alike: one order a month of 30 days, 10 each.
    model = clv.ParetoNbd(r=1e6, alpha=3e7, s=1e-9, beta=1e3, period_days=1)
    spend = clv.GammaGamma(p=2.0, q=3.0, v=10.0)
    summary = histories([0], [0], [5], days=1).assign(customer_id="a")
    found = clv.lifetime_value(summary, purchases=model, spend=spend, months=2, monthly_discount=0.25, periods_per_month=30)
    assert found.columns.tolist() == ["customer_id", "expected_orders", "expected_order_value", "lifetime_value"]
    assert found.iloc[0].tolist() == ["a", pytest.approx(2, rel=1e-5), 10, pytest.approx(10 / 1.25 + 10 / 1.25**2, rel=1e-5)]
    half = clv.lifetime_value(summary, purchases=model, spend=spend, months=2, monthly_discount=0.25, periods_per_month=30, margin=0.5)
    assert half["lifetime_value"].to_numpy() == pytest.approx(found["lifetime_value"].to_numpy() / 2)
    # A month of one's own making is 365/12 days.
    year = clv.lifetime_value(summary, purchases=model, spend=spend, months=12, monthly_discount=0)
    assert year["expected_orders"].iloc[0] == pytest.approx(365 / 30, rel=1e-4)


def test_lifetime_value_is_the_same_in_days_and_in_weeks():
    daily = market(2000, 11, whole_days=False)
    weekly = daily.assign(
        first_to_last_periods=daily["first_to_last_periods"] / 7, observed_periods=daily["observed_periods"] / 7, period_days=7
    )
    spend = clv.fit_gamma_gamma(daily)
    for fit in (clv.fit_bg_nbd, clv.fit_pareto_nbd):
        values = [
            clv.lifetime_value(summary, purchases=fit(summary), spend=spend)["lifetime_value"].to_numpy() for summary in (daily, weekly)
        ]
        np.testing.assert_allclose(values[0], values[1], rtol=2e-4)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"months": 0}, "months is 0; give a whole number"),
        ({"months": 1.5}, r"months is 1\.5"),
        ({"monthly_discount": -1}, "monthly_discount is -1; give a share"),
        ({"margin": 0}, "margin is 0; give the share"),
        ({"periods_per_month": -30}, "periods_per_month is -30; give a number above nought"),
    ],
)
def test_horizons_that_cannot_be_are_refused_in_a_sentence(options, sentence):
    summary = histories([1], [3], [9])
    with pytest.raises(ParameterError, match=sentence):
        clv.lifetime_value(summary, purchases=clv.BgNbd(0.2, 4, 0.8, 2.4, 7), spend=clv.GammaGamma(2, 3, 10), **options)


def test_no_method_reads_the_probability_of_being_alive():
    methods = importlib.resources.files("seglib.methods")
    for module in methods.iterdir():
        if module.name.endswith(".py"):
            assert "p_alive" not in module.read_text(encoding="utf-8"), module.name
    assert "No life stage rests on this model's probability" in bg_nbd.__doc__
