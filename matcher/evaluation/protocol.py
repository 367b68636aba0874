"""Every candidate of every query ranked by every method: where the true partners stand, and who is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matcher.columns import Codes, Flags
from matcher.encoder import FloatArray
from matcher.evaluation.split import Query, Task
from matcher.ragged import Rows

SHOWN = 10
BLOCK = 48
NOBODY = -1
Ranks = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """Some queries of a task, asked at once."""

    rows: Rows
    needs: tuple[str, ...]
    """What each asks for; "" for whatever suits it."""
    eligible: Flags | None = None
    """Which actors are its candidates (queries, n); everyone when None."""


BlockScorer = Callable[[Block], FloatArray]
"""Queries -> a score for every actor (queries, n), larger is better."""


class Among(StrEnum):
    """Which candidates a true partner is ranked among."""

    ALL = "all"
    COUNTRY = "same country"
    SECTOR = "its sector"


@dataclass(frozen=True, slots=True)
class Rankings:
    """What a method did with the queries of a task.

    `ranks` of each positive among some of the candidates, equal scores sharing their mean rank, NaN
    where the positive is not among them; positives stand query after query as in `query_of`.
    `shown` (queries, SHOWN) are the rows at the top, NOBODY where there are fewer, with their
    `shown_scores`.
    """

    ranks: Mapping[Among, Ranks]
    query_of: Codes
    shown: Rows
    shown_scores: FloatArray


def rank_all(
    task: Task,
    scorers: Mapping[str, BlockScorer],
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Rankings]:
    """The rankings of every method, on the same candidates."""
    found: dict[str, list[_Ranked]] = {name: [] for name in scorers}
    for block, queries in blocks_of(task):
        eligible = task.eligible(block.rows) if block.eligible is None else block.eligible
        fields = [_field(task, query, eligible[at]) for at, query in enumerate(queries)]
        for name, scorer in scorers.items():
            scores = scorer(block)
            found[name] += [_ranked(field, scores[at]) for at, field in enumerate(fields)]
        if on_progress is not None:
            on_progress(len(next(iter(found.values()), [])), len(task.queries))
    return {name: _together(ranked) for name, ranked in found.items()}


def blocks_of(task: Task) -> Iterator[tuple[Block, tuple[Query, ...]]]:
    """The queries of a task, some at once, with the candidates of each."""
    for start in range(0, len(task.queries), BLOCK):
        queries = task.queries[start : start + BLOCK]
        rows = np.array([query.row for query in queries], dtype=np.int64)
        yield Block(rows, tuple(query.need for query in queries), task.eligible(rows)), queries


@dataclass(frozen=True, slots=True)
class _Ranked:
    ranks: Mapping[Among, Ranks]
    shown: Rows
    scores: FloatArray


@dataclass(frozen=True, slots=True)
class _Field:
    """The candidates of a query, as every method meets them: by sector, and at home."""

    query: Query
    by_sector: Mapping[int, Rows]
    held: Rows
    at_home: Rows
    is_home: Flags
    sectors: Codes


def _field(task: Task, query: Query, eligible: Flags) -> _Field:
    chronicle = task.known.chronicle
    held = np.flatnonzero(eligible).astype(np.int64)
    sectors, mine = chronicle.sector[held], chronicle.country[query.row]
    return _Field(
        query=query,
        by_sector={int(code): held[sectors == code] for code in np.unique(sectors)},
        held=held,
        at_home=held[chronicle.country[held] == mine],
        is_home=chronicle.country[query.positives] == mine,
        sectors=chronicle.sector[query.positives],
    )


def _ranked(field: _Field, scores: FloatArray) -> _Ranked:
    targets = scores[field.query.positives]
    total, within = np.zeros(len(targets)), np.full(len(targets), np.nan)
    for code, rows in field.by_sector.items():
        ahead = _ahead(scores[rows], targets)
        total += ahead
        within = np.where(field.sectors == code, ahead + 0.5, within)
    home = np.where(field.is_home, _ahead(scores[field.at_home], targets) + 0.5, np.nan)
    mine = scores[field.held]
    best = _best(mine)
    shown = np.full(SHOWN, NOBODY, dtype=np.int64)
    shown[: len(best)] = field.held[best]
    shown_scores = np.full(SHOWN, np.nan, dtype=np.float32)
    shown_scores[: len(best)] = mine[best]
    ranks = {Among.ALL: total + 0.5, Among.COUNTRY: home, Among.SECTOR: within}
    return _Ranked(ranks, shown, shown_scores)


def _ahead(scores: FloatArray, targets: FloatArray) -> Ranks:
    """How many scores are above each target, those equal to it counted by half."""
    ordered = np.sort(scores)
    not_above = np.searchsorted(ordered, targets, side="right")
    below = np.searchsorted(ordered, targets, side="left")
    return np.asarray(len(ordered) - not_above + (not_above - below) / 2, dtype=np.float64)


def ranks_among(scores: FloatArray, targets: FloatArray) -> Ranks:
    """The rank from 1 of each target among scores that hold it; equal scores share their mean rank."""
    return _ahead(scores, targets) + 0.5


def _best(scores: FloatArray) -> Rows:
    many = len(scores) > SHOWN
    top = np.argpartition(-scores, SHOWN - 1)[:SHOWN] if many else np.arange(len(scores))
    return np.asarray(top[np.argsort(-scores[top], kind="stable")], dtype=np.int64)


def _together(ranked: list[_Ranked]) -> Rankings:
    counts = [len(one.ranks[Among.ALL]) for one in ranked]
    return Rankings(
        ranks={
            among: np.concatenate([one.ranks[among] for one in ranked]) if ranked else np.empty(0)
            for among in Among
        },
        query_of=np.repeat(np.arange(len(ranked)), counts),
        shown=np.array([one.shown for one in ranked], dtype=np.int64).reshape(-1, SHOWN),
        shown_scores=np.array([one.scores for one in ranked], dtype=np.float32).reshape(-1, SHOWN),
    )
