"""Logistic regression around an offset agrees with a library where both can be asked."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from matcher.logistic import chances, fit_logistic


def data(count=600):
    random = np.random.default_rng(4)
    rows = random.normal(0, 1, (count, 3))
    return rows, random.random(count) < chances(rows @ np.array([1.0, -0.5, 0.0]) - 1)


def test_it_finds_what_a_library_finds():
    rows, true = data()
    weights = np.where(true, 1.0, 0.4)
    peer = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(rows, true, sample_weight=weights)
    found = fit_logistic(rows, true, np.full(3, 2.0), weights)
    assert found == pytest.approx([*peer.coef_[0], peer.intercept_[0]], abs=1e-4)


def test_an_offset_that_explains_all_leaves_nothing_to_find():
    rows, true = data(20_000)
    found = fit_logistic(rows, true, np.full(3, 1.0), offset=rows @ np.array([1.0, -0.5, 0.0]) - 1)
    assert found == pytest.approx(np.zeros(4), abs=0.06)


def test_an_endless_pull_leaves_the_constant_alone():
    rows, true = data()
    found = fit_logistic(rows, true, np.full(3, 1e12))
    assert found[:3] == pytest.approx(np.zeros(3), abs=1e-6)
    assert chances(found[3]) == pytest.approx(true.mean(), abs=1e-6)


def test_examples_that_are_told_apart_wholly_do_not_run_away():
    rows = np.linspace(-1, 1, 50)[:, None]
    found = fit_logistic(rows, rows[:, 0] > 0, np.array([1.0]))
    assert 1 < found[0] < 10


def test_the_same_start_or_another_ends_at_the_same_place():
    rows, true = data()
    first = fit_logistic(rows, true, np.full(3, 1.0))
    assert fit_logistic(rows, true, np.full(3, 1.0), start=np.full(4, 3.0)) == pytest.approx(first, abs=1e-4)
