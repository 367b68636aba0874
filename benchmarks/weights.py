"""Do learned weights of the product do better than those set by hand, and do few alliances do harm?

python -m benchmarks.weights [DIRECTORY_OF_CORDIS_TABLES --cut DATE --until DATE --workspace FILE]

Without a directory: the sample data, one year after each of three cuts, with what was chosen before.
The sample's profiles are those of today. With one: weights learned from the two periods before the cut,
each with the profiles of its first day, measured on the period after it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine
from benchmarks.sample import open_sample
from matcher.assembly import open_workspace
from matcher.choices import alliance_choices, undated
from matcher.complementarity import ComplementarityConfig
from matcher.domain import Alliance, AllianceId
from matcher.embedding_cache import encode_words
from matcher.evaluate_baselines import ranking_scorers
from matcher.evaluate_sources import cordis_chronicle
from matcher.evaluation.assessment import HEADLINE, assess, differences, facts_of
from matcher.evaluation.history_task import Query, queries
from matcher.evaluation.intervals import compare, draw
from matcher.evaluation.measures import mean_ranks, query_measures
from matcher.evaluation.protocol import rank_all
from matcher.evaluation.split import split
from matcher.features import FEATURES, make_pairs, measure
from matcher.learned_weights import BY_HAND, PRIOR, choose_pull, learned
from matcher.lessons import periods
from matcher.pool import EncodeWords, build_pool
from matcher.progress import progress_bar
from matcher.ranking import WeightedSum
from matcher.weights import Choice
from matcher.workspace import Workspace

SEED = 20_240_701
YEAR = timedelta(days=365)
CUTS = (date(2023, 1, 1), date(2024, 1, 1), date(2025, 1, 1))
FREE, MIDDLING = 3.0, 100.0
MEASURES = ("mrr", "recall@10", HEADLINE)


def sample() -> None:
    """Print what weights learned before each cut do in the year after it, less the hand-set ones."""
    opened = open_sample()
    pool, alliances = undated(opened.matcher().pool), opened.alliances()
    everyone = np.ones(len(pool.actors), dtype=np.bool_)
    asked = list(queries(pool, alliances))
    for cut in CUTS:
        made = alliance_choices(pool, alliances, cut, lambda _: everyone, {}, SEED).choices
        later = [one for one in asked if cut <= one.day < cut + YEAR]
        tables = [measure(make_pairs(pool, one.history, one.day, one.row, one.candidates)) for one in later]
        count = len({one.day for one in made})
        print(f"\n{cut}: {len(made)} choices of {count} days before, {len(later)} queries in the year after")
        _compared(later, tables, _weights(made, cut - YEAR))


def _weights(made: Sequence[Choice], inner: date) -> dict[str, NDArray[np.float64]]:
    pull = choose_pull(made, inner).strength
    told = "by hand" if pull == BY_HAND else f"pull {pull:g}"
    tried = {f"chosen ({told})": pull, f"pull {MIDDLING:g}": MIDDLING, f"pull {FREE:g}, nearly free": FREE}
    return {"by hand": PRIOR} | {name: learned(made, strength).weights for name, strength in tried.items()}


def _compared(
    asked: Sequence[Query], tables: Sequence[NDArray[np.float32]], weights: Mapping[str, NDArray[np.float64]]
) -> None:
    draws = draw([[one.day.isoformat()] for one in asked], SEED)
    query_of = np.repeat(np.arange(len(asked)), [len(one.positives) for one in asked])
    values = {}
    for name, points in weights.items():
        ranks = [
            mean_ranks((table @ points).astype(np.float32), one.positives)
            for one, table in zip(asked, tables, strict=True)
        ]
        values[name] = query_measures(np.concatenate(ranks), query_of, len(asked))
    for name, of_name in values.items():
        cells = []
        for one in MEASURES:
            told = compare(of_name[one], values["by hand"][one], draws, SEED).by_cluster
            cells.append(f"{of_name[one].mean():.3f} ({told.mean:+.3f} [{told.low:+.3f}, {told.high:+.3f}])")
        print(f"| {name} | {' | '.join(cells)} |")


def cordis(directory: Path, cut: date, until: date, kept: Workspace) -> None:
    """Print what weights learned on real history do in a later period, less the hand-set ones."""
    spans = periods(cut, until, 2)
    with progress_bar("encoding") as advance:
        encode = partial(encode_words, kept.store, kept.parts.encoder, on_progress=advance)
        name = kept.parts.encoder.name
        made = [one for span in spans for one in _choices(directory, *span, encode, name)]
        weights = _weights(made, spans[1][0])
        task = split(cordis_chronicle(directory, cut, until), cut, until)
        rankings = {
            one: WeightedSum(dict(zip(FEATURES, points.tolist(), strict=True)), one)
            for one, points in weights.items()
        }
        ranked = rank_all(task, ranking_scorers(task.known, encode, name, rankings))
    facts = facts_of(task)
    figures = assess(facts, ranked)
    print(f"\n{directory.name}, {cut} to {until}: {len(made)} choices, {len(task.queries)} queries")
    for one, ranking in rankings.items():
        print(one, {feature: round(points, 1) for feature, points in ranking.weights.items()})
    for part in ("all", "light", "cold"):
        for one in rankings:
            cells = " | ".join(f"{figures[one]['slices'][part][m]['mean']:.4f}" for m in MEASURES)
            less = "" if one == "by hand" else _less(differences(facts, ranked, one)[part]["by hand"])
            print(f"| {part} | {one} | {cells} | {less} |")


def _choices(
    directory: Path, start: date, end: date, encode: EncodeWords, encoder: str
) -> tuple[Choice, ...]:
    """What was chosen in a period, with the profiles of its first day."""
    chronicle = cordis_chronicle(directory, start, end)
    pool = undated(build_pool(chronicle.actors, encode, encoder, ComplementarityConfig()))
    count = len(pool.actors)
    alliances = [
        Alliance(AllianceId(event.id), event.members, "innovation_societale", event.day)
        for event in chronicle.events
    ]
    return alliance_choices(
        pool, alliances, end, lambda day: np.full(count, day >= start, dtype=np.bool_), {}, SEED
    ).choices


def _less(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    told = found[HEADLINE]["by_cluster"]
    return f"nDCG@10 {told['mean']:+.4f} [{told['low']:+.4f}, {told['high']:+.4f}]"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--cut", type=date.fromisoformat, default=date(2024, 1, 1))
    parser.add_argument("--until", type=date.fromisoformat, default=date(2024, 7, 1))
    parser.add_argument("--workspace", default=":memory:")
    arguments = parser.parse_args()
    print(machine())
    if arguments.directory is None:
        sample()
    else:
        with open_workspace(arguments.workspace) as kept:
            cordis(arguments.directory, arguments.cut, arguments.until, kept)


if __name__ == "__main__":
    main()
