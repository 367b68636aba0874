"""All that the features of pairs are read from, made from what was known before a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags

from matcher.columns import Flags
from matcher.encoder import FloatArray
from matcher.evaluation.chronicle import Known
from matcher.evaluation.labels import SEASON_DAYS, LabelView, ages, label_views, sizes
from matcher.evaluation.methods import adamic_adar, common_neighbours
from matcher.evaluation.protocol import BlockScorer
from matcher.evaluation.texts import TextView
from matcher.evaluation.ties import Ties, make_ties
from matcher.evaluation.walks import Walks, make_walks

HALF_LIFE_DAYS = 365.0
Columns = Mapping[str, FloatArray]


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
    partners_sectors: FloatArray
    """The share of each actor's partners in each sector (n, sectors)."""
    paths: Mapping[str, BlockScorer]
    """What leads from one actor to another through those between them, by name."""
    labels: Mapping[str, LabelView]
    walks: Walks | None
    """None where nothing was said."""
    ties: Ties


def make_evidence(known: Known, views: Mapping[str, TextView], factors: Mapping[str, FloatArray]) -> Evidence:
    """The evidence of a state; factors are made unit vectors."""
    unit = {name: _unit(rows) for name, rows in factors.items()}
    chronicle = known.chronicle
    return Evidence(
        known=known,
        views=views,
        factors=unit,
        actor=_actor_numbers(known),
        country_affinity=_affinity(known),
        partners_countries=_partners_in(known, chronicle.country),
        partners_sectors=_partners_in(known, chronicle.sector),
        paths={
            "shared": common_neighbours(known),
            "weighted": adamic_adar(known),
            "strong": _strong_paths(known),
        },
        labels=label_views(known),
        walks=make_walks(known, _like(views).events) if views else None,
        ties=make_ties(known),
    )


def _like(views: Mapping[str, TextView]) -> TextView:
    """The view that says which events are alike."""
    return views.get("latent", next(iter(views.values())))


def _actor_numbers(known: Known) -> Columns:
    """What is known of each actor alone: how much, how lately, in what company."""
    days, size = ages(known), sizes(known)
    fresh, others = np.exp2(-days / HALF_LIFE_DAYS), np.maximum(size - 1, 0)
    counts = known.event_counts
    season = (days <= 365) & (days > 365 - SEASON_DAYS)
    last_year = known.membership @ (days <= 365).astype(np.float32)
    numbers = {
        "events": np.log1p(counts),
        "partners": np.log1p(known.partner_counts),
        "recency": np.log1p(known.membership @ fresh),
        "last_year": np.log1p(last_year),
        "last_quarter": np.log1p(known.membership @ (days <= 120).astype(np.float32)),
        "momentum": last_year / np.maximum(counts, 1),
        "consortium_size": np.log1p(known.membership @ size / np.maximum(counts, 1)),
        "leads": np.log1p(_leads(known)),
        "fresh_meetings": np.log1p(known.membership @ (fresh * others)),
        "season_meetings": np.log1p(known.membership @ (season * others)),
        "joint_share": known.membership @ (size > 1).astype(np.float32) / np.maximum(counts, 1),
    }
    return {name: _standardised(values, known.present) for name, values in numbers.items()}


def _leads(known: Known) -> FloatArray:
    leads = np.zeros(len(known.chronicle.actors), dtype=np.float32)
    for event in known.events:
        row = known.chronicle.rows.get(event.members[0])
        if row is not None and len(event.members) > 1:
            leads[row] += 1
    return leads


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


def _partners_in(known: Known, codes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
    n = len(codes)
    inside = csr_matrix((np.ones(n, dtype=np.float32), (np.arange(n), codes)))
    sums = np.asarray((known.partners @ inside).toarray(), dtype=np.float32)
    totals = sums.sum(axis=1, keepdims=True)
    return np.asarray(sums / np.where(totals > 0, totals, 1), dtype=np.float32)


def _unit(rows: FloatArray) -> FloatArray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 1e-9, norms, 1.0), dtype=np.float32)


def _strong_paths(known: Known) -> BlockScorer:
    """Shared partners, worth more the later and the smaller the company in which they were met."""
    weights = np.exp2(-ages(known) / (2 * HALF_LIFE_DAYS)) / np.maximum(sizes(known), 1)
    ties = csr_matrix(known.membership @ diags(weights.astype(np.float32)) @ known.membership.T)
    ties.setdiag(0)
    ties.eliminate_zeros()
    return lambda block: np.asarray((ties[block.rows] @ ties).toarray(), dtype=np.float32)
