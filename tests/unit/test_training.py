"""Examples of the past, models whose contributions add up, files that come back the same."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from matcher.adapters.trainers import (
    LambdaMartTrainer,
    LogisticTrainer,
    load_model,
)
from matcher.domain import Role
from matcher.encoder import HashingEncoder
from matcher.errors import InputError
from matcher.evaluation.pair_features import PAIR_GROUPS
from matcher.evaluation.protocol import Rankings, blocks_of
from matcher.evaluation.split import split
from matcher.lessons import Reader, RunConfig
from matcher.training import (
    PLAIN_ORDER,
    PLAIN_STEP,
    Calibration,
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
from tests.unit.histories import CUT, UNTIL, planted_chronicle

CONFIG = RunConfig(windows=2, calibration_queries=10, dimension=8, sampling=Sampling(10, 20, 7))
TREES = LambdaMartTrainer(trees=20, smallest_leaf=5, threads=1)
TRAINERS = [LogisticTrainer(), LogisticTrainer(hard=0), TREES, replace(TREES, objective="binary")]


def encode(words):
    encoder = HashingEncoder(64)
    return encoder.encode([word.text for word in words], Role.SKILL)


def reader(chronicle=None):
    return Reader(chronicle or planted_chronicle(), encode, "hashing-64", CONFIG)


def some_examples(count=400, seed=1):
    """The first feature tells true pairs from others, the second says nothing, the plain order little."""
    random = np.random.default_rng(seed)
    came_true = np.arange(count) % 8 == 0
    features = np.column_stack([came_true + random.normal(0, 0.3, count), random.normal(5, 2, count)])
    places = -np.log([random.permutation(8) + 1 for _ in range(count // 8)]).reshape(-1, 1)
    features = np.concatenate([features, places], axis=1)
    return TrainingSet(
        ("tells", "silent", PLAIN_ORDER), features.astype(np.float32), came_true, np.arange(count) // 8, 0.1
    )


def full(trainer, examples):
    """The model of all that the examples say."""
    return list(trainer.train(examples).values())[-1]


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_contributions_and_bias_add_up_to_the_score(trainer):
    examples = some_examples()
    model = full(trainer, examples)
    total = model.contributions(examples.features).sum(axis=1) + model.bias
    assert total == pytest.approx(model.scores(examples.features), abs=1e-4)


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_what_tells_true_pairs_apart_decides(trainer):
    examples = some_examples()
    model = full(trainer, examples)
    scores = model.scores(some_examples(seed=2).features)
    assert scores[examples.came_true].mean() > scores[~examples.came_true].mean()
    spread = model.contributions(examples.features).std(axis=0)
    assert spread[0] > 3 * spread[1]


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_the_same_seed_and_settings_make_the_same_files_and_files_make_the_same_model(trainer, tmp_path):
    examples = some_examples()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        full(trainer, examples).save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    loaded, model = load_model(tmp_path / "one"), full(trainer, examples)
    assert loaded.names == examples.names
    assert loaded.scores(examples.features) == pytest.approx(model.scores(examples.features), abs=1e-6)


def test_a_missing_or_damaged_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="train a model first"):
        load_model(tmp_path)
    (tmp_path / "linear.json").write_text(json.dumps({"names": ["a"]}))
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)
    (tmp_path / "linear.json").unlink()
    (tmp_path / "trees.txt").write_text("no tree")
    (tmp_path / "trees.json").write_text(json.dumps({"names": ["a"], "bias": 0, "slope": 1, "trees": 3}))
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)


def test_examples_hold_every_positive_and_only_eligible_negatives():
    chronicle = planted_chronicle()
    task = split(chronicle, CUT, UNTIL)
    evidence = reader(chronicle).evidence(task.known)
    examples = collect(task, evidence, ("sectors",), Sampling(5, 8, 3))
    assert examples.came_true.sum() == sum(len(query.positives) for query in task.queries)
    assert (examples.features[:, :-1].sum(axis=1) == 1).all(), "one flag a pair: always across sectors"
    again = collect(task, evidence, ("sectors",), Sampling(5, 8, 3))
    assert np.array_equal(again.features, examples.features)


def test_a_model_of_other_features_is_refused():
    task = split(planted_chronicle(), CUT, UNTIL)
    measured = Measured(reader().evidence(task.known), PAIR_GROUPS)
    with pytest.raises(InputError, match="other features"):
        model_scorer(full(LogisticTrainer(), some_examples()), measured)


def test_sets_are_joined_with_their_queries_told_apart():
    first, second = some_examples(16), some_examples(24)
    both = joined([first, second])
    assert len(np.unique(both.query)) == 5
    assert (np.diff(both.query) >= 0).all()


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda one: one.name)
def test_the_first_step_is_the_plain_order_and_nothing_else(trainer, tmp_path):
    examples = some_examples()
    steps = trainer.train(examples)
    assert next(iter(steps)) == PLAIN_STEP
    assert len(steps) > 2
    model = steps[PLAIN_STEP]
    points, plain = model.contributions(examples.features), examples.features[:, examples.plain]
    assert (points[:, :-1] == 0).all()
    assert np.array_equal(rankdata(model.scores(examples.features).round(9)), rankdata(plain))
    assert points.sum(axis=1) + model.bias == pytest.approx(model.scores(examples.features), abs=1e-4)
    model.save(tmp_path)
    assert load_model(tmp_path).scores(examples.features) == pytest.approx(model.scores(examples.features))


def test_examples_without_the_plain_order_are_refused():
    examples = without_groups(some_examples(), [2])
    with pytest.raises(InputError, match=PLAIN_ORDER):
        LogisticTrainer().train(examples)


def test_places_in_the_plain_order_are_shared_by_equals_and_candidates_stand_first():
    task = split(planted_chronicle(), CUT, UNTIL)
    measured = Measured(reader().evidence(task.known), ("sectors",))
    block, _ = next(blocks_of(task))
    close = measured.of(block)
    order = np.take_along_axis(close.order, close.others, axis=1)
    for at, listed in enumerate(close.listed):
        places = np.exp(-close.features[at, listed, -1])
        assert places == pytest.approx(rankdata(-order[at, listed]), rel=1e-5)


def test_a_group_is_left_out_by_its_columns():
    left = without_groups(some_examples(), [0])
    assert left.names == ("silent", PLAIN_ORDER)
    assert left.features.shape[1] == 2


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


def test_calibration_does_not_depend_on_what_scores_are_counted_in():
    task = split(planted_chronicle(actors=80), CUT, UNTIL)
    shown = np.full((len(task.queries), 10), -1)
    for at, query in enumerate(task.queries):
        shown[at, :2] = [query.positives[0], np.setdiff1d(np.arange(80), query.positives)[0]]
    scores = np.random.default_rng(1).normal(0, 1, shown.shape).astype(np.float32)
    scores[:, 0] += 1
    small, large = (
        fit_calibration(task, Rankings({}, np.arange(0), shown, scores * unit)) for unit in (1, 1000)
    )
    assert large(scores * 1000.0) == pytest.approx(small(scores), abs=1e-4)


def test_where_pairs_come_true_twice_as_often_their_odds_are_doubled():
    curve = Calibration(1.5, -2.0)
    scores = np.linspace(-3, 3, 7)
    before, after = curve(scores), curve.where_pairs_are(2.0)(scores)
    assert after / (1 - after) == pytest.approx(2 * before / (1 - before))


def test_fewer_examples_are_those_of_whole_queries():
    examples = some_examples()
    fewer = thinned(examples, 100, np.random.default_rng(1))
    assert len(fewer.query) == len(fewer.features) == len(fewer.came_true) == 96
    assert np.unique(fewer.query, return_counts=True)[1].tolist() == [8] * 12
    assert thinned(examples, 400, np.random.default_rng(1)) is examples
