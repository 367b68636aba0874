"""What ranks now, with its card."""

from __future__ import annotations

from fastapi import APIRouter

from matcher.features import FEATURES
from matcher.ranking import WeightedSum
from service.schemas import ModelOut
from service.security import ReadTenant

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models/serving")
def serving(tenant: ReadTenant) -> ModelOut:
    """The model and the encoder that serve, the features they read (weights where the model has them)."""
    parts = tenant.workspace.parts
    ranking = parts.ranking
    weights = ranking.weights if isinstance(ranking, WeightedSum) else {}
    return ModelOut(
        model=ranking.name,
        encoder=parts.encoder.name,
        features={name: weights.get(name) for name in FEATURES},
        card=CARDS.get(ranking.name, "see the card.md beside the model"),
    )


CARDS = {
    "day-one": "A sum of named features with weights set by hand, out of 100 points, fitted to no data. It "
    "proposes; people decide. Needs and skills are compared in both directions by the encoder."
}
