"""Measures against hand-computed cases, and against a library that others keep."""

import numpy as np
import pytest

from matcher.evaluation.measures import (
    brier,
    calibration_error,
    coverage,
    exposure,
    gini,
    mutual_at,
    query_measures,
    reliability,
)
from matcher.evaluation.protocol import ranks_among


def test_measures_of_two_queries_computed_by_hand():
    ranks, query_of = np.array([1.0, 3.0, 60.0, 2.0, 20.0]), np.array([0, 0, 0, 1, 1])
    found = query_measures(ranks, query_of, 3)
    ideal_3, ideal_2 = 1 + 1 / np.log2(3) + 0.5, 1 + 1 / np.log2(3)
    assert found["ndcg@10"][:2] == pytest.approx([1.5 / ideal_3, 1 / np.log2(3) / ideal_2])
    assert found["recall@10"][:2] == pytest.approx([2 / 3, 1 / 2])
    assert found["recall@50"][:2] == pytest.approx([2 / 3, 1.0])
    assert found["mrr"][:2] == pytest.approx([1.0, 0.5])
    assert all(np.isnan(values[2]) for values in found.values()), "a query without a positive has no value"


def test_a_positive_that_is_not_among_the_candidates_is_left_out():
    found = query_measures(np.array([np.nan, 1.0, np.nan]), np.array([0, 0, 1]), 2)
    assert found["recall@10"][0] == 1.0
    assert np.isnan(found["recall@10"][1])


def test_measures_agree_with_ir_measures_on_random_rankings():
    ir_measures = pytest.importorskip("ir_measures")
    random = np.random.default_rng(4)
    qrels, run, ranks, query_of = [], [], [], []
    for query in range(40):
        positives = random.choice(80, random.integers(1, 15), replace=False)
        scores = random.permutation(80).astype(np.float32)
        qrels += [ir_measures.Qrel(str(query), str(p), 1) for p in positives]
        run += [ir_measures.ScoredDoc(str(query), str(d), float(s)) for d, s in enumerate(scores)]
        ranks += ranks_among(scores, scores[positives]).tolist()
        query_of += [query] * len(positives)
    names = {"ndcg@10": "nDCG@10", "recall@10": "R@10", "recall@50": "R@50", "mrr": "RR"}
    library = {n: ir_measures.parse_measure(theirs) for n, theirs in names.items()}
    ours = query_measures(np.array(ranks), np.array(query_of), 40)
    for name, measure in library.items():
        theirs = {int(m.query_id): m.value for m in ir_measures.iter_calc([measure], qrels, run)}
        assert ours[name] == pytest.approx([theirs[q] for q in range(40)]), name


def test_equal_scores_share_their_mean_rank_among_all():
    scores = np.array([3.0, 1.0, 3.0, 2.0], dtype=np.float32)
    assert ranks_among(scores, scores).tolist() == [1.5, 4.0, 1.5, 3.0]


def test_mutual_counts_pairs_where_each_is_in_the_others_list():
    asking, asked = np.array([0, 1, 0, 2, 3]), np.array([1, 0, 2, 0, 9])
    found = mutual_at(10, np.array([1.0, 10.0, 5.0, 11.0, 1.0]), asking, asked)
    assert found[:4].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert np.isnan(found[4]), "9 asked nothing, so that it has no list"


def test_coverage_and_exposure_count_who_is_shown():
    shown = np.array([[0, 1], [0, -1]])
    assert coverage(shown, 4) == 0.5
    assert exposure(shown, np.arange(4)).tolist() == [2, 1, 0, 0]


def test_gini_is_nought_for_equals_and_near_one_when_one_has_all():
    assert gini(np.array([3, 3, 3])) == 0.0
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(0.75)
    assert np.isnan(gini(np.array([0, 0])))


def test_calibration_of_known_probabilities():
    probabilities, came_true = np.array([0.1, 0.1, 0.9, 0.9]), np.array([False, False, True, False])
    bins = reliability(probabilities, came_true, bins=2)
    assert [(n, round(m, 6), t) for n, m, t in bins] == [(2, 0.1, 0.0), (2, 0.9, 0.5)]
    assert calibration_error(bins) == pytest.approx((0.1 + 0.4) / 2)
    assert brier(probabilities, came_true) == pytest.approx((0.01 + 0.01 + 0.01 + 0.81) / 4)
