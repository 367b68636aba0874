"""The encoder under training: sentence-transformers' model with peft's adapters in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.adapters.polyglot_training.config import Base, TrainingConfig
from matcher.errors import EncoderError
from matcher.low_rank import Adapter, AdapterCard, LowRank

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

    from matcher.adapters.polyglot_training.below import Below

_DOWN, _UP = ".lora_A.default.weight", ".lora_B.default.weight"


@dataclass(frozen=True, slots=True)
class Trainee:
    """A loaded encoder and the weights of it that training changes, by name."""

    model: SentenceTransformer
    weights: dict[str, torch.nn.Parameter]
    below: Below | None
    """The layers that stay as they are, when only the last ones change."""


def load_trainee(base: Base, config: TrainingConfig, seed: int) -> Trainee:
    """The encoder, everything frozen but its new adapters (or all of it when `config.full`)."""
    model = _load(base, config)
    transformer: Any = model[0].model
    below = None
    if not config.full:
        _freeze(transformer, config)
        below = _below(model, config)
        _add_adapters(transformer, config, seed)
    weights = {
        name: weight
        for name, weight in transformer.named_parameters()
        if config.full or name.endswith((_DOWN, _UP))
    }
    for name, weight in transformer.named_parameters():
        weight.requires_grad_(name in weights)
    if not weights:
        raise EncoderError(
            f"{base.directory} has no layer named {' or '.join(config.layers)}; "
            "name others in the configuration"
        )
    # Dropout inside the layers costs more than half of the time here; hiding tokens stands in for it.
    model.eval()
    return Trainee(model, weights, below)


def embed_columns(
    trainee: Trainee, columns: Sequence[Sequence[str]], config: TrainingConfig, generator: torch.Generator
) -> list[Tensor]:
    """One row of L2 norm 1 a text, a tensor a column; texts of similar length go through together."""
    import torch  # noqa: PLC0415

    texts = [text for column in columns for text in column]
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
    rows = []
    # One context for all chunks: the trained weights are then put into bfloat16 once, not once a chunk.
    with _products(config):
        for start in range(0, len(order), config.chunk):
            features = _features(trainee, [texts[i] for i in order[start : start + config.chunk]])
            features["attention_mask"] = _hide(features["attention_mask"], config.token_dropout, generator)
            on_device = {
                name: value.to(config.device) for name, value in features.items() if hasattr(value, "to")
            }
            rows.append(trainee.model(on_device)["sentence_embedding"])
    place = torch.empty(len(order), dtype=torch.long)
    place[torch.tensor(order)] = torch.arange(len(order))
    gathered = torch.cat(rows).float()[place.to(config.device)]
    return list(torch.split(gathered, [len(column) for column in columns]))


def remember(trainee: Trainee, texts: Sequence[str], config: TrainingConfig) -> None:
    """Put the texts, prefixes included, through the layers that stay as they are."""
    if trainee.below is not None:
        with _products(config):
            trainee.below.remember(texts, config.chunk, config.device)


def adapter_of(trainee: Trainee, base: Base, config: TrainingConfig, seed: int, data: str) -> Adapter:
    """The changes as arrays, without anything of peft."""
    layers = {
        name.removesuffix(_DOWN): LowRank(
            _array(weight), _array(trainee.weights[name.removesuffix(_DOWN) + _UP])
        )
        for name, weight in trainee.weights.items()
        if name.endswith(_DOWN)
    }
    card = AdapterCard(base.digest, config.rank, config.alpha, dict(config.prefixes), data, (seed,))
    return Adapter(card, layers)


def _array(weight: torch.nn.Parameter) -> np.ndarray:
    return np.asarray(weight.detach().float().cpu().numpy(), dtype=np.float32).copy()


def _features(trainee: Trainee, texts: list[str]) -> dict[str, Any]:
    return trainee.below.features(texts) if trainee.below is not None else trainee.model.preprocess(texts)


def _below(model: SentenceTransformer, config: TrainingConfig) -> Below | None:
    if config.depth is None:
        return None
    from matcher.adapters.polyglot_training.below import Below  # noqa: PLC0415 (imports torch)

    return Below(model, config.depth)


def _products(config: TrainingConfig) -> AbstractContextManager[Any]:
    """What products are computed in."""
    import torch  # noqa: PLC0415

    return torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bfloat16)


def _hide(mask: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """The mask with a share of the tokens hidden, never the first of a text."""
    import torch  # noqa: PLC0415

    if not share:
        return mask
    kept = torch.rand(mask.shape, generator=generator) >= share
    kept[:, 0] = True
    return mask * kept


def _load(base: Base, config: TrainingConfig) -> SentenceTransformer:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        import peft  # noqa: F401, PLC0415
        import torch  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    except ImportError as error:
        raise EncoderError(
            f"training needs a package that is missing ({error}); `pip install 'maillon[train]'`"
        ) from error
    model = SentenceTransformer(
        str(base.directory),
        device=config.device,
        local_files_only=True,
        # On texts this short the fused attention's backward costs more than plain products.
        model_kwargs={"dtype": torch.float32, "attn_implementation": "eager"},
    )
    model.max_seq_length = min(config.max_tokens, model.max_seq_length or config.max_tokens)
    return model


def _freeze(transformer: torch.nn.Module, config: TrainingConfig) -> None:
    """Keep the linear layers, which stay as they are, in what products are computed in."""
    import torch  # noqa: PLC0415

    if config.bfloat16:
        for layer in transformer.modules():
            if isinstance(layer, torch.nn.Linear):
                layer.to(torch.bfloat16)


def _add_adapters(transformer: torch.nn.Module, config: TrainingConfig, seed: int) -> None:
    """Put peft's adapters in, drawn from the seed; the caller's own random state stays as it was."""
    import torch  # noqa: PLC0415
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415

    lora = LoraConfig(
        r=config.rank, lora_alpha=config.alpha, target_modules=list(config.layers), lora_dropout=0.0
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(lora, transformer)
    for name, weight in transformer.named_parameters():
        if name.endswith((_DOWN, _UP)):
            weight.data = weight.data.float()
