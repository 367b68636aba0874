"""`maillon encoder`: train the encoder on pairs of needs and skills."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from matcher.adapters.polyglot_training import (
    Base,
    Result,
    TrainingConfig,
    average_card,
    model_card,
    train,
)
from matcher.adapters.sentence_encoder.adapter import load_adapter, save_adapter
from matcher.adapters.sentence_encoder.embedded_model import SHA256, embedded_model
from matcher.assembly import open_workspace
from matcher.domain import Alliance
from matcher.errors import InputError
from matcher.low_rank import averaged
from matcher.polyglot import Part, load_corpus, load_split, polyglot_directory, split
from matcher.printing import print_json, say
from matcher.progress import progress_bar
from matcher.settings import load_settings

CARD = "card.md"

encoder_app = typer.Typer(
    name="encoder",
    help="Train the encoder on pairs of needs and skills.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@encoder_app.callback()
def encoder_group() -> None:
    """Train the encoder on pairs of needs and skills."""


@encoder_app.command("train")
def train_command(
    corpus: Annotated[
        Path | None, typer.Option(help="Directory of .jsonl entries; the project's own when not given.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Directory of the adapter that is written.")] = Path("polyglot"),
    seed: Annotated[
        int | None, typer.Option(help="One run with this seed; the mean of the default ones when not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the corpus.")] = None,
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="Workspace whose past alliances are learnt too.")
    ] = None,
    device: Annotated[str, typer.Option(help="Where to compute: cpu or cuda.")] = "cpu",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Train a small adapter of the embedded encoder, so that needs find the skills of other worlds."""
    source = corpus or polyglot_directory()
    entries = split(load_corpus(source), Part.TRAIN, load_split(source))
    pairs = _past_pairs(workspace) if workspace is not None else []
    base = Base(embedded_model(load_settings().cache), SHA256)
    config = _configured(seed, epochs, device)
    with progress_bar("training") as advance:
        result = train(
            entries,
            base,
            config,
            pairs=pairs,
            checkpoints=out,
            resume=resume,
            workers=_cores() if device == "cpu" else 1,
            progress=advance,
        )
    save_adapter(result.adapter, out)
    (out / CARD).write_text(model_card(out.resolve().name, result, entries, pairs, config), encoding="utf-8")
    _tell(result, out, as_json=as_json)


@encoder_app.command("average")
def average_command(
    adapters: Annotated[list[Path], typer.Argument(help="Directories of two adapters or more.")],
    out: Annotated[Path, typer.Option(help="Directory of the adapter that is written.")],
) -> None:
    """The mean of adapters: steadier than any of them, and as fast once it is loaded."""
    if len(adapters) < 2:
        raise InputError("adapters", len(adapters), "expected two directories or more")
    parts = {directory.resolve().name: load_adapter(directory) for directory in adapters}
    if len(parts) < len(adapters):
        raise InputError("adapters", ", ".join(map(str, adapters)), "two bear the same name; rename one")
    mean = averaged(list(parts.values()))
    save_adapter(mean, out)
    cards = {name: part.card for name, part in parts.items()}
    told = {
        directory.resolve().name: (directory / CARD).read_text(encoding="utf-8")
        for directory in adapters
        if (directory / CARD).is_file()
    }
    (out / CARD).write_text(average_card(out.resolve().name, mean, cards, told), encoding="utf-8")
    say(f"→ {out}, rank {mean.card.rank}; use it with MAILLON_ADAPTER={out}")


def pairs_of(alliances: list[Alliance]) -> list[tuple[str, str]]:
    """The distinct (need, skill) that met in alliances that went well."""
    met = [(met.need, met.skill) for alliance in alliances if alliance.is_positive for met in alliance.met]
    return list(dict.fromkeys(met))


def _past_pairs(workspace: str) -> list[tuple[str, str]]:
    with open_workspace(workspace) as opened:
        return pairs_of(opened.alliances())


def _configured(seed: int | None, epochs: int | None, device: str) -> TrainingConfig:
    config = replace(TrainingConfig(), device=device)
    if seed is not None:
        config = replace(config, seeds=(seed,))
    return config if epochs is None else replace(config, epochs=epochs)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tell(result: Result, out: Path, *, as_json: bool) -> None:
    report = result.report
    if as_json:
        print_json(asdict(report) | {"out": str(out), "data": result.adapter.card.data})
        return
    seeds = ", ".join(map(str, report.seeds))
    say(
        f"{report.examples} examples, {report.steps} steps, seeds {seeds}: {report.seconds:.0f} s "
        f"({report.pace}), "
        f"{report.peak_memory_mb:.0f} MB at most, loss {report.first_loss:.2f} → {report.last_loss:.2f}"
    )
    say(f"→ {out}; use it with MAILLON_ADAPTER={out}")
