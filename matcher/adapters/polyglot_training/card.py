"""The card of an adapter: what it was trained on and what that cost, as it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.adapters.polyglot_training.config import TrainingConfig
from matcher.adapters.polyglot_training.run import Result
from matcher.low_rank import Adapter, AdapterCard
from matcher.polyglot import Entry
from matcher.taxonomy import Lang


def model_card(
    name: str,
    result: Result,
    entries: Sequence[Entry],
    pairs: Sequence[tuple[str, str]],
    config: TrainingConfig,
) -> str:
    """The card in Markdown; quality is for the kept-apart parts to tell, so none is claimed."""
    return "\n".join(
        [
            f"# {name}",
            "",
            "A low-rank adapter of a frozen sentence encoder: needs come nearer to the skills that answer",
            "them in the words of another world. It is merged into the weights when the encoder is loaded,",
            f"and fits those of digest `{result.adapter.card.base[:8]}` alone.",
            "",
            "## Data",
            *_data(result, entries, pairs),
            "",
            "## Training",
            *_training(result, config),
            "",
        ]
    )


def average_card(name: str, mean: Adapter, parts: Mapping[str, AdapterCard], told: Mapping[str, str]) -> str:
    """The card of a mean of adapters in Markdown, with what the card of each tells of its training."""
    return "\n".join(
        [
            f"# {name}",
            "",
            "The mean of several low-rank adapters of one frozen sentence encoder, made with",
            f"`maillon encoder average`. It fits the weights of digest `{mean.card.base[:8]}` alone.",
            "",
            *(
                f"- {part}: seeds {', '.join(map(str, card.seeds))}, digest of the texts `{card.data[:8]}`"
                for part, card in parts.items()
            ),
            f"- rank {mean.card.rank}, digest of the texts of all `{mean.card.data[:8]}`",
            "",
            *(line for part, card in told.items() for line in _nested(part, card)),
        ]
    )


def _nested(part: str, card: str) -> list[str]:
    """A card as a section of another: its data and training, its headings one level down."""
    lines = card.splitlines()
    start = next((place for place, line in enumerate(lines) if line.startswith("## ")), len(lines))
    inner = [f"#{line}" if line.startswith("#") else line for line in lines[start:]]
    return [f"## {part}", "", *inner, ""]


def _data(result: Result, entries: Sequence[Entry], pairs: Sequence[tuple[str, str]]) -> list[str]:
    authors = ", ".join(sorted({entry.author for entry in entries})) or "none"
    written = sum(len(entry.skills) for entry in entries)
    wrong = sum(len(entry.hard_negatives) for entry in entries)
    english = sum(len(entry.skills) for entry in entries if entry.lang is Lang.EN)
    return [
        f"- entries: {len(entries)} (authors: {authors})",
        f"- pairs of a need and a skill: {written}, of which {english} with one side in English",
        f"- hard negatives: {wrong}",
        f"- pairs of past alliances: {len(pairs)}",
        f"- digest of the texts: `{result.adapter.card.data[:8]}`",
    ]


def _training(result: Result, config: TrainingConfig) -> list[str]:
    report = result.report
    reach = "every layer" if config.depth is None else f"the last {config.depth} layers"
    terms = f"scale {config.scale:g}, pairwise {config.pairwise:g}, anchor {config.anchor:g}"
    return [
        f"- LoRA of rank {config.rank}, alpha {config.alpha}, on {', '.join(config.layers)} of {reach}",
        f"- seeds: {', '.join(map(str, report.seeds))}; mean of rank {result.adapter.card.rank}",
        f"- {config.epochs} epochs, {report.steps} steps in all",
        f"- a step: {config.batch_entries} needs, each with one skill and {config.negatives} wrong answers",
        f"- learning rate {config.learning_rate:g}, {terms}",
        f"- {'bfloat16' if config.bfloat16 else 'float32'} on {config.device}",
        f"- {report.seconds:.0f} s in all, {report.pace}",
        f"- {report.peak_memory_mb:.0f} MB of memory at most",
        f"- mean loss of the first and the last epoch: {report.first_loss:.2f}, {report.last_loss:.2f}",
    ]
