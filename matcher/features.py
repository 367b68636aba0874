"""Pairs to named numbers: one small function a feature, one ordered table.

Every feature is symmetric, or comes with its mirror image, so that a pair scores the same seen from
either side. Values lie in 0..1 (a penalty's in 0..1 too, its weight is negative); a silent profile
yields 0, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.candidates import distances_km
from matcher.columns import UNKNOWN, Codes
from matcher.complementarity import Complementarity, TextTable, csls
from matcher.encoder import FloatArray
from matcher.history import History
from matcher.pool import Pool
from matcher.ragged import Rows, distinct, largest_by_list, places

PROXIMITY_KM = 25.0
"""The distance over which proximity falls from 1 to 0.37: about the width of a bassin de vie."""
FRESHNESS_DAYS = 540.0
MISSION_MIDPOINT, MISSION_SLOPE = 0.25, 0.12


@dataclass(frozen=True, slots=True)
class Pairs:
    """One actor against others, and what measuring them needs."""

    pool: Pool
    history: History
    today: date
    row: int
    others: Rows
    need_met: FloatArray
    """Strength of my needs' best answer by each other's skills (others,)."""
    skill_wanted: FloatArray
    """Strength of the best answer by my skills to each other's needs (others,)."""
    distance_km: FloatArray


Feature = Callable[[Pairs], NDArray[np.floating]]


def make_pairs(pool: Pool, history: History, today: date, row: int, others: Rows) -> Pairs:
    """The pairs of one actor with others, both directions of need and skill compared."""
    met, wanted = both_directions(pool.complementarity, row, others)
    return Pairs(pool, history, today, row, others, met, wanted, distances_km(pool, row, others))


def measure(pairs: Pairs) -> FloatArray:
    """Every feature of FEATURES for every pair, float32 (others, features)."""
    columns = [function(pairs) for function in FEATURES.values()]
    return np.column_stack(columns).astype(np.float32).reshape(len(pairs.others), len(FEATURES))


def both_directions(what: Complementarity, row: int, others: Rows) -> tuple[FloatArray, FloatArray]:
    """How strongly each other's skills answer my needs, and mine theirs; two arrays (others,)."""
    return (
        _best(what, what.needs, what.needs.of_actor.of(row), what.skills, others),
        _best(what, what.skills, what.skills.of_actor.of(row), what.needs, others),
    )


def _best(
    what: Complementarity, mine: TextTable, my_texts: Rows, theirs: TextTable, others: Rows
) -> FloatArray:
    gathered = theirs.of_actor.gather(others)
    if not len(my_texts) or not len(gathered.items):
        return np.zeros(len(others), dtype=np.float32)
    texts = distinct(gathered.items, len(theirs.texts))
    back = places(gathered.items, texts, len(theirs.texts))
    s = csls(mine.vectors[my_texts], theirs.vectors[texts], mine.hubness[my_texts], theirs.hubness[texts])
    return largest_by_list(what.strength(s.max(axis=0))[back], gathered.starts)


def need_met(pairs: Pairs) -> NDArray[np.floating]:
    """My needs answered by their skills."""
    return pairs.need_met


def skill_wanted(pairs: Pairs) -> NDArray[np.floating]:
    """Their needs answered by my skills."""
    return pairs.skill_wanted


def reciprocity(pairs: Pairs) -> NDArray[np.floating]:
    """Harmonic mean of both directions: 0 as soon as one is (RECON; Pizzato et al., RecSys 2010)."""
    total = pairs.need_met + pairs.skill_wanted
    product = 2 * pairs.need_met * pairs.skill_wanted
    return np.divide(product, total, out=np.zeros_like(product), where=total > 0)


def mission(pairs: Pairs) -> NDArray[np.floating]:
    """Likeness of missions; kept apart from complementarity, for like does not meet like."""
    likeness = np.zeros(len(pairs.others), dtype=np.float32)
    cosines, having = pairs.pool.missions.likeness(pairs.row, pairs.others)
    likeness[having] = 1 / (1 + np.exp(-(cosines - MISSION_MIDPOINT) / MISSION_SLOPE))
    return likeness


def shared_themes(pairs: Pairs) -> NDArray[np.floating]:
    """Jaccard index of WALDEC themes."""
    return _jaccard(pairs.pool.columns.themes, pairs)


def shared_sdgs(pairs: Pairs) -> NDArray[np.floating]:
    """Jaccard index of Sustainable Development Goals."""
    return _jaccard(pairs.pool.columns.sdgs, pairs)


def proximity(pairs: Pairs) -> NDArray[np.floating]:
    """1 at the same place, 0.37 at PROXIMITY_KM, 0 where a place is unknown."""
    return np.nan_to_num(np.exp(-pairs.distance_km / PROXIMITY_KM), nan=0.0)


def same_epci(pairs: Pairs) -> NDArray[np.floating]:
    """Whether both are in one EPCI."""
    return _same(pairs.pool.columns.epci, pairs)


def same_departement(pairs: Pairs) -> NDArray[np.floating]:
    """Whether both are in one département."""
    return _same(pairs.pool.columns.departement, pairs)


def same_region(pairs: Pairs) -> NDArray[np.floating]:
    """Whether both are in one région."""
    return _same(pairs.pool.columns.region, pairs)


def beyond_radius(pairs: Pairs) -> NDArray[np.floating]:
    """How far the distance exceeds the larger radius of action: 0 within, 1 at twice that radius."""
    radii = pairs.pool.columns.radius_km
    theirs, mine = radii[pairs.others], radii[pairs.row]
    reach = np.maximum(np.fmax(theirs, mine), 1.0)
    return np.nan_to_num(np.clip(pairs.distance_km / reach - 1, 0.0, 1.0), nan=0.0)


def cross_sector(pairs: Pairs) -> NDArray[np.floating]:
    """Whether the two are of different sectors: what an alliance of territory is about."""
    sector = pairs.pool.columns.sector
    return (sector[pairs.others] != sector[pairs.row]).astype(np.float32)


def cross_register(pairs: Pairs) -> NDArray[np.floating]:
    """Whether the two speak different languages, so that they rarely meet without a catalyst."""
    register = pairs.pool.columns.register
    return (register[pairs.others] != register[pairs.row]).astype(np.float32)


def stage(pairs: Pairs) -> NDArray[np.floating]:
    """1 at the same stage, less by a third a step, 0 where one is unknown."""
    stages = pairs.pool.columns.stage
    theirs, mine = stages[pairs.others], stages[pairs.row]
    known = (theirs != UNKNOWN) & (mine != UNKNOWN)
    return np.where(known, 1 - np.abs(theirs - mine) / 3, 0.0)


def shared_partners(pairs: Pairs) -> NDArray[np.floating]:
    """Past partners in common, saturating: 0, 0.5 with one, 0.75 with three."""
    shared = pairs.history.shared_partners(pairs.row)[pairs.others]
    return shared / (shared + 1)


def popularity(pairs: Pairs) -> NDArray[np.floating]:
    """How allied both already are, saturating; the weaker of the two counts."""
    counts = pairs.history.partner_counts()
    fewer = np.minimum(counts[pairs.others], counts[pairs.row])
    return fewer / (fewer + 5)


def freshness(pairs: Pairs) -> NDArray[np.floating]:
    """1 when both profiles were updated today, fading with the older one; 0 where one is undated."""
    updated = pairs.pool.columns.updated
    older = np.minimum(updated[pairs.others], updated[pairs.row])
    age = np.maximum(pairs.today.toordinal() - older, 0)
    return np.where(older == UNKNOWN, 0.0, np.exp(-age / FRESHNESS_DAYS))


def _same(codes: Codes, pairs: Pairs) -> NDArray[np.floating]:
    mine = codes[pairs.row]
    return ((codes[pairs.others] == mine) & (mine != UNKNOWN)).astype(np.float32)


def _jaccard(flags: NDArray[np.bool_], pairs: Pairs) -> NDArray[np.floating]:
    theirs, mine = flags[pairs.others], flags[pairs.row]
    both = (theirs & mine).sum(axis=1)
    either = (theirs | mine).sum(axis=1)
    return np.divide(both, either, out=np.zeros(len(both)), where=either > 0)


FEATURES: Mapping[str, Feature] = {
    function.__name__: function
    for function in (
        need_met,
        skill_wanted,
        reciprocity,
        mission,
        shared_themes,
        shared_sdgs,
        proximity,
        same_epci,
        same_departement,
        same_region,
        beyond_radius,
        cross_sector,
        cross_register,
        stage,
        shared_partners,
        popularity,
        freshness,
    )
}
"""The features in their order; the first two mirror each other, the others are symmetric."""
