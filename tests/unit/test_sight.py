"""The shortlist: who is measured closely, and where the others stand."""

import numpy as np

from matcher.evaluation.pair_features import PAIR_GROUPS, measure
from matcher.evaluation.protocol import Block, blocks_of
from matcher.evaluation.sight import SHORTLIST, Sight, first_order, shortlist, shortlisted
from matcher.evaluation.split import split
from matcher.training import Measured, model_scorer
from tests.unit.histories import CUT, UNTIL, planted_chronicle
from tests.unit.test_methods import evidence_of


class FirstFeature:
    """A model whose score is its first feature."""

    bias = 0.0

    def __init__(self, names):
        self.names = names

    def scores(self, features):
        return features[:, 0].astype(np.float64)


def test_a_narrow_sight_measures_what_the_wide_one_does():
    evidence = evidence_of(split(planted_chronicle(), CUT, UNTIL).known)
    block = Block(np.array([3, 8]), ("", ""))
    groups = [g for g in PAIR_GROUPS if g not in ("text", "graph", "ties")]  # these rank those in sight
    others = np.array([[5, 1, 9], [0, 2, 30]])
    wide, narrow = (measure(evidence, block, groups, chosen) for chosen in (None, others))
    assert np.allclose(narrow, np.take_along_axis(wide, others[:, :, None], axis=1))


def test_the_shortlist_holds_the_best_eligible_first():
    order = np.random.default_rng(1).random((2, SHORTLIST + 500)).astype(np.float32)
    eligible = np.ones(order.shape, dtype=bool)
    eligible[0, order[0].argmax()] = False
    rows = shortlisted(order, eligible)
    assert rows.shape == (2, SHORTLIST)
    assert order[0].argmax() not in rows[0]
    assert order[1].argmax() in rows[1]
    assert order[1, rows[1]].min() >= np.sort(order[1])[-SHORTLIST]


def test_the_best_of_the_askers_country_are_measured_too():
    task = split(planted_chronicle(), CUT, UNTIL)
    block = next(blocks_of(task))[0]
    sight = Sight(evidence_of(task.known), block)
    order = first_order(sight)
    others, listed = shortlist(sight, order, count=5, at_home=3)
    country = task.known.chronicle.country
    for at, row in enumerate(block.rows):
        anywhere, nearby = others[at, :5], others[at, 5:][listed[at, 5:]]
        assert (country[nearby] == country[row]).all()
        assert not np.isin(nearby, anywhere).any()
        left = np.setdiff1d(np.flatnonzero(block.eligible[at] & (country == country[row])), anywhere)
        assert sorted(order[at, nearby]) == sorted(order[at, left])[-3:]


def test_the_plain_order_is_above_nought_for_those_known_and_has_no_future():
    task = split(planted_chronicle(), CUT, UNTIL)
    order = first_order(Sight(evidence_of(task.known), next(blocks_of(task))[0]))
    assert (order[:, task.known.present] > 0).all()


def test_everyone_has_a_score_and_those_left_out_stand_below():
    task = split(planted_chronicle(), CUT, UNTIL)
    measured = Measured(evidence_of(task.known), ("activity",), count=10)
    block = next(blocks_of(task))[0]
    scores = model_scorer(FirstFeature(measured.names), measured)(block)
    others = measured.of(block).others
    assert np.isfinite(scores).all()
    inside = np.take_along_axis(scores, others, axis=1).min(axis=1)
    np.put_along_axis(scores, others, -np.inf, axis=1)
    assert (scores.max(axis=1) < inside).all()
