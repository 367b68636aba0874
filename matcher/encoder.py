"""Words to vectors: the Encoder protocol, and a deterministic reference that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.domain import Role
from matcher.territory import fold

FloatArray = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """What identifies the weights and settings; vectors of one name may be compared."""

    @property
    def dimension(self) -> int:
        """The number of columns of what `encode` returns."""

    def encode(self, texts: Sequence[str], role: Role) -> FloatArray:
        """One float32 row of L2 norm 1 a text (n, dimension); the same text gives the same row."""


class HashingEncoder:
    """Character 3-5-grams hashed to a few hundred signed columns: the reference encoder.

    It knows no synonyms; tests and offline fall-backs use it because it loads in no time.
    """

    def __init__(self, dimension: int = 256) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        return f"hashing-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str], role: Role) -> FloatArray:  # noqa: ARG002
        """One float32 row of L2 norm 1 a text (n, dimension); the role changes nothing."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for gram in _grams(f" {fold(text)} "):
                digest = hashlib.blake2b(gram.encode(), digest_size=8).digest()
                column = int.from_bytes(digest[:4], "little") % self._dimension
                vectors[row, column] += 1.0 if digest[4] & 1 else -1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[norms[:, 0] == 0, 0] = 1.0
        return np.asarray(vectors / np.where(norms == 0, 1.0, norms), dtype=np.float32)


def _grams(text: str) -> list[str]:
    return [text[i : i + n] for n in (3, 4, 5) for i in range(len(text) - n + 1)]
