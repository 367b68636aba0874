"""Partners for an actor: past alliances hidden one by one and looked for among all that was eligible then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.candidates import Rules, eligible
from matcher.domain import Alliance
from matcher.evaluation.baselines import Scorer
from matcher.evaluation.measures import mean_ranks, recall_at, reciprocal_rank, share_above
from matcher.history import History, build_history
from matcher.pool import Pool
from matcher.ragged import Rows

MakeScorer = Callable[[History, date], Scorer]
"""What was known on a day -> how pairs score on it."""


@dataclass(frozen=True, slots=True)
class Query:
    """One member of an alliance on the day it began, its partners hidden among all who were eligible."""

    row: int
    day: date
    history: History
    """What was known before that day."""
    candidates: Rows
    positives: Rows


@dataclass(frozen=True, slots=True)
class TaskResult:
    """Means over queries, and over pairs for `true_above_wrong`; larger is better."""

    queries: int
    recall_at_10: float
    reciprocal_rank: float
    true_above_wrong: float


def queries(pool: Pool, alliances: Sequence[Alliance]) -> Iterator[Query]:
    """A query for each member of each alliance that did not fail and that crosses sectors.

    Candidates are published, of another sector, and had no alliance with the member before that
    day; positives are the alliance's other members among them.
    """
    for alliance in alliances:
        if not alliance.is_positive:
            continue
        before = build_history(alliances, pool.rows, alliance.started)
        members = {pool.rows[m] for m in alliance.members if m in pool.rows}
        for row in sorted(members):
            kept = eligible(pool, before, row, Rules(full=True), alliance.started)
            candidates = np.flatnonzero(kept).astype(np.int64)
            positives = np.flatnonzero(np.isin(candidates, sorted(members - {row}))).astype(np.int64)
            if len(positives):
                yield Query(row, alliance.started, before, candidates, positives)


def run_task(
    pool: Pool,
    alliances: Sequence[Alliance],
    wrong_pairs: Sequence[tuple[str, str]],
    make_scorer: MakeScorer,
) -> TaskResult:
    """How a scorer does on past alliances, and on their pairs against tempting wrong ones.

    A scorer is made for each day from the alliances begun before it, never later ones. True and
    wrong pairs are scored without any history, so that neither side is helped by it.
    """
    recalls, reciprocals = [], []
    for query in queries(pool, alliances):
        scorer = make_scorer(query.history, query.day)
        ranks = mean_ranks(scorer(query.row, query.candidates), query.positives)
        recalls.append(recall_at(ranks, 10))
        reciprocals.append(reciprocal_rank(ranks))
    blank = make_scorer(build_history([], pool.rows), date.max)
    true = pair_scores(blank, true_pairs(pool, alliances))
    wrong = pair_scores(blank, [(pool.row(a), pool.row(b)) for a, b in wrong_pairs])
    return TaskResult(
        len(recalls), float(np.mean(recalls)), float(np.mean(reciprocals)), share_above(true, wrong)
    )


def true_pairs(pool: Pool, alliances: Sequence[Alliance]) -> list[tuple[int, int]]:
    """The distinct pairs of rows of different sectors that share an alliance that did not fail."""
    found = {
        (min(a, b), max(a, b))
        for alliance in alliances
        if alliance.is_positive
        for a in (pool.rows[m] for m in alliance.members if m in pool.rows)
        for b in (pool.rows[m] for m in alliance.members if m in pool.rows)
        if pool.columns.sector[a] != pool.columns.sector[b]
    }
    return sorted(found)


def pair_scores(
    scorer: Scorer, pairs: Sequence[tuple[int, int]]
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """One score a pair."""
    scores = [float(scorer(a, np.array([b], dtype=np.int64))[0]) for a, b in pairs]
    return np.array(scores, dtype=np.float32)
