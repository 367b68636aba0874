"""Adapters on disk: `adapter.safetensors` beside `adapter.json`, merged into the weights at load time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from matcher.domain import Role
from matcher.errors import EncoderError
from matcher.low_rank import Adapter, AdapterCard, LowRank

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

WEIGHTS = "adapter.safetensors"
CARD = "adapter.json"
_DOWN, _UP = ".down", ".up"


def save_adapter(adapter: Adapter, directory: Path) -> None:
    """Write the changes as float16 and what they fit; EncoderError when the directory cannot be written."""
    arrays = {}
    for name, change in adapter.layers.items():
        arrays[name + _DOWN] = np.ascontiguousarray(change.down, dtype=np.float16)
        arrays[name + _UP] = np.ascontiguousarray(change.up, dtype=np.float16)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        save_file(arrays, directory / WEIGHTS)
        (directory / WEIGHTS).chmod(0o644)
        text = json.dumps(_record(adapter.card), indent=2, ensure_ascii=False)
        (directory / CARD).write_text(text + "\n", encoding="utf-8")
    except (OSError, SafetensorError) as error:
        raise EncoderError(
            f"the adapter cannot be written to {directory}: {error}; give another directory"
        ) from error


def load_adapter(directory: Path) -> Adapter:
    """The adapter of a directory; EncoderError when it is none or is damaged."""
    card = load_card(directory)
    try:
        arrays = load_file(directory / WEIGHTS)
        names = [name.removesuffix(_DOWN) for name in arrays if name.endswith(_DOWN)]
        layers = {name: LowRank(arrays[name + _DOWN], arrays[name + _UP]) for name in names}
    except (OSError, SafetensorError, KeyError) as error:
        raise _damaged(directory, error) from error
    if any(change.down.shape[0] != change.up.shape[1] for change in layers.values()):
        raise _damaged(directory, "shapes that do not go together")
    return Adapter(card, layers)


def fitting_adapter(directory: Path, base: str) -> Adapter:
    """The adapter of a directory, if it was trained on the weights of this digest, else EncoderError."""
    adapter = load_adapter(directory)
    if adapter.card.base != base:
        raise EncoderError(
            f"the adapter {directory} was trained on the weights {adapter.card.base[:12]}…, not on these "
            f"({base[:12]}…); train it again with `maillon encoder train`, or set MAILLON_ADAPTER=none"
        )
    return adapter


def load_card(directory: Path) -> AdapterCard:
    """What an adapter's directory says of it; EncoderError when it is no adapter."""
    try:
        record = json.loads((directory / CARD).read_text(encoding="utf-8"))
        return AdapterCard(
            base=str(record["base"]),
            rank=int(record["rank"]),
            alpha=int(record["alpha"]),
            prefixes={role: str(record["prefixes"][role.value]) for role in Role},
            data=str(record["data"]),
            seeds=tuple(int(seed) for seed in record["seeds"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(directory, error) from error


def adapter_digest(directory: Path) -> str:
    """The SHA-256 of all that changes vectors: the weights and the card."""
    total = hashlib.sha256()
    for name in (WEIGHTS, CARD):
        try:
            total.update(hashlib.sha256((directory / name).read_bytes()).digest())
        except OSError as error:
            raise _damaged(directory, error) from error
    return total.hexdigest()


def merge(model: SentenceTransformer, directory: Path, base: str) -> None:
    """Add the changes to the weights of a loaded model; EncoderError when they were made for others.

    Encoding then costs what it costs without an adapter.
    """
    import torch  # noqa: PLC0415

    adapter = fitting_adapter(directory, base)
    layers = dict(model[0].named_modules())
    for name, change in adapter.layers.items():
        layer = layers.get(f"model.{name}")
        delta = adapter.card.scaling * (change.up.astype(np.float32) @ change.down.astype(np.float32))
        if layer is None or layer.weight.shape != delta.shape:
            raise _damaged(directory, f"no layer {name!r} of shape {delta.shape} in the model")
        with torch.no_grad():
            layer.weight.copy_((layer.weight.float() + torch.from_numpy(delta)).to(layer.weight.dtype))


def _record(card: AdapterCard) -> Mapping[str, Any]:
    return {
        "base": card.base,
        "prefixes": {role.value: card.prefixes[role] for role in Role},
        "rank": card.rank,
        "alpha": card.alpha,
        "data": card.data,
        "seeds": list(card.seeds),
    }


def _damaged(directory: Path, reason: object) -> EncoderError:
    return EncoderError(
        f"{directory} is no adapter of an encoder, or is damaged ({reason}); "
        "give a directory that `maillon encoder train` wrote, or MAILLON_ADAPTER=none"
    )
