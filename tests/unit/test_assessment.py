"""Figures of a task: slices, differences, exposure; a page that opens without a network."""

import re
from datetime import date

import numpy as np
import pytest

from matcher.complementarity import ComplementarityConfig
from matcher.domain import Role
from matcher.encoder import HashingEncoder
from matcher.evaluate_baselines import day_one
from matcher.evaluation.assessment import (
    MUTUAL,
    assess,
    calibrated,
    compared,
    differences,
    examples,
    facts_of,
    kept_for_comparison,
    values_of,
)
from matcher.evaluation.charts import Bar, bars
from matcher.evaluation.chronicle import events_of, known_before, make_chronicle
from matcher.evaluation.methods import random_scores
from matcher.evaluation.protocol import Block, rank_all
from matcher.evaluation.report import page
from matcher.evaluation.split import split, split_needs
from matcher.features import make_pairs
from matcher.features import measure as measure_day_one
from matcher.history import build_history
from matcher.pool import build_pool
from matcher.ranking import WeightedSum, scores
from tests.fakes import crowd, make_alliance
from tests.unit.histories import CUT, UNTIL, planted_chronicle


def truth_of(task):
    """A scorer that knows the answers."""
    answers = {query.row: query.positives for query in task.queries}

    def score(block):
        found = np.zeros((len(block.rows), len(task.known.chronicle.actors)), dtype=np.float32)
        for at, row in enumerate(block.rows.tolist()):
            found[at, answers[row]] = 1.0
        return found

    return score


@pytest.fixture(scope="module")
def measured():
    task = split(planted_chronicle(), CUT, UNTIL)
    facts = facts_of(task)
    return facts, rank_all(task, {"random": random_scores(task.known, 1), "truth": truth_of(task)})


def test_who_knows_the_answers_has_every_slice_right(measured):
    facts, rankings = measured
    for part, figures in assess(facts, rankings)["truth"]["slices"].items():
        assert figures["recall@50"]["mean"] == 1.0, part
        assert figures["ndcg@10"]["by_query"][0] > 0.6, part


def test_slices_split_the_positives_by_sector_pair(measured):
    facts, _ = measured
    pairs = [one.positives for name, one in facts.slices.items() if "→" in name]
    assert len(pairs) == 2
    assert np.array_equal(sum(p.astype(int) for p in pairs), np.ones(len(facts.asked)))


def test_the_same_country_slice_leaves_out_partners_from_elsewhere(measured):
    facts, rankings = measured
    values = values_of(facts, rankings["truth"], "same country")
    country = facts.task.known.chronicle.country
    has = np.zeros(len(facts.task.queries), dtype=bool)
    has[facts.query_of[country[facts.asking] == country[facts.asked]]] = True
    assert np.array_equal(~np.isnan(values["ndcg@10"]), has)


def test_differences_favour_who_knows(measured):
    facts, rankings = measured
    found = differences(facts, rankings, "truth")["all"]["random"]
    assert found["ndcg@10"]["by_query"]["low"] > 0
    assert found[MUTUAL]["by_query"]["mean"] > 0


def test_kept_models_compare_as_they_did_side_by_side(measured):
    facts, rankings = measured
    kept = {name: kept_for_comparison(facts, ranked) for name, ranked in rankings.items()}
    apart = compared(kept["truth"], kept["random"])["all"]["ndcg@10"]
    beside = differences(facts, rankings, "truth")["all"]["random"]["ndcg@10"]
    assert apart["by_query"]["mean"] == pytest.approx(beside["by_query"]["mean"], abs=1e-5)
    assert apart["queries"] == beside["queries"]


def test_right_probabilities_are_calibrated_and_wrong_ones_are_not(measured):
    facts, rankings = measured
    right = calibrated(facts, rankings["truth"], lambda found: found.astype(np.float64))
    wrong = calibrated(facts, rankings["truth"], lambda found: 1 - found.astype(np.float64))
    assert right["ece"] == 0
    assert right["brier"] == 0
    assert wrong["ece"] > 0.9


def test_who_answers_a_need_has_no_mutual_lists():
    task = split_needs(planted_chronicle(), CUT, UNTIL)
    facts = facts_of(task)
    ranked = rank_all(task, {"random": random_scores(task.known, 1)})["random"]
    assert np.isnan(values_of(facts, ranked, "all")[MUTUAL]).all()


def test_the_page_holds_everything_and_loads_nothing(measured):
    facts, rankings = measured
    figures = {
        "queries": 3, "positives": 4, "candidates": 5, "methods": assess(facts, rankings), "model": "truth", "learned": ["truth"],
        "differences": differences(facts, rankings, "truth"), "examples": examples(facts, rankings["truth"]),
        "calibration": calibrated(facts, rankings["truth"], lambda found: found.astype(np.float64)),
    }  # fmt: skip
    figures["examples"][0]["actor"] = "<script>alert(1)</script>"
    told = page({"made": {"cut": "2025-01-01", "until": "2026-01-01"}, "pairs": figures})
    assert told.count("<svg") >= 6
    assert "<script>" not in told
    assert not re.search(r"(src|href)=|https?:|url\(", told)
    assert told.count('class="example"') == 10
    assert "✓ true partner" in told


def test_a_bar_below_nought_stays_inside_the_chart():
    drawn = bars("worth", [Bar("loses", -0.5, -0.7, -0.2), Bar("wins", 0.5, 0.2, 0.7)])
    assert all(float(x) >= 0 for x in re.findall(r' x="(-?[\d.]+)"', drawn))
    assert "nothing to show" in bars("none", [Bar("unknown", float("nan"), 0, 0)])


def test_a_long_name_has_room_before_its_bar():
    name = "academique_accompagnement → interet_general"
    ends = [
        float(x)
        for x in re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="end"', bars("", [Bar(name, 1, 1, 1)]))
    ]
    assert ends[0] > 6.5 * len(name)


def test_the_untrained_scorer_is_the_product_s_own():
    actors = crowd(12)
    alliances = [make_alliance("crowd-00", "crowd-01"), make_alliance("crowd-01", "crowd-02")]
    chronicle = make_chronicle(actors, events_of(actors, alliances, undated=date.min))
    day = date(2026, 9, 2)
    encoder = HashingEncoder(64)

    def encode(words):
        return encoder.encode([word.text for word in words], Role.NEED)

    found = day_one(known_before(chronicle, day), encode, "hashing")(Block(np.arange(12), ("",) * 12))
    pool = build_pool(actors, encode, "hashing", ComplementarityConfig())
    history = build_history(alliances, pool.rows)
    ranking = WeightedSum()
    for row in range(12):
        others = np.arange(12, dtype=np.int64)
        pairs = make_pairs(pool, history, date(2026, 9, 1), row, others)
        expected = scores(ranking, ranking.contributions(measure_day_one(pairs)))
        assert found[row] == pytest.approx(expected, abs=1e-4)
