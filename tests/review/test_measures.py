"""Measures on a few customers whose answers can be worked out by hand, and on worlds in which nothing is to be found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from seglib.binning import round12
from seglib.review import measures
from seglib.review.worth import compared


def test_eta_squared_by_hand():
    # Means 2 and 6 round 4: between 2*4 + 2*4 = 16, total 9 + 1 + 1 + 9 = 20.
    assert measures.eta_squared(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 7.0])) == pytest.approx(0.8)


def test_random_classes_look_useful_in_sample_and_useless_out_of_fold():
    random = np.random.default_rng(1)
    codes, outcome = random.integers(0, 98, 2446), random.lognormal(5, 1, 2446)
    assert measures.eta_squared(codes, outcome) == pytest.approx(97 / 2445, abs=0.015)
    weights = np.ones((1, 2446), dtype=np.float32)
    assert measures.r_squared(measures.out_of_fold(codes, outcome), outcome, weights)[0] < 0.005


def test_r_squared_of_the_mean_is_nought_and_of_the_truth_is_one():
    outcome, weights = np.array([1.0, 2.0, 6.0]), np.ones((1, 3))
    assert measures.r_squared(np.full(3, 3.0), outcome, weights)[0] == pytest.approx(0)
    assert measures.r_squared(outcome, outcome, weights)[0] == pytest.approx(1)


def test_a_drawn_sample_is_the_same_as_repeated_rows():
    outcome, predicted = np.array([1.0, 2.0, 6.0]), np.array([1.5, 1.5, 5.0])
    weighted = measures.r_squared(predicted, outcome, np.array([[2.0, 0.0, 1.0]]))[0]
    repeated = measures.r_squared(predicted[[0, 0, 2]], outcome[[0, 0, 2]], np.ones((1, 3)))[0]
    assert weighted == pytest.approx(repeated)


def test_sums_begin_with_the_sample_and_samples_keep_its_size():
    columns = np.column_stack([np.ones(50), np.arange(50.0)])
    found = measures.resampled(columns, 120, seed=3)
    assert found[0].tolist() == [50, 1225]
    assert (found[:, 0] == 50).all()
    assert len(set(found[1:, 1])) > 50
    assert (found == measures.resampled(columns, 120, seed=3)).all()


def test_drawn_r_squared_of_a_sample_is_that_of_its_rows():
    outcome, predicted = np.array([1.0, 2.0, 6.0, 7.0]), np.array([1.5, 1.5, 5.0, 8.0])
    found = measures.r_squared_drawn([predicted, np.full(4, 4.0)], outcome, 1, seed=1)
    counts = np.bincount(np.random.default_rng(1).integers(0, 4, 4), minlength=4).astype(float)
    assert found[0].tolist() == pytest.approx([1 - 2.5 / 26, 0])
    assert found[1, 0] == pytest.approx(measures.r_squared(predicted, outcome, counts[None])[0])


def test_parts_are_judged_together():
    outcome = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    found = measures.r_squared_drawn([outcome, np.full((4, 2), 0.5)], outcome, 0)
    assert found[0].tolist() == [1, 0]


def test_a_line_is_learned_from_others():
    random = np.random.default_rng(0)
    x = random.uniform(size=400)
    table = np.column_stack([np.ones(400), x])
    assert measures.line_out_of_fold(table, 3 + 2 * x) == pytest.approx(3 + 2 * x)
    noise = random.normal(size=400)
    assert measures.r_squared_drawn([measures.line_out_of_fold(table, noise)], noise, 0)[0, 0] < 0.01


def test_a_customer_far_out_does_not_decide_a_line_alone():
    x = np.append(np.linspace(0, 1, 99), 100.0)
    outcome = np.append(3 + 2 * x[:99], 4.0)
    found = measures.line_out_of_fold(np.column_stack([np.ones(100), x]), outcome)
    assert found[-1] == pytest.approx(1.5 * 5, abs=0.05)  # 203 by the line, held at half as much again as the largest


def test_auc_by_hand():
    # Pairs (3>1), (3>2), (2 against 1 and 2): 1 + 1 + 1 + .5 of 4.
    assert measures.auc(np.array([3, 2, 2, 1]), np.array([True, True, False, False])) == pytest.approx(3.5 / 4)
    assert np.isnan(measures.auc(np.array([1, 2]), np.array([True, True])))


def test_one_class_for_all_has_an_auc_of_one_half():
    random = np.random.default_rng(0)
    happened = random.random(500) < 0.9
    assert measures.auc_out_of_fold(np.zeros(500, dtype=int), happened) == pytest.approx(0.5)


def test_brier_skill_and_deviance_ratio_know_nothing_and_everything():
    happened = np.array([True, False, True, True])
    assert measures.brier_skill(np.full(4, 0.75), happened) == pytest.approx(0)
    assert measures.brier_skill(happened.astype(float), happened) == pytest.approx(1)
    counts = np.array([0.0, 2.0, 4.0])
    assert measures.deviance_ratio(np.full(3, 2.0), counts) == pytest.approx(0)
    assert measures.deviance_ratio(counts, counts) == pytest.approx(1)


def test_the_gain_curve_shares_ties_evenly():
    people, brought = measures.gain_curve(np.array([2, 1, 1, 0]), np.array([6.0, 3.0, 1.0, 0.0]))
    assert people.tolist() == [0, 0.25, 0.75, 1]
    assert brought.tolist() == [0, 0.6, 1, 1]


def test_wilsons_interval_against_its_own_equation():
    low, high = measures.wilson(np.array([8.0]), np.array([10.0]))
    z = norm.ppf(0.975)
    for bound in (low[0], high[0]):
        assert abs(0.8 - bound) == pytest.approx(z * np.sqrt(bound * (1 - bound) / 10), rel=1e-5)


def test_intervals_cover_and_nothing_is_claimed_where_nothing_is():
    # Two divisions of customers whose outcome is drawn apart from both: neither may be said to be better.
    claims = covered = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        outcome = random.normal(10, 2, 240)
        one, other = random.integers(0, 4, 240), random.integers(0, 4, 240)
        expected = [measures.out_of_fold(codes, outcome, seed=seed) for codes in (one, other)]
        sample = measures.r_squared_drawn(expected, outcome, 200, seed=seed)
        found = compared(sample[:, 0] - sample[:, 1])
        claims += found["verdict"] == "better"
        covered += found["low"] <= 0 <= found["high"]
    assert claims <= 10
    assert covered >= 180


def test_sums_do_not_depend_on_the_number_of_threads():
    from threadpoolctl import threadpool_limits

    columns = np.random.default_rng(5).lognormal(5, 1, (3000, 12))
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(round12(measures.resampled(columns, 200, seed=1)))
    assert (found[0] == found[1]).all()
