"""What actors are for, and how alike two of them are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.encoder import FloatArray
from matcher.ragged import Rows
from matcher.role_texts import RoleTexts

_LEAST_NORM = 1e-6


@dataclass(frozen=True, slots=True)
class Missions:
    """The missions of a pool; each actor has one or none.

    Likeness is the cosine of vectors without their `mean` (d,), which is what all missions share and
    most of a raw cosine. `scales` (texts,) are the inverse lengths of what is left, 0 where nothing is.
    """

    said: RoleTexts
    mean: FloatArray
    scales: FloatArray

    def likeness(self, row: int, others: Rows) -> tuple[FloatArray, Rows]:
        """The cosines of an actor's mission with those of others (m,), and which others have one (m,).

        Both are empty when the actor has none, or one that is only what all missions share.
        """
        nothing = np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
        starts, items = self.said.of_actor.starts, self.said.of_actor.items
        mine = items[starts[row] : starts[row + 1]]
        if not len(mine) or not self.scales[mine[0]]:
            return nothing
        having = np.flatnonzero(starts[others + 1] > starts[others])
        texts = items[starts[others[having]]]
        having, texts = having[self.scales[texts] > 0], texts[self.scales[texts] > 0]
        asked = (self.said.vectors[mine[0]] - self.mean) * self.scales[mine[0]]
        return (self.said.vectors[texts] @ asked - self.mean @ asked) * self.scales[texts], having


def build_missions(said: RoleTexts) -> Missions:
    """The missions of a pool, their mean taken over its actors."""
    counts = np.bincount(said.of_actor.items, minlength=len(said.texts)).astype(np.float32)
    mean = np.zeros(said.vectors.shape[1], dtype=np.float32)
    if counts.sum() > 1:
        mean = np.asarray(counts @ said.vectors / counts.sum(), dtype=np.float32)
    return Missions(said, mean, _scales(said.vectors, mean))


def revised_missions(held: Missions, said: RoleTexts) -> Missions:
    """The missions with what a revision added, compared by the mean that was."""
    new = said.vectors[len(held.scales) :]
    return Missions(said, held.mean, np.concatenate([held.scales, _scales(new, held.mean)]))


def _scales(vectors: FloatArray, mean: FloatArray) -> FloatArray:
    norms = np.linalg.norm(vectors - mean, axis=1)
    kept = norms > _LEAST_NORM
    return np.asarray(np.divide(1.0, norms, out=np.zeros_like(norms), where=kept), dtype=np.float32)
