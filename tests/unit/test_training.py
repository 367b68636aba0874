"""Examples of the past, models whose contributions add up, files that come back the same."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.adapters.trainers import (
    LambdaMartTrainer,
    LogisticTrainer,
    load_model,
)
from matcher.domain import Role
from matcher.encoder import HashingEncoder
from matcher.errors import InputError
from matcher.evaluate_run import Reader, RunConfig, gather, learn, periods, well_known
from matcher.evaluation.chronicle import make_chronicle
from matcher.evaluation.methods import random_scores
from matcher.evaluation.pair_features import PAIR_GROUPS
from matcher.evaluation.protocol import Among, Rankings, rank_all
from matcher.evaluation.split import split
from matcher.training import (
    Measured,
    Sampling,
    TrainingSet,
    collect,
    fit_calibration,
    joined,
    model_scorer,
    thinned,
    without_groups,
)
from tests.unit.histories import CUT, UNTIL, event, planted_chronicle

CONFIG = RunConfig(windows=2, calibration_queries=10, dimension=8, sampling=Sampling(10, 20, 7))
TREES = LambdaMartTrainer(trees=20, smallest_leaf=5, threads=1)
TRAINERS = [LogisticTrainer(), TREES, replace(TREES, objectives=("lambdarank", "binary"))]


def encode(words):
    encoder = HashingEncoder(64)
    return encoder.encode([word.text for word in words], Role.SKILL)


def reader(chronicle=None):
    return Reader(chronicle or planted_chronicle(), encode, "hashing-64", CONFIG)


def some_examples(count=400, seed=1):
    """Two features: the first tells true pairs from others, the second says nothing."""
    random = np.random.default_rng(seed)
    came_true = np.arange(count) % 8 == 0
    features = np.column_stack([came_true + random.normal(0, 0.3, count), random.normal(5, 2, count)])
    return TrainingSet(
        ("tells", "silent"), features.astype(np.float32), came_true, np.arange(count) // 8, 0.1
    )


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_contributions_and_bias_add_up_to_the_score(trainer):
    examples = some_examples()
    model = trainer.train(examples)
    total = model.contributions(examples.features).sum(axis=1) + model.bias
    assert total == pytest.approx(model.scores(examples.features), abs=1e-4)


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_what_tells_true_pairs_apart_decides(trainer):
    examples = some_examples()
    model = trainer.train(examples)
    scores = model.scores(some_examples(seed=2).features)
    assert scores[examples.came_true].mean() > scores[~examples.came_true].mean()
    spread = model.contributions(examples.features).std(axis=0)
    assert spread[0] > 3 * spread[1]


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_the_same_seed_and_settings_make_the_same_files_and_files_make_the_same_model(trainer, tmp_path):
    examples = some_examples()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        trainer.train(examples).save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    loaded, model = load_model(tmp_path / "one"), trainer.train(examples)
    assert loaded.names == examples.names
    assert loaded.scores(examples.features) == pytest.approx(model.scores(examples.features), abs=1e-6)


def test_a_missing_or_damaged_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="train a model first"):
        load_model(tmp_path)
    (tmp_path / "linear.json").write_text(json.dumps({"names": ["a"]}))
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)
    (tmp_path / "linear.json").unlink()
    (tmp_path / "trees-0.txt").write_text("no tree")
    (tmp_path / "trees.json").write_text(json.dumps({"names": ["a"], "bias": 0, "scales": [1]}))
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)


def test_examples_hold_every_positive_and_only_eligible_negatives():
    chronicle = planted_chronicle()
    task = split(chronicle, CUT, UNTIL)
    evidence = reader(chronicle).evidence(task.known)
    examples = collect(task, evidence, ("sectors",), Sampling(5, 8, 3))
    assert examples.came_true.sum() == sum(len(query.positives) for query in task.queries)
    assert (examples.features.sum(axis=1) == 1).all(), "one flag a pair: always across sectors"
    again = collect(task, evidence, ("sectors",), Sampling(5, 8, 3))
    assert np.array_equal(again.features, examples.features)


def test_a_model_learned_before_the_cut_beats_chance_after_it():
    chronicle = planted_chronicle()
    task = split(chronicle, CUT, UNTIL)
    lessons = gather(reader(chronicle), CUT, UNTIL)
    learned = learn(reader(chronicle), LogisticTrainer(), lessons)
    measured = Measured(reader(chronicle).evidence(task.known), PAIR_GROUPS)
    scorers = {"model": model_scorer(learned.model, measured), "random": random_scores(task.known, 1)}
    found = rank_all(task, scorers)
    assert found["model"].ranks[Among.ALL].mean() < found["random"].ranks[Among.ALL].mean() - 2


def test_what_happens_after_the_cut_teaches_nothing():
    later = [event(f"x{n}", 2025, 1 + n, "a00", "a02", text="zeppelin") for n in range(6)]
    plain = gather(reader(), CUT, UNTIL)
    leaky = gather(reader(planted_chronicle(extra=later)), CUT, UNTIL)
    assert np.array_equal(plain.examples.features, leaky.examples.features)
    assert np.array_equal(plain.examples.came_true, leaky.examples.came_true)


def test_periods_end_at_the_cut_and_follow_one_another():
    assert periods(date(2024, 7, 1), date(2024, 12, 31), 2) == [
        (date(2023, 7, 1), date(2023, 12, 31)),
        (date(2023, 12, 31), date(2024, 7, 1)),
    ]  # fmt: skip


def test_a_cut_without_a_past_is_refused():
    with pytest.raises(InputError, match="later cut"):
        gather(reader(), date(2020, 1, 1), date(2021, 1, 1))


def test_a_model_of_other_features_is_refused():
    task = split(planted_chronicle(), CUT, UNTIL)
    measured = Measured(reader().evidence(task.known), PAIR_GROUPS)
    with pytest.raises(InputError, match="other features"):
        model_scorer(LogisticTrainer().train(some_examples()), measured)


def test_sets_are_joined_with_their_queries_told_apart():
    first, second = some_examples(16), some_examples(24)
    both = joined([first, second])
    assert len(np.unique(both.query)) == 5
    assert (np.diff(both.query) >= 0).all()


def test_a_group_is_left_out_by_its_columns():
    left = without_groups(some_examples(), [0])
    assert left.names == ("silent",)
    assert left.features.shape[1] == 1


def test_calibration_finds_how_often_scores_come_true():
    task = split(planted_chronicle(actors=80), CUT, UNTIL)
    random = np.random.default_rng(1)
    count = len(task.queries)
    shown = np.full((count, 10), -1)
    for at, query in enumerate(task.queries):
        others = np.setdiff1d(np.arange(80), query.positives)
        shown[at] = random.choice(others, 10, replace=False)
        if at % 2:
            shown[at, 0] = query.positives[0]
    truth = np.array([np.isin(r, q.positives) for r, q in zip(shown, task.queries, strict=True)])
    scores = np.where(truth, 2.0, -2.0) + random.normal(0, 1.5, shown.shape)
    curve = fit_calibration(task, Rankings({}, np.arange(0), shown, scores.astype(np.float32)))
    assert curve.slope > 0
    assert curve(scores).mean() == pytest.approx(truth.mean(), abs=0.01)


def test_fewer_examples_are_those_of_whole_queries():
    examples = some_examples()
    fewer = thinned(examples, 100, np.random.default_rng(1))
    assert len(fewer.query) == len(fewer.features) == len(fewer.came_true) == 96
    assert np.unique(fewer.query, return_counts=True)[1].tolist() == [8] * 12
    assert thinned(examples, 400, np.random.default_rng(1)) is examples


def test_a_period_before_which_little_was_known_is_not_learned_from():
    days = [(2022, 1)] * 2 + [(2023, 1)] * 6 + [(2024, 2)] * 4
    events = [event(f"e{at}", *day, f"a{at:02d}", f"a{at + 1:02d}") for at, day in enumerate(days)]
    chronicle = make_chronicle(planted_chronicle().actors, events)
    cut, half = date(2024, 7, 1), date(2025, 1, 1)
    spans = periods(cut, half, 3)
    assert well_known(chronicle, spans) == tuple(spans[1:]), "two of twelve were known before the first"
    assert well_known(chronicle, spans[:1]) == tuple(spans[:1]), "there is no other"
