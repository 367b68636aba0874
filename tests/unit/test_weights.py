"""Weights learned from choices, drawn to those set by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from matcher.learned_weights import BY_HAND, PRIOR, choose_pull, learned, named_weights
from matcher.ranking import DAY_ONE_WEIGHTS
from matcher.weights import Choice, Fit, Witness, fit_weights, surprise

TWO = np.array([10.0, -5.0])
START = date(2024, 1, 1)


def choices(truth, count=200, seed=1, others=12, scale=0.3):
    """Choices of people who follow these weights, one a day."""
    random = np.random.default_rng(seed)
    found = []
    for at in range(count):
        rows = random.random((others + 1, len(truth)))
        noise = random.gumbel(size=others + 1)
        best = int(np.argmax(scale * rows @ truth + noise))
        rest = np.delete(rows, best, axis=0).astype(np.float32)
        day = START + timedelta(days=at)
        found.append(Choice(day, Witness.ALLIANCE, rows[best].astype(np.float32), rest, 1.0))
    return found


def test_many_choices_overcome_the_prior():
    truth = np.array([2.0, -40.0])
    fit = fit_weights(choices(truth, 2_000), TWO, 0.1)
    assert fit.weights[0] / fit.weights[1] == pytest.approx(truth[0] / truth[1], abs=0.03)


def test_the_stronger_the_pull_the_nearer_the_hand_set_weights():
    made = choices(np.array([2.0, -40.0]), 100)
    away = [np.abs(fit_weights(made, TWO, strength).weights - TWO).sum() for strength in (1, 30, 1e3, 1e7)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 0.02


def test_what_nobody_chooses_by_keeps_its_weight():
    made = [
        Choice(c.day, c.witness, np.array([c.chosen[0], 1.0], np.float32),
               np.column_stack([c.others[:, 0], np.ones(len(c.others))]).astype(np.float32), 1.0)
        for c in choices(TWO, 50)
    ]  # fmt: skip
    assert fit_weights(made, TWO, 1.0).weights[1] == TWO[1]


def test_a_weight_keeps_the_sign_that_was_set_by_hand():
    weights = fit_weights(choices(np.array([-30.0, 30.0]), 500), TWO, 0.01).weights
    assert weights[0] == pytest.approx(0, abs=1e-6)
    assert weights[1] == pytest.approx(0, abs=1e-6)


def test_the_scale_is_what_a_point_is_worth_in_log_odds():
    assert fit_weights(choices(TWO, 4_000, scale=0.25), TWO, 1e9).scale == pytest.approx(0.25, abs=0.03)


def test_the_chance_of_a_choice_is_its_share_of_exponentials():
    one = Choice(START, Witness.LIST, np.array([1.0, 0.0]), np.array([[0.0, 0.0], [0.5, 0.0]]), 1.0)
    [lost] = surprise([one], Fit(np.array([2.0, 0.0]), 1.0))
    assert lost == pytest.approx(-np.log(np.exp(2) / (np.exp(2) + 1 + np.exp(1))))


def test_the_same_choices_make_the_same_weights():
    made = choices(np.array([1.0, -9.0]), 60)
    assert fit_weights(made, TWO, 10.0).weights.tolist() == fit_weights(made, TWO, 10.0).weights.tolist()


def test_few_choices_leave_the_hand_set_weights():
    made = choices(PRIOR, 15)
    pull = choose_pull(made, START + timedelta(days=9))
    assert pull.strength == BY_HAND
    assert named_weights(learned(made, pull.strength)) == dict(DAY_ONE_WEIGHTS)


def test_choices_that_follow_the_hand_set_weights_leave_them():
    made = choices(PRIOR, 300, scale=0.1)
    assert choose_pull(made, START + timedelta(days=200)).strength >= 1_000


def test_choices_that_contradict_the_hand_set_weights_change_them():
    truth = np.where(np.arange(len(PRIOR)) == list(DAY_ONE_WEIGHTS).index("stage"), 60.0, PRIOR / 20)
    made = choices(truth, 300, scale=0.2)
    pull = choose_pull(made, START + timedelta(days=200))
    assert pull.strength < BY_HAND
    weights = named_weights(learned(made, pull.strength))
    assert weights["stage"] > 10 * weights["mission"]
    later = choices(truth, 100, seed=2, scale=0.2)
    found, by_hand = (surprise(later, learned(made, one)).mean() for one in (pull.strength, BY_HAND))
    assert found < by_hand
