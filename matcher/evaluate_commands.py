"""`maillon evaluate` and `maillon compare`: measure on alliances that came after a day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from matcher.adapters.trainers import LambdaMartTrainer, LogisticTrainer
from matcher.assembly import open_workspace
from matcher.embedding_cache import encode_words
from matcher.encoder import FloatArray
from matcher.errors import InputError
from matcher.evaluate_run import (
    Learned,
    Lessons,
    Reader,
    RunConfig,
    ablation,
    evaluate_needs,
    evaluate_pairs,
    gather,
    learn,
)
from matcher.evaluate_sources import cordis_chronicle, named_pairs, workspace_chronicle
from matcher.evaluation.assessment import HEADLINE, MUTUAL, Record, compared
from matcher.evaluation.chronicle import Chronicle, known_before
from matcher.evaluation.pair_features import GROUPS
from matcher.evaluation.report import page
from matcher.evaluation.split import Task, check_period, pairs_named, split, split_needs, task_of_pairs
from matcher.model_card import libraries, save_model
from matcher.printing import print_json, say
from matcher.progress import busy, progress_bar
from matcher.text import Words
from matcher.training import Sampling, Trainer
from matcher.workspace import Workspace

IN_MEMORY = ":memory:"
NO_MODEL = "none"
Period = tuple[date, date]
TRAINERS: dict[str, Trainer] = {one.name: one for one in (LogisticTrainer(), LambdaMartTrainer())}

evaluate_app = typer.Typer(rich_markup_mode=None)


class History(StrEnum):
    """Where dated alliances come from."""

    CORDIS = "cordis"
    WORKSPACE = "workspace"


@evaluate_app.command()
def evaluate(
    path: Annotated[
        Path | None, typer.Argument(help="Directory of CORDIS tables, with --source cordis.")
    ] = None,
    *,
    cut: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Score with what was known before this day.")
    ],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Look for partners until this day.")],
    source: Annotated[History, typer.Option(help="What to evaluate on.")] = History.WORKSPACE,
    model: Annotated[
        list[str] | None, typer.Option(help="logistic, lambdamart or none; may be repeated.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Table actor_a, actor_b, project_id of the pairs to look for.")
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(
            "--workspace", "-w", envvar="MAILLON_WORKSPACE", help="The history; with CORDIS, kept vectors."
        ),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure here.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write the report here.")] = None,
    save: Annotated[Path | None, typer.Option(help="Save each model under this directory.")] = None,
    dense: Annotated[bool, typer.Option(help="Use the encoder beside TF-IDF.")] = True,
    needs: Annotated[bool, typer.Option(help="Measure partners for a need too.")] = True,
    ablate: Annotated[bool, typer.Option(help="Measure without each group of features too.")] = True,
    undated: Annotated[bool, typer.Option(help="Take undated profiles as known before.")] = False,
    queries: Annotated[
        int, typer.Option(min=20, help="Most queries of a past period to learn from.")
    ] = 2_500,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 20_240_701,
) -> None:
    """Measure plain methods and learned models on alliances that began after a day.

    The last model is the one compared and explained; groups of features are left out of the first.
    """
    period = (cut.date(), until.date())
    check_period(*period)
    trainers = [_trainer(name) for name in model or ["logistic"] if name != NO_MODEL]
    in_file = source is History.WORKSPACE or workspace is not None
    with open_workspace(workspace if in_file else IN_MEMORY) as opened:
        with busy("reading the history"):
            chronicle = _chronicle(source, path, opened, period, undated=undated)
            task = _task(chronicle, period, pairs)
        config = RunConfig(most_queries=queries, seed=seed, sampling=Sampling(seed=seed))
        encode = partial(_encode, opened) if dense else None
        reader = Reader(chronicle, encode, opened.parts.encoder.name if dense else "none", config)
        record, models = _pairs_measured(reader, period, trainers, task, ablate=ablate)
        if needs:
            record["needs"] = _needs_measured(reader, period, trainers)
    record["made"] |= {
        "source": source.value,
        "actors": len(chronicle.actors),
        "events": len(chronicle.events),
    }
    if save is not None:
        for learned in models.values():
            save_model(save / str(learned.record["trainer"]), learned, record)
    _told(record, json_file, html_file)


@evaluate_app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="JSON file of an evaluation.")],
    second: Annotated[Path, typer.Argument(help="JSON file of another, of the same history and cut.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """The paired differences of two evaluated models, first less second, with intervals."""
    records = [_read(path) for path in (first, second)]
    names = [record["pairs"]["model"] for record in records]
    cuts = {(record["made"]["cut"], record["made"]["until"]) for record in records}
    if len(cuts) > 1:
        raise InputError("compare", sorted(cuts), "the two were measured on different periods")
    found = compared(*(record["pairs"]["kept"] for record in records))
    if as_json:
        print_json({"first": names[0], "second": names[1], "slices": found})
        return
    say(f"{names[0]} less {names[1]}, {cuts.pop()}; intervals by query | by event")
    for part, measures in found.items():
        for measure, one in measures.items():
            ends = [f"[{one[by]['low']:+.4f}, {one[by]['high']:+.4f}]" for by in ("by_query", "by_cluster")]
            told = f"{one['by_query']['mean']:+.4f} {ends[0]} | {ends[1]} p {one['p']:.3f}"
            say(f"{part:42} {measure:10} {told} ({one['queries']} queries)")


def _trainer(name: str) -> Trainer:
    if name not in TRAINERS:
        raise InputError("model", name, f"unknown; expected one of: {', '.join([*TRAINERS, NO_MODEL])}")
    return TRAINERS[name]


def _encode(opened: Workspace, words: Sequence[Words]) -> FloatArray:
    with progress_bar("encoding") as advance:
        return encode_words(opened.store, opened.parts.encoder, words, advance)


def _chronicle(
    source: History, path: Path | None, opened: Workspace, period: Period, *, undated: bool
) -> Chronicle:
    if source is History.WORKSPACE:
        return workspace_chronicle(opened, period[0], trust_undated=undated)
    if path is None:
        raise InputError("path", None, "give the directory of the CORDIS tables")
    return cordis_chronicle(path, *period)


def _task(chronicle: Chronicle, period: Period, pairs: Path | None) -> Task:
    if pairs is None:
        return split(chronicle, *period)
    named, unknown = named_pairs(pairs, chronicle)
    if unknown:
        say(f"{unknown} pairs of {pairs.name} have a member not known before the cut; left out")
    return task_of_pairs(known_before(chronicle, period[0]), pairs_named(chronicle, named))


def _pairs_measured(
    reader: Reader, period: Period, trainers: Sequence[Trainer], task: Task, *, ablate: bool
) -> tuple[Record, dict[str, Learned]]:
    lessons, models = _learned(reader, period, trainers)
    with progress_bar("ranking every candidate") as advance:
        figures = evaluate_pairs(reader, task, models, advance)
    cut, until = period
    made = {
        "cut": cut.isoformat(),
        "until": until.isoformat(),
        "on": date.today().isoformat(),  # noqa: DTZ011 (the day of the user)
        "seconds": figures["seconds"],
        "libraries": libraries(),
        "models": {name: dict(learned.record) for name, learned in models.items()},
    }
    record: Record = {"made": made, "pairs": figures}
    if ablate and lessons is not None:
        with busy("leaving out groups of features"):
            record["ablation"] = ablation(reader, task, trainers[0], lessons)
    return record, models


def _learned(
    reader: Reader, period: Period, trainers: Sequence[Trainer]
) -> tuple[Lessons | None, dict[str, Learned]]:
    """What past periods teach, and a model of each trainer; nothing when there is none."""
    if not trainers:
        return None, {}
    with progress_bar("reading past periods") as advance:
        lessons = gather(reader, *period, progress=advance)
    with busy("training"):
        return lessons, {f"learned, {one.name}": learn(reader, one, lessons) for one in trainers}


def _needs_measured(reader: Reader, period: Period, trainers: Sequence[Trainer]) -> Record | None:
    task = split_needs(reader.chronicle, *period)
    if not task.queries:
        return None
    if not trainers:
        return evaluate_needs(reader, task, {})
    try:
        with progress_bar("reading past needs") as advance:
            lessons = gather(reader, *period, split_needs, tuple(GROUPS), advance)
    except InputError:
        return evaluate_needs(reader, task, {})  # no past need to learn from: the plain methods alone
    models = {f"learned, {one.name}": learn(reader, one, lessons) for one in trainers}
    with progress_bar("ranking for needs") as advance:
        return evaluate_needs(reader, task, models, advance)


def _told(record: Record, json_file: Path | None, html_file: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(
            json.dumps(_without_nan(record), ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )
    if html_file is not None:
        html_file.write_text(page(record), encoding="utf-8")
    for task in ("pairs", "needs"):
        if record.get(task):
            say(f"\npartners for {'an actor' if task == 'pairs' else 'a need'}")
            say(f"{'':28} {'nDCG@10 [95 %]':23}     R@10   mutual   Gini")
            for name, one in record[task]["methods"].items():
                say(_line(name, one))


def _without_nan(value: object) -> object:
    """The same with None for what is not a number, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _line(name: str, one: Record) -> str:
    figures = one["slices"]["all"]
    low, high = figures[HEADLINE]["by_query"]
    means = " ".join(f"{figures[m]['mean']:8.4f}" for m in ("recall@10", MUTUAL))
    headline = f"{figures[HEADLINE]['mean']:.4f} [{low:.4f}, {high:.4f}]"
    return f"{name:28} {headline:23} {means} {one['exposure']['gini']:6.3f}"


def _read(path: Path) -> Record:
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        record["pairs"]["kept"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "file", str(path), "not the JSON of `maillon evaluate --json` with a model"
        ) from error
    return record
