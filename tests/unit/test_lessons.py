"""What the past teaches: periods that were known enough, and no more than later days bear out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.adapters.trainers import LambdaMartTrainer, LogisticTrainer
from matcher.domain import Role
from matcher.encoder import HashingEncoder
from matcher.errors import InputError
from matcher.evaluation.chronicle import make_chronicle
from matcher.evaluation.methods import random_scores
from matcher.evaluation.pair_features import PAIR_GROUPS
from matcher.evaluation.protocol import Among, rank_all
from matcher.evaluation.split import split
from matcher.lessons import Reader, RunConfig, fewer_examples, gather, learn, periods, well_known
from matcher.training import PLAIN_STEP, Measured, Sampling, model_scorer
from tests.unit.histories import CUT, UNTIL, event, planted_chronicle

CONFIG = RunConfig(windows=2, calibration_queries=10, dimension=8, sampling=Sampling(10, 20, 7))


def encode(words):
    encoder = HashingEncoder(64)
    return encoder.encode([word.text for word in words], Role.SKILL)


def reader(chronicle=None, config=CONFIG):
    return Reader(chronicle or planted_chronicle(), encode, "hashing-64", config)


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


def test_a_period_before_which_little_was_known_is_not_learned_from():
    days = [(2022, 1)] * 2 + [(2023, 1)] * 6 + [(2024, 2)] * 4
    events = [event(f"e{at}", *day, f"a{at:02d}", f"a{at + 1:02d}") for at, day in enumerate(days)]
    chronicle = make_chronicle(planted_chronicle().actors, events)
    cut, half = date(2024, 7, 1), date(2025, 1, 1)
    spans = periods(cut, half, 3)
    assert well_known(chronicle, spans) == tuple(spans[1:]), "two of twelve were known before the first"
    assert well_known(chronicle, spans[:1]) == tuple(spans[:1]), "there is no other"


@pytest.mark.parametrize("trainer", [LogisticTrainer(), LambdaMartTrainer(trees=5)], ids=lambda one: one.name)
def test_with_few_queries_to_judge_by_a_model_is_the_plain_order(trainer):
    chronicle = planted_chronicle()
    learned = learn(reader(chronicle), trainer, gather(reader(chronicle), CUT, UNTIL))
    assert learned.record["strength"] == {"chosen": PLAIN_STEP, "queries": 10, "gains": {}}
    task = split(chronicle, CUT, UNTIL)
    measured = Measured(reader(chronicle).evidence(task.known), PAIR_GROUPS)
    scorers = {
        "model": model_scorer(learned.model, measured),
        "plain": lambda block: measured.of(block).order,
    }
    found = rank_all(task, scorers)
    assert np.array_equal(found["model"].ranks[Among.ALL], found["plain"].ranks[Among.ALL])


def test_what_the_earlier_periods_teach_is_judged_by_the_last_one():
    wide = replace(CONFIG, calibration_queries=60)
    lessons = gather(reader(config=wide), CUT, UNTIL)
    assert lessons.trial.judges.known.before == lessons.periods[-1][0]
    assert len(lessons.trial.examples.query) < len(lessons.examples.query)
    learned = learn(reader(config=wide), LogisticTrainer(), lessons)
    told = learned.record["strength"]
    assert told["queries"] == len(lessons.trial.judges.queries) >= 30
    assert told["gains"][PLAIN_STEP] == (0.0, 0.0)
    worth = {name: mean - error for name, (mean, error) in told["gains"].items()}
    assert worth[told["chosen"]] == max(worth.values())


def test_how_likely_a_pair_is_follows_all_periods_not_the_season_of_the_last():
    chronicle = planted_chronicle(actors=80)
    lessons = gather(reader(chronicle), CUT, UNTIL)
    found = [
        len(query.positives)
        for span in periods(CUT, UNTIL, CONFIG.windows)
        for query in split(chronicle, *span).queries
    ]
    assert lessons.partners == pytest.approx(np.mean(found))
    usual, twice = (
        learn(reader(chronicle), LogisticTrainer(), replace(lessons, partners=times * lessons.partners))
        for times in (1, 2)
    )
    assert twice.calibration.slope == usual.calibration.slope
    assert twice.calibration.start == pytest.approx(usual.calibration.start + np.log(2))
    last = np.mean([len(query.positives) for query in lessons.last.queries])
    level = learn(reader(chronicle), LogisticTrainer(), replace(lessons, partners=float(last)))
    assert usual.calibration.start - level.calibration.start == pytest.approx(np.log(lessons.partners / last))


def test_one_period_is_judged_by_its_second_half():
    lessons = gather(reader(config=replace(CONFIG, windows=1)), CUT, UNTIL)
    ((start, end),) = lessons.periods
    assert start < lessons.trial.judges.known.before < end
    assert lessons.evidence.known.before == start


def test_fewer_examples_are_fewer_in_the_trial_too():
    lessons = gather(reader(), CUT, UNTIL)
    fewer = fewer_examples(lessons, 100)
    assert len(fewer.examples.query) < len(lessons.examples.query)
    assert len(fewer.trial.examples.query) < len(lessons.trial.examples.query)


def test_where_no_period_was_known_enough_the_last_one_begins_later():
    days = [(2021, 1)] + [(2022, at) for at in range(1, 10)] + [(2023, 3)] * 6
    events = [event(f"e{at}", *day, f"a{at:02d}", f"a{at + 1:02d}") for at, day in enumerate(days)]
    chronicle = make_chronicle(planted_chronicle().actors, events)
    spans = periods(date(2024, 1, 1), date(2026, 1, 1), 2)
    assert spans[-1] == (date(2021, 12, 31), date(2024, 1, 1)), "one event of sixteen was known then"
    assert well_known(chronicle, spans) == ((date(2022, 3, 2), date(2024, 1, 1)),)
