"""Plain methods that every claim must beat, as scorers of whole blocks of queries."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.stats import rankdata

from matcher.columns import Flags
from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.evaluation.protocol import Block, BlockScorer
from matcher.evaluation.texts import TextView
from matcher.territory import EARTH_RADIUS_KM

FUSION_CONSTANT = 60
FAR_KM = EARTH_RADIUS_KM * pi
NEAR_KM = 100.0


def random_scores(known: Known, seed: int) -> BlockScorer:
    """Random numbers, the same for the same query."""

    def score(block: Block) -> FloatArray:
        n = len(known.chronicle.actors)
        rows = [np.random.default_rng((seed, int(row))).random(n, dtype=np.float32) for row in block.rows]
        return np.array(rows, dtype=np.float32)

    return score


def same_for_all(values: FloatArray) -> BlockScorer:
    """One number an actor (n,), whoever asks."""

    def score(block: Block) -> FloatArray:
        return np.broadcast_to(values, (len(block.rows), len(values)))

    return score


def popularity(known: Known) -> FloatArray:
    """How many events each actor took part in (n,)."""
    return known.event_counts.astype(np.float32)


def distances(known: Known, block: Block) -> FloatArray:
    """Great-circle kilometres (queries, n); half the Earth's girth where a place is unknown."""
    places = [actor.territory for actor in known.chronicle.actors]
    lat = np.radians(np.array([np.nan if p.lat is None else p.lat for p in places], dtype=np.float32))
    lon = np.radians(np.array([np.nan if p.lon is None else p.lon for p in places], dtype=np.float32))
    lat_0, lon_0 = lat[block.rows, None], lon[block.rows, None]
    half = np.sin((lat - lat_0) / 2) ** 2 + np.cos(lat_0) * np.cos(lat) * np.sin((lon - lon_0) / 2) ** 2
    kilometres = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return np.asarray(np.nan_to_num(kilometres, nan=FAR_KM), dtype=np.float32)


def geography(known: Known) -> BlockScorer:
    """The nearer the better, 1 at no distance."""

    def score(block: Block) -> FloatArray:
        return np.asarray(1 / (1 + distances(known, block) / NEAR_KM), dtype=np.float32)

    return score


def text_cosine(view: TextView) -> BlockScorer:
    """The cosine of profiles; with a need, the mean of need against profile and profile against profile."""

    def score(block: Block) -> FloatArray:
        profiles = view.profile_cosines(block.rows)
        if not any(block.needs):
            return profiles
        return np.asarray(view.need_cosines(block.needs) + profiles, dtype=np.float32)

    return score


def need_cosine(view: TextView) -> BlockScorer:
    """The cosine of the need alone to each profile."""
    return lambda block: view.need_cosines(block.needs)


def common_neighbours(known: Known) -> BlockScorer:
    """How many past partners two actors share."""
    return _through_partners(known, np.ones(len(known.chronicle.actors)))


def adamic_adar(known: Known) -> BlockScorer:
    """Shared past partners, each worth less the more partners it has."""
    degrees = known.partner_counts
    return _through_partners(known, 1 / np.log(np.maximum(degrees, 2)))


def _through_partners(known: Known, weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> BlockScorer:
    binary = csr_matrix(known.partners, copy=True)
    binary.data[:] = 1.0
    weighted = csr_matrix(binary @ diags(weights.astype(np.float32)))

    def score(block: Block) -> FloatArray:
        return np.asarray((weighted[block.rows] @ binary).toarray(), dtype=np.float32)

    return score


def factors(left: FloatArray, right: FloatArray) -> BlockScorer:
    """The inner product of two vectors an actor (n, d)."""
    return lambda block: np.asarray(left[block.rows] @ right.T, dtype=np.float32)


def times(scorer: BlockScorer, values: FloatArray) -> BlockScorer:
    """A scorer's numbers times one an actor (n,)."""
    return lambda block: np.asarray(scorer(block) * values, dtype=np.float32)


def fused(scorers: Sequence[BlockScorer], present: Flags) -> BlockScorer:
    """Reciprocal-rank fusion of several orders of the actors present."""

    def score(block: Block) -> FloatArray:
        total = np.zeros((len(block.rows), len(present)), dtype=np.float32)
        for scorer in scorers:
            ranks = rankdata(-scorer(block)[:, present], axis=1)
            total[:, present] += (1 / (FUSION_CONSTANT + ranks)).astype(np.float32)
        return total

    return score
