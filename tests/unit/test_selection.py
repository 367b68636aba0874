"""Scores to the few to show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InputError
from matcher.selection import SelectionConfig, select, select_pairs

SCORES = st.lists(st.integers(-5, 5), min_size=1, max_size=20)


@given(SCORES, st.integers(1, 25))
def test_the_best_come_first_and_ties_by_row(values, limit):
    scores = np.array(values, dtype=np.float32)
    chosen = select(scores, np.arange(len(values)), SelectionConfig(limit))
    assert chosen.tolist() == sorted(range(len(values)), key=lambda i: (-values[i], i))[:limit]


@given(SCORES, st.integers(-5, 5))
def test_nothing_below_the_minimum_is_shown(values, least):
    scores = np.array(values, dtype=np.float32)
    chosen = select(scores, np.arange(len(values)), SelectionConfig(20, float(least)))
    assert (scores[chosen] >= least).all()
    assert len(chosen) == sum(value >= least for value in values)


@pytest.mark.parametrize("limit", [0, -3])
def test_asking_for_nothing_is_refused(limit):
    with pytest.raises(InputError, match="limit"):
        SelectionConfig(limit)


def test_a_pair_counts_once_and_no_actor_is_shown_too_often():
    pairs = [(9.0, "a", "b"), (9.0, "b", "a"), (8.0, "a", "c"), (7.0, "d", "c"), (6.0, "a", "d")]
    assert select_pairs(pairs, limit=10, per_actor=1) == [("a", "b"), ("d", "c")]
    assert select_pairs(pairs, limit=10, per_actor=2) == [("a", "b"), ("a", "c"), ("d", "c")]
    assert select_pairs(pairs, limit=1, per_actor=2) == [("a", "b")]
