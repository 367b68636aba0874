"""CSV files: rows with the line on which an editor shows them, whatever the separator."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import ImportSourceError, InputError
from matcher.textfiles import lines_of, read_text, replacing_text

SEPARATORS = (",", ";", "\t")
LARGEST_CELL = 50_000_000
"""In characters; the limit of Python's reader, 131,072, is less than ten long needs in one list."""

Cells = dict[str, str]
_UNNAMED = "(column "


@dataclass(frozen=True, slots=True)
class Delimited:
    """The columns of a file, and its rows with their lines; a row that cannot be read is an InputError.

    Blank rows are left out. Cells under no column name are named "(column 5)".
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Cells | InputError]]


def read_delimited(path: Path) -> Delimited:
    """The rows of a CSV file, encoding and separator detected; ImportSourceError when there are none."""
    csv.field_size_limit(LARGEST_CELL)
    lines = lines_of(read_text(path))
    start, separator = _separator(lines)
    rows = _split(lines, start, separator)
    line, header = next(rows, (1, []))
    if isinstance(header, csv.Error) or not header:
        raise ImportSourceError(f"{path}: no header found on line {line}; the first row names the columns")
    columns = column_names(header)
    repeated = {name for name in columns if columns.count(name) > 1}
    if repeated:
        raise ImportSourceError(f"{path}: the header names {', '.join(sorted(repeated))} more than once")
    return Delimited(columns, ((line, _cells(columns, row)) for line, row in rows))


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """The names in a header; a column without one is called by its place, such as "(column 5)"."""
    return tuple(name.strip() or f"{_UNNAMED}{n})" for n, name in enumerate(header, start=1))


def is_noise(column: str, cell: str) -> bool:
    """Whether this is an empty cell of a column that has no name."""
    return column.startswith(_UNNAMED) and not cell.strip()


def write_delimited(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file: UTF-8, commas (tabs in .tsv), lines that end in CR LF (RFC 4180)."""
    with replacing_text(path) as file:
        writer = csv.writer(file, delimiter="\t" if ".tsv" in path.suffixes else ",")
        writer.writerow(columns)
        writer.writerows(rows)


def _separator(lines: Sequence[str]) -> tuple[int, str]:
    """Where the header is, and what separates its cells: what makes most cells of it."""
    start = next((n for n, line in enumerate(lines) if line.strip()), 0)
    first = lines[start].strip() if lines else ""
    if first[:4].lower() == "sep=" and len(first) == 5:  # a convention of Excel
        return start + 1, first[4]
    header = lines[start : start + 1]
    return start, max(
        SEPARATORS, key=lambda separator: len(next(csv.reader(header, delimiter=separator), []))
    )


def _split(lines: Sequence[str], start: int, separator: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each row that is not blank, and its first line.

    After a row that breaks the rules of CSV, reading goes on with the very next line, so that one
    quote left open costs one row and not the rest of the file.
    """
    while start < len(lines):
        reader = csv.reader(
            map(lines.__getitem__, range(start, len(lines))), delimiter=separator, strict=True
        )
        done = 0
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield start + done + 1, cells
                done = reader.line_num
        except csv.Error as error:
            yield start + done + 1, error
            done += 1
        start += done


def _cells(columns: tuple[str, ...], row: list[str] | csv.Error) -> Cells | InputError:
    if isinstance(row, csv.Error):
        return InputError("row", None, f"{_why(row)}; a cell with quotes is quoted, its quotes doubled")
    extra = [cell for cell in row[len(columns) :] if cell.strip()]
    if extra or len(row) < len(columns):
        reason = f"{len(row)} cells where the header has {len(columns)}; quote cells that hold separators"
        return InputError("row", (extra or row)[-1], reason)
    named = zip(columns, row, strict=False)
    return {name: cell for name, cell in named if not is_noise(name, cell)}


def _why(error: csv.Error) -> str:
    return "a quote is opened and never closed" if "unexpected end" in str(error) else f"not CSV: {error}"
