"""JSON lines: one object a line, each with the line on which it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from matcher.errors import InputError
from matcher.textfiles import lines_of, read_text, replacing_text


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """Each object of the file and its line; an InputError for a line that holds none."""
    for number, line in enumerate(lines_of(read_text(path)), start=1):
        if line.strip():
            yield number, _object_in(line.strip())


def write_json_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write one object a line, in UTF-8."""
    with replacing_text(path) as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _object_in(line: str) -> dict[str, Any] | InputError:
    try:
        value = json.loads(line, object_pairs_hook=_distinct, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return InputError("row", line, f"not JSON: {error.msg} (column {error.colno})")
    except (ValueError, RecursionError) as error:
        return InputError("row", line, f"not JSON that can be read: {error}")
    return value if isinstance(value, dict) else InputError("row", line, "expected a JSON object, one a line")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(f"{', '.join(sorted(repeated))} is there twice")
    return dict(pairs)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
