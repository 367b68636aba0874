"""CSV, JSONL, Parquet and Excel files of actors and alliances, in the schema of `matcher.schema`.

Parquet and Excel go through pandas with pyarrow and openpyxl: `pip install 'maillon[tables]'`.
"""

from matcher.adapters.tables.files import Format
from matcher.adapters.tables.reading import check_workbook, columns_of, read_rows, rows_of_frame
from matcher.adapters.tables.writing import (
    EXCEL_CHARACTERS,
    EXCEL_ROWS,
    REJECT_COLUMNS,
    write_actors,
    write_alliances,
    write_rejects,
)

__all__ = [
    "EXCEL_CHARACTERS",
    "EXCEL_ROWS",
    "REJECT_COLUMNS",
    "Format",
    "check_workbook",
    "columns_of",
    "read_rows",
    "rows_of_frame",
    "write_actors",
    "write_alliances",
    "write_rejects",
]
