"""What training lowers: right skills above the rest of the batch, and above every tempting wrong answer."""

from __future__ import annotations

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


def batch_loss(model: SentenceTransformer, embedded: list[Tensor], config: TrainingConfig) -> Tensor:
    """The loss of columns of needs, skills and wrong answers, rows of L2 norm 1."""
    loss = ranking_loss(model, embedded, config)
    if config.pairwise and len(embedded) > 2:
        loss = loss + config.pairwise * pairwise_loss(embedded, config.scale)
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
