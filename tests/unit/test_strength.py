"""Later queries say what is kept of what was learned."""

import numpy as np
import pytest

from matcher.adapters.trainers import LinearModel
from matcher.evaluation.split import split
from matcher.strength import choose_strength
from matcher.training import PLAIN_ORDER, PLAIN_STEP, Measured
from tests.unit.histories import CUT, UNTIL, planted_chronicle
from tests.unit.test_lessons import reader

GROUPS = ("sectors",)


@pytest.fixture(scope="module")
def asked():
    task = split(planted_chronicle(), CUT, UNTIL)
    return task, Measured(reader().evidence(task.known), GROUPS)


def model(measured, slope):
    """A model of the plain order alone, worth so much; below nought it is upside down."""
    count = len(measured.names)
    assert measured.names[-1] == PLAIN_ORDER
    return LinearModel(measured.names, 0.0, (0.0,) * count, (*(0.0,) * (count - 1), slope))


def test_what_puts_later_partners_lower_is_not_kept(asked):
    task, measured = asked
    steps = {PLAIN_STEP: model(measured, 1.0), "worse": model(measured, -1.0)}
    strength = choose_strength(steps, task, measured)
    assert (strength.step, strength.chosen, strength.shown) == (0, PLAIN_STEP, None)
    assert strength.gains["worse"][0] < 0


def test_what_puts_later_partners_higher_is_kept_with_what_it_showed(asked):
    task, measured = asked
    steps = {PLAIN_STEP: model(measured, -1.0), "better": model(measured, 1.0)}
    strength = choose_strength(steps, task, measured)
    assert (strength.step, strength.chosen) == (1, "better")
    mean, error = strength.gains["better"]
    assert mean > error > 0
    assert strength.shown.shown.shape == (len(task.queries), 10)


def test_a_step_that_changes_nothing_is_not_kept(asked):
    task, measured = asked
    steps = {PLAIN_STEP: model(measured, 1.0), "as good": model(measured, 2.0)}
    assert choose_strength(steps, task, measured).chosen == PLAIN_STEP


def test_few_queries_judge_nothing(asked):
    task, measured = asked
    few = type(task)(task.name, task.known, task.queries[:29])
    steps = {PLAIN_STEP: model(measured, -1.0), "better": model(measured, 1.0)}
    strength = choose_strength(steps, few, measured)
    assert strength.told() == {"chosen": PLAIN_STEP, "queries": 29, "gains": {}}


def test_many_queries_of_few_events_judge_nothing(asked):
    task, measured = asked
    of_one = [
        type(query)(query.row, query.positives, ("one",) * len(query.positives)) for query in task.queries
    ]
    assert len(of_one) >= 30
    steps = {PLAIN_STEP: model(measured, -1.0), "better": model(measured, 1.0)}
    strength = choose_strength(steps, type(task)(task.name, task.known, tuple(of_one)), measured)
    assert strength.chosen == PLAIN_STEP
    assert np.isfinite(strength.queries)
