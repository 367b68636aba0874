"""What the service tells of models."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class OddsOut(BaseModel):
    """What a score means: log-odds = slope × score + start, once a pair is shown."""

    slope: float
    start: float


class ModelOut(BaseModel):
    """What serves now; `card` is Markdown."""

    model: str
    encoder: str
    features: dict[str, float | None]
    odds: OddsOut | None
    card: str


class ModelLine(BaseModel):
    """A trained model: what it is, on which days it was measured, or why it cannot be read."""

    name: str
    kind: str | None = None
    promoted: bool = False
    encoder: str | None = None
    measured_from: date | None = None
    measured_until: date | None = None
    error: str | None = None


class ModelsOut(BaseModel):
    """The trained models, and what serves."""

    serves: str
    items: list[ModelLine]
