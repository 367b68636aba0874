"""What training lowers: right skills above the rest of the batch, and above every tempting wrong answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from matcher.adapters.polyglot_training.config import Directions, TrainingConfig

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

_Ranking = Literal["query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc"]
_DIRECTIONS: dict[Directions, tuple[tuple[_Ranking, ...], Literal["joint", "per_direction"]]] = {
    Directions.FORWARD: (("query_to_doc",), "joint"),
    Directions.BOTH: (("query_to_doc", "doc_to_query"), "per_direction"),
    Directions.ALL: (("query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc"), "joint"),
}


def batch_loss(
    model: SentenceTransformer,
    embedded: list[Tensor],
    config: TrainingConfig,
    taught: Sequence[Tensor] = (),
) -> Tensor:
    """The loss of columns of needs, skills and wrong answers, rows of L2 norm 1.

    `taught` are the untouched encoder's rows of the first columns, which the anchor holds to.
    """
    loss = ranking_loss(model, embedded, config)
    if config.pairwise and len(embedded) > 2:
        loss = loss + config.pairwise * pairwise_loss(embedded, config.scale)
    for rows, before in zip(embedded, taught, strict=False):
        loss = loss + config.anchor * anchor_loss(rows, before)
    return loss


def ranking_loss(model: SentenceTransformer, embedded: list[Tensor], config: TrainingConfig) -> Tensor:
    """MultipleNegativesRankingLoss of columns of needs, skills and wrong answers."""
    import torch  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss  # noqa: PLC0415

    directions, partition = _DIRECTIONS[config.directions]
    loss = MultipleNegativesRankingLoss(
        model, scale=config.scale, directions=directions, partition_mode=partition
    )
    return loss.compute_loss_from_embeddings(embedded, torch.empty(0))


def pairwise_loss(embedded: list[Tensor], scale: float) -> Tensor:
    """A smooth count of the (right pair, wrong pair) couples of the batch in the wrong order.

    Couples are taken across needs, so that scores are comparable from one need to another: what
    AUC over a whole pool measures.
    """
    import torch  # noqa: PLC0415

    needs, skills, *wrong = embedded
    right = (needs * skills).sum(dim=1)
    tempting = torch.cat([(needs * column).sum(dim=1) for column in wrong])
    return torch.nn.functional.softplus(scale * (tempting[None, :] - right[:, None])).mean()


def anchor_loss(rows: Tensor, before: Tensor) -> Tensor:
    """One minus the correlation of the cosines between the texts of a column, now and before training.

    Only the order and the proportions of cosines are held, not their level: the untouched encoder's
    lie in a narrow band that training has to widen.
    """
    import torch  # noqa: PLC0415

    above = torch.triu_indices(len(rows), len(rows), offset=1)
    now, then = ((side @ side.T)[above[0], above[1]] for side in (rows, before))
    now, then = now - now.mean(), then - then.mean()
    lost: Tensor = 1 - (now * then).sum() / (now.norm() * then.norm()).clamp_min(1e-9)
    return lost
