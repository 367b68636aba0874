"""`maillon train`: a model of past alliances into the registry, measured on the days after them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from matcher.access import DEFAULT_TENANT
from matcher.access_commands import Tenant
from matcher.assembly import make_registry, open_workspace, opened_tenant, settings_for
from matcher.errors import InputError, MaillonError
from matcher.evaluate_commands import (
    Cut,
    Dense,
    Directory,
    Pairs,
    Place,
    Queries,
    Seed,
    Source,
    Trusted,
    Until,
)
from matcher.evaluate_sources import Profiles
from matcher.evaluation.assessment import HEADLINE, Record
from matcher.evaluation.split import check_period
from matcher.history_runs import (
    IN_MEMORY,
    TRAINERS,
    Asked,
    HistorySource,
    Run,
    learned_by,
    lessons_of,
    make_run,
    measured,
    run_config,
    trainer_named,
)
from matcher.model_card import check_later, save_history, save_ranking
from matcher.printing import say
from matcher.ranking import WeightedSum
from matcher.ranking_files import MEASURED, load_weights
from matcher.ranking_runs import Past, measured_rankings, train_weights
from matcher.registry import ModelKind, Registry
from matcher.training import Trainer

WEIGHTS = "weights"
Filled = tuple[ModelKind, Callable[[Path], None], Record]

train_app = typer.Typer(rich_markup_mode=None)


@train_app.command()
def train(
    path: Directory = None,
    *,
    name: Annotated[str, typer.Option(help="What the model is called in the registry.")],
    cut: Cut,
    until: Until,
    source: Source = HistorySource.WORKSPACE,
    model: Annotated[
        str | None,
        typer.Option(
            help="weights: of the product's own features, which may serve (the default for a workspace); "
            "logistic or lambdamart: models of histories."
        ),
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Let the weights that serve learn from all days once measured.")
    ] = False,
    pairs: Pairs = None,
    workspace: Place = None,
    tenant: Tenant = DEFAULT_TENANT,
    dense: Dense = True,
    profiles: Trusted = Profiles.DATED,
    queries: Queries = 2_500,
    seed: Seed = 20_240_701,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the model of this name.")] = False,
) -> None:
    """Train a model on what came before a day, measure it on what came after, and keep both.

    An interrupted training leaves nothing behind; the same data and seed make the same files.
    """
    started = perf_counter()
    period = (cut.date(), until.date())
    check_period(*period)
    registry = make_registry(settings_for(workspace), tenant)
    registry.check_free(name, replace=replace)
    asked = Asked(source, path, period, pairs, profiles, dense, run_config(queries, seed))
    model = model or (WEIGHTS if asked.kept_in_file else next(iter(TRAINERS)))
    if model == WEIGHTS:
        kind, fill, figures = _weights(asked, registry, name, workspace, tenant, refit=refit)
    else:
        kind, fill, figures = _history(asked, trainer_named(model, [WEIGHTS]), name, workspace)
    registry.add(name, kind, fill, seconds=perf_counter() - started, replace=replace)
    _tell(registry, name, figures)


def _history(asked: Asked, trainer: Trainer, name: str, workspace: str | None) -> Filled:
    with open_workspace(workspace if asked.kept_in_file or workspace else IN_MEMORY) as opened:
        run = make_run(asked, opened)
        learned = learned_by(run, trainer, lessons_of(run))
        figures = measured(run, {name: learned})
    return (
        ModelKind.HISTORY,
        lambda directory: save_history(directory, name, learned, run.task, figures, figures["kept_of"]),
        figures,
    )


def _weights(
    asked: Asked, registry: Registry, name: str, workspace: str | None, tenant: str, *, refit: bool
) -> Filled:
    if not asked.kept_in_file:
        reason = "weights are learned from a workspace; `maillon import --source cordis` makes one"
        raise InputError("source", asked.source.value, reason)
    with opened_tenant(workspace, tenant) as (opened, holdings):
        run = make_run(asked, opened)
        past = Past(opened, holdings, asked.profiles, asked.config.seed)
        trained = train_weights(past, run, name, refit=refit)
        rankings = _standing(registry, run) | {name: trained.measured}
        figures = measured_rankings(run, rankings)
    return (
        ModelKind.RANKING,
        lambda directory: save_ranking(
            directory, trained.serves, trained.measured, trained.record, run.task, figures
        ),
        figures,
    )


def _standing(registry: Registry, run: Run) -> dict[str, WeightedSum]:
    """The promoted weights, to be measured beside new ones on days that they did not learn from."""
    name = registry.current(ModelKind.RANKING)
    if name is None:
        return {}
    try:
        check_later(registry.manifest(name), run.period[0])
        return {name: load_weights(registry.path(name), run.reader.encoder, MEASURED)}
    except MaillonError as error:
        say(f"{name}, which serves, is not measured beside it: {error}")
        return {}


def _tell(registry: Registry, name: str, figures: Record) -> None:
    methods = figures["methods"]
    for other, one in sorted(methods.items(), key=lambda item: item[1]["slices"]["all"][HEADLINE]["mean"]):
        found = one["slices"]["all"][HEADLINE]
        low, high = found["by_query"]
        say(f"{other:28} nDCG@10 {found['mean']:.4f} [{low:.4f}, {high:.4f}]")
    say(f"→ {registry.directory / name}; `maillon promote {name}` puts it in the first place")
