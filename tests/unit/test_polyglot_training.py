"""Training on a tiny random model: what is learnt, what is kept, and that it can be repeated."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.adapters.polyglot_training import (
    Base,
    Directions,
    TrainingConfig,
    model_card,
    train,
    train_fully,
)
from matcher.adapters.polyglot_training.batches import epoch_batches, examples_of
from matcher.adapters.polyglot_training.checkpoint import checkpoint_file
from matcher.adapters.polyglot_training.loss import anchor_loss, pairwise_loss
from matcher.adapters.polyglot_training.model import embed_columns, load_trainee, remember
from matcher.adapters.sentence_encoder import SentenceEncoder, SentenceEncoderConfig, base_digest
from matcher.adapters.sentence_encoder.adapter import save_adapter
from matcher.adapters.sentence_encoder.embedded_model import embedded_model
from matcher.domain import Role
from matcher.errors import EncoderError, InputError
from matcher.polyglot import Entry, HardNegative, NegativeKind, Text
from matcher.taxonomy import Lang
from tests.e5_files import e5_bytes

TINY = TrainingConfig(
    seeds=(1,),
    rank=2,
    alpha=4,
    depth=None,
    epochs=3,
    batch_entries=2,
    negatives=1,
    learning_rate=1e-2,
    pairwise=0.0,
    anchor=0.0,
    bfloat16=False,
)
WORDS = ("un", "vélo", "s", "query", ":")


class KilledError(Exception):
    """Stands for a power cut."""


def text(words: str) -> Text:
    return Text(words, "associatif", Lang.FR)


def entry(number: int) -> Entry:
    first, second, third = (WORDS[(number + i) % len(WORDS)] for i in range(3))
    negative = HardNegative(f"{first} {third}", "associatif", Lang.FR, NegativeKind.COMPETITOR)
    skills = (text(f"{second} {second}"), text(f"{second} {third} {third}"))
    return Entry(f"x-{number}", "024000", "mecenat", "bourg", text(f"{first} {first}"), skills, (negative,))


ENTRIES = [entry(number) for number in range(5)]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Base:
    directory = tmp_path_factory.mktemp("tiny")
    source = directory / "tiny.bin"
    source.write_bytes(e5_bytes(layers=2))
    model = embedded_model(directory / "models", source, hashlib.sha256(source.read_bytes()).hexdigest())
    return Base(model, base_digest(SentenceEncoderConfig(model=str(model))))


def weights(result) -> dict[str, np.ndarray]:
    layers = result.adapter.layers
    return {name: layers[name].up @ layers[name].down for name in layers}


def killed_at_step(step: int):
    """A progress that cuts the power at this step."""

    def cut(done: int, _total: int | None) -> None:
        if done == step:
            raise KilledError

    return cut


def killed_once_kept(directory: Path):
    """A progress that cuts the power once the first seed has a checkpoint."""

    def cut(_done: int, _total: int | None) -> None:
        if checkpoint_file(directory, 1).exists():
            raise KilledError

    return cut


def kept(directory: Path, written: int):
    """A progress that sees that the first seed's checkpoint is not written again."""

    def look(_done: int, _total: int | None) -> None:
        assert checkpoint_file(directory, 1).stat().st_mtime_ns == written

    return look


def assert_same(left, right) -> None:
    assert weights(left).keys() == weights(right).keys()
    for name, array in weights(left).items():
        np.testing.assert_array_equal(array, weights(right)[name])


def test_the_loss_falls_and_the_adapter_changes_vectors(base, tmp_path):
    result = train(ENTRIES, base, replace(TINY, epochs=20))
    assert result.report.last_loss < result.report.first_loss
    assert result.report.steps == 40
    assert result.report.peak_memory_mb > 0
    save_adapter(result.adapter, tmp_path)
    rows = [
        SentenceEncoder(SentenceEncoderConfig(model=str(base.directory), adapter=adapter)).encode(
            ["un vélo"], Role.NEED
        )
        for adapter in (None, tmp_path)
    ]
    assert np.abs(rows[0] - rows[1]).max() > 1e-3


def test_the_same_seed_gives_the_same_weights_and_another_seed_gives_others(base):
    first, again = train(ENTRIES, base, TINY), train(ENTRIES, base, TINY)
    assert_same(first, again)
    other = train(ENTRIES, base, replace(TINY, seeds=(2,)))
    assert any((weights(first)[n] != weights(other)[n]).any() for n in weights(first))


def test_several_seeds_give_the_mean_of_their_changes(base):
    both = train(ENTRIES, base, replace(TINY, seeds=(1, 2)))
    apart = [weights(train(ENTRIES, base, replace(TINY, seeds=(seed,)))) for seed in (1, 2)]
    assert both.adapter.card.seeds == (1, 2)
    for name, array in weights(both).items():
        np.testing.assert_allclose(array, (apart[0][name] + apart[1][name]) / 2, atol=1e-6)


def test_seeds_side_by_side_learn_what_they_learn_one_after_the_other(base, tmp_path):
    config = replace(TINY, seeds=(1, 2))
    seen = []
    both = train(
        ENTRIES,
        base,
        config,
        checkpoints=tmp_path,
        workers=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert_same(both, train(ENTRIES, base, config))
    assert both.report.workers == 2
    assert both.report.steps == 12
    assert [total for _, total in seen] == [12] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert not list(tmp_path.iterdir())


def test_where_one_of_several_seeds_fails_the_run_says_why(base, tmp_path):
    checkpoint_file(tmp_path, 2).write_bytes(b"something else")
    with pytest.raises(EncoderError, match=r"checkpoint-2\.safetensors is no checkpoint"):
        train(
            ENTRIES,
            base,
            replace(TINY, seeds=(1, 2)),
            checkpoints=tmp_path,
            resume=True,
            workers=2,
        )


@pytest.mark.parametrize("workers", [1, 2])
def test_a_seed_that_is_done_is_not_trained_again(base, tmp_path, workers):
    config = replace(TINY, seeds=(1, 2))

    with pytest.raises(KilledError):
        train(ENTRIES, base, config, checkpoints=tmp_path, progress=killed_at_step(8))
    done = checkpoint_file(tmp_path, 1).stat().st_mtime_ns
    resumed = train(
        ENTRIES,
        base,
        config,
        checkpoints=tmp_path,
        resume=True,
        workers=workers,
        progress=kept(tmp_path, done),
    )
    assert_same(resumed, train(ENTRIES, base, config))


@pytest.mark.parametrize("killed_at", [4, 9])
def test_a_run_that_is_killed_goes_on_to_the_same_result(base, tmp_path, killed_at):
    config = replace(TINY, seeds=(1, 2), depth=1, anchor=0.5)

    with pytest.raises(KilledError):
        train(ENTRIES, base, config, checkpoints=tmp_path, progress=killed_at_step(killed_at))
    assert checkpoint_file(tmp_path, 1).exists()
    seen = []
    resumed = train(
        ENTRIES,
        base,
        config,
        checkpoints=tmp_path,
        resume=True,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert_same(resumed, train(ENTRIES, base, config))
    assert 1 < seen[0][0] <= killed_at
    assert seen[-1] == (12, 12)
    assert not list(tmp_path.iterdir())


def test_without_resume_a_checkpoint_is_not_read(base, tmp_path):
    checkpoint_file(tmp_path, 1).write_bytes(b"something else")
    assert_same(train(ENTRIES, base, TINY, checkpoints=tmp_path), train(ENTRIES, base, TINY))


def test_a_damaged_checkpoint_is_refused(base, tmp_path):
    checkpoint_file(tmp_path, 1).write_bytes(b"something else")
    with pytest.raises(EncoderError, match=r"delete it and start again"):
        train(ENTRIES, base, TINY, checkpoints=tmp_path, resume=True)


def test_the_checkpoint_of_another_run_is_refused(base, tmp_path):
    with pytest.raises(KilledError):
        train(ENTRIES, base, TINY, checkpoints=tmp_path, progress=killed_once_kept(tmp_path))
    with pytest.raises(EncoderError, match="another configuration, base or corpus"):
        train(ENTRIES, base, replace(TINY, scale=5.0), checkpoints=tmp_path, resume=True)


def test_past_alliances_are_learnt_beside_the_corpus(base):
    without = train(ENTRIES, base, TINY)
    extended = train(ENTRIES, base, TINY, pairs=[("un un s", "vélo : s")])
    assert extended.report.examples == without.report.examples + 1
    assert extended.adapter.card.data != without.adapter.card.data


def test_past_alliances_alone_are_enough(base):
    result = train([], base, TINY, pairs=[("un", "vélo"), ("s", "query"), (":", "un s")])
    assert result.report.examples == 3
    assert np.isfinite(result.report.last_loss)


def test_too_few_entries_are_refused(base):
    with pytest.raises(InputError, match="too few entries"):
        train(ENTRIES[:1], base, TINY)


@pytest.mark.parametrize("directions", Directions)
def test_every_direction_of_the_loss_can_be_asked_for(base, directions):
    result = train(ENTRIES, base, replace(TINY, epochs=1, directions=directions))
    assert np.isfinite(result.report.first_loss)


def test_layers_that_do_not_exist_are_refused(base):
    with pytest.raises((EncoderError, ValueError), match="absent_layer"):
        train(ENTRIES, base, replace(TINY, layers=("absent_layer",)))


def test_training_every_weight_yields_a_whole_model(base, tmp_path):
    out = tmp_path / "whole"
    report = train_fully(ENTRIES, base, replace(TINY, learning_rate=1e-3), out)
    assert report.steps == 6
    trained = SentenceEncoder(SentenceEncoderConfig(model=str(out)))
    untouched = SentenceEncoder(SentenceEncoderConfig(model=str(base.directory)))
    difference = trained.encode(["un vélo"], Role.NEED) - untouched.encode(["un vélo"], Role.NEED)
    assert np.abs(difference).max() > 1e-4


def test_an_epoch_shows_every_need_once_with_one_of_its_own_skills():
    examples = examples_of(ENTRIES, [], TINY)
    answers = {example.need: example.skills for example in examples}
    batches = epoch_batches(examples, TINY, seed=1, epoch=0)
    rows = [row for batch in batches for row in zip(batch.needs, batch.skills, strict=True)]
    assert sorted(need for need, _ in rows) == sorted(answers)
    assert all(skill in answers[need] for need, skill in rows)
    following = epoch_batches(examples, TINY, seed=1, epoch=1)
    pairs = {row for batch in following for row in zip(batch.needs, batch.skills, strict=True)}
    assert not pairs & set(rows)


def test_each_need_meets_its_own_wrong_answers():
    examples = examples_of(ENTRIES, [], TINY)
    negatives = {example.need: example.negatives for example in examples}
    for batch in epoch_batches(examples, TINY, seed=1, epoch=0):
        (column,) = batch.negatives
        assert all(wrong in negatives[need] for need, wrong in zip(batch.needs, column, strict=True))


def test_a_need_with_too_few_wrong_answers_borrows_those_of_others():
    examples = examples_of(ENTRIES, [("un s", "vélo s")], TINY)
    tempting = {wrong for example in examples for wrong in example.negatives}
    columns = [c for batch in epoch_batches(examples, TINY, 1, 0) for c in batch.negatives]
    assert {wrong for column in columns for wrong in column} <= tempting


def test_a_competitor_may_stand_as_a_need_that_the_same_skills_answer():
    plain = examples_of(ENTRIES, [], TINY)
    examples = examples_of(ENTRIES, [], replace(TINY, competitor_needs=True))
    added = examples[len(plain) :]
    assert [example.need for example in added] == [e.hard_negatives[0].text for e in ENTRIES]
    assert all(a.skills == p.skills and p.need in a.negatives for a, p in zip(added, plain, strict=True))


def test_a_checkpoint_is_complete_or_absent(base, tmp_path: Path):
    with pytest.raises(KilledError):
        train(ENTRIES, base, TINY, checkpoints=tmp_path, progress=killed_once_kept(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint_file(tmp_path, 1).name]


def test_the_pairwise_loss_compares_right_and_wrong_pairs_across_needs():
    import torch  # noqa: PLC0415

    needs, skills, wrong = (
        torch.tensor(rows)
        for rows in ([[1.0, 0.0], [0.0, 1.0]], [[0.8, 0.6], [0.6, 0.8]], [[0.0, 1.0], [0.8, 0.6]])
    )
    right, tempting = (0.8, 0.8), (0.0, 0.6)
    expected = np.mean([np.log1p(np.exp(10 * (w - r))) for r in right for w in tempting])
    assert float(pairwise_loss([needs, skills, wrong], 10.0)) == pytest.approx(expected, rel=1e-5)


def test_the_pairwise_term_changes_what_is_learnt(base):
    with_term, without = (weights(train(ENTRIES, base, replace(TINY, pairwise=w))) for w in (2.0, 0.0))
    assert any((with_term[name] != without[name]).any() for name in with_term)


def test_the_last_layers_alone_start_from_what_the_whole_encoder_makes_of_a_text(base):
    import torch  # noqa: PLC0415

    said = ["query: un vélo", "query: s"]
    whole, last = (
        load_trainee(base, replace(TINY, depth=depth, token_dropout=0.0), seed=1) for depth in (None, 1)
    )
    remember(last, said, TINY)
    rows = [
        embed_columns(trainee, [said], replace(TINY, token_dropout=0.0), torch.Generator())[0]
        for trainee in (whole, last)
    ]
    torch.testing.assert_close(*rows)
    assert last.weights.keys() < whole.weights.keys()


def test_only_the_last_layers_change_when_a_depth_is_given(base):
    whole, last = (weights(train(ENTRIES, base, replace(TINY, depth=depth))) for depth in (None, 1))
    assert last.keys() < whole.keys()
    assert all(name.startswith(("encoder.layer.1.", "pooler")) for name in last)


def test_a_depth_beyond_the_layers_is_refused(base):
    with pytest.raises(EncoderError, match="the last 99 layers"):
        train(ENTRIES, base, replace(TINY, depth=99))


def test_the_anchor_is_nought_before_training_and_grows_with_the_distance():
    import torch  # noqa: PLC0415

    before = torch.nn.functional.normalize(torch.randn(5, 4, generator=torch.Generator().manual_seed(1)))
    moved = torch.nn.functional.normalize(before * torch.tensor([1.0, 1.0, 1.0, 3.0]))
    assert float(anchor_loss(before, before)) == pytest.approx(0.0, abs=1e-6)
    assert 0.01 < float(anchor_loss(moved, before)) <= 2.0


def test_an_anchored_run_stays_nearer_to_the_untouched_encoder(base, tmp_path):
    said = [entry.need.text for entry in ENTRIES]
    cosines = {}
    for name, anchor in (("untouched", None), ("free", 0.0), ("anchored", 100.0)):
        adapter = None
        if anchor is not None:
            adapter = tmp_path / name
            save_adapter(train(ENTRIES, base, replace(TINY, epochs=20, anchor=anchor)).adapter, adapter)
        encoder = SentenceEncoder(SentenceEncoderConfig(model=str(base.directory), adapter=adapter))
        rows = encoder.encode(said, Role.NEED)
        cosines[name] = (rows @ rows.T)[np.triu_indices(len(said), 1)]
    near, far = (np.corrcoef(cosines["untouched"], cosines[n])[0, 1] for n in ("anchored", "free"))
    assert near > far


def test_the_card_tells_the_data_and_what_the_run_cost(base):
    pairs = [("un un s", "vélo : s")]
    result = train(ENTRIES, base, TINY, pairs=pairs)
    card = model_card("mine", result, ENTRIES, pairs, TINY)
    assert card.startswith("# mine\n")
    assert "entries: 5 (authors: x)" in card
    assert "pairs of a need and a skill: 10" in card
    assert "pairs of past alliances: 1" in card
    assert f"{result.report.steps} steps" in card
    assert "one seed at a time" in card
    assert result.adapter.card.data[:8] in card
