"""The same engine on 26,556 real organisations: import, encode, index, match.

    python -m benchmarks.cordis DIRECTORY [--workspace FILE] [--queries 200]

DIRECTORY holds the CORDIS tables. The workspace is kept: a second run encodes nothing. Pools larger
than the data are made of copies of the actors whose vectors are moved a little (said in the table).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.machine import machine, peak_memory_mb
from matcher.adapters.cordis import read_cordis
from matcher.adapters.faiss_index import IVF_FROM, index_for
from matcher.assembly import open_workspace
from matcher.candidates import build_indexes
from matcher.complementarity import TextTable
from matcher.domain import Actor, ActorId, Need, Skill
from matcher.encoder import FloatArray
from matcher.history import build_history
from matcher.importing import RecordKind
from matcher.index import ExactIndex
from matcher.pipeline import Matcher, Request
from matcher.pool import build_pool
from matcher.text import Words, words_of
from matcher.workspace import Workspace

NOISE = 0.15
NEIGHBOURS = 60


def import_all(opened: Workspace, directory: Path) -> str:
    """Import organisations and projects; what it took."""
    started = time.perf_counter()
    records = read_cordis(directory, None)
    actors = opened.import_rows(RecordKind.ACTORS, records.actors)
    alliances = opened.import_rows(RecordKind.ALLIANCES, records.alliances)
    seconds = time.perf_counter() - started
    changes = [report.changes for report in (actors, alliances)]
    rows = sum(c.added + c.updated + c.unchanged for c in changes)
    refused = len(actors.rejects) + len(alliances.rejects)
    return f"import: {rows} rows ({refused} refused) in {seconds:.1f} s, {rows / seconds:.0f} rows/s"


def index_all(opened: Workspace) -> str:
    """Encode and index every text; what it took."""
    encoded = 0

    def count(done: int, _total: int | None) -> None:
        nonlocal encoded
        encoded = done

    started = time.perf_counter()
    opened.index(count)
    seconds = time.perf_counter() - started
    rate = f", {encoded / seconds:.0f} texts/s" if encoded else " (all vectors were known)"
    return f"index: {encoded} texts encoded in {seconds:.1f} s{rate}; peak memory {peak_memory_mb():.0f} MB"


def latencies(matcher: Matcher, queries: int) -> tuple[float, float]:
    """p50 and p95, in ms, of the ten best matches of one actor, explained, warm."""
    random = np.random.default_rng(11)
    rows = random.choice(len(matcher.pool.actors), queries + 10, replace=False)
    taken = []
    for row in rows:
        started = time.perf_counter()
        matcher.match(matcher.pool.actors[row].id, Request())
        taken.append((time.perf_counter() - started) * 1_000)
    warm = np.array(taken[10:])
    return float(np.median(warm)), float(np.quantile(warm, 0.95))


def of_size(opened: Workspace, size: int) -> Matcher:
    """The matcher on so many actors: some of them, or all and moved copies of them."""
    matcher, encoder = opened.matcher(), opened.parts.encoder
    actors = list(matcher.pool.actors)
    random = np.random.default_rng(5)
    if size <= len(actors):
        kept = [actors[i] for i in np.sort(random.choice(len(actors), size, replace=False))]
    else:
        copies = -(-size // len(actors))
        kept = [_copy(actor, n) for n in range(copies) for actor in actors][:size]
    words = list(dict.fromkeys(w for actor in actors for w in words_of(actor)))
    held = opened.store.vectors(encoder.name, [w.key for w in words])
    originals = {w: held[w.key] for w in words}

    def encode(asked: Sequence[Words]) -> FloatArray:
        rows = [originals.get(w) for w in asked]
        bare = [
            originals[Words(w.role, w.text.split(_MARK)[0])] if r is None else r
            for w, r in zip(asked, rows, strict=True)
        ]
        vectors = np.stack(bare)
        moved = np.array([r is None for r in rows])
        vectors[moved] += (
            NOISE * random.normal(size=(int(moved.sum()), vectors.shape[1])) / vectors.shape[1] ** 0.5
        )
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    pool = build_pool(kept, encode, encoder.name, opened.parts.complementarity)
    indexes = build_indexes(pool.complementarity, index_for)
    history = build_history(matcher.alliances, pool.rows)
    return replace(matcher, pool=pool, history=history, indexes=indexes)


_MARK = " ¶"


def _copy(actor: Actor, n: int) -> Actor:
    if n == 0:
        return actor
    mark = f"{_MARK}{n}"
    return replace(
        actor,
        id=ActorId(f"{actor.id}#{n}"),
        needs=tuple(Need(need.text + mark) for need in actor.needs),
        skills=tuple(Skill(skill.text + mark) for skill in actor.skills),
        description=actor.description[:900] + mark,
    )


def against_oracle(table: TextTable, count: int, queries: int = 50) -> str:
    """The recall of the index chosen for so many vectors against the exact one, and both times."""
    random = np.random.default_rng(3)
    vectors = table.vectors
    if len(vectors) < count:
        vectors = np.concatenate([vectors] * -(-count // len(vectors)))[:count]
        vectors = (
            vectors + NOISE * random.normal(size=vectors.shape).astype(np.float32) / vectors.shape[1] ** 0.5
        )
        vectors = np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
    else:
        vectors = vectors[:count]
    asked = vectors[random.choice(count, queries, replace=False)]
    ids = np.arange(count, dtype=np.int64)
    index, oracle = index_for(vectors.shape[1], count), ExactIndex(vectors.shape[1])
    answers, times = [], []
    for held in (index, oracle):
        held.add(ids, vectors)
        found, taken = _timed(lambda held=held: [held.search(q[None, :], NEIGHBOURS)[0][0] for q in asked])  # type: ignore[misc]
        answers.append(found)
        times.append(taken / queries)
    recall = np.mean([len(set(a) & set(b)) / NEIGHBOURS for a, b in zip(*answers, strict=True)])
    return (
        f"| {type(index).__name__} | {count} | {recall:.4f} | {times[0] * 1e3:.2f} | {times[1] * 1e3:.2f} |"
    )


def _timed(work: Callable[[], list[FloatArray]]) -> tuple[list[FloatArray], float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def same_matches(matcher: Matcher, queries: int = 50) -> float:
    """The share of actors whose ten best matches are the same with the oracle for an index."""
    exact = build_indexes(matcher.pool.complementarity, lambda dimension, _count: ExactIndex(dimension))
    oracle = replace(matcher, indexes=exact)
    rows = np.random.default_rng(8).choice(len(matcher.pool.actors), queries, replace=False)
    ids = [matcher.pool.actors[row].id for row in rows]
    same = [
        [m.other_id for m in matcher.match(i, Request())] == [m.other_id for m in oracle.match(i, Request())]
        for i in ids
    ]
    return float(np.mean(same))


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--workspace")
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        opened = open_workspace(arguments.workspace or f"{temporary}/cordis.db")
        print(machine(), f"encoder {opened.parts.encoder.name}", sep="\n", end="\n\n")
        print(import_all(opened, arguments.directory), index_all(opened), sep="\n", end="\n\n")
        matcher = opened.matcher()
        print("| actors | p50 ms | p95 ms |\n|---|---|---|")
        for name, measured in (
            (f"{len(matcher.pool.actors)} (all)", matcher),
            ("10000 (some)", of_size(opened, 10_000)),
            ("100000 (with moved copies)", of_size(opened, 100_000)),
        ):
            p50, p95 = latencies(measured, arguments.queries)
            print(f"| {name} | {p50:.1f} | {p95:.1f} |")
        print(f"\nsame ten matches with the exact oracle: {same_matches(matcher):.0%} of 50 actors\n")
        print("| index | vectors | recall@60 | ms a query | oracle's ms |\n|---|---|---|---|---|")
        for count in (len(matcher.pool.complementarity.skills.texts), IVF_FROM + 50_000):
            print(against_oracle(matcher.pool.complementarity.skills, count))
        print(f"\npeak memory {peak_memory_mb():.0f} MB")


if __name__ == "__main__":
    main()
