"""A block of queries against every actor as named numbers, read from what was known before a day.

Each group of features is one family of evidence; an ablation leaves whole groups out. Counts are
standardised over the actors present, so that a model learned on one day reads the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.stats import rankdata

from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.evaluation.methods import adamic_adar, common_neighbours, distances
from matcher.evaluation.protocol import Block, BlockScorer
from matcher.evaluation.texts import TextView
from matcher.pool import Flags

HALF_LIFE_DAYS = 365.0
REGION_LEVELS = (3, 4, 5)
"""Characters of a NUTS code that name its levels 1, 2 and 3."""

Columns = Mapping[str, FloatArray]
Group = Callable[["Evidence", Block], Columns]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that features read: a state, its texts in several views, its factors (n, d) by name."""

    known: Known
    views: Mapping[str, TextView]
    factors: Mapping[str, FloatArray]
    actor: Columns
    """One standardised number an actor (n,) by name."""
    country_affinity: FloatArray
    """How much more than by chance the countries of two actors ally: log ratio (countries, countries)."""
    partners_countries: FloatArray
    """The share of each actor's partners in each country (n, countries)."""
    paths: Mapping[str, BlockScorer]
    """What leads from one actor to another through those between them, by name."""


def make_evidence(known: Known, views: Mapping[str, TextView], factors: Mapping[str, FloatArray]) -> Evidence:
    """The evidence of a state; factors are made unit vectors."""
    unit = {name: _unit(rows) for name, rows in factors.items()}
    return Evidence(
        known=known,
        views=views,
        factors=unit,
        actor=_actor_numbers(known),
        country_affinity=_affinity(known),
        partners_countries=_partners_countries(known),
        paths={
            "shared": common_neighbours(known),
            "weighted": adamic_adar(known),
            "strong": _strong_paths(known),
        },
    )


def measure(evidence: Evidence, block: Block, groups: Sequence[str]) -> FloatArray:
    """Every feature of every pair (queries, n, features), columns as `feature_names` says."""
    columns = [values for group in groups for values in GROUPS[group](evidence, block).values()]
    shape = (len(block.rows), len(evidence.known.chronicle.actors))
    return np.stack([np.broadcast_to(column, shape) for column in columns], axis=2).astype(np.float32)


def feature_names(evidence: Evidence, groups: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns of `measure`, in order."""
    block = Block(np.zeros(1, dtype=np.int64), ("",))
    return tuple(name for group in groups for name in GROUPS[group](evidence, block))


def group_of(evidence: Evidence, groups: Sequence[str]) -> dict[str, str]:
    """The group that each feature belongs to."""
    return {name: group for group in groups for name in feature_names(evidence, [group])}


def _actor_numbers(known: Known) -> Columns:
    """What is known of each actor alone: how much, how lately, in what company."""
    days = np.array([(known.before - event.day).days for event in known.events], dtype=np.float32)
    recent = known.membership @ np.exp2(-days / HALF_LIFE_DAYS)
    last_year = known.membership @ (days <= 365).astype(np.float32)
    last_quarter = known.membership @ (days <= 120).astype(np.float32)
    sizes = np.asarray(known.membership.sum(axis=0)).ravel()
    counts = known.event_counts
    leads = np.zeros(len(counts))
    for event in known.events:
        row = known.chronicle.rows.get(event.members[0])
        if row is not None and len(event.members) > 1:
            leads[row] += 1
    numbers = {
        "events": np.log1p(counts),
        "partners": np.log1p(known.partner_counts),
        "recency": np.log1p(recent),
        "last_year": np.log1p(last_year),
        "last_quarter": np.log1p(last_quarter),
        "momentum": last_year / np.maximum(counts, 1),
        "consortium_size": np.log1p(known.membership @ sizes / np.maximum(counts, 1)),
        "leads": np.log1p(leads),
    }
    return {name: _standardised(values, known.present) for name, values in numbers.items()}


def _standardised(values: FloatArray, present: Flags) -> FloatArray:
    held = values[present]
    deviation = float(held.std()) if len(held) else 0.0
    middle = float(held.mean()) if len(held) else 0.0
    return np.asarray((values - middle) / (deviation or 1.0), dtype=np.float32)


def _affinity(known: Known) -> FloatArray:
    country = known.chronicle.country
    coo = known.partners.tocoo()
    size = int(country.max(initial=-1)) + 1
    seen = np.zeros((size, size))
    np.add.at(seen, (country[coo.row], country[coo.col]), coo.data)
    margins = seen.sum(axis=1)
    expected = np.outer(margins, margins) / max(margins.sum(), 1.0)
    return np.asarray(np.log((seen + 5) / (expected + 5)), dtype=np.float32)


def _partners_countries(known: Known) -> FloatArray:
    country = known.chronicle.country
    n = len(country)
    at_home = csr_matrix((np.ones(n, dtype=np.float32), (np.arange(n), country)))
    sums = np.asarray((known.partners @ at_home).toarray(), dtype=np.float32)
    totals = sums.sum(axis=1, keepdims=True)
    return np.asarray(sums / np.where(totals > 0, totals, 1), dtype=np.float32)


def _unit(rows: FloatArray) -> FloatArray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 1e-9, norms, 1.0), dtype=np.float32)


def _activity(evidence: Evidence, _block: Block) -> Columns:
    return {f"other_{name}": values[None, :] for name, values in evidence.actor.items()}


def _two_sided(evidence: Evidence, block: Block) -> Columns:
    """How each side's habits suit the other's; what is the asker's alone orders nobody."""
    mine = {name: values[block.rows, None] for name, values in evidence.actor.items()}
    theirs = {name: values[None, :] for name, values in evidence.actor.items()}
    products = {
        f"both_{name}": mine[name] * theirs[name] for name in ("partners", "recency", "consortium_size")
    }
    return products | {"events_apart": np.abs(mine["events"] - theirs["events"])}


def _graph(evidence: Evidence, block: Block) -> Columns:
    known = evidence.known
    shared = evidence.paths["shared"](block)
    degrees = known.partner_counts.astype(np.float32)
    either = degrees[block.rows, None] + degrees[None, :] - shared
    return {
        "common_neighbours": np.log1p(shared),
        "adamic_adar": np.log1p(evidence.paths["weighted"](block)),
        "any_shared_partner": (shared > 0).astype(np.float32),
        "jaccard": np.sqrt(shared / np.maximum(either, 1)),
        "strong_paths": np.log1p(evidence.paths["strong"](block)),
    }


def _strong_paths(known: Known) -> BlockScorer:
    """Shared partners, worth more the later and the smaller the company in which they were met."""
    days = np.array([(known.before - event.day).days for event in known.events], dtype=np.float32)
    sizes = np.asarray(known.membership.sum(axis=0)).ravel()
    weights = np.exp2(-days / (2 * HALF_LIFE_DAYS)) / np.maximum(sizes, 1)
    ties = csr_matrix(known.membership @ diags(weights.astype(np.float32)) @ known.membership.T)
    ties.setdiag(0)
    ties.eliminate_zeros()
    return lambda block: np.asarray((ties[block.rows] @ ties).toarray(), dtype=np.float32)


def _embedding(evidence: Evidence, block: Block) -> Columns:
    return {f"{name}_cosine": vectors[block.rows] @ vectors.T for name, vectors in evidence.factors.items()}


def _text(evidence: Evidence, block: Block) -> Columns:
    columns: dict[str, FloatArray] = {}
    for name, view in evidence.views.items():
        cosines = view.profile_cosines(block.rows)
        columns[f"{name}_cosine"] = cosines
        columns[f"{name}_rank"] = _log_ranks(cosines, evidence.known.present)
        columns[f"{name}_nearest"] = view.nearest_event(block.rows)
    return columns


def _need(evidence: Evidence, block: Block) -> Columns:
    """What is asked for against what the others have done; 0 when nothing is asked for."""
    columns: dict[str, FloatArray] = {}
    for name, view in evidence.views.items():
        cosines = view.need_cosines(block.needs)
        columns[f"{name}_need"] = cosines
        columns[f"{name}_need_rank"] = _log_ranks(cosines, evidence.known.present)
    return columns


def _log_ranks(scores: FloatArray, present: Flags) -> FloatArray:
    """Minus the logarithm of each score's rank among those present, so that larger is better."""
    found = np.zeros(scores.shape, dtype=np.float32)
    ranks = rankdata(-scores[:, present], axis=1)
    found[:, present] = -np.log(ranks)
    return found


def _place(evidence: Evidence, block: Block) -> Columns:
    chronicle = evidence.known.chronicle
    kilometres = distances(evidence.known, block)
    country = chronicle.country
    regions = [actor.territory.region or "" for actor in chronicle.actors]
    columns: dict[str, FloatArray] = {
        "log_distance": -np.log1p(kilometres),
        "within_50_km": np.exp(-kilometres / 50),
        "same_country": (country[None, :] == country[block.rows][:, None]).astype(np.float32),
        "country_affinity": evidence.country_affinity[country[block.rows]][:, country],
        "my_partners_country": evidence.partners_countries[block.rows][:, country],
        "their_partners_country": evidence.partners_countries[:, country[block.rows]].T,
    }
    for level in REGION_LEVELS:
        names = np.array([r[:level] if len(r) >= level else "" for r in regions])
        mine = names[block.rows][:, None]
        columns[f"same_region_{level}"] = ((names[None, :] == mine) & (mine != "")).astype(np.float32)
    return columns


def _sectors(evidence: Evidence, block: Block) -> Columns:
    """One flag a pair of sectors, whichever way round."""
    sector = evidence.known.chronicle.sector
    names = {int(c): a.sector for c, a in zip(sector, evidence.known.chronicle.actors, strict=True)}
    mine, theirs = sector[block.rows][:, None], sector[None, :]
    codes = sorted(names)
    return {
        f"{names[a]} asks {names[b]}": ((mine == a) & (theirs == b)).astype(np.float32)
        for a in codes
        for b in codes
        if a != b
    }


GROUPS: Mapping[str, Group] = {
    "activity": _activity,
    "two-sided": _two_sided,
    "graph": _graph,
    "factorisation": _embedding,
    "text": _text,
    "place": _place,
    "sectors": _sectors,
    "need": _need,
}
"""Families of evidence on a pair, in the order of columns."""
PAIR_GROUPS = tuple(name for name in GROUPS if name != "need")
"""The groups of the task that asks for nothing in particular."""
