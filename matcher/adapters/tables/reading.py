"""CSV, JSONL, Parquet and Excel files to rows in the schema of `matcher.schema`."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from matcher.adapters.tables.files import Format, format_of, vendor
from matcher.cells import checked_columns, record_of_cells, record_of_csv
from matcher.delimited import column_names, is_noise, read_delimited
from matcher.errors import ImportSourceError, InputError
from matcher.headings import Names, renamed, suggested_columns
from matcher.importing import RecordKind, Row, fields_of
from matcher.jsonlines import read_json_lines
from matcher.schema import Field

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped, unused-ignore]

Fields = Mapping[str, Field]

MOST_UNPACKED = 100_000_000
"""In bytes: what a workbook may hold once its archive is unpacked."""
MOST_COLUMNS = 200
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_BAD_PARQUET = (OSError, ValueError, NotImplementedError)
_BAD_WORKBOOK = (OSError, ValueError, KeyError, TypeError, SyntaxError, EOFError, BadZipFile, zlib.error)


def read_rows(path: Path, kind: RecordKind, names: Names = None) -> list[Row]:
    """The rows of a file of actors or alliances, each with its line; ImportSourceError for a bad file.

    `names` says which field a column is read as ("" for none); the others go by their own name.
    """
    return _READERS[_known_format(path)](path, kind, names)


def columns_of(path: Path, kind: RecordKind) -> list[str]:
    """The columns of a file as it names them; ImportSourceError for a bad file."""
    file_format = _known_format(path)
    if file_format is Format.CSV:
        return list(read_delimited(path).columns)
    if file_format is Format.EXCEL:
        return _header(path, _sheet(path, kind))
    if file_format is Format.PARQUET:
        return [str(column) for column in _frame(path).columns]
    records = (record for _, record in read_json_lines(path) if not isinstance(record, InputError))
    return list(dict.fromkeys(name for record in records for name in record))


def check_workbook(path: Path, most_rows: int) -> None:
    """Raise ImportSourceError for an Excel file that unpacks to more than a table of people has.

    A few kilobytes may name a cell in the last row and column; the sheet is read row by row, so that
    what is too large is refused before it is held in memory.
    """
    openpyxl = vendor("openpyxl")
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            with ZipFile(file) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > MOST_UNPACKED:
                reason = f"unpacks to {unpacked} bytes, more than {MOST_UNPACKED}; send it in parts"
                raise ImportSourceError(f"{path}: {reason}")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                _check_size(path, sheet.iter_rows(values_only=True), most_rows)
    except _BAD_WORKBOOK as error:
        raise ImportSourceError(f"{path}: not an .xlsx workbook that can be read ({error})") from error


def _check_size(path: Path, rows: Iterator[Sequence[object]], most_rows: int) -> None:
    for number, row in enumerate(rows):
        if number > most_rows or len(row) > MOST_COLUMNS:
            raise ImportSourceError(
                f"{path}: a sheet holds more than {most_rows} rows or {MOST_COLUMNS} columns; "
                "send it in parts, and take formats off the empty rows below"
            )


def _known_format(path: Path) -> Format:
    file_format = format_of(path)
    if file_format is None:
        raise ImportSourceError(f"{path}: unknown format; use {', '.join(Format)}")
    if not path.is_file():
        raise ImportSourceError(f"{path}: no such file")
    return file_format


def rows_of_frame(frame: DataFrame, kind: RecordKind, source: str, names: Names = None) -> list[Row]:
    """The rows of a pandas DataFrame in the schema, numbered from 1; what pandas calls missing is absent."""
    pandas = vendor("pandas")
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    fields = _by_name(kind)
    columns = _columns(source, fields, [str(column) for column in frame.columns], names)
    by_column = [[_plain(pandas, value) for value in frame.iloc[:, n]] for n in range(len(columns))]
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*by_column, strict=True))
    return [_row(source, line, record_of_cells, cells, fields) for line, cells in enumerate(rows, start=1)]


def _columns(source: str, fields: Fields, found: Sequence[str], names: Names) -> list[str]:
    """The columns as they are read, checked; where one is missing, those that may have been meant for it."""
    try:
        return checked_columns(source, fields, [renamed(column, names) for column in found])
    except ImportSourceError as error:
        meant = suggested_columns(found, list(fields.values())).items()
        near = [f"{column!r} may be {name}" for column, name in meant if column.strip().lower() != name]
        raise ImportSourceError("; ".join([str(error), *near])) from error


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


def _read_csv(path: Path, kind: RecordKind, names: Names) -> list[Row]:
    table = read_delimited(path)
    fields = _by_name(kind)
    read_as = dict(zip(table.columns, _columns(str(path), fields, table.columns, names), strict=True))

    def record(cells: Mapping[str, str], fields: Fields) -> Mapping[str, Any]:
        return record_of_csv({read_as[column]: cell for column, cell in cells.items()}, fields)

    return [_row(path.name, line, record, cells, fields) for line, cells in table.rows]


def _read_jsonl(path: Path, kind: RecordKind, names: Names) -> list[Row]:  # noqa: ARG001 (all are called alike)
    return [Row(path.name, line, _renamed_record(record, names)) for line, record in read_json_lines(path)]


def _renamed_record(record: dict[str, Any] | InputError, names: Names) -> dict[str, Any] | InputError:
    if isinstance(record, InputError) or names is None:
        return record
    read_as = [renamed(name, names) for name in record]
    if len(set(read_as)) < len(read_as):
        return InputError("row", ", ".join(record), "two of its fields are read as the same one")
    return dict(zip(read_as, record.values(), strict=True))


def _read_parquet(path: Path, kind: RecordKind, names: Names) -> list[Row]:
    return rows_of_frame(_frame(path), kind, path.name, names)


def _frame(path: Path) -> DataFrame:
    pandas = vendor("pandas")
    vendor("pyarrow")
    try:
        frame: DataFrame = pandas.read_parquet(path, engine="pyarrow", dtype_backend="pyarrow")
    except _BAD_PARQUET as error:
        raise ImportSourceError(f"{path}: not a Parquet file that can be read ({error})") from error
    return frame


def _plain(pandas: ModuleType, value: object) -> object:
    """A cell of a frame as a plain value; None for each of the ways in which pandas says "missing"."""
    if hasattr(value, "tolist"):  # arrays and scalars of numpy
        value = value.tolist()
    if isinstance(value, list | dict):
        return value
    return None if pandas.isna(value) else value


def _read_excel(path: Path, kind: RecordKind, names: Names) -> list[Row]:
    rows = _sheet(path, kind)
    fields = _by_name(kind)
    columns = _columns(str(path), fields, _header(path, rows), names)

    def record(cells: Mapping[str, object], fields: Fields) -> Mapping[str, Any]:
        values = {column: _excel_value(column, cell) for column, cell in cells.items()}
        return record_of_cells({c: v for c, v in values.items() if not is_noise(c, str(v))}, fields)

    named = ((line, dict(zip(columns, cells, strict=True))) for line, cells in rows)
    return [_row(path.name, line, record, cells, fields) for line, cells in named]


def _header(path: Path, rows: Iterator[tuple[int, list[Any]]]) -> list[str]:
    """The names in the first row that is not blank."""
    _, header = next(rows, (1, []))
    if not header:
        raise ImportSourceError(f"{path}: the sheet is empty; its first row names the columns")
    return list(column_names([str(cell) for cell in header]))


def _sheet(path: Path, kind: RecordKind) -> Iterator[tuple[int, list[Any]]]:
    """The rows that are not blank of the sheet called as the kind is, else of the first sheet."""
    pandas = vendor("pandas")
    vendor("openpyxl")
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


_READERS: Mapping[Format, Callable[[Path, RecordKind, Names], list[Row]]] = {
    Format.CSV: _read_csv,
    Format.JSONL: _read_jsonl,
    Format.PARQUET: _read_parquet,
    Format.EXCEL: _read_excel,
}
