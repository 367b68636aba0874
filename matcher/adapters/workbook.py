"""Tables to an Excel workbook, over openpyxl; a text is always a text, never a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from io import BytesIO
from typing import Any

from matcher.errors import InputError
from matcher.report_tables import Cell, ReportTable

_FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LONGEST_TITLE, LONGEST_CELL = 31, 32_767


def workbook_bytes(tables: Iterable[ReportTable]) -> bytes:
    """The file: a sheet a table, its headers bold and kept in view; InputError without openpyxl."""
    try:
        openpyxl: Any = import_module("openpyxl")
    except ImportError as error:
        raise InputError("format", "xlsx", "needs openpyxl: pip install 'maillon[tables]'") from error
    book = openpyxl.Workbook(write_only=True)
    bold = openpyxl.styles.Font(bold=True)
    for table in tables:
        sheet = book.create_sheet(_FORBIDDEN_IN_TITLES.sub(" ", table.title)[:LONGEST_TITLE])
        sheet.freeze_panes = "A2"
        for place in range(len(table.headers)):
            sheet.column_dimensions["ABCDEFGH"[place]].width = 44 if place < table.labels else 18
        sheet.append([_cell(openpyxl, sheet, header, bold) for header in table.headers])
        for row in table.rows:
            sheet.append([_cell(openpyxl, sheet, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(openpyxl: Any, sheet: Any, value: Cell, font: Any = None) -> Any:  # noqa: ANN401 (openpyxl's own)
    text = _ILLEGAL.sub(" ", value)[:LONGEST_CELL] if isinstance(value, str) else value
    made = openpyxl.cell.WriteOnlyCell(sheet, text)
    if isinstance(text, str):
        made.data_type = "s"  # else openpyxl takes "=1+1" for a formula
    if font is not None:
        made.font = font
    return made
