r"""Values in the cells of a table: how lists, numbers and links are written there, and read back exactly.

A list is one cell, its texts separated by `|`. A bar within a text is written `\|`, and backslashes
that stand right before a bar are doubled; every other backslash stands for itself.

A spreadsheet takes a cell of a CSV file that begins with `=`, `+`, `-` or `@` for a formula. Such a
text is written with an apostrophe in front, the mark by which spreadsheets themselves say "this is
text", and it is taken off when the file is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from matcher.errors import ImportSourceError, InputError
from matcher.schema import Field, FieldKind
from matcher.values import Record

BAR = "|"
_SLASHES_AND_BAR = re.compile(r"(\\*)\|")
_LAST_SLASHES = re.compile(r"\\+\Z")
_FORMULA = re.compile(r"'*[=+\-@]")
_MARKED_FORMULA = re.compile(r"'+[=+\-@]")
_IS_TEXT = frozenset({FieldKind.TEXT, FieldKind.TEXTS})


def join_list(texts: Iterable[str]) -> str:
    """The one cell that holds these texts."""
    escaped = [_SLASHES_AND_BAR.sub(lambda found: f"{found[1]}{found[1]}\\|", text) for text in texts]
    closed = [_LAST_SLASHES.sub(lambda found: found[0] * 2, text) for text in escaped[:-1]]
    return BAR.join(closed + escaped[-1:])


def split_list(cell: str) -> list[str]:
    """The texts in a cell; the inverse of `join_list`."""
    texts, text, position = [], "", 0
    for found in _SLASHES_AND_BAR.finditer(cell):
        slashes = len(found[1])
        text += cell[position : found.start()] + "\\" * (slashes // 2)
        if slashes % 2:
            text += BAR
        else:
            texts.append(text)
            text = ""
        position = found.end()
    return [*texts, text + cell[position:]]


def mark_formula(text: str) -> str:
    """The text with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unmark_formula(text: str) -> str:
    """The text without the apostrophe that `mark_formula` put in front."""
    return text[1:] if _MARKED_FORMULA.match(text) else text


def flat_cell(kind: FieldKind, value: object) -> str | int | float | None:
    """The value of a record as one cell: a text or a number, None when there is nothing."""
    if value is None or value == []:
        return None
    if kind is FieldKind.LINKS:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return join_list(str(item) for item in value)
    return value if isinstance(value, int | float) else str(value)


def csv_cell(kind: FieldKind, value: object) -> str:
    """The value of a record as one cell of a CSV file."""
    cell = flat_cell(kind, value)
    if cell is None:
        return ""
    return mark_formula(str(cell)) if kind in _IS_TEXT else str(cell)


def checked_columns(source: str, fields: Mapping[str, Field], found: Sequence[str]) -> list[str]:
    """The columns in lower case; ImportSourceError when a required one is missing or one comes twice."""
    columns = [column.strip().lower() for column in found]
    missing = [field.name for field in fields.values() if field.required and field.name not in columns]
    if missing:
        raise ImportSourceError(
            f"{source}: no column {', '.join(missing)}, which every record needs; "
            f"the columns found are: {', '.join(found)} (see docs/schema.md)"
        )
    if len(set(columns)) < len(columns):
        raise ImportSourceError(f"{source}: a column comes twice among: {', '.join(found)}")
    return columns


def record_of_csv(cells: Mapping[str, str], fields: Mapping[str, Field]) -> Record:
    """The record in the cells of a CSV row; see `record_of_cells`."""
    text_fields = {name for name, field in fields.items() if field.kind in _IS_TEXT}
    return record_of_cells(
        {name: unmark_formula(cell) if name in text_fields else cell for name, cell in cells.items()}, fields
    )


def record_of_cells(cells: Mapping[str, object], fields: Mapping[str, Field]) -> Record:
    """The record in the cells of a row: empty cells are left out, unknown columns kept as they are.

    InputError when a cell cannot hold what its field is.
    """
    record: dict[str, Any] = {}
    for name, cell in cells.items():
        if name not in fields:
            record[name] = cell
        elif not _is_empty(cell):
            record[name] = _value(fields[name], cell)
    return record


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _value(field: Field, cell: object) -> object:
    if field.kind is FieldKind.LINKS:
        return _links(field.name, cell)
    if field.kind in (FieldKind.TEXTS, FieldKind.INTEGERS):
        return cell if isinstance(cell, list) else split_list(_as_text(cell))
    if field.kind is FieldKind.DATE and isinstance(cell, date):
        return cell
    return _as_text(cell)


def _as_text(cell: object) -> str:
    """What a person sees in a cell; a whole number that a table keeps as 5023.0 is 5023."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _links(field: str, cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise InputError(field, cell, "expected JSON: a list of links, see docs/schema.md") from error
