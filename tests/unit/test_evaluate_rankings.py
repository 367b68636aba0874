"""The product's rankings as methods of an evaluation, and what their scores mean."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.domain import Role
from matcher.encoder import HashingEncoder
from matcher.errors import InputError
from matcher.evaluate_baselines import ranking_scorers
from matcher.evaluate_rankings import Texts, evaluate_rankings, odds_of, texts_of
from matcher.evaluation.assessment import shown_truth
from matcher.evaluation.protocol import rank_all
from matcher.evaluation.split import split
from matcher.lessons import Reader, RunConfig
from matcher.ranking import DAY_ONE_WEIGHTS, WeightedSum
from tests.unit.histories import CUT, UNTIL, planted_chronicle

NEAR = WeightedSum(
    {**dict.fromkeys(DAY_ONE_WEIGHTS, 0.0), "shared_partners": 50.0, "popularity": 30.0}, "near"
)


def encode(words):
    return HashingEncoder(64).encode([word.text for word in words], Role.SKILL)


@pytest.fixture(scope="module")
def task():
    return split(planted_chronicle(actors=80), CUT, UNTIL)


def reader(task, encoder=encode):
    return Reader(task.known.chronicle, encoder, "hashing-64", RunConfig(dimension=8))


def test_rankings_stand_beside_the_plain_methods_and_the_last_is_explained(task):
    same = replace(WeightedSum(), name="same")
    figures = evaluate_rankings(reader(task), task, {"day-one": WeightedSum(), "same": same, "near": NEAR})
    methods = figures["methods"]
    assert {"random", "TF-IDF", "Adamic–Adar"} < set(methods)
    assert methods["same"] == methods["day-one"]
    assert methods["near"] != methods["day-one"]
    assert figures["model"] == "near"
    assert set(figures["kept_of"]) == {"day-one", "same", "near"}
    assert np.isnan(figures["calibration"]["ece"]), "without odds a probability means nothing"


def test_probabilities_are_drawn_to_what_came_true(task):
    texts = Texts(encode, "hashing-64")
    odds = odds_of(NEAR, task, texts)
    ranked = rank_all(task, ranking_scorers(task.known, encode, "hashing-64", {"near": NEAR}))["near"]
    held = ranked.shown >= 0
    ranking = replace(NEAR, odds=odds)
    chances = [ranking.probability(float(score)) for score in ranked.shown_scores[held]]
    assert odds.slope > 0
    assert np.mean(chances) == pytest.approx(shown_truth(task, ranked)[held].mean(), abs=0.01)


def test_few_queries_tell_no_probability(task):
    few = replace(task, queries=task.queries[:9])
    assert odds_of(NEAR, few, Texts(encode, "hashing-64")) is None
    assert NEAR.probability(10.0) is None


def test_rankings_need_an_encoder_and_queries(task):
    with pytest.raises(InputError, match="need the encoder"):
        texts_of(reader(task, None))
    with pytest.raises(InputError, match="another cut"):
        evaluate_rankings(reader(task), replace(task, queries=()), {"near": NEAR})
