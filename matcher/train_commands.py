"""`maillon train`: a model of past alliances into the registry, measured on the days after them."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

import typer

from matcher.assembly import make_registry, open_workspace
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
    Asked,
    HistorySource,
    learned_by,
    lessons_of,
    make_run,
    measured,
    run_config,
    trainer_named,
)
from matcher.model_card import save_history
from matcher.printing import say
from matcher.registry import ModelKind, Registry
from matcher.settings import load_settings

train_app = typer.Typer(rich_markup_mode=None)


@train_app.command()
def train(
    path: Directory = None,
    *,
    name: Annotated[str, typer.Option(help="What the model is called in the registry.")],
    cut: Cut,
    until: Until,
    source: Source = HistorySource.WORKSPACE,
    model: Annotated[str, typer.Option(help="logistic or lambdamart.")] = "logistic",
    pairs: Pairs = None,
    workspace: Place = None,
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
    registry = make_registry(load_settings())
    registry.check_free(name, replace=replace)
    asked = Asked(source, path, period, pairs, profiles, dense, run_config(queries, seed))
    trainer = trainer_named(model)
    with open_workspace(workspace if asked.kept_in_file or workspace else IN_MEMORY) as opened:
        run = make_run(asked, opened)
        learned = learned_by(run, trainer, lessons_of(run))
        figures = measured(run, {name: learned})
    registry.add(
        name,
        ModelKind.HISTORY,
        lambda directory: save_history(directory, name, learned, run.task, figures, figures["kept_of"]),
        seconds=perf_counter() - started,
        replace=replace,
    )
    _tell(registry, name, figures)


def _tell(registry: Registry, name: str, figures: Record) -> None:
    methods = figures["methods"]
    for other, one in sorted(methods.items(), key=lambda item: item[1]["slices"]["all"][HEADLINE]["mean"]):
        found = one["slices"]["all"][HEADLINE]
        low, high = found["by_query"]
        say(f"{other:28} nDCG@10 {found['mean']:.4f} [{low:.4f}, {high:.4f}]")
    say(f"→ {registry.directory / name}; `maillon promote {name}` puts it in the first place")
