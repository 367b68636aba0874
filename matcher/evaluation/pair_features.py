"""A block of queries against others as named numbers, read from what was known before a day.

Each group of features is one family of evidence; an ablation leaves whole groups out. Counts are
standardised over the actors present, so that a model learned on one day reads the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from matcher.encoder import FloatArray
from matcher.evaluation.evidence import Columns, Evidence
from matcher.evaluation.methods import distances
from matcher.evaluation.protocol import Block
from matcher.evaluation.sight import Sight
from matcher.ragged import Rows

REGION_LEVELS = (3, 4, 5)
"""Characters of a NUTS code that name its levels 1, 2 and 3."""
_RARE = 1e-7
"""Added to a chance before its logarithm: less than one of all that are seen."""

Group = Callable[[Sight], Columns]


def measure(
    evidence: Evidence, block: Block, groups: Sequence[str], others: Rows | None = None
) -> FloatArray:
    """Every feature of every pair (queries, others, features), columns as `feature_names` says.

    `others` (queries, k) are the rows that each query is measured against, everyone when None.
    """
    return measure_seen(Sight(evidence, block, others), groups)


def measure_seen(sight: Sight, groups: Sequence[str]) -> FloatArray:
    """The same of what is in sight."""
    columns = [values for group in groups for values in GROUPS[group](sight).values()]
    found = np.empty((*sight.others.shape, len(columns)), dtype=np.float32)
    for at, values in enumerate(columns):
        found[:, :, at] = values
    return found


def feature_names(evidence: Evidence, groups: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns of `measure`, in order."""
    sight = Sight(evidence, Block(np.zeros(1, dtype=np.int64), ("",)))
    return tuple(name for group in groups for name in GROUPS[group](sight))


def group_of(evidence: Evidence, groups: Sequence[str]) -> dict[str, str]:
    """The group that each feature belongs to."""
    return {name: group for group in groups for name in feature_names(evidence, [group])}


def _activity(sight: Sight) -> Columns:
    return {f"other_{name}": values[sight.others] for name, values in sight.evidence.actor.items()}


def _two_sided(sight: Sight) -> Columns:
    """How each side's habits suit the other's, and what the asker's own alone make of the rest."""
    actor, rows = sight.evidence.actor, sight.block.rows
    mine = {name: values[rows, None] for name, values in actor.items()}
    theirs = {name: values[sight.others] for name, values in actor.items()}
    products = {
        f"both_{name}": mine[name] * theirs[name] for name in ("partners", "recency", "consortium_size")
    }
    wide = {f"my_{name}": np.broadcast_to(mine[name], sight.others.shape) for name in ("events", "recency")}
    return products | wide | {"events_apart": np.abs(mine["events"] - theirs["events"])}


def _graph(sight: Sight) -> Columns:
    paths, block = sight.evidence.paths, sight.block
    shared = sight.pick("shared", partial(paths["shared"], block))
    degrees = sight.evidence.known.partner_counts.astype(np.float32)
    either = degrees[block.rows, None] + degrees[sight.others] - shared
    weighted = sight.pick("weighted", partial(paths["weighted"], block))
    strong = sight.pick("strong", partial(paths["strong"], block))
    return {
        "common_neighbours": np.log1p(shared),
        "adamic_adar": np.log1p(weighted),
        "jaccard": np.sqrt(shared / np.maximum(either, 1)),
        "strong_paths": np.log1p(strong),
        "strong_paths_rank": _log_ranks(strong),
        "strong_paths_share": strong / np.maximum(np.sqrt(degrees[sight.others]), 1),
    }


def _walks(sight: Sight) -> Columns:
    """Who is reached through meetings, how much more than those whom everybody reaches."""
    degrees = np.maximum(sight.evidence.known.partner_counts.astype(np.float32), 1)
    columns: dict[str, FloatArray] = {}
    for steps in ("twice", "thrice"):
        chance = sight.pick(steps, partial(sight.walked, steps))
        columns[f"met_{steps}"] = np.log(chance + _RARE)
        columns[f"met_{steps}_lift"] = np.log(chance / degrees[sight.others] + _RARE)
    return columns


def _ties(sight: Sight) -> Columns:
    """Who is reached through the asker's ties, and who often meets those who are where or what it is."""
    ties, rows = sight.evidence.ties, sight.block.rows
    reached = sight.pick("reached", partial(ties.reached, rows))
    columns = {"reached": np.log(reached + _RARE), "reached_rank": _log_ranks(reached)}
    for name, circle in ties.circles.items():
        columns[f"meets_my_{name}"] = np.log1p(sight.pick(f"meets_my_{name}", partial(circle.met, rows)))
    return columns


def _embedding(sight: Sight) -> Columns:
    return {
        f"{name}_cosine": sight.pick(name, partial(np.matmul, vectors[sight.block.rows], vectors.T))
        for name, vectors in sight.evidence.factors.items()
    }


def _text(sight: Sight) -> Columns:
    rows = sight.block.rows
    columns: dict[str, FloatArray] = {}
    for name, view in sight.evidence.views.items():
        cosines = sight.pick(f"{name}_cosine", partial(view.profile_cosines, rows))
        columns[f"{name}_cosine"] = cosines
        columns[f"{name}_rank"] = _log_ranks(cosines)
        columns[f"{name}_nearest"] = sight.pick(f"{name}_nearest", partial(view.nearest_event, rows))
        crowd = sight.pick(f"{name}_crowd", partial(view.crowd, rows))
        columns[f"{name}_crowd"] = np.log1p(crowd)
        columns[f"{name}_crowd_rank"] = _log_ranks(crowd)
    if sight.evidence.walks is not None:
        walks = sight.evidence.walks
        like = sight.pick("like_events", partial(walks.like_events, rows))
        columns["like_events"] = np.log1p(like)
        columns["like_events_rank"] = _log_ranks(like)
    return columns


def _labels(sight: Sight) -> Columns:
    rows = sight.block.rows
    columns: dict[str, FloatArray] = {}
    for kind, view in sight.evidence.labels.items():
        columns[f"{kind}_cosine"] = sight.pick(f"{kind}_cosine", partial(view.cosines, rows))
        meetings = sight.pick(f"{kind}_meetings", partial(view.meetings, rows))
        columns[f"{kind}_meetings"] = np.log(meetings + _RARE)
    return columns


def _need(sight: Sight) -> Columns:
    """What is asked for against what the others have done; 0 when nothing is asked for."""
    needs = sight.block.needs
    columns: dict[str, FloatArray] = {}
    for name, view in sight.evidence.views.items():
        cosines = sight.pick(f"{name}_need", partial(view.need_cosines, needs))
        crowd = sight.pick(f"{name}_need_crowd", partial(view.need_crowd, needs))
        columns[f"{name}_need"] = cosines
        columns[f"{name}_need_rank"] = _log_ranks(cosines)
        columns[f"{name}_need_crowd"] = np.log1p(crowd)
        columns[f"{name}_need_crowd_rank"] = _log_ranks(crowd)
    partners = sight.evidence.known.partners
    columns["worked_together"] = np.log1p(sight.pick("together", partners[sight.block.rows].toarray))
    return columns


def _log_ranks(scores: FloatArray) -> FloatArray:
    """Minus the logarithm of each score's rank among those in sight, so that larger is better."""
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.broadcast_to(np.arange(1, scores.shape[1] + 1), scores.shape)
    ranks = np.empty(scores.shape, dtype=np.float32)
    np.put_along_axis(ranks, order, places.astype(np.float32), axis=1)
    return np.asarray(-np.log(ranks), dtype=np.float32)


def _place(sight: Sight) -> Columns:
    evidence, rows, others = sight.evidence, sight.block.rows, sight.others
    chronicle = evidence.known.chronicle
    kilometres = sight.pick("kilometres", partial(distances, evidence.known, sight.block))
    mine, theirs = chronicle.country[rows][:, None], chronicle.country[others]
    columns: dict[str, FloatArray] = {
        "log_distance": -np.log1p(kilometres),
        "within_50_km": np.exp(-kilometres / 50),
        "same_country": (theirs == mine).astype(np.float32),
        "country_affinity": evidence.country_affinity[mine, theirs],
        "my_partners_country": evidence.partners_countries[rows[:, None], theirs],
        "their_partners_country": evidence.partners_countries[others, mine],
    }
    territories = [actor.territory for actor in chronicle.actors]
    areas = {f"region_{level}": [(t.region or "")[:level] for t in territories] for level in REGION_LEVELS}
    areas["departement"] = [t.departement or "" for t in territories]
    areas["epci"] = [t.epci or "" for t in territories]
    for name, of_actor in areas.items():
        codes = np.unique(of_actor, return_inverse=True)[1]
        placed = np.array([bool(area) for area in of_actor])
        same = (codes[others] == codes[rows][:, None]) & placed[others]
        columns[f"same_{name}"] = same.astype(np.float32)
    return columns


def _sectors(sight: Sight) -> Columns:
    """One flag a pair of sectors, whichever way round."""
    sector = sight.evidence.known.chronicle.sector
    names = {int(c): a.sector for c, a in zip(sector, sight.evidence.known.chronicle.actors, strict=True)}
    mine, theirs = sector[sight.block.rows][:, None], sector[sight.others]
    return {
        f"{names[a]} asks {names[b]}": ((mine == a) & (theirs == b)).astype(np.float32)
        for a in sorted(names)
        for b in sorted(names)
        if a != b
    }


def _mix(sight: Sight) -> Columns:
    """How much of each side's past company was of the other's sector."""
    sector, shares = sight.evidence.known.chronicle.sector, sight.evidence.partners_sectors
    rows, others = sight.block.rows, sight.others
    return {
        "my_partners_sector": shares[rows[:, None], sector[others]],
        "their_partners_sector": shares[others, sector[rows][:, None]],
    }


GROUPS: Mapping[str, Group] = {
    "activity": _activity,
    "two-sided": _two_sided,
    "graph": _graph,
    "walks": _walks,
    "ties": _ties,
    "factorisation": _embedding,
    "text": _text,
    "labels": _labels,
    "place": _place,
    "sectors": _sectors,
    "sector mix": _mix,
    "need": _need,
}
"""Families of evidence on a pair, in the order of columns."""
PAIR_GROUPS = tuple(name for name in GROUPS if name != "need")
"""The groups of the task that asks for nothing in particular."""
