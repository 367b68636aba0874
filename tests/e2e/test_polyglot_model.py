"""The adapter that ships: it loads, it is small, and it beats the untouched encoder."""

import numpy as np
import pytest

from benchmarks.polyglot_measures import Task, best_ranks, pooled_auc
from matcher.adapters.sentence_encoder import SentenceEncoder, SentenceEncoderConfig
from matcher.adapters.sentence_encoder.adapter import load_card
from matcher.assembly import make_encoder, rank_texts
from matcher.low_rank import shipped_adapter
from matcher.polyglot import Part, load_corpus, polyglot_directory, split
from matcher.settings import Settings

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def directory():
    found = shipped_adapter()
    assert found is not None, "models/ holds no adapter"
    return found


@pytest.fixture(scope="module")
def task():
    return Task(split(load_corpus(polyglot_directory()), Part.VALID))


@pytest.fixture(scope="module")
def scores(task):
    """Setting of the adapter -> what the product's text path gives every need and candidate."""
    return {
        adapter: rank_texts(task.needs, task.candidates, settings=Settings(adapter=adapter))
        for adapter in (None, "none")
    }


def test_it_is_small_and_says_what_it_was_trained_on(directory):
    size = sum(path.stat().st_size for path in directory.iterdir())
    assert size < 20e6
    assert load_card(directory).data[:8] in (directory / "card.md").read_text(encoding="utf-8")


def test_it_is_the_default_of_the_product(directory):
    shipped = SentenceEncoder(SentenceEncoderConfig(adapter=directory))
    assert make_encoder(Settings()).name == shipped.name
    assert make_encoder(Settings(adapter="none")).name == SentenceEncoder().name
    assert make_encoder(Settings(adapter=str(directory))).name == shipped.name


def test_needs_find_their_skills_among_tempting_answers_more_often_than_without_it(task, scores):
    trained, untouched = (np.mean(best_ranks(task, scores[adapter]) <= 5) for adapter in (None, "none"))
    assert trained >= 1.8 * untouched


def test_true_pairs_stand_above_tempting_ones_which_they_do_not_without_it(task, scores):
    assert pooled_auc(task, scores["none"]) < 0.4
    assert pooled_auc(task, scores[None]) > 0.85
