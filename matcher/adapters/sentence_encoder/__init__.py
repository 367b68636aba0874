"""The Encoder over sentence-transformers: the embedded model, a local directory or a public name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.adapters.sentence_encoder import embedded_model
from matcher.adapters.sentence_encoder.adapter import adapter_digest, fitting_adapter, load_card, merge
from matcher.domain import Role
from matcher.encoder import FloatArray
from matcher.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

EMBEDDED = "embedded"


class Precision(StrEnum):
    """What the transformer computes in; rows are always float32.

    bfloat16 encodes about three times as fast where the processor knows it (AMX, AVX512-BF16) and
    is slower where not; its rows shift in the third decimal with the batch that they are in.
    """

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True, slots=True)
class SentenceEncoderConfig:
    """Which model, and how it is used."""

    model: str = EMBEDDED
    """`embedded`, a SentenceTransformer directory, or a public name already downloaded."""
    adapter: Path | None = None
    """A directory of `maillon encoder train`, merged into the model's weights; None changes nothing."""
    need_prefix: str | None = None
    """Written before each need; None is what the adapter was trained with, else "query: ".

    E5 models are trained with prefixes, most others want "".
    """
    skill_prefix: str | None = None
    mission_prefix: str | None = None
    precision: Precision = Precision.FLOAT32
    max_tokens: int = 512
    """Longer texts are cut; the model's own limit holds when it is lower."""
    batch_size: int = 32
    threads: int | None = None
    """Processor threads of torch, for the whole process; None leaves its own choice."""
    device: str = "cpu"
    allow_downloads: bool = False
    """Whether a public name may be fetched; nothing leaves the machine otherwise."""
    cache: Path | None = None
    """Where the embedded model is kept; None is the user's cache directory."""

    def prefixes(self) -> dict[Role, str]:
        """What is written before a text of each role; EncoderError when the adapter does not tell."""
        chosen = {
            Role.NEED: self.need_prefix,
            Role.SKILL: self.skill_prefix,
            Role.MISSION: self.mission_prefix,
        }
        if self.adapter is not None and None in chosen.values():
            trained = load_card(self.adapter.expanduser()).prefixes
        else:
            trained = dict.fromkeys(Role, "query: ")
        return {role: trained[role] if prefix is None else prefix for role, prefix in chosen.items()}


class SentenceEncoder:
    """Turns texts into the sentence embeddings of a transformer.

    Torch and the model are loaded at the first text (seconds); a run whose vectors are all cached
    loads neither. Calls from several threads wait for one another. A model that could not be loaded is
    read anew at the next call, its name too: its files may have been put right.
    """

    def __init__(self, config: SentenceEncoderConfig | None = None) -> None:
        self.config = config or SentenceEncoderConfig()
        self._lock = RLock()

    @cached_property
    def name(self) -> str:
        """The weights, by commit or digest, with the settings that change vectors."""
        config = self.config
        prefixes = [self._prefixes[role] for role in Role]
        shown = prefixes[:1] if len(set(prefixes)) == 1 else prefixes
        weights = self._weights_name() + _adapter_name(config)
        return f"{weights}:{config.precision}:{config.max_tokens}:[{'|'.join(shown)}]"

    @property
    def dimension(self) -> int:
        """The number of columns of what `encode` returns."""
        if self.config.model == EMBEDDED:
            return embedded_model.DIMENSION
        with self._lock:
            columns = self._model.get_embedding_dimension()
        if columns is None:
            raise _unusable(self.config.model, "it does not tell its dimension")
        return columns

    def encode(self, texts: Sequence[str], role: Role) -> FloatArray:
        """One float32 row of L2 norm 1 a text (n, dimension)."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            model, prefix = self._model, self._prefixes[role]
            rows = model.encode(
                [prefix + text for text in texts],
                batch_size=self.config.batch_size,
                show_progress_bar=False,
                normalize_embeddings=True,
            )
        return np.asarray(rows, dtype=np.float32)

    @cached_property
    def _prefixes(self) -> dict[Role, str]:
        return self.config.prefixes()

    @cached_property
    def _model(self) -> SentenceTransformer:
        told = self.__dict__.get("name")
        try:
            model = _load(self.config)
        except EncoderError:
            self._forget()
            raise
        if told is not None:
            self._forget()
            if self.name != told:
                raise EncoderError(f"the files of {told} changed while they were being loaded; try again")
        return model

    def _forget(self) -> None:
        """Read again what the files say of themselves, when it is asked for."""
        for name in ("name", "_prefixes"):
            self.__dict__.pop(name, None)

    def _weights_name(self) -> str:
        model = self.config.model
        if model == EMBEDDED:
            return embedded_model.NAME
        directory = Path(model).expanduser()
        if directory.is_dir():
            return f"{directory.resolve().name}-{_digest(directory)[:8]}"
        commit = _cached_commit(self.config)
        if commit is None and self.config.allow_downloads:
            with self._lock:
                _ = self._model
            commit = _cached_commit(self.config)
        if commit is None:
            raise _unusable(model, "it is neither a directory nor among the downloaded models")
        return f"{model}@{commit[:8]}"


def base_digest(config: SentenceEncoderConfig) -> str:
    """The digest of a model's own weights, which an adapter must have been trained on."""
    if config.model == EMBEDDED:
        return embedded_model.SHA256
    directory = Path(config.model).expanduser()
    if directory.is_dir():
        return _digest(directory)
    return _cached_commit(config) or config.model


def _adapter_name(config: SentenceEncoderConfig) -> str:
    """What an adapter adds to the name of the weights; EncoderError for one that does not go with them."""
    if config.adapter is None:
        return ""
    directory = config.adapter.expanduser()
    fitting_adapter(directory, base_digest(config))
    return f"+{directory.resolve().name}-{adapter_digest(directory)[:8]}"


def _load(config: SentenceEncoderConfig) -> SentenceTransformer:
    """The model, loaded and set up, else EncoderError; torch is imported here, for it takes seconds."""
    _prepare_environment(config)
    try:
        import torch  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    except ImportError as error:
        raise EncoderError(
            f"the sentence encoder needs a package that is not installed ({error}); "
            "`pip install 'sentence-transformers>=6.2,<7'`"
        ) from error
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    try:
        model = SentenceTransformer(
            _location(config),
            device=config.device,
            local_files_only=not config.allow_downloads,
            model_kwargs={"dtype": getattr(torch, config.precision)},
        )
        model.encode(["un local"], show_progress_bar=False)  # a spoilt tokenizer is only found out by a text
    except Exception as error:  # what libraries make of a spoilt file: TypeError, a bare Exception
        raise _unusable(config.model, " ".join(str(error).split()), "put its files right, or ") from error
    if config.adapter is not None:
        merge(model, config.adapter.expanduser(), base_digest(config))
    _pool_in_float32(model)
    model.max_seq_length = min(config.max_tokens, model.max_seq_length or config.max_tokens)
    return model


def _prepare_environment(config: SentenceEncoderConfig) -> None:
    """Set, before the Hugging Face libraries are imported, what they read only then.

    Tokenizers warn at each fork after they used threads; what they gain is lost beside the model.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if not config.allow_downloads:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def _location(config: SentenceEncoderConfig) -> str:
    """The directory of the model, or its public name."""
    if config.model == EMBEDDED:
        return str(embedded_model.embedded_model(config.cache))
    directory = Path(config.model).expanduser()
    return str(directory) if directory.is_dir() else config.model


def _pool_in_float32(model: SentenceTransformer) -> None:
    """Let all that follows the transformer compute in float32: bfloat16 sums lose the third decimal."""
    transformer, *others = model.children()
    for module in others:
        module.float()
    transformer.register_forward_hook(_to_float32)


def _to_float32(_module: object, _inputs: object, features: dict[str, Any]) -> dict[str, Any]:
    tokens = features.get("token_embeddings")
    return features if tokens is None else {**features, "token_embeddings": tokens.float()}


def _digest(directory: Path) -> str:
    """The SHA-256 of every file of a model's directory, its cards and hidden files aside."""
    total = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and path.suffix != ".md" and not name.startswith("."):
            with path.open("rb") as file:
                total.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def _cached_commit(config: SentenceEncoderConfig) -> str | None:
    """The commit of a public model in the local cache of Hugging Face, None when it is not there."""
    _prepare_environment(config)
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    try:
        found = try_to_load_from_cache(config.model, "modules.json")
    except HFValidationError as error:
        raise _unusable(config.model, "it is neither a directory nor a public name") from error
    return Path(found).parent.name if isinstance(found, str) else None


def _unusable(model: str, reason: str, first: str = "") -> EncoderError:
    return EncoderError(
        f"the model {model!r} cannot be used: {reason}; {first}give a SentenceTransformer directory, "
        f"the name of a downloaded one (or allow downloads), or {EMBEDDED!r}"
    )
