"""Measures against hand-computed cases, and a task that cannot see the future."""

from datetime import date

import numpy as np
import pytest

from matcher.domain import AllianceStatus
from matcher.evaluation.history_task import queries, run_task, true_pairs
from matcher.evaluation.measures import mean_ranks, recall_at, reciprocal_rank, share_above
from tests.fakes import crowd, make_actor, make_alliance, make_workspace


def test_equal_scores_share_their_mean_rank():
    scores = np.array([3.0, 1.0, 3.0, 2.0], dtype=np.float32)
    assert mean_ranks(scores, np.arange(4)).tolist() == [1.5, 4.0, 1.5, 3.0]


def test_recall_and_reciprocal_rank_of_a_known_ranking():
    ranks = np.array([1.0, 11.0, 4.0])
    assert recall_at(ranks, 10) == pytest.approx(2 / 3)
    assert reciprocal_rank(ranks) == 1.0
    assert reciprocal_rank(np.array([4.0, 5.0])) == 0.25


def test_share_above_is_the_area_under_the_curve():
    true, wrong = np.array([0.9, 0.4], dtype=np.float32), np.array([0.5, 0.4], dtype=np.float32)
    assert share_above(true, wrong) == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert np.isnan(share_above(true, wrong[:0]))


def small_world():
    actors = [make_actor("a", sector="public"), make_actor("b"), make_actor("c"), *crowd(6)]
    early = make_alliance("a", "b", started=date(2020, 1, 1))
    late = make_alliance("a", "b", "c", started=date(2023, 1, 1))
    failed = make_alliance("a", "crowd-01", started=date(2022, 1, 1), status=AllianceStatus.FAILED)
    workspace = make_workspace(*actors, alliances=[early, late, failed])
    return workspace.matcher().pool, workspace.alliances()


def test_a_query_is_asked_as_of_the_day_before_the_alliance_began():
    pool, alliances = small_world()
    asked = [(pool.actors[q.row].id, q.day.year) for q in queries(pool, alliances)]
    assert asked == [("a", 2020), ("b", 2020), ("a", 2023), ("c", 2023)]
    last = [q for q in queries(pool, alliances) if q.day.year == 2023]
    found = {pool.actors[last[0].candidates[p]].id for p in last[0].positives}
    assert found == {"c"}, "b was already allied with a"
    candidates = {pool.actors[row].id for row in last[0].candidates}
    assert "crowd-01" not in candidates, "a failed alliance is history too"


def test_scorers_are_made_from_what_was_known_before_the_day():
    pool, alliances = small_world()
    seen = []

    def make(history, day):
        seen.append((day, int(history.allied.nnz)))
        return lambda _row, others: np.zeros(len(others), dtype=np.float32)

    run_task(pool, alliances, [("a", "crowd-03")], make)
    assert [known for day, known in seen if day == date(2020, 1, 1)] == [0, 0]
    assert {known for day, known in seen if day == date(2023, 1, 1)} == {4}


def test_true_pairs_cross_sectors_and_did_not_fail():
    pool, alliances = small_world()
    named = {frozenset(pool.actors[row].id for row in pair) for pair in true_pairs(pool, alliances)}
    assert named == {frozenset("ab"), frozenset("ac")}
