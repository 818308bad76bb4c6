"""Patterns of buying: planted ones that can be counted, one mix, tastes that nobody shares, and what changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from seglib.errors import DataError
from seglib.separation import patterns


@pytest.fixture(scope="module")
def planted():
    """Sixty customers buy three lines of a for one of b, sixty as many of c as of d; each once, twice or three times that."""
    rng = np.random.default_rng(3)
    return np.array([np.array(row) * rng.integers(1, 4) for row in [(12, 4, 0, 0), (0, 0, 6, 6)] * 60])


def test_planted_patterns_counted_by_hand(planted):
    found = patterns(planted, starts=5)
    shares = found.shares[np.argsort(-found.shares[:, 0])]
    assert shares == pytest.approx(np.array([[0.75, 0.25, 0, 0], [0, 0, 0.5, 0.5]]), abs=0.02)
    lines = planted.sum(axis=0) / planted.sum()
    assert sorted(found.lines_share) == pytest.approx(sorted([lines[:2].sum(), lines[2:].sum()]), abs=0.02)
    assert found.reproduced == 1.0
    assert found.customers == 120
    assert found.gains[0][0] == 2
    assert found.gains[0][1] > 0.5  # of what one mix leaves unexplained


def test_the_order_of_customers_changes_nothing(planted):
    again = patterns(planted[np.random.default_rng(0).permutation(len(planted))], starts=5)
    first = patterns(planted, starts=5)
    assert np.array_equal(again.shares, first.shares)
    assert again.gains == first.gains


def test_an_unsold_group_is_in_no_pattern(planted):
    found = patterns(np.insert(planted, 2, 0, axis=1), starts=5)
    assert (found.shares[:, 2] == 0).all()
    assert found.shares.sum(axis=1) == pytest.approx([1, 1])


def test_there_is_nothing_where_all_buy_the_same_mix_or_nobody_shares_a_taste():
    claims = 0
    for seed in range(1, 4):
        rng = np.random.default_rng(seed)
        mix, lines = rng.dirichlet(np.full(8, 2.0)), rng.gamma(2, 10, 200)
        own = rng.dirichlet(10 * mix, 200)  # everybody's own taste around the market's
        claims += len(patterns(rng.poisson(np.outer(lines, mix)), starts=1).shares) > 1
        claims += len(patterns(rng.poisson(lines[:, None] * own), starts=1).shares) > 1
    assert claims == 0


def test_what_cannot_be_factorised_is_refused():
    with pytest.raises(DataError, match="counts from 0"):
        patterns(np.array([[1.0, -1.0], [2.0, 3.0]]))
    with pytest.raises(DataError, match="found 3 and 1"):
        patterns(np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]))
