"""Small changes to the weights of an encoder: what training yields, as plain arrays.

A layer's weight W becomes W + (alpha / rank) · up · down (LoRA; Hu et al., ICLR 2022).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Role
from matcher.errors import EncoderError

SHIPPED = "polyglot-fr-6"


@dataclass(frozen=True, slots=True)
class LowRank:
    """The change to one layer: `down` (rank, inputs) then `up` (outputs, rank)."""

    down: NDArray[np.floating]
    up: NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class AdapterCard:
    """What an adapter fits and where it comes from."""

    base: str
    """The digest of the weights that it was trained on; it means nothing on others."""
    rank: int
    alpha: int
    prefixes: Mapping[Role, str]
    """What is written before a text of each role."""
    data: str
    """The digest of the training texts."""
    seeds: tuple[int, ...]

    @property
    def scaling(self) -> float:
        """What each change is multiplied by."""
        return self.alpha / self.rank


@dataclass(frozen=True, slots=True)
class Adapter:
    """The changes by the name of their layer."""

    card: AdapterCard
    layers: Mapping[str, LowRank]


def averaged(adapters: Sequence[Adapter]) -> Adapter:
    """The adapter whose changes are the exact mean of those given; its rank is the sum of theirs.

    EncoderError when they do not fit the same encoder alike. The mean of several runs, on the same texts or
    not, is steadier than any of them (model soups; Wortsman et al., ICML 2022).
    """
    first, count = adapters[0], len(adapters)
    cards = [adapter.card for adapter in adapters]
    if len({(card.base, card.scaling, tuple(sorted(card.prefixes.items()))) for card in cards}) > 1:
        raise EncoderError(
            "adapters of different bases, prefixes or alpha / rank cannot be averaged; train them alike"
        )
    if any(adapter.layers.keys() != first.layers.keys() for adapter in adapters):
        raise EncoderError("adapters of different layers cannot be averaged; train them alike")
    layers = {
        name: LowRank(
            np.concatenate([adapter.layers[name].down for adapter in adapters], axis=0),
            np.concatenate([adapter.layers[name].up for adapter in adapters], axis=1) / count,
        )
        for name in first.layers
    }
    card = replace(
        first.card,
        rank=sum(card.rank for card in cards),
        alpha=sum(card.alpha for card in cards),
        data=_data_of(cards),
        seeds=tuple(seed for card in cards for seed in card.seeds),
    )
    return Adapter(card, layers)


def _data_of(cards: Sequence[AdapterCard]) -> str:
    """The digest that all share, else the digest of theirs."""
    distinct = sorted({card.data for card in cards})
    return distinct[0] if len(distinct) == 1 else hashlib.sha256("\n".join(distinct).encode()).hexdigest()


def models_directory() -> Path:
    """The directory of the models that ship: inside the installed package, else in the source tree."""
    installed = Path(__file__).parent / "_data" / "models"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "models"


def shipped_adapter() -> Path | None:
    """The adapter that ships with Maillon, or None where it is missing."""
    directory = models_directory() / SHIPPED
    return directory if directory.is_dir() else None
