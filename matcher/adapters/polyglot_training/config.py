"""Every number that training depends on, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from matcher.domain import Role


class Directions(StrEnum):
    """Which rankings the loss asks for."""

    FORWARD = "forward"
    """Each need ranks the skills and wrong answers of the batch."""
    BOTH = "both"
    """Each skill ranks the needs of the batch too."""
    ALL = "all"
    """One softmax over the other needs and the other skills as well."""


def _prefixes() -> dict[Role, str]:
    return {Role.NEED: "query: ", Role.SKILL: "passage: ", Role.MISSION: "query: "}


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How an encoder is trained; the defaults were chosen on the validation part (decision 3)."""

    seeds: tuple[int, ...] = (1, 2)
    """One run a seed; the adapter is the mean of their changes."""
    prefixes: Mapping[Role, str] = field(default_factory=_prefixes)
    rank: int = 32
    alpha: int = 64
    """Changes are multiplied by alpha / rank."""
    layers: tuple[str, ...] = ("query", "key", "value", "dense")
    """The ends of the names of the linear layers that change."""
    depth: int | None = 6
    """How many of the last layers change; each text then goes through those below only once. None: all."""
    epochs: int = 4
    batch_entries: int = 32
    """Needs a batch, each with one skill and `negatives` wrong answers."""
    negatives: int = 2
    competitor_needs: bool = False
    """Whether a competitor's text also stands as a need that the same skills answer."""
    learning_rate: float = 1e-3
    warmup: float = 0.1
    """The share of steps over which the learning rate rises; it then falls to zero."""
    weight_decay: float = 0.01
    scale: float = 20.0
    """One over the temperature of the softmax."""
    directions: Directions = Directions.BOTH
    pairwise: float = 5.0
    """Weight of the term that puts right pairs of a batch above all tempting wrong ones."""
    anchor: float = 0.5
    """Weight of the term that keeps cosines between needs, and between skills, in proportion to those of the
    untouched encoder."""
    token_dropout: float = 0.1
    """The share of tokens hidden from each text, drawn anew each time."""
    max_tokens: int = 128
    chunk: int = 16
    """Texts of similar length that go through the encoder together."""
    bfloat16: bool = True
    """Products and frozen layers in bfloat16, trained weights in float32; slow on processors without it."""
    device: str = "cpu"
    full: bool = False
    """Change every weight instead of adding an adapter (a GPU's work; lower the learning rate)."""


@dataclass(frozen=True, slots=True)
class Base:
    """The encoder to start from: a SentenceTransformer directory and the digest of its weights."""

    directory: Path
    digest: str
