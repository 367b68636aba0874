"""How strongly actors are tied by what they did together, to whom the ties lead, and where they cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags

from matcher.columns import Codes
from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.evaluation.labels import ages, sizes
from matcher.ragged import Rows

HALF_LIFE_DAYS = 720.0
REGION = 4
"""Characters of a NUTS code that name its second level."""
_POPULAR = 0.3
"""The power of an actor's own ties that its chance of being reached is multiplied by."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A way of grouping actors: the group of each (n,), and how often each met every group (n, groups)."""

    group: Codes
    meetings: FloatArray

    def met(self, rows: Rows) -> FloatArray:
        """How often every actor met those of each row's own group (rows, n)."""
        return np.asarray(self.meetings.T[self.group[rows]], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Ties:
    """Chances of a step from an actor to a partner (n, n), later and smaller events more likely.

    `weight` (n,) is the sum of an actor's ties; `circles` are by name.
    """

    steps: csr_matrix
    weight: FloatArray
    circles: Mapping[str, Circle]

    def reached(self, rows: Rows) -> FloatArray:
        """The chance to stand at every actor after two steps, the well tied favoured (rows, n)."""
        twice = np.asarray((self.steps[rows] @ self.steps).toarray(), dtype=np.float32)
        return np.asarray(twice * np.power(self.weight, _POPULAR), dtype=np.float32)


def make_ties(known: Known) -> Ties:
    """The ties of a state."""
    size = sizes(known)
    joint = np.exp2(-ages(known) / HALF_LIFE_DAYS) * (size > 1)
    ties = _together(known, joint / np.sqrt(np.maximum(size, 1)))
    weight = np.maximum(np.asarray(ties.sum(axis=1)).ravel(), 1e-6).astype(np.float32)
    met = _together(known, joint)
    return Ties(
        steps=csr_matrix(diags(1 / weight) @ ties),
        weight=weight,
        circles={name: Circle(codes, _met(met, codes)) for name, codes in _groups(known).items()},
    )


def _together(known: Known, weights: np.ndarray[tuple[int], np.dtype[np.float32]]) -> csr_matrix:
    ties = csr_matrix(known.membership @ diags(weights.astype(np.float32)) @ known.membership.T)
    ties.setdiag(0)
    ties.eliminate_zeros()
    return ties


def _groups(known: Known) -> Mapping[str, Codes]:
    chronicle = known.chronicle
    regions = [f"{a.territory.country}{(a.territory.region or '')[:REGION]}" for a in chronicle.actors]
    sectors = int(chronicle.sector.max(initial=0)) + 1
    return {
        "country": chronicle.country,
        "sector": chronicle.sector,
        "country_sector": chronicle.country * sectors + chronicle.sector,
        "region": np.unique(regions, return_inverse=True)[1].astype(np.int64),
    }


def _met(met: csr_matrix, codes: Codes) -> FloatArray:
    n = len(codes)
    inside = csr_matrix((np.ones(n, dtype=np.float32), (np.arange(n), codes)))
    return np.asarray((met @ inside).toarray(), dtype=np.float32)
