"""Where a seed stands, in one safetensors file: complete or absent, and nothing unpickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from safetensors import SafetensorError, safe_open

from matcher.errors import EncoderError

if TYPE_CHECKING:
    from torch import Tensor

Tensors = dict[str, "Tensor"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a seed needs to go on from `step` steps that are done."""

    fingerprint: str
    """The digest of the configuration, the base and the texts; another run's checkpoint is refused."""
    seed: int
    step: int
    seconds: float
    weights: Tensors
    optimizer: dict[int, Tensors]
    """What the optimizer remembers of each weight, by the weight's place."""


def checkpoint_file(directory: Path, seed: int) -> Path:
    """Where the checkpoint of a seed is kept."""
    return directory / f"checkpoint-{seed}.safetensors"


def save_checkpoint(checkpoint: Checkpoint, directory: Path) -> None:
    """Write beside the old one, then take its name in one step; EncoderError when that fails."""
    from safetensors.torch import save_file  # noqa: PLC0415 (imports torch)

    tensors = {f"weights/{name}": tensor for name, tensor in checkpoint.weights.items()}
    for place, group in checkpoint.optimizer.items():
        tensors |= {f"optimizer/{place}/{name}": tensor for name, tensor in group.items()}
    told = {name: str(getattr(checkpoint, name)) for name in ("fingerprint", "seed", "step", "seconds")}
    path = checkpoint_file(directory, checkpoint.seed)
    fresh = directory / f".{path.name}-{uuid4().hex}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        save_file(tensors, fresh, metadata=told)
        fresh.replace(path)
    except (OSError, SafetensorError) as error:
        raise EncoderError(
            f"the checkpoint cannot be written to {directory}: {error}; give another directory"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def load_checkpoint(directory: Path, seed: int, fingerprint: str) -> Checkpoint | None:
    """Where the seed of the same run stood, None when nothing was kept; EncoderError for another run."""
    path = checkpoint_file(directory, seed)
    if not path.is_file():
        return None
    try:
        found = _read(path)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise EncoderError(
            f"{path} is no checkpoint, or is damaged ({error}); delete it and start again"
        ) from error
    if found.fingerprint != fingerprint:
        raise EncoderError(
            f"{path} belongs to a run with another configuration, base or corpus; "
            "give the same ones, or start again without --resume"
        )
    return found


def delete_checkpoint(directory: Path, seed: int) -> None:
    """Remove it once the run is done."""
    checkpoint_file(directory, seed).unlink(missing_ok=True)


def _read(path: Path) -> Checkpoint:
    weights: Tensors = {}
    optimizer: dict[int, Tensors] = {}
    with safe_open(path, framework="pt") as file:
        told = dict(file.metadata())
        for full_name in file.keys():  # noqa: SIM118 (it is no mapping)
            kind, name = full_name.split("/", 1)
            if kind == "weights":
                weights[name] = file.get_tensor(full_name)
            else:
                place, name = name.split("/", 1)
                optimizer.setdefault(int(place), {})[name] = file.get_tensor(full_name)
    return Checkpoint(
        fingerprint=told["fingerprint"],
        seed=int(told["seed"]),
        step=int(told["step"]),
        seconds=float(told["seconds"]),
        weights=weights,
        optimizer=optimizer,
    )
