"""The formats of files, and the outside libraries that some of them need."""

from __future__ import annotations

import importlib
from enum import StrEnum
from pathlib import Path
from types import ModuleType

from matcher.errors import ImportSourceError


class Format(StrEnum):
    """The formats of files, each named by the suffix that says so."""

    CSV = ".csv"
    JSONL = ".jsonl"
    PARQUET = ".parquet"
    EXCEL = ".xlsx"


_OTHER_SUFFIXES = {".tsv": Format.CSV, ".txt": Format.CSV, ".ndjson": Format.JSONL, ".pq": Format.PARQUET}


def format_of(path: Path) -> Format | None:
    """The format that a file's suffix names, None for an unknown one."""
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    known = suffix if suffix in list(Format) else _OTHER_SUFFIXES.get(suffix)
    return Format(known) if known else None


def vendor(name: str) -> ModuleType:
    """An outside library, loaded only when a file needs it; the install command when it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"this format needs {name}: pip install 'maillon[tables]' (CSV and JSONL need nothing)"
        raise ImportSourceError(message) from error
