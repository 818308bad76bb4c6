"""Latent classes: a published table, planted classes, answers that have nothing to do with each other, and what changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from seglib.errors import DataError, ParameterError
from seglib.separation.latent import latent_classes, second_class

# Role conflict, four yes-or-no questions, 216 respondents (Stouffer and Toby 1951), counts in the order 0000, 0001, 0010 … 1111.
CONFLICT = (42, 23, 6, 25, 6, 24, 7, 38, 1, 4, 1, 6, 2, 9, 2, 20)


@pytest.fixture(scope="module")
def conflict():
    return np.repeat(np.array([[code >> place & 1 for place in (3, 2, 1, 0)] for code in range(16)]), CONFLICT, axis=0)


def test_the_published_fit_of_role_conflict(conflict):
    """Goodman (1974): likelihood-ratio chi-square 81.08 for one class and 2.72 for two; 28 and 72 % of the respondents."""
    one, two = latent_classes(conflict, 1), latent_classes(conflict, 2)
    counts = np.array(CONFLICT)
    full = float((counts * np.log(counts / counts.sum())).sum())
    assert 2 * (full - one.likelihood) == pytest.approx(81.08, abs=0.01)
    assert 2 * (full - two.likelihood) == pytest.approx(2.72, abs=0.01)
    assert two.shares == pytest.approx([0.72, 0.28], abs=0.005)
    assert [chance[0, 1] for chance in two.chances] == pytest.approx([0.286, 0.670, 0.646, 0.868], abs=0.005)
    assert two.bic == pytest.approx(-2 * two.likelihood + 9 * np.log(216))
    assert two.entropy == pytest.approx(0.72, abs=0.01)
    assert two.reproduced == 1.0


def test_the_order_of_rows_changes_nothing(conflict):
    order = np.random.default_rng(1).permutation(len(conflict))
    first, again = latent_classes(conflict, 2), latent_classes(conflict[order], 2)
    assert again.likelihood == first.likelihood
    assert np.array_equal(again.posterior, first.posterior[order])


def test_certain_classes_counted_by_hand():
    found = latent_classes(np.array([[0, 0, 0]] * 30 + [[1, 1, 2]] * 10), 2)
    assert found.shares == pytest.approx([0.75, 0.25], abs=1e-3)
    assert found.entropy == pytest.approx(1.0, abs=1e-3)
    assert found.chances[2][1] == pytest.approx([0, 0, 1], abs=1e-3)


def test_a_second_class_where_one_is_planted_and_none_where_answers_stand_alone():
    rng = np.random.default_rng(5)
    kind = rng.random(300) < 0.4
    planted = (rng.random((300, 4)) < np.where(kind, 0.85, 0.15)[:, None]).astype(int)
    assert second_class(planted, np.ones(300), draws=39)[1] == pytest.approx(1 / 40)
    apart = (rng.random((300, 4)) < 0.4).astype(int)
    assert second_class(apart, np.ones(300), draws=39)[1] > 0.05


def test_more_occasion_alone_makes_no_class():
    # Who comes more often does more of everything; within equal occasion nothing goes together.
    rng = np.random.default_rng(2)
    occasions = np.repeat([1.0, 10.0], 200)
    answers = (rng.random((400, 4)) < np.where(occasions > 5, 0.8, 0.2)[:, None]).astype(int)
    assert second_class(answers, occasions, draws=39)[1] > 0.05
    assert second_class(answers, rng.permutation(occasions), draws=39)[1] == pytest.approx(1 / 40)


def test_what_is_no_table_of_answers_is_refused():
    for wrong in (np.zeros((5, 2), int), np.array([[0.5], [1.0]]), np.array([0, 1])):
        with pytest.raises(DataError, match="latent classes need whole numbers from 0"):
            latent_classes(wrong, 2)
    with pytest.raises(ParameterError, match="0 latent classes were asked for"):
        latent_classes(np.array([[0], [1]]), 0)
