"""What the files of a learned model say of it: a manifest, and a card written from it alone.

Neither holds a time of day or a duration, so that the same training writes the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from matcher.adapters.trainers import load_model
from matcher.errors import InputError, ModelError
from matcher.evaluation.assessment import HEADLINE, MUTUAL
from matcher.figures import plain, write_figures
from matcher.lessons import Learned
from matcher.provenance import commit, libraries
from matcher.ranking import WeightedSum
from matcher.ranking_files import save_weights
from matcher.registry import CARD, FIGURES, FORMAT, MANIFEST, ModelKind, read_manifest
from matcher.training import Calibration

Record = dict[str, Any]
TOLD = (HEADLINE, "recall@10", "mrr", MUTUAL)


def save_history(
    directory: Path, name: str, learned: Learned, task: Record, figures: Record, kept_of: Mapping[str, Record]
) -> None:
    """Fill a directory with a model of histories: its files, manifest, card and figures."""
    learned.model.save(directory)
    write_described(directory, history_manifest(name, learned, task, figures), task, kept_of)


def save_ranking(
    directory: Path, serves: WeightedSum, measured: WeightedSum, record: Record, task: Record, figures: Record
) -> None:
    """Fill a directory with learned weights: those that serve, those measured, manifest, card, figures."""
    save_weights(directory, serves, measured)
    manifest = described(serves.name, ModelKind.RANKING, task, figures, record)
    write_described(directory, manifest, task, figures["kept_of"])


def write_described(directory: Path, manifest: Record, task: Record, kept_of: Mapping[str, Record]) -> None:
    """Write the manifest, the card and the figures of a model into its directory."""
    manifest = plain(manifest)
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (directory / CARD).write_text(card(manifest), encoding="utf-8")
    write_figures(directory / FIGURES, task, kept_of)


def history_manifest(name: str, learned: Learned, task: Record, figures: Record) -> Record:
    """The manifest of a model of histories, measured on a task."""
    made: Record = dict(learned.record)
    return described(
        name,
        ModelKind.HISTORY,
        task,
        figures,
        {
            "trainer": made["trainer"],
            "features": list(learned.model.names),
            "groups": list(learned.groups),
            "encoder": made["encoder"],
            "learned_from": made["periods"],
            "learned_before": task["cut"],
            "examples": {"pairs": made["pairs"], "positives": made["positives"]},
            "strength": made["strength"],
            "settings": made["settings"],
            "run": made["run"],
            "seed": made["run"]["seed"],
            "calibration": asdict(learned.calibration),
        },
    )


def described(name: str, kind: ModelKind, task: Record, figures: Record, model: Record) -> Record:
    """A manifest: what the model is, the task it was measured on, what it reached, what made it."""
    methods, own = figures["methods"], figures["model"]
    calibration = figures["calibration"]
    return {
        "format": FORMAT,
        "name": name,
        "kind": kind.value,
        **model,
        "task": task,
        "measured": {
            "queries": figures["queries"],
            "positives": figures["positives"],
            "candidates": figures["candidates"],
            "slices": {part: _told(of_part) for part, of_part in methods[own]["slices"].items()},
            "exposure": {one: methods[own]["exposure"][one] for one in ("coverage", "gini")},
            "shown": {one: calibration[one] for one in ("pairs", "came_true", "ece", "brier")},
            "beside": {other: _told(one["slices"]["all"]) for other, one in methods.items() if other != own},
        },
        "libraries": libraries(),
        "commit": commit(),
    }


def _told(of_part: Record) -> Record:
    return {"queries": of_part["queries"]} | {measure: of_part[measure] for measure in TOLD}


def load_history(directory: Path, encoder: str) -> Learned:
    """The model of histories in a directory, to read features made with this encoder.

    ModelError when it is of another kind, read another encoder or is damaged.
    """
    manifest = read_manifest(directory)
    name = directory.name
    if manifest["kind"] is not ModelKind.HISTORY:
        raise ModelError(f"{name} is a {manifest['kind']} model, not one of histories")
    try:
        calibration = Calibration(**manifest["calibration"])
        groups, of_encoder, features = tuple(manifest["groups"]), manifest["encoder"], manifest["features"]
    except (KeyError, TypeError) as error:
        raise ModelError(f"{directory / MANIFEST} is damaged ({error}); train the model again") from error
    if of_encoder != encoder:
        raise ModelError(
            f"{name} learned from texts read by {of_encoder}, here they are read by {encoder}; "
            "use that encoder, or train the model again"
        )
    model = load_model(directory)
    if list(model.names) != features:
        raise ModelError(f"{directory}: the model and its manifest name other features; train it again")
    return Learned(model, calibration, groups, {"trainer": manifest["trainer"], "encoder": of_encoder})


def check_later(manifest: Record, cut: date) -> None:
    """InputError when a model learned from days on or after a cut: measuring it there would flatter."""
    learned_before = date.fromisoformat(manifest["learned_before"])
    if learned_before > cut:
        reason = f"{manifest['name']} learned from days until {learned_before}; measure it on a later period"
        raise InputError("cut", cut.isoformat(), reason)


def card(manifest: Record) -> str:
    """The card of a model, Markdown, from its manifest."""
    task, measured = manifest["task"], manifest["measured"]
    parts = [
        f"# {manifest['name']}\n",
        f"{_what(manifest)} Learned from {_learned(manifest)}; encoder `{manifest['encoder']}`.\n",
        (
            f"Measured on {task['source']}, {task['cut']} to {task['until']}: {measured['queries']} queries, "
            f"{measured['positives']} true partners, {measured['candidates']} candidates, all ranked. "
            "Intervals are 95 %, from redrawing queries.\n"
        ),
        _table("slice", measured["slices"]),
        (
            f"{_shown(manifest)}. Coverage {measured['exposure']['coverage']:.3f}, Gini of exposure "
            f"{measured['exposure']['gini']:.3f}.\n"
        ),
        _kept(manifest),
        _decided(manifest),
        "The others, on the same queries and candidates:\n",
        _table("method", measured["beside"]),
        _weights(manifest),
        f"Features ({len(manifest['features'])}): {', '.join(manifest['features'])}.\n",
        f"Settings: `{json.dumps(manifest['settings'])}`, `{json.dumps(manifest['run'])}`, seed "
        f"{manifest['seed']}. Data `{task['fingerprint']}`. Code {manifest['commit'] or 'of no commit'}; "
        + ", ".join(f"{name} {number}" for name, number in manifest["libraries"].items())
        + ".\n",
        _limits(manifest),
    ]
    return "\n".join(part for part in parts if part)


def _what(manifest: Record) -> str:
    if manifest["kind"] == ModelKind.RANKING:
        return "Ranks partners in the product: the features that it serves with, with learned weights."
    return f"Ranks partners in a history of alliances ({manifest['trainer']}); it does not serve."


def _learned(manifest: Record) -> str:
    examples = manifest["examples"]
    counts = ", ".join(f"{count} {name}" for name, count in examples.items())
    spans = ", ".join(f"{start} to {end}" for start, end in manifest["learned_from"])
    left_out = manifest.get("left_out") or {}
    told = "".join(f"; left out: {count} {why}" for why, count in left_out.items())
    return f"what was known before {manifest['learned_before']} ({spans}): {counts}{told}"


def _table(head: str, rows: Mapping[str, Record]) -> str:
    lines = [f"| {head} | queries | nDCG@10 | recall@10 | MRR | mutual@10 |", "|---|---|---|---|---|---|"]
    for name, one in rows.items():
        cells = " | ".join(_cell(one[measure]) for measure in TOLD)
        lines.append(f"| {name} | {one['queries']} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(figure: Record) -> str:
    if figure["mean"] is None:
        return "–"
    low, high = figure["by_query"]
    return f"{figure['mean']:.4f} [{low:.4f}, {high:.4f}]"


def _shown(manifest: Record) -> str:
    shown = manifest["measured"]["shown"]
    days = f" within {manifest['horizon_days']} days" if "horizon_days" in manifest else ""
    told = f"Of the {shown['pairs']} pairs shown in the first ten, {shown['came_true']:.2%} came true{days}; "
    if shown["ece"] is None:
        return told + "too few came true before to say how likely one is"
    return told + f"expected calibration error {shown['ece']:.4f}, Brier {shown['brier']:.4f}"


def _kept(manifest: Record) -> str:
    """How much of what was learned stands on the plain order, and what later days said of it."""
    told = manifest.get("strength")
    if told is None:
        return ""
    if not told["gains"]:
        reason = f"{told['queries']} later queries are too few to try what was learned on"
        return f"It is the plain order alone: {reason}.\n"
    mean, error = told["gains"][told["chosen"]]
    gain = f"nDCG@10 {mean:+.4f} (standard error {error:.4f}) on {told['queries']} queries of later days"
    tried = ", ".join(told["gains"])
    return f"Kept on the plain order: {told['chosen']}, {gain}; tried: {tried}.\n"


def _decided(manifest: Record) -> str:
    """What the decisions after the cut say, where there were any."""
    told = manifest.get("decided_after") or {"kept": 0}
    if not told["kept"]:
        return ""
    return (
        f"Of {told['kept']} proposals that people kept from {manifest['task']['cut']} on, each stands above "
        f"{told['right']:.0%} of those graded lower on average (by hand {told['by_hand']:.0%}), as served.\n"
    )


def _weights(manifest: Record) -> str:
    if "weights" not in manifest:
        return ""
    lines = ["| feature | by hand | learned |", "|---|---|---|"]
    by_hand = manifest["prior"]
    lines += [f"| {name} | {by_hand[name]:g} | {one:.2f} |" for name, one in manifest["weights"].items()]
    return "\n".join(lines) + "\n"


def _limits(manifest: Record) -> str:
    said = (
        "Limits: what it calls true is that two organisations allied, not that the alliance was good; a pair "
        "that never met may have worked too. Who has no past is ranked by text and place alone. "
    )
    return f"{said}{manifest.get('caveat', '')}{' ' if manifest.get('caveat') else ''}People decide.\n"
