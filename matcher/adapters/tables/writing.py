"""Actors and alliances to CSV, JSONL, Parquet and Excel files, in the schema of `matcher.schema`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from matcher.adapters.tables.files import Format, format_of, vendor
from matcher.cells import csv_cell, flat_cell, mark_formula
from matcher.delimited import write_delimited
from matcher.domain import Actor, ActorId, Alliance, Contact
from matcher.errors import InputError
from matcher.importing import RecordKind, Reject
from matcher.jsonlines import write_json_lines
from matcher.records import actor_to_record, alliance_to_record, contact_to_record
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, Field, FieldKind
from matcher.textfiles import replacing

ContactOf = Callable[[ActorId], Contact | None]
Records = Iterable[Mapping[str, Any]]

REJECT_COLUMNS = ("file", "line", "field", "value", "reason")
EXCEL_CHARACTERS = 32_767
EXCEL_ROWS = 1_048_575
EXCEL_DIGITS = 15
"""The digits that Excel keeps of a number; one with more is written as text, so that none is lost."""
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_actors(path: Path, actors: Iterable[Actor], contacts: ContactOf | None = None) -> None:
    """Write actors in the format of the suffix; with `contacts` (`store.contact`) theirs too."""
    if contacts is None:
        _write(path, RecordKind.ACTORS, ACTOR_FIELDS, map(actor_to_record, actors))
    else:
        records = (_with_contact(actor, contacts(actor.id)) for actor in actors)
        _write(path, RecordKind.ACTORS, ACTOR_FIELDS + CONTACT_FIELDS, records)


def write_alliances(path: Path, alliances: Iterable[Alliance]) -> None:
    """Write alliances in the format of the suffix."""
    _write(path, RecordKind.ALLIANCES, ALLIANCE_FIELDS, map(alliance_to_record, alliances))


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write refused rows as a CSV file of REJECT_COLUMNS, whatever the suffix."""
    rows = ((r.source, str(r.line), r.field, mark_formula(r.value), r.reason) for r in rejects)
    write_delimited(path, REJECT_COLUMNS, rows)


def _with_contact(actor: Actor, contact: Contact | None) -> dict[str, Any]:
    return actor_to_record(actor) | contact_to_record(contact or Contact(actor.id))


def _write(path: Path, kind: RecordKind, fields: Sequence[Field], records: Records) -> None:
    file_format = format_of(path)
    if file_format is None:
        raise InputError("path", str(path), f"unknown format; use {', '.join(Format)}")
    _WRITERS[file_format](path, kind, fields, records)


def _write_csv(path: Path, kind: RecordKind, fields: Sequence[Field], records: Records) -> None:  # noqa: ARG001
    rows = ([csv_cell(field.kind, record[field.name]) for field in fields] for record in records)
    write_delimited(path, [field.name for field in fields], rows)


def _write_jsonl(path: Path, kind: RecordKind, fields: Sequence[Field], records: Records) -> None:  # noqa: ARG001
    write_json_lines(
        path, ({n: v for n, v in record.items() if v not in (None, "", [])} for record in records)
    )


def _write_parquet(path: Path, kind: RecordKind, fields: Sequence[Field], records: Records) -> None:  # noqa: ARG001
    pandas, pyarrow = vendor("pandas"), vendor("pyarrow")
    types = {
        FieldKind.TEXTS: pyarrow.list_(pyarrow.string()),
        FieldKind.INTEGERS: pyarrow.list_(pyarrow.int64()),
        FieldKind.INTEGER: pyarrow.int64(),
        FieldKind.NUMBER: pyarrow.float64(),
        FieldKind.DATE: pyarrow.date32(),
    }
    schema = pyarrow.schema([(field.name, types.get(field.kind, pyarrow.string())) for field in fields])
    rows = [[_parquet_cell(field.kind, record[field.name]) for field in fields] for record in records]
    frame = pandas.DataFrame(rows, columns=schema.names, dtype=object)
    with replacing(path) as file:
        frame.to_parquet(file, engine="pyarrow", index=False, schema=schema)


def _parquet_cell(kind: FieldKind, value: object) -> object:
    if kind is FieldKind.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    return flat_cell(kind, value) if kind is FieldKind.LINKS else value


def _write_excel(path: Path, kind: RecordKind, fields: Sequence[Field], records: Records) -> None:
    pandas = vendor("pandas")
    vendor("openpyxl")
    rows = [[_excel_cell(field, record) for field in fields] for record in records]
    if len(rows) > EXCEL_ROWS:
        raise InputError("path", str(path), f"Excel holds {EXCEL_ROWS} rows; write CSV or Parquet")
    frame = pandas.DataFrame(rows, columns=[field.name for field in fields], dtype=object)
    with replacing(path) as file, pandas.ExcelWriter(file, engine="openpyxl") as writer:
        frame.to_excel(writer, sheet_name=kind.value, index=False, freeze_panes=(1, 0))
        for cell in (cell for row in writer.sheets[kind.value].iter_rows(min_row=2) for cell in row):
            if cell.data_type in (
                "f",
                "e",
            ):  # a text such as "=1+1" or "#N/A" is text, not a formula or an error
                cell.data_type = "s"
                cell.quotePrefix = True


def _excel_cell(field: Field, record: Mapping[str, Any]) -> str | int | float | None:
    """The cell of a field, escaped as OOXML has it; Excel itself shows the characters unescaped."""
    cell = flat_cell(field.kind, record[field.name])
    if isinstance(cell, float) and float(f"{cell:.{EXCEL_DIGITS}g}") != cell:
        return str(cell)
    if not isinstance(cell, str):
        return cell
    text = _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", cell)
    if len(text) > EXCEL_CHARACTERS:
        reason = (
            f"longer than the {EXCEL_CHARACTERS} characters of an Excel cell; write CSV, JSONL or Parquet"
        )
        raise InputError(field.name, record["id"], reason)
    return text


_WRITERS: Mapping[Format, Callable[[Path, RecordKind, Sequence[Field], Records], None]] = {
    Format.CSV: _write_csv,
    Format.JSONL: _write_jsonl,
    Format.PARQUET: _write_parquet,
    Format.EXCEL: _write_excel,
}
