"""Contrastive training of a small adapter over a frozen sentence encoder: needs find their skills."""

from matcher.adapters.polyglot_training.card import average_card, model_card
from matcher.adapters.polyglot_training.config import Base, Directions, TrainingConfig
from matcher.adapters.polyglot_training.run import Report, Result, train, train_fully

__all__ = [
    "Base",
    "Directions",
    "Report",
    "Result",
    "TrainingConfig",
    "average_card",
    "model_card",
    "train",
    "train_fully",
]
