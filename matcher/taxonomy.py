"""Sectors, registers, alliance types, themes, stages, aims and SDGs: data, not code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from matcher.errors import InputError


class Lang(StrEnum):
    """The languages in which Maillon speaks."""

    FR = "fr"
    EN = "en"


Labels = Mapping[str, Mapping[str, str]]
"""identifier -> language -> label."""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The vocabularies that a territory may configure; each maps an identifier to its labels."""

    sectors: Labels
    registers: Labels
    alliance_types: Labels
    themes: Labels
    stages: Labels
    aims: Labels
    sdgs: Labels
    metiers: Labels
    activities: Labels
    """The sixteen activities of the four métiers of catalysts; `metier` names the one of each."""
    decline_reasons: Labels
    postpone_reasons: Labels

    def check(self, vocabulary: str, field: str, value: str) -> str:
        """`value` itself when `vocabulary` (such as "sectors") knows it, else an InputError."""
        known: Labels = getattr(self, vocabulary)
        if value not in known:
            raise InputError(field, value, f"unknown; expected one of: {', '.join(known)}")
        return value

    def label(self, vocabulary: str, identifier: str, lang: Lang) -> str:
        """The label of an identifier in a language; the identifier itself when it is unknown."""
        known: Labels = getattr(self, vocabulary)
        return known.get(identifier, {}).get(lang, identifier)


def reference_directory() -> Path:
    """The directory of the reference data: inside the installed package, else in the source tree."""
    installed = Path(__file__).parent / "_data" / "reference"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "data" / "reference"


def sample_directory() -> Path:
    """The directory of the sample data: inside the installed package, else in the source tree."""
    return reference_directory().parent / "sample"


def load_taxonomy(path: Path) -> Taxonomy:
    """The taxonomy in a JSON file laid out as `data/reference/taxonomy.json`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Taxonomy(**{name: content[name] for name in Taxonomy.__dataclass_fields__})
    except KeyError as error:
        raise InputError("taxonomy", str(path), f"the vocabulary {error} is missing") from error
    except (OSError, ValueError, TypeError) as error:
        raise InputError("taxonomy", str(path), f"cannot be read as JSON: {error}") from error


@cache
def default_taxonomy() -> Taxonomy:
    """The taxonomy that ships with Maillon: four sectors, five registers, 29 WALDEC themes."""
    return load_taxonomy(reference_directory() / "taxonomy.json")
