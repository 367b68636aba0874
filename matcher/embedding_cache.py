"""Words to vectors through the store: what was encoded once is never encoded again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from matcher.domain import Role
from matcher.encoder import Encoder, FloatArray
from matcher.store import Store
from matcher.text import Words

CHUNK = 256
"""Texts encoded between two writes: what an interrupted run loses at most."""

Progress = Callable[[int, int], None]


def encode_words(
    store: Store, encoder: Encoder, words: Sequence[Words], on_progress: Progress | None = None
) -> FloatArray:
    """One vector a text (n, dimension), in the order of `words`, from the store where it has them.

    The others, and those that the store holds spoilt, are encoded, each distinct text once, and stored
    chunk by chunk, so that a run that was interrupted resumes where it stopped. After each chunk
    `on_progress` hears how many of the texts to encode are done, and how many there are.
    """
    if not words:
        return np.empty((0, encoder.dimension), dtype=np.float32)
    keys = [item.key for item in words]
    vectors = _sound(store.vectors(encoder.name, list(dict.fromkeys(keys))))
    missing = {key: item for key, item in zip(keys, words, strict=True) if key not in vectors}
    done = 0
    for role, chunk in _chunks(missing):
        rows = encoder.encode([item.text for item in chunk.values()], role)
        encoded = dict(zip(chunk, rows, strict=True))
        store.put_vectors(encoder.name, encoded)
        vectors |= encoded
        done += len(chunk)
        if on_progress is not None:
            on_progress(done, len(missing))
    return np.stack([vectors[key] for key in keys])


def _sound(vectors: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Those that are what an encoder writes: of the length of most, numbers throughout, not all zero."""
    lengths = Counter(len(vector) for vector in vectors.values())
    usual = max(lengths, key=lambda length: lengths[length], default=0)
    return {
        key: vector
        for key, vector in vectors.items()
        if len(vector) == usual and np.isfinite(vector).all() and vector.any()
    }


def _chunks(missing: Mapping[str, Words]) -> Iterator[tuple[Role, dict[str, Words]]]:
    """The texts by role, at most CHUNK at a time."""
    for role in Role:
        keys = [key for key, item in missing.items() if item.role is role]
        for start in range(0, len(keys), CHUNK):
            yield role, {key: missing[key] for key in keys[start : start + CHUNK]}
