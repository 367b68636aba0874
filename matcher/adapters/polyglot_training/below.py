"""The layers that training leaves alone: each text goes through them once, not at every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from matcher.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor


class _Given(torch.nn.Module):
    """Stands where the embeddings stood: what comes in is what the layers below made of the text."""

    def forward(self, *, inputs_embeds: Tensor, **_kwargs: object) -> Tensor:
        return inputs_embeds


class _PassedOver(torch.nn.Module):
    """Stands where a layer stood, so that those above keep their names."""

    def forward(self, states: Tensor, *_arguments: object, **_kwargs: object) -> Tensor:
        return states


class Below:
    """The embeddings and first layers of an encoder, taken out of it, with what they made of each text."""

    def __init__(self, model: SentenceTransformer, depth: int) -> None:
        transformer: Any = model[0].model
        layers = getattr(getattr(transformer, "encoder", None), "layer", None)
        if layers is None or not 0 < depth <= len(layers):
            known = "no layers by the names of BERT" if layers is None else f"{len(layers)} layers"
            raise EncoderError(
                f"the last {depth} layers cannot be trained alone, the encoder has {known}; "
                "give another depth"
            )
        self._preprocess = model.preprocess
        self._embeddings = transformer.embeddings
        self._layers = list(layers[: len(layers) - depth])
        self._states: dict[str, Tensor] = {}
        transformer.embeddings = _Given()
        for place in range(len(self._layers)):
            layers[place] = _PassedOver()

    @torch.no_grad()
    def remember(self, texts: Sequence[str], chunk: int, device: str) -> None:
        """Compute the states of texts, those of similar length together, the same for the same texts."""
        order = sorted(set(texts), key=lambda text: (len(text), text))
        for start in range(0, len(order), chunk):
            some = order[start : start + chunk]
            features = {name: value.to(device) for name, value in self._tokens(some).items()}
            mask = features.pop("attention_mask")
            states = self._embeddings(**features)
            hidden = torch.zeros(mask.shape, dtype=states.dtype, device=device)
            hidden = hidden.masked_fill(mask == 0, torch.finfo(states.dtype).min)[:, None, None, :]
            for layer in self._layers:
                states = layer(states, hidden)
            for text, row, kept in zip(some, states, mask.sum(dim=1).tolist(), strict=True):
                self._states[text] = row[:kept].clone()

    def features(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """What the rest of the encoder starts from: padded states, and which of them are tokens."""
        rows = [self._states[text] for text in texts]
        mask = [torch.ones(len(row), dtype=torch.long) for row in rows]
        pad = torch.nn.utils.rnn.pad_sequence
        return {
            "inputs_embeds": pad(rows, batch_first=True),
            "attention_mask": pad(mask, batch_first=True),
        }

    def _tokens(self, texts: Sequence[str]) -> dict[str, Tensor]:
        wanted = ("input_ids", "token_type_ids", "attention_mask")
        return {name: value for name, value in self._preprocess(list(texts)).items() if name in wanted}
