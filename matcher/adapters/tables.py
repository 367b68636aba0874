"""CSV, JSONL, Parquet and Excel files of actors and alliances, in the schema of `matcher.schema`.

Parquet and Excel go through pandas with pyarrow and openpyxl: `pip install 'maillon[tables]'`.
"""

from __future__ import annotations

import importlib
import re
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from matcher.cells import checked_columns, csv_cell, flat_cell, mark_formula, record_of_cells, record_of_csv
from matcher.delimited import column_names, is_noise, read_delimited, write_delimited
from matcher.domain import Actor, ActorId, Alliance, Contact
from matcher.errors import ImportSourceError, InputError
from matcher.importing import RecordKind, Reject, Row, fields_of
from matcher.jsonlines import read_json_lines, write_json_lines
from matcher.records import actor_to_record, alliance_to_record, contact_to_record
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, Field, FieldKind
from matcher.textfiles import replacing

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped, unused-ignore]

ContactOf = Callable[[ActorId], Contact | None]
Records = Iterable[Mapping[str, Any]]
Fields = Mapping[str, Field]

REJECT_COLUMNS = ("file", "line", "field", "value", "reason")
EXCEL_CHARACTERS = 32_767
EXCEL_ROWS = 1_048_575
EXCEL_DIGITS = 15
"""The digits that Excel keeps of a number; one with more is written as text, so that none is lost."""
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_BAD_PARQUET = (OSError, ValueError, NotImplementedError)
_BAD_WORKBOOK = (OSError, ValueError, KeyError, TypeError, SyntaxError, EOFError, BadZipFile, zlib.error)


class Format(StrEnum):
    """The formats of files, each named by the suffix that says so."""

    CSV = ".csv"
    JSONL = ".jsonl"
    PARQUET = ".parquet"
    EXCEL = ".xlsx"


_OTHER_SUFFIXES = {".tsv": Format.CSV, ".txt": Format.CSV, ".ndjson": Format.JSONL, ".pq": Format.PARQUET}


def read_rows(path: Path, kind: RecordKind) -> list[Row]:
    """The rows of a file of actors or alliances, each with its line; ImportSourceError for a bad file."""
    file_format = _format(path)
    if file_format is None:
        raise ImportSourceError(f"{path}: unknown format; use {', '.join(Format)}")
    if not path.is_file():
        raise ImportSourceError(f"{path}: no such file")
    return _READERS[file_format](path, kind)


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


def rows_of_frame(frame: DataFrame, kind: RecordKind, source: str) -> list[Row]:
    """The rows of a pandas DataFrame in the schema, numbered from 1; what pandas calls missing is absent."""
    pandas = _vendor("pandas")
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    fields = _by_name(kind)
    columns = checked_columns(source, fields, [str(column) for column in frame.columns])
    by_column = [[_plain(pandas, value) for value in frame.iloc[:, n]] for n in range(len(columns))]
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*by_column, strict=True))
    return [_row(source, line, record_of_cells, cells, fields) for line, cells in enumerate(rows, start=1)]


def _format(path: Path) -> Format | None:
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    known = suffix if suffix in list(Format) else _OTHER_SUFFIXES.get(suffix)
    return Format(known) if known else None


def _vendor(name: str) -> ModuleType:
    """An outside library, loaded only when a file needs it; the install command when it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"this format needs {name}: pip install 'maillon[tables]' (CSV and JSONL need nothing)"
        raise ImportSourceError(message) from error


def _by_name(kind: RecordKind) -> dict[str, Field]:
    return {field.name: field for field in fields_of(kind)}


def _row(
    source: str,
    line: int,
    read: Callable[[Any, Fields], Mapping[str, Any]],
    cells: Mapping[str, object] | InputError,
    fields: Fields,
) -> Row:
    if isinstance(cells, InputError):
        return Row(source, line, cells)
    try:
        return Row(source, line, read(cells, fields))
    except InputError as error:
        return Row(source, line, error)


def _read_csv(path: Path, kind: RecordKind) -> list[Row]:
    table = read_delimited(path)
    fields = _by_name(kind)
    names = dict(zip(table.columns, checked_columns(str(path), fields, table.columns), strict=True))

    def record(cells: Mapping[str, str], fields: Fields) -> Mapping[str, Any]:
        return record_of_csv({names[column]: cell for column, cell in cells.items()}, fields)

    return [_row(path.name, line, record, cells, fields) for line, cells in table.rows]


def _read_jsonl(path: Path, kind: RecordKind) -> list[Row]:  # noqa: ARG001 (every reader is called alike)
    return [Row(path.name, line, record) for line, record in read_json_lines(path)]


def _read_parquet(path: Path, kind: RecordKind) -> list[Row]:
    pandas = _vendor("pandas")
    _vendor("pyarrow")
    try:
        frame = pandas.read_parquet(path, engine="pyarrow", dtype_backend="pyarrow")
    except _BAD_PARQUET as error:
        raise ImportSourceError(f"{path}: not a Parquet file that can be read ({error})") from error
    return rows_of_frame(frame, kind, path.name)


def _plain(pandas: ModuleType, value: object) -> object:
    """A cell of a frame as a plain value; None for each of the ways in which pandas says "missing"."""
    if hasattr(value, "tolist"):  # arrays and scalars of numpy
        value = value.tolist()
    if isinstance(value, list | dict):
        return value
    return None if pandas.isna(value) else value


def _read_excel(path: Path, kind: RecordKind) -> list[Row]:
    rows = _sheet(path, kind)
    _, header = next(rows, (1, []))
    if not header:
        raise ImportSourceError(f"{path}: the sheet is empty; its first row names the columns")
    fields = _by_name(kind)
    columns = checked_columns(str(path), fields, column_names([str(cell) for cell in header]))

    def record(cells: Mapping[str, object], fields: Fields) -> Mapping[str, Any]:
        values = {column: _excel_value(column, cell) for column, cell in cells.items()}
        return record_of_cells({c: v for c, v in values.items() if not is_noise(c, str(v))}, fields)

    named = ((line, dict(zip(columns, cells, strict=True))) for line, cells in rows)
    return [_row(path.name, line, record, cells, fields) for line, cells in named]


def _sheet(path: Path, kind: RecordKind) -> Iterator[tuple[int, list[Any]]]:
    """The rows that are not blank of the sheet called as the kind is, else of the first sheet."""
    pandas = _vendor("pandas")
    _vendor("openpyxl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl's remarks on styles and extensions
        try:
            with pandas.ExcelFile(path, engine="openpyxl") as book:
                sheet = kind.value if kind.value in book.sheet_names else 0
                frame = pandas.read_excel(book, sheet_name=sheet, header=None, dtype=object, na_filter=False)
        except _BAD_WORKBOOK as error:
            raise ImportSourceError(f"{path}: not an .xlsx workbook that can be read ({error})") from error
    grid = enumerate(frame.to_numpy(dtype=object).tolist(), start=1)
    return ((line, cells) for line, cells in grid if any(cell != "" for cell in cells))


def _excel_value(column: str, cell: object) -> object:
    if isinstance(cell, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)
    if isinstance(cell, float) and cell != cell:  # what pandas makes of #N/A, #REF! and the like
        raise InputError(column, "#N/A", "the cell shows an error; correct its formula or empty it")
    return cell


def _with_contact(actor: Actor, contact: Contact | None) -> dict[str, Any]:
    return actor_to_record(actor) | contact_to_record(contact or Contact(actor.id))


def _write(path: Path, kind: RecordKind, fields: Sequence[Field], records: Records) -> None:
    file_format = _format(path)
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
    pandas, pyarrow = _vendor("pandas"), _vendor("pyarrow")
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
    pandas = _vendor("pandas")
    _vendor("openpyxl")
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


_READERS: Mapping[Format, Callable[[Path, RecordKind], list[Row]]] = {
    Format.CSV: _read_csv,
    Format.JSONL: _read_jsonl,
    Format.PARQUET: _read_parquet,
    Format.EXCEL: _read_excel,
}
_WRITERS: Mapping[Format, Callable[[Path, RecordKind, Sequence[Field], Records], None]] = {
    Format.CSV: _write_csv,
    Format.JSONL: _write_jsonl,
    Format.PARQUET: _write_parquet,
    Format.EXCEL: _write_excel,
}
