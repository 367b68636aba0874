"""What the untouched encoder says of the texts, for training to stay near it where no register is crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.adapters.polyglot_training.batches import Example
from matcher.adapters.polyglot_training.config import TrainingConfig
from matcher.adapters.polyglot_training.model import Trainee, embed_columns
from matcher.domain import Role

if TYPE_CHECKING:
    from torch import Tensor

Taught = dict[str, "Tensor"]
"""A row of L2 norm 1 by text, prefix included."""


def untouched_vectors(trainee: Trainee, examples: Sequence[Example], config: TrainingConfig) -> Taught:
    """The rows of every need and skill before any training; none when nothing holds training to them.

    An adapter changes nothing until its first step, so the encoder under training is its own teacher.
    """
    import torch  # noqa: PLC0415

    if not config.anchor:
        return {}
    need, skill = config.prefixes[Role.NEED], config.prefixes[Role.SKILL]
    said = [need + example.need for example in examples]
    said += [skill + text for example in examples for text in example.skills]
    texts = list(dict.fromkeys(said))
    with torch.no_grad():
        (rows,) = embed_columns(trainee, [texts], replace(config, token_dropout=0.0), torch.Generator())
    return dict(zip(texts, rows, strict=True))
