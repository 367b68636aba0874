"""Adapters on disk and in a model: the same vectors as peft's own, and nothing for another base."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.adapters.sentence_encoder import SentenceEncoder, SentenceEncoderConfig, base_digest
from matcher.adapters.sentence_encoder.adapter import CARD, WEIGHTS, load_adapter, load_card, save_adapter
from matcher.adapters.sentence_encoder.embedded_model import embedded_model
from matcher.domain import Role
from matcher.errors import EncoderError
from matcher.low_rank import Adapter, AdapterCard, LowRank
from tests.e5_files import HIDDEN, e5_bytes

TEXTS = ["un vélo", "vélo vélo s", "un"]
LAYERS = ("encoder.layer.0.attention.self.query", "encoder.layer.0.attention.output.dense")
PREFIXES = {Role.NEED: "query: ", Role.SKILL: "passage: ", Role.MISSION: ""}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("tiny")
    source = directory / "tiny.bin"
    source.write_bytes(e5_bytes())
    return embedded_model(directory / "models", source, hashlib.sha256(source.read_bytes()).hexdigest())


@pytest.fixture
def adapter(model) -> Adapter:
    random = np.random.default_rng(0)
    digest = base_digest(SentenceEncoderConfig(model=str(model)))
    card = AdapterCard(digest, rank=2, alpha=4, prefixes=PREFIXES, data="data", seeds=(1,))
    layers = {
        name: LowRank(
            random.normal(size=(2, HIDDEN)).astype(np.float16).astype(np.float32),
            random.normal(size=(HIDDEN, 2)).astype(np.float16).astype(np.float32),
        )
        for name in LAYERS
    }
    return Adapter(card, layers)


def encoder(model: Path, adapter: Path | None, **more) -> SentenceEncoder:
    return SentenceEncoder(SentenceEncoderConfig(model=str(model), adapter=adapter, **more))


def peft_rows(model: Path, adapter: Adapter, texts: list[str]) -> np.ndarray:
    import torch  # noqa: PLC0415
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    loaded = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    ends = [name.removeprefix("encoder.layer.0.") for name in adapter.layers]
    config = LoraConfig(r=adapter.card.rank, lora_alpha=adapter.card.alpha, target_modules=ends)
    inject_adapter_in_model(config, loaded[0].model)
    loaded.eval()
    weights = dict(loaded[0].model.named_parameters())
    with torch.no_grad():
        for name, change in adapter.layers.items():
            weights[f"{name}.lora_A.default.weight"].copy_(torch.from_numpy(change.down))
            weights[f"{name}.lora_B.default.weight"].copy_(torch.from_numpy(change.up))
    return np.asarray(loaded.encode(texts, show_progress_bar=False))


def test_merged_weights_give_the_vectors_that_peft_gives(tmp_path, model, adapter):
    save_adapter(adapter, tmp_path)
    ours = encoder(model, tmp_path).encode(TEXTS, Role.NEED)
    expected = peft_rows(model, adapter, [PREFIXES[Role.NEED] + text for text in TEXTS])
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    untouched = encoder(model, None).encode(TEXTS, Role.NEED)
    assert np.abs(ours - untouched).max() > 1e-3


def test_an_encoder_that_could_not_be_loaded_is_named_and_read_anew_once_its_files_are_right(
    tmp_path, model, adapter
):
    save_adapter(adapter, tmp_path / "right")
    right = encoder(model, tmp_path / "right")
    other = replace(adapter, layers={"encoder.layer.7.output.dense": adapter.layers[LAYERS[0]]})
    save_adapter(
        replace(
            other,
            card=replace(other.card, prefixes=dict.fromkeys(Role, "")),
        ),
        tmp_path / "a",
    )
    mended = encoder(model, tmp_path / "a")
    wrong = mended.name
    with pytest.raises(EncoderError, match="no layer"):
        mended.encode(TEXTS, Role.NEED)
    save_adapter(adapter, tmp_path / "a")
    assert np.array_equal(mended.encode(TEXTS, Role.NEED), right.encode(TEXTS, Role.NEED))
    assert wrong != mended.name == encoder(model, tmp_path / "a").name


def test_an_adapter_of_other_weights_gives_an_encoder_no_name(tmp_path, model, adapter):
    save_adapter(replace(adapter, card=replace(adapter.card, base="f" * 64)), tmp_path)
    wrong = encoder(model, tmp_path)
    with pytest.raises(EncoderError, match="was trained on the weights"):
        _ = wrong.name
    save_adapter(adapter, tmp_path)
    assert wrong.name == encoder(model, tmp_path).name


def test_files_that_change_between_the_name_and_the_loading_are_never_served_under_that_name(
    tmp_path, model, adapter
):
    save_adapter(replace(adapter, card=replace(adapter.card, alpha=8)), tmp_path)
    changed = encoder(model, tmp_path)
    before = changed.name
    save_adapter(adapter, tmp_path)
    with pytest.raises(EncoderError, match="changed while"):
        changed.encode(TEXTS, Role.NEED)
    assert changed.encode(TEXTS, Role.NEED).shape == (len(TEXTS), HIDDEN)
    assert before != changed.name == encoder(model, tmp_path).name


def test_what_is_written_is_what_is_read(tmp_path, adapter):
    save_adapter(adapter, tmp_path / "new")
    found = load_adapter(tmp_path / "new")
    assert found.card == adapter.card
    for name in LAYERS:
        np.testing.assert_array_equal(found.layers[name].down, adapter.layers[name].down)
        np.testing.assert_array_equal(found.layers[name].up, adapter.layers[name].up)


def test_the_prefixes_are_those_of_the_training_unless_others_are_given(tmp_path, adapter):
    save_adapter(adapter, tmp_path)
    config = SentenceEncoderConfig(adapter=tmp_path)
    assert config.prefixes() == PREFIXES
    assert replace(config, skill_prefix="answer: ").prefixes()[Role.SKILL] == "answer: "
    assert set(SentenceEncoderConfig().prefixes().values()) == {"query: "}


def test_the_name_follows_the_adapter_and_what_is_in_it(tmp_path, model, adapter):
    save_adapter(adapter, tmp_path / "mine")
    plain, first = encoder(model, None).name, encoder(model, tmp_path / "mine").name
    assert "+mine-" in first
    assert "+" not in plain
    changed = Adapter(replace(adapter.card, alpha=8), adapter.layers)
    save_adapter(changed, tmp_path / "mine")
    assert encoder(model, tmp_path / "mine").name != first


def test_an_adapter_of_another_base_is_refused(tmp_path, model, adapter):
    save_adapter(Adapter(replace(adapter.card, base="f" * 64), adapter.layers), tmp_path)
    with pytest.raises(EncoderError, match=r"was trained on the weights ffffffffffff.*MAILLON_ADAPTER=none"):
        encoder(model, tmp_path).encode(TEXTS, Role.NEED)


def test_an_adapter_for_layers_that_the_model_has_not_is_refused(tmp_path, model, adapter):
    other = {"encoder.layer.7.output.dense": adapter.layers[LAYERS[0]]}
    save_adapter(Adapter(adapter.card, other), tmp_path)
    with pytest.raises(EncoderError, match=r"no layer 'encoder\.layer\.7"):
        encoder(model, tmp_path).encode(TEXTS, Role.NEED)


def test_a_directory_that_is_no_adapter_is_refused_when_it_is_named(tmp_path):
    with pytest.raises(EncoderError, match="is no adapter"):
        _ = SentenceEncoder(SentenceEncoderConfig(adapter=tmp_path / "absent")).name


@pytest.mark.parametrize("damage", ["weights", "card", "field"])
def test_a_damaged_adapter_is_refused(tmp_path, adapter, damage):
    save_adapter(adapter, tmp_path)
    if damage == "weights":
        (tmp_path / WEIGHTS).write_bytes(b"no weights")
    elif damage == "card":
        (tmp_path / CARD).write_text("{", encoding="utf-8")
    else:
        card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
        del card["prefixes"]["skill"]
        (tmp_path / CARD).write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(EncoderError, match="damaged"):
        load_adapter(tmp_path)


def test_a_card_alone_tells_the_prefixes(tmp_path, adapter):
    save_adapter(adapter, tmp_path)
    (tmp_path / WEIGHTS).unlink()
    assert load_card(tmp_path).prefixes[Role.SKILL] == "passage: "
