"""Entries to batches: which need meets which skill and which wrong answers, at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.adapters.polyglot_training.config import TrainingConfig
from matcher.polyglot import Entry, NegativeKind


@dataclass(frozen=True, slots=True)
class Example:
    """A need, the skills that answer it, and texts that do not."""

    need: str
    skills: tuple[str, ...]
    negatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one need, one right skill and wrong answers: the columns of the loss."""

    needs: tuple[str, ...]
    skills: tuple[str, ...]
    negatives: tuple[tuple[str, ...], ...]
    """One tuple a column, each as long as `needs`."""

    @property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        """Needs, skills, then each column of wrong answers."""
        return (self.needs, self.skills, *self.negatives)


def examples_of(
    entries: Sequence[Entry], pairs: Sequence[tuple[str, str]], config: TrainingConfig
) -> list[Example]:
    """One example an entry, and one a (need, skill) pair of past alliances."""
    found = [
        Example(
            entry.need.text,
            tuple(skill.text for skill in entry.skills),
            tuple(negative.text for negative in entry.hard_negatives),
        )
        for entry in entries
    ]
    if config.competitor_needs:
        found += [example for entry in entries for example in _as_needs(entry)]
    return found + [Example(need, (skill,), ()) for need, skill in pairs]


def steps_per_epoch(examples: Sequence[Example], config: TrainingConfig) -> int:
    """How many batches an epoch has; what is left over joins the last one."""
    return max(1, len(examples) // config.batch_entries)


def epoch_batches(examples: Sequence[Example], config: TrainingConfig, seed: int, epoch: int) -> list[Batch]:
    """The batches of an epoch, the same for the same seed and epoch."""
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(examples))
    groups = np.array_split(order, steps_per_epoch(examples, config))
    tempting = [text for example in examples for text in example.negatives]
    return [_batch([examples[i] for i in group], tempting, config, random, epoch) for group in groups]


def _batch(
    examples: Sequence[Example],
    tempting: Sequence[str],
    config: TrainingConfig,
    random: np.random.Generator,
    epoch: int,
) -> Batch:
    columns = [_negatives(example, tempting, config, random, epoch) for example in examples]
    return Batch(
        tuple(example.need for example in examples),
        tuple(example.skills[epoch % len(example.skills)] for example in examples),
        tuple(zip(*columns, strict=True)) if config.negatives and tempting else (),
    )


def _negatives(
    example: Example,
    tempting: Sequence[str],
    config: TrainingConfig,
    random: np.random.Generator,
    epoch: int,
) -> list[str]:
    """Its own wrong answers in turn; those of others stand in where it has too few."""
    own = example.negatives
    taken = [own[(epoch + i) % len(own)] for i in range(min(config.negatives, len(own)))]
    missing = config.negatives - len(taken)
    if missing and tempting:
        taken += [tempting[i] for i in random.integers(len(tempting), size=missing)]
    return taken


def _as_needs(entry: Entry) -> list[Example]:
    """A competitor needs the same, so the same skills answer it and the need itself does not."""
    skills = tuple(skill.text for skill in entry.skills)
    others = tuple(n.text for n in entry.hard_negatives if n.kind is not NegativeKind.COMPETITOR)
    return [
        Example(negative.text, skills, (entry.need.text, *others))
        for negative in entry.hard_negatives
        if negative.kind is NegativeKind.COMPETITOR
    ]
