"""What ranks now, with its card, and every model that was trained."""

from __future__ import annotations

from fastapi import APIRouter

from matcher.errors import ModelError
from matcher.features import FEATURES
from matcher.ranking import WeightedSum
from matcher.registry import CARD, DAY_ONE, ModelKind, Registry
from service.model_schemas import ModelLine, ModelOut, ModelsOut, OddsOut
from service.security import ReadTenant

router = APIRouter(prefix="/v1", tags=["models"])
CARDS = {
    DAY_ONE: "A sum of named features with weights set by hand, out of 100 points, fitted to no data. It "
    "proposes; people decide. Needs and skills are compared in both directions by the encoder."
}


@router.get("/models")
def models(tenant: ReadTenant) -> ModelsOut:
    """Every model that was trained, and the one that is to serve, whether or not it can be read."""
    serves = tenant.models.current(ModelKind.RANKING) or DAY_ONE
    return ModelsOut(serves=serves, items=[_line(tenant.models, name) for name in tenant.models.names()])


@router.get("/models/serving")
def serving(tenant: ReadTenant) -> ModelOut:
    """The model and the encoder that serve, the features they read (weights where the model has them)."""
    parts = tenant.workspace.parts
    ranking = parts.ranking()
    weights = ranking.weights if isinstance(ranking, WeightedSum) else {}
    odds = ranking.odds if isinstance(ranking, WeightedSum) else None
    return ModelOut(
        model=ranking.name,
        encoder=parts.encoder.name,
        features={name: weights.get(name) for name in FEATURES},
        odds=None if odds is None else OddsOut(slope=odds.slope, start=odds.start),
        card=_card(tenant.models, ranking.name),
    )


def _card(registry: Registry, name: str) -> str:
    """The card of a model, Markdown; ModelError when its file is gone."""
    if name in CARDS:
        return CARDS[name]
    path = registry.directory / name / CARD
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); train the model again") from error


def _line(registry: Registry, name: str) -> ModelLine:
    """What is told of a model in a list; a damaged one is told as such."""
    try:
        manifest = registry.manifest(name)
        return ModelLine(
            name=name,
            kind=manifest["kind"],
            promoted=registry.current(ModelKind(manifest["kind"])) == name,
            encoder=manifest["encoder"],
            measured_from=manifest["task"]["cut"],
            measured_until=manifest["task"]["until"],
        )
    except (ModelError, KeyError, TypeError, ValueError) as error:
        return ModelLine(name=name, error=str(error))
