"""What later decisions say of weights."""

from datetime import date

import numpy as np
import pytest

from matcher.features import FEATURES
from matcher.ranking import WeightedSum
from matcher.ranking_runs import share_right
from matcher.weights import Choice, Witness


def row(value):
    return np.full(len(FEATURES), value, dtype=np.float32)


def test_a_chosen_pair_is_right_over_those_it_scores_above_and_half_over_its_equals():
    ranking = WeightedSum(dict.fromkeys(FEATURES, 1.0))
    others = np.stack([row(0.1), row(0.5), row(0.9), row(0.2)])
    choice = Choice(date(2026, 1, 1), Witness.DECISION, row(0.5), others, 1.0)
    assert share_right([choice], ranking) == pytest.approx(2.5 / 4)
    best = Choice(date(2026, 1, 1), Witness.DECISION, row(1.0), others, 1.0)
    assert share_right([choice, best], ranking) == pytest.approx((2.5 / 4 + 1) / 2, abs=1e-4)
