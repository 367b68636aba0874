"""A score is the sum of its named contributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.features import FEATURES
from matcher.ranking import DAY_ONE_WEIGHTS, WeightedSum, contributions_of, scores, total

VALUES = arrays(np.float32, (3, len(FEATURES)), elements=st.floats(0, 1, width=32))


@given(VALUES)
def test_contributions_add_up_to_the_score(values):
    ranking = WeightedSum()
    points = ranking.contributions(values)
    for row, score in enumerate(scores(ranking, points)):
        assert total(ranking.bias, contributions_of(values[row], points[row])) == pytest.approx(
            score, abs=1e-3
        )


@given(VALUES)
def test_a_contribution_is_its_weight_times_its_value(values):
    points = WeightedSum().contributions(values)
    for contribution in contributions_of(values[0], points[0]):
        expected = DAY_ONE_WEIGHTS[contribution.feature] * contribution.value
        assert contribution.points == pytest.approx(expected, abs=1e-4)


def test_every_feature_has_a_weight_and_the_best_pair_is_worth_about_a_hundred_points():
    assert set(DAY_ONE_WEIGHTS) == set(FEATURES)
    assert sum(weight for weight in DAY_ONE_WEIGHTS.values() if weight > 0) == 100


def test_both_directions_weigh_the_same():
    assert DAY_ONE_WEIGHTS["need_met"] == DAY_ONE_WEIGHTS["skill_wanted"]
