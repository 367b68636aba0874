"""Is the untrained ranking ahead of plain methods on the sample's past alliances and wrong pairs?

python -m benchmarks.sample [--territory PREFIX ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from matcher.adapters.tables import read_rows
from matcher.adapters.tfidf import tfidf_vectors
from matcher.assembly import open_workspace
from matcher.domain import Actor, Role
from matcher.encoder import Encoder, FloatArray
from matcher.evaluation.baselines import (
    Scorer,
    geography_scorer,
    random_scorer,
    similarity_scorer,
    two_way_scorer,
    whole_profile,
)
from matcher.evaluation.history_task import MakeScorer, TaskResult, run_task
from matcher.features import make_pairs, measure
from matcher.history import History
from matcher.importing import RecordKind
from matcher.pipeline import Matcher
from matcher.ragged import Rows
from matcher.ranking import scores
from matcher.taxonomy import sample_directory
from matcher.workspace import Workspace

OURS = "Maillon, untrained"
SEEDS = range(5)


def open_sample(workspace: str = ":memory:", territories: Sequence[str] = ()) -> Workspace:
    """A workspace of the sample data, or of the territories whose slugs are given."""
    opened = open_workspace(workspace)
    for name, kind in (("actors.jsonl", RecordKind.ACTORS), ("alliances.jsonl", RecordKind.ALLIANCES)):
        rows = read_rows(sample_directory() / name, kind)
        kept = [
            row for row in rows if not territories or str(row.record["id"]).startswith(tuple(territories))
        ]
        report = opened.import_rows(kind, kept)
        if report.rejects:
            raise SystemExit(f"the sample data are refused: {report.rejects[0]}")
    return opened


def wrong_pairs(territories: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The tempting but wrong pairs of the sample."""
    lines = (sample_directory() / "wrong_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [(row["actor_a"], row["actor_b"]) for row in map(json.loads, lines)]
    kept = tuple(territories)
    return [p for p in pairs if not kept or (p[0].startswith(kept) and p[1].startswith(kept))]


def methods(matcher: Matcher, encoder: Encoder) -> dict[str, list[MakeScorer]]:
    """Each method by name; several makers are averaged (random, by seed)."""
    pool = matcher.pool
    profiles = whole_profile(pool)
    fixed = {
        "nearest neighbour geography": geography_scorer(pool),
        "TF-IDF, whole profile": similarity_scorer(tfidf_vectors(profiles)),
        "TF-IDF, needs × skills": two_way_scorer(_needs_to_skills(pool.actors)),
        "embedding cosine, whole profile": similarity_scorer(encoder.encode(profiles, Role.MISSION)),
    }
    named: dict[str, list[MakeScorer]] = {"random": [_always(random_scorer(seed)) for seed in SEEDS]}
    named |= {name: [_always(scorer)] for name, scorer in fixed.items()}
    named[OURS] = [lambda history, day: our_scorer(matcher, history, day)]
    return named


def our_scorer(matcher: Matcher, history: History, day: date) -> Scorer:
    """The product's own score, as it would have been on a day."""

    def score(row: int, others: Rows) -> FloatArray:
        features = measure(make_pairs(matcher.pool, history, day, row, others))
        return scores(matcher.ranking, matcher.ranking.contributions(features))

    return score


def run(opened: Workspace, territories: Sequence[str] = ()) -> dict[str, TaskResult]:
    """The result of every method on the alliances and wrong pairs of the workspace."""
    matcher, alliances = opened.matcher(), opened.alliances()
    wrong = wrong_pairs(territories)
    return {
        name: _mean([run_task(matcher.pool, alliances, wrong, maker) for maker in makers])
        for name, makers in methods(matcher, opened.parts.encoder).items()
    }


def table(results: dict[str, TaskResult]) -> str:
    """The results as a Markdown table, the best last."""
    lines = ["| method | recall@10 | MRR | true pairs above wrong pairs |", "|---|---|---|---|"]
    for name, r in sorted(results.items(), key=lambda item: item[1].recall_at_10):
        lines.append(
            f"| {name} | {r.recall_at_10:.3f} | {r.reciprocal_rank:.3f} | {r.true_above_wrong:.3f} |"
        )
    return "\n".join(lines)


def _always(scorer: Scorer) -> MakeScorer:
    return lambda _history, _day: scorer


def _mean(results: Sequence[TaskResult]) -> TaskResult:
    fields = [asdict(result) for result in results]
    return TaskResult(
        **{name: type(value)(np.mean([f[name] for f in fields])) for name, value in fields[0].items()}
    )


def _needs_to_skills(actors: Sequence[Actor]) -> FloatArray:
    """The best TF-IDF cosine of each actor's needs with each other's skills (n, n)."""
    needs = [(row, need.text) for row, actor in enumerate(actors) for need in actor.needs]
    skills = [(row, skill.text) for row, actor in enumerate(actors) for skill in actor.skills]
    vectors = tfidf_vectors([text for _, text in needs + skills])
    similarities = vectors[: len(needs)] @ vectors[len(needs) :].T
    best = np.zeros((len(actors), len(actors)), dtype=np.float32)
    rows = np.array([row for row, _ in needs])[:, None]
    np.maximum.at(best, (rows, np.array([row for row, _ in skills])[None, :]), similarities)
    return best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--territory", action="append", default=[])
    parser.add_argument("--workspace", default=":memory:")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    opened = open_sample(arguments.workspace, arguments.territory)
    results = run(opened, arguments.territory)
    queries = results[OURS].queries
    print(f"{len(opened.actors())} actors, {queries} queries · {machine()}\n\n{table(results)}")
    if arguments.json:
        content = {name: asdict(result) for name, result in results.items()}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
