"""A learned model as a directory of plain files, with a card that says what it is."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from matcher.evaluate_run import Learned
from matcher.evaluation.assessment import HEADLINE, MUTUAL

LIBRARIES = ("maillon", "numpy", "scipy", "scikit-learn", "lightgbm")
CARD, MANIFEST = "card.md", "model.json"


def libraries() -> dict[str, str]:
    """The versions of what computes, by name; what is not installed is left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def save_model(directory: Path, learned: Learned, record: dict[str, Any]) -> None:
    """Write the model with its card; the directory is complete or as it was before."""
    fresh = directory.with_name(f".{directory.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        learned.model.save(fresh)
        manifest = _manifest(learned, record)
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (fresh / CARD).write_text(card(manifest), "utf-8")
        shutil.rmtree(directory, ignore_errors=True)
        fresh.rename(directory)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _manifest(learned: Learned, record: dict[str, Any]) -> dict[str, Any]:
    name = next(n for n in record["pairs"]["methods"] if n.endswith(str(learned.record["trainer"])))
    slices = record["pairs"]["methods"][name]["slices"]
    return {
        "features": list(learned.model.names),
        "groups": list(learned.groups),
        "calibration": asdict(learned.calibration),
        "training": dict(learned.record),
        "data": {key: record["made"][key] for key in ("source", "cut", "until", "actors", "events")},
        "libraries": record["made"]["libraries"],
        "measures": {
            part: {m: figures[m] for m in (HEADLINE, "recall@10", MUTUAL)} | {"queries": figures["queries"]}
            for part, figures in slices.items()
        },
    }


def card(manifest: dict[str, Any]) -> str:
    """The card of a model, Markdown, from its manifest."""
    training, data = manifest["training"], manifest["data"]
    spans = ", ".join(f"{start} to {end}" for start, end in training["periods"])
    rows = "\n".join(
        f"| {part} | {one['queries']} | "
        + " | ".join(_cell(one[measure]) for measure in (HEADLINE, "recall@10", MUTUAL))
        + " |"
        for part, one in manifest["measures"].items()
    )
    learned = f"{training['positives']} true pairs among {training['pairs']}"
    return (
        f"# {training['trainer']}\n\nRanks partners across sectors. Learned from alliances begun {spans}, "
        f"each with what was known on its first day: {learned}, in {training['training_seconds']} s. "
        f"Measured on {data['source']}, {data['cut']} to {data['until']}: {data['actors']} actors, "
        f"{data['events']} events; encoder `{training['encoder']}`.\n\n"
        f"| slice | queries | nDCG@10 | recall@10 | mutual@10 |\n|---|---|---|---|---|\n{rows}\n\n"
        f"Settings: `{json.dumps(training['settings'])}`, `{json.dumps(training['run'])}`.\n"
        f"Features ({len(manifest['features'])}): {', '.join(manifest['features'])}.\n\n"
        "Limits: what it calls true is that two organisations signed together, not that the alliance "
        "was good; who is not in the history it learned from is ranked by text and place alone. "
        "People decide.\n"
    )


def _cell(figure: dict[str, Any]) -> str:
    low, high = figure["by_query"]
    return f"{figure['mean']:.4f} [{low:.4f}, {high:.4f}]"
