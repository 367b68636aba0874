"""`maillon evaluate` and `maillon compare`: measure on alliances that came after a day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from matcher.assembly import make_registry, open_workspace, settings_for
from matcher.errors import InputError
from matcher.evaluate_run import ablation, evaluate_needs
from matcher.evaluate_sources import Profiles
from matcher.evaluation.assessment import HEADLINE, MUTUAL, Record, compared
from matcher.evaluation.pair_features import GROUPS
from matcher.evaluation.report import page
from matcher.evaluation.split import check_period, split_needs
from matcher.figures import on_the_same, plain, read_figures, sealed, write_figures
from matcher.history_runs import (
    IN_MEMORY,
    TRAINERS,
    Asked,
    HistorySource,
    Period,
    Run,
    learned_by,
    lessons_of,
    make_run,
    measured,
    run_config,
    trainer_named,
)
from matcher.lessons import Learned, Lessons, Reader, gather, learn
from matcher.model_card import check_later, load_history
from matcher.printing import print_json, say
from matcher.progress import busy, progress_bar
from matcher.provenance import libraries
from matcher.ranking_files import MEASURED, load_weights
from matcher.ranking_runs import measured_rankings
from matcher.registry import FIGURES, ModelKind, Registry
from matcher.training import Trainer

NO_MODEL = "none"

evaluate_app = typer.Typer(rich_markup_mode=None)

Directory = Annotated[
    Path | None, typer.Argument(help="Directory of the tables, with --source cordis or anr.")
]
Cut = Annotated[
    datetime, typer.Option(formats=["%Y-%m-%d"], help="Score with what was known before this day.")
]
Until = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Look for partners until this day.")]
Source = Annotated[HistorySource, typer.Option(help="Where the history is.")]
Pairs = Annotated[
    Path | None, typer.Option(help="Table actor_a, actor_b, project_id of the pairs to look for.")
]
Place = Annotated[
    str | None,
    typer.Option(
        "--workspace", "-w", envvar="MAILLON_WORKSPACE", help="The history; with CORDIS, kept vectors."
    ),
]
Beside = Annotated[
    str | None,
    typer.Option("--workspace", "-w", envvar="MAILLON_WORKSPACE", help="The models beside this workspace."),
]
Dense = Annotated[bool, typer.Option(help="Use the encoder beside TF-IDF.")]
Trusted = Annotated[
    Profiles,
    typer.Option(help="Which profiles of a workspace were there before: dated so, undated too, or today's."),
]
Queries = Annotated[int, typer.Option(min=20, help="Most queries of a past period to learn from.")]
Seed = Annotated[int, typer.Option(help="Of everything that is drawn.")]


@evaluate_app.command()
def evaluate(
    path: Directory = None,
    *,
    cut: Cut,
    until: Until,
    source: Source = HistorySource.WORKSPACE,
    model: Annotated[
        list[str] | None,
        typer.Option(help="logistic, lambdamart, the name of a trained model, or none; may be repeated."),
    ] = None,
    pairs: Pairs = None,
    workspace: Place = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure here.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write the report here.")] = None,
    dense: Dense = True,
    needs: Annotated[bool, typer.Option(help="Measure partners for a need too.")] = True,
    ablate: Annotated[bool, typer.Option(help="Measure without each group of features too.")] = True,
    profiles: Trusted = Profiles.DATED,
    queries: Queries = 2_500,
    seed: Seed = 20_240_701,
) -> None:
    """Measure plain methods and learned models on alliances that began after a day.

    The last model is the one compared and explained; groups of features are left out of the first. What
    a trained model of the registry did is kept with it, so that `compare` and `promote` can judge by it.
    """
    period = (cut.date(), until.date())
    check_period(*period)
    asked = Asked(source, path, period, pairs, profiles, dense, run_config(queries, seed))
    registry = make_registry(settings_for(workspace))
    named = [name for name in model or ["logistic"] if name != NO_MODEL]
    stored = [name for name in named if name not in TRAINERS and name in registry.names()]
    trainers = [trainer_named(name, [NO_MODEL, *registry.names()]) for name in named if name not in stored]
    with open_workspace(workspace if asked.kept_in_file or workspace else IN_MEMORY) as opened:
        run = make_run(asked, opened)
        if _rank_in_the_product(registry, named, stored):
            record = _rankings_measured(run, registry, stored)
        else:
            held = {name: _stored(registry, name, run) for name in stored}
            record = _pairs_measured(run, trainers, held, named, ablate=ablate)
            if needs:
                record["needs"] = _needs_measured(run.reader, period, trainers)
    for name in stored:
        write_figures(registry.path(name) / FIGURES, run.task, record["pairs"]["kept_of"])
    _told(record, json_file, html_file)


@evaluate_app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A trained model, or the JSON file of an evaluation.")],
    second: Annotated[str, typer.Argument(help="Another, measured on the same history and period.")],
    *,
    workspace: Beside = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """The paired differences of two evaluated models, first less second, with intervals."""
    registry = make_registry(settings_for(workspace))
    stored = [name for name in (first, second) if name in registry.names()]
    if len(stored) == len((first, second)):
        figures = {name: read_figures(registry.path(name) / FIGURES) for name in stored}
        both = on_the_same(first, second, figures)
        if both is None:
            reason = (
                "never measured on the same queries; run `maillon evaluate` with --model for each of them"
            )
            raise InputError("compare", [first, second], reason)
        task, *kept = both
        names, period = [first, second], (task["cut"], task["until"])
    else:
        records = [_read(Path(path)) for path in (first, second)]
        names = [str(record["pairs"]["model"]) for record in records]
        periods = {(record["made"]["cut"], record["made"]["until"]) for record in records}
        if len(periods) > 1:
            raise InputError("compare", sorted(periods), "the two were measured on different periods")
        kept, period = [sealed(record["pairs"]["kept"]) for record in records], periods.pop()
    _tell_differences(names, period, compared(*kept), as_json=as_json)


def _tell_differences(names: Sequence[str], period: tuple[str, str], found: Record, *, as_json: bool) -> None:
    if as_json:
        print_json({"first": names[0], "second": names[1], "slices": found})
        return
    say(f"{names[0]} less {names[1]}, {' to '.join(period)}; intervals by query | by event")
    for part, measures in found.items():
        for measure, one in measures.items():
            ends = [f"[{one[by]['low']:+.4f}, {one[by]['high']:+.4f}]" for by in ("by_query", "by_cluster")]
            told = f"{one['by_query']['mean']:+.4f} {ends[0]} | {ends[1]} p {one['p']:.3f}"
            say(f"{part:42} {measure:10} {told} ({one['queries']} queries)")


def _rank_in_the_product(registry: Registry, named: Sequence[str], stored: Sequence[str]) -> bool:
    """Whether what is asked for are weights of the product; InputError when it is a mixture."""
    kinds = {registry.manifest(name)["kind"] for name in stored}
    if ModelKind.RANKING not in kinds:
        return False
    if kinds != {ModelKind.RANKING} or len(stored) < len(named):
        reason = "weights of the product and models of histories are measured apart; name one kind"
        raise InputError("model", list(named), reason)
    return True


def _stored(registry: Registry, name: str, run: Run) -> Learned:
    """A trained model of histories, to be measured on days that it did not learn from."""
    check_later(registry.manifest(name), run.period[0])
    return load_history(registry.path(name), run.reader.encoder)


def _rankings_measured(run: Run, registry: Registry, stored: Sequence[str]) -> Record:
    rankings = {}
    for name in stored:
        check_later(registry.manifest(name), run.period[0])
        rankings[name] = load_weights(registry.path(name), run.reader.encoder, MEASURED)
    figures = measured_rankings(run, rankings)
    return {"made": _made(run, figures, {}), "pairs": figures}


def _pairs_measured(
    run: Run, trainers: Sequence[Trainer], held: Mapping[str, Learned], named: Sequence[str], *, ablate: bool
) -> Record:
    lessons, models = _learned(run, trainers)
    models |= held
    order = [name if name in held else f"learned, {name}" for name in named]
    figures = measured(run, {name: models[name] for name in order})
    record: Record = {"made": _made(run, figures, models), "pairs": figures}
    if ablate and lessons is not None:
        with busy("leaving out groups of features"):
            record["ablation"] = ablation(run.reader, run.queries, trainers[0], lessons)
    return record


def _made(run: Run, figures: Record, models: Mapping[str, Learned]) -> Record:
    chronicle = run.reader.chronicle
    flatters = run.task["profiles"] == Profiles.TODAY
    return {
        **run.task,
        **({"caveat": "profiles are those of today and may speak of what came later"} if flatters else {}),
        "actors": len(chronicle.actors),
        "events": len(chronicle.events),
        "on": date.today().isoformat(),  # noqa: DTZ011 (the day of the user)
        "seconds": figures["seconds"],
        "libraries": libraries(),
        "models": {name: dict(learned.record) for name, learned in models.items()},
    }


def _learned(run: Run, trainers: Sequence[Trainer]) -> tuple[Lessons | None, dict[str, Learned]]:
    """What past periods teach, and a model of each trainer; nothing when there is none."""
    if not trainers:
        return None, {}
    lessons = lessons_of(run)
    return lessons, {f"learned, {one.name}": learned_by(run, one, lessons) for one in trainers}


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
            json.dumps(plain(record), ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )
    if html_file is not None:
        html_file.write_text(page(record), encoding="utf-8")
    for task in ("pairs", "needs"):
        if record.get(task):
            say(f"\npartners for {'an actor' if task == 'pairs' else 'a need'}")
            say(f"{'':28} {'nDCG@10 [95 %]':23}     R@10   mutual   Gini")
            for name, one in record[task]["methods"].items():
                say(_line(name, one))


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
        reason = "neither a trained model (`maillon models`) nor the JSON of `maillon evaluate` with a model"
        raise InputError("compare", str(path), reason) from error
    return record
