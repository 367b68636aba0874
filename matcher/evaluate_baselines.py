"""The plain methods of an evaluation by name, with the untrained scorer of the product beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

from matcher.adapters.factorisation import svd_factors
from matcher.candidates import distances_km
from matcher.complementarity import Complementarity, ComplementarityConfig, TextTable, csls
from matcher.encoder import FloatArray
from matcher.evaluation import methods
from matcher.evaluation.chronicle import Known
from matcher.evaluation.evidence import Evidence
from matcher.evaluation.methods import same_for_all, text_cosine, times
from matcher.evaluation.protocol import BLOCK, Block, BlockScorer
from matcher.evaluation.split import Task
from matcher.features import Pairs
from matcher.features import measure as measure_day_one
from matcher.history import History
from matcher.pool import EncodeWords as Encode
from matcher.pool import Pool, build_pool
from matcher.ragged import largest_by_list
from matcher.ranking import Ranking, WeightedSum, scores


def pair_methods(task: Task, evidence: Evidence, dimension: int, seed: int) -> dict[str, BlockScorer]:
    """The plain methods for partners of an actor, by name."""
    known = task.known
    popular = methods.popularity(known)
    near, lexical = methods.geography(known), text_cosine(evidence.views["lexical"])
    graph = methods.adamic_adar(known)
    left, right = svd_factors(known.partners, dimension, seed)
    found = {
        "random": methods.random_scores(known, seed),
        "popularity": same_for_all(popular),
        "geography": near,
        "geography × popularity": times(near, popular),
        "TF-IDF": lexical,
        "TF-IDF × log popularity": times(lexical, np.log1p(popular)),
        "common neighbours": methods.common_neighbours(known),
        "Adamic–Adar": graph,
        f"SVD {dimension}": methods.factors(left, right),
        "rank fusion": methods.fused([lexical, graph, same_for_all(popular)], known.present),
    }
    if "dense" in evidence.views:
        found["embedding cosine"] = text_cosine(evidence.views["dense"])
    return found


def need_methods(task: Task, evidence: Evidence, seed: int) -> dict[str, BlockScorer]:
    """The plain methods for partners that answer a need, by name."""
    known = task.known
    popular, log_popular = methods.popularity(known), np.log1p(methods.popularity(known))
    lexical = evidence.views["lexical"]
    need, both = methods.need_cosine(lexical), text_cosine(lexical)
    graph = methods.adamic_adar(known)
    found = {
        "random": methods.random_scores(known, seed),
        "popularity": same_for_all(popular),
        "topic": need,
        "topic × popularity": times(need, log_popular),
        "topic + profile × popularity": times(both, log_popular),
        "Adamic–Adar": graph,
        "rank fusion": methods.fused([both, graph, same_for_all(popular)], known.present),
    }
    if "dense" in evidence.views:
        found["topic, embedding"] = methods.need_cosine(evidence.views["dense"])
    return found


def day_one(known: Known, encode: Encode, encoder: str) -> BlockScorer:
    """The product's own scorer before any training: its features, its hand-set weights."""
    return ranking_scorers(known, encode, encoder, {"day one": WeightedSum()})["day one"]


def ranking_scorers(
    known: Known, encode: Encode, encoder: str, rankings: Mapping[str, Ranking]
) -> dict[str, BlockScorer]:
    """Rankings of the product as scorers, by name, on features measured once for all of them."""
    chronicle = known.chronicle
    pool = build_pool(chronicle.actors, encode, encoder, ComplementarityConfig())
    history = History(_binary(known.allied), _binary(known.partners))
    eve = known.before - timedelta(days=1)

    @lru_cache(maxsize=BLOCK)
    def features(row: int) -> FloatArray:
        return measure_day_one(_pairs(pool, history, eve, row))

    def scorer(ranking: Ranking) -> BlockScorer:
        def score(block: Block) -> FloatArray:
            rows = [scores(ranking, ranking.contributions(features(row))) for row in block.rows.tolist()]
            return np.array(rows, dtype=np.float32)

        return score

    return {name: scorer(ranking) for name, ranking in rankings.items()}


def _pairs(pool: Pool, history: History, today: date, row: int) -> Pairs:
    """What `make_pairs` returns for everyone as the others, without sorting their texts each time."""
    what, everyone = pool.complementarity, np.arange(len(pool.actors), dtype=np.int64)
    return Pairs(
        pool=pool,
        history=history,
        today=today,
        row=row,
        others=everyone,
        need_met=_best(what, what.needs, what.skills, row),
        skill_wanted=_best(what, what.skills, what.needs, row),
        distance_km=distances_km(pool, row),
    )


def _best(what: Complementarity, mine: TextTable, theirs: TextTable, row: int) -> FloatArray:
    texts = mine.of_actor.of(row)
    if not len(texts) or not len(theirs.texts):
        return np.zeros(len(theirs.of_actor.starts) - 1, dtype=np.float32)
    s = csls(mine.vectors[texts], theirs.vectors, mine.hubness[texts], theirs.hubness)
    strengths = what.strength(s.max(axis=0))
    return largest_by_list(strengths[theirs.of_actor.items], theirs.of_actor.starts)


def _binary(graph: csr_matrix) -> csr_matrix:
    binary = csr_matrix(graph, copy=True)
    binary.data[:] = 1.0
    return binary
