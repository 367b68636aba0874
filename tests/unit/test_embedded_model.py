import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from matcher.adapters.sentence_encoder import embedded_model as module
from matcher.adapters.sentence_encoder.e5_file import E5File, parse_e5
from matcher.adapters.sentence_encoder.embedded_model import (
    MANIFEST,
    NAME,
    SUMS,
    embedded_model,
    is_complete,
    tokenizer_of,
)
from matcher.errors import EncoderError
from tests.e5_files import FEED_FORWARD, HIDDEN, PIECES, e5_bytes, tensors

ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.bin"
    path.write_bytes(e5_bytes())
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(tmp_path: Path, source: Path) -> Path:
    return embedded_model(tmp_path / "models", source, digest(source))


def visible_and_hidden(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "models").iterdir())


def test_the_directory_holds_the_weights_under_the_names_of_a_bert_model(
    tmp_path: Path, source: Path
) -> None:
    weights = load_file(make(tmp_path, source) / "model.safetensors")
    content = parse_e5(source.read_bytes())
    layer = "encoder.layer.0"
    assert weights[f"{layer}.intermediate.dense.weight"].shape == (FEED_FORWARD, HIDDEN)
    assert weights[f"{layer}.output.dense.weight"].shape == (HIDDEN, FEED_FORWARD)
    assert weights[f"{layer}.output.LayerNorm.weight"].shape == (HIDDEN,)
    np.testing.assert_array_equal(
        weights[f"{layer}.attention.self.key.weight"].reshape(-1), content.tensor("l0.k.w")
    )
    np.testing.assert_array_equal(
        weights["embeddings.word_embeddings.weight"], content.tensor("emb.word").reshape(len(PIECES), HIDDEN)
    )


def test_the_second_call_reads_nothing_and_writes_nothing(tmp_path: Path, source: Path) -> None:
    first = make(tmp_path, source)
    before = (first / "model.safetensors").stat().st_mtime_ns
    source_digest = digest(source)
    source.unlink()
    assert embedded_model(tmp_path / "models", source, source_digest) == first
    assert (first / "model.safetensors").stat().st_mtime_ns == before


def test_a_file_that_was_tampered_with_is_refused_and_nothing_is_written(
    tmp_path: Path, source: Path
) -> None:
    data = bytearray(source.read_bytes())
    data[-1] ^= 1
    source.write_bytes(data)
    with pytest.raises(EncoderError, match="SHA-256"):
        embedded_model(tmp_path / "models", source)
    assert not (tmp_path / "models").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"absent\.bin cannot be read"):
        embedded_model(tmp_path / "models", tmp_path / "absent.bin")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, source: Path) -> None:
    (tmp_path / "models").write_text("a file stands where the directory should be")
    with pytest.raises(EncoderError, match="cannot be written"):
        make(tmp_path, source)


def test_a_failure_in_mid_writing_leaves_nothing(tmp_path: Path, source: Path) -> None:
    kept = {name: stored for name, stored in tensors().items() if name != "l0.fo.w"}
    source.write_bytes(e5_bytes(kept))
    with pytest.raises(EncoderError, match=r"l0\.fo\.w"):
        make(tmp_path, source)
    assert visible_and_hidden(tmp_path) == []


@pytest.mark.parametrize("damage", ["model.safetensors", "1_Pooling/config.json", MANIFEST])
def test_a_directory_with_a_missing_file_is_made_again(tmp_path: Path, source: Path, damage: str) -> None:
    directory = make(tmp_path, source)
    (directory / damage).unlink()
    assert not is_complete(directory)
    assert is_complete(make(tmp_path, source))
    assert visible_and_hidden(tmp_path) == [NAME]


def test_a_directory_with_a_truncated_file_is_made_again(tmp_path: Path, source: Path) -> None:
    weights = make(tmp_path, source) / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    make(tmp_path, source)
    assert weights.read_bytes() == whole


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "modules.json"])
def test_a_directory_with_a_file_that_was_spoilt_in_place_is_made_again(
    tmp_path: Path, source: Path, name: str
) -> None:
    spoilt = make(tmp_path, source) / name
    whole = spoilt.read_bytes()
    spoilt.write_bytes(whole[:-8] + bytes(8))
    make(tmp_path, source)
    assert spoilt.read_bytes() == whole
    assert visible_and_hidden(tmp_path) == [NAME]


def test_a_directory_of_before_there_were_sums_is_kept(tmp_path: Path, source: Path) -> None:
    directory = make(tmp_path, source)
    (directory / SUMS).unlink()
    assert is_complete(directory)


def test_an_empty_manifest_vouches_for_nothing(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{}")
    assert not is_complete(tmp_path)


def test_what_a_killed_process_left_is_swept_once_it_is_old(tmp_path: Path, source: Path) -> None:
    old, young = (tmp_path / "models" / f".{NAME}-{kind}" for kind in ("old", "young"))
    for leftover in (old, young):
        leftover.mkdir(parents=True)
        (leftover / "model.safetensors").write_bytes(b"half")
    long_ago = time.time() - 2 * 3_600
    os.utime(old, (long_ago, long_ago))
    make(tmp_path, source)
    assert visible_and_hidden(tmp_path) == sorted([NAME, young.name])


CALL = """
import sys
from pathlib import Path
from matcher.adapters.sentence_encoder.embedded_model import embedded_model
print(embedded_model(Path(sys.argv[1]), *map(Path, sys.argv[2:3]), *sys.argv[3:]))
"""


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CALL, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603


def test_processes_may_make_it_at_once(tmp_path: Path, source: Path) -> None:
    racers = [start(tmp_path / "models", source, digest(source)) for _ in range(4)]
    answers = {racer.communicate()[0].strip() for racer in racers}
    assert [racer.returncode for racer in racers] == [0, 0, 0, 0]
    assert answers == {str(tmp_path / "models" / NAME)}
    assert visible_and_hidden(tmp_path) == [NAME]
    assert is_complete(tmp_path / "models" / NAME)


@pytest.mark.model
def test_a_killed_process_leaves_no_half_directory(tmp_path: Path, source: Path) -> None:
    models = tmp_path / "models"
    victim = start(models)
    while victim.poll() is None and not list(models.glob(f".{NAME}-*/model.safetensors")):
        time.sleep(0.001)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL
    assert not (models / NAME).exists()
    assert is_complete(make(tmp_path, source))


def test_progress_goes_to_the_log(tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=module.__name__):
        make(tmp_path, source)
        make(tmp_path, source)
    assert [record.message.split()[0] for record in caplog.records] == ["preparing", "the"]


def test_others_may_read_what_was_made(tmp_path: Path, source: Path) -> None:
    directory = make(tmp_path, source)
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    assert {oct((directory / name).stat().st_mode & 0o044) for name in manifest} == {"0o44"}


@pytest.fixture(scope="module")
def packaged() -> E5File:
    return module._trusted(module._packaged_file(), module.SHA256)


def test_the_tokenizer_normalises_as_the_table_of_the_packaged_file(packaged: E5File) -> None:
    normalizer = tokenizer_of(packaged).normalizer
    differing = {
        char: (expected, normalizer.normalize_str(char))
        for char, expected in packaged.replacements.items()
        if normalizer.normalize_str(char) != expected
    }
    assert len(packaged.replacements) > 4_000
    assert differing == {}


def test_letters_and_their_accents_may_come_apart(packaged: E5File) -> None:
    tokenizer = tokenizer_of(packaged)
    assert tokenizer.encode("e\u0301te\u0301").ids == tokenizer.encode("été").ids


def test_a_text_stands_between_the_marks_of_its_beginning_and_end(packaged: E5File) -> None:
    encoding = tokenizer_of(packaged).encode("query: un vélo")
    assert encoding.tokens == ["<s>", "▁que", "ry", ":", "▁un", "▁vélo", "</s>"]
    assert (encoding.ids[0], encoding.ids[-1]) == (0, 2)
