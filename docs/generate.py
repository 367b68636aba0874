#!/usr/bin/env python3
"""Write the reference pages from the program: `python -m docs.generate`; `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.reference import commands_page, settings_page
from matcher.adapters.tables import EXCEL_CHARACTERS, REJECT_COLUMNS, Format, write_actors, write_alliances
from matcher.cells import flat_cell
from matcher.domain import Actor, Alliance
from matcher.records import actor_from_record, actor_to_record, alliance_from_record
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, Field
from matcher.taxonomy import default_taxonomy
from matcher.territory import Gazetteer
from matcher.values import MAX_CHARACTERS

DIRECTORY = Path(__file__).parent

ACTOR = {
    "id": "atelier-7",
    "name": "Atelier des Tilleuls",
    "sector": "interet_general",
    "register": "associatif",
    "needs": ["un local, 60 m²", "savoir dire oui | non"],
    "skills": ["réparer des vélos"],
    "sdgs": [11, 12],
    "commune": "05023",
    "lat": 44.8967,
    "lon": 6.6356,
    "updated": "2026-09-01",
}
ALLIANCE = {
    "id": "velos-2025",
    "members": ["atelier-7", "mairie-05023"],
    "type": "cooperation_economique",
    "started": "2025-03-01",
    "met": [
        {
            "need_actor": "mairie-05023",
            "need": "des vélos pour les agents",
            "skill_actor": "atelier-7",
            "skill": "réparer des vélos",
        }
    ],
    "outcome_confiance": 2,
    "title": "Vélos de service",
}

SCHEMA = """\
<!-- Written by docs/generate.py from matcher/schema.py; change those and run `make docs`. -->
# The schema of files

Maillon reads and writes one schema in four formats, told apart by the suffix: {formats}
(`.tsv`, `.ndjson` and, for text formats, `.gz` are understood too). CSV and JSONL need nothing else;
Parquet and Excel need `pip install 'maillon[tables]'`.

Good rows go in, together; a bad row is refused and listed in the file of [rejects](#rejects) with its line,
field, value and reason. Importing the same file twice changes nothing. A row whose id is known replaces
what was known under it. An id that comes twice with another content in one import is refused the second time.

## Actors

{actor_fields}

Organisations only: a `legal_form` of 1xxx, or a name that begins with "M.", "Mme" or the like, is refused.

### Contacts

{contact_fields}

These columns may stand beside those of an actor. They are kept apart from the profile, never encoded, and
left out of every export that does not ask for them.

## Alliances

{alliance_fields}

The members must have been imported before; an alliance with an unknown member is refused.

## How values are written

- **Texts** are kept as they are, without spaces around them. "NA" and "null" are texts. Everything is read
  as text first, so that `05023` keeps its zero; where a spreadsheet has already taken it, `5023` is `05023`
  again. A text has {max_characters} characters at most.
- **Numbers** may have a decimal comma. An empty cell is a missing value.
- **Dates** are `2026-09-01` or `01/09/2026`; date cells of Excel and Parquet are dates.
- **Lists** are lists in JSONL and Parquet. In CSV and Excel a list is one cell, its texts separated by `|`.
  A bar within a text is written `\\|`, and backslashes right before a bar are doubled; all others stand for
  themselves.
- **Links** (`met`) are a list of objects in JSONL, and the same list as JSON text in the other formats.
- **Columns** may come in any order and case. Unknown ones are reported and not imported. A required column
  that is missing stops the import.

## The formats

An export writes what an import reads back exactly. One actor in each:

**CSV**: UTF-8, commas, RFC 4180. An import also takes UTF-8 with a mark (BOM), UTF-16 with one, and
Windows-1252 (which holds Latin-1); semicolons and tabs; Excel's `sep=;` line. A byte that fits no encoding
costs its row only, and so does a quote left open. Spreadsheets run cells that begin with `=`, `+`, `-` or `@`
as formulas: such a text is exported with an apostrophe in front (`'=1+1`), and an import takes that
apostrophe off.

```
{csv}
```

**JSONL**: UTF-8, one object a line; what is unknown is left out.

```
{jsonl}
```

**Parquet and Excel**: the columns above, empty where nothing is shown here. Parquet keeps types; Excel keeps
texts as text cells (no formula is ever written), dates in ISO form, and {excel_characters} characters a cell:
an export that needs more says so and stops. The sheet is called as its content (`actors`, `alliances`), or is
the first one. Formulas are read by their last value; a cell that shows an error costs its row.

{cells}

One alliance as CSV and as JSONL:

```
{alliance_csv}
```

```
{alliance_jsonl}
```

## Rejects

A CSV file in UTF-8 with the columns `{rejects}`. `line` is the line in the editor or the row in the
spreadsheet, the header being the first (a row with line breaks in it has the line on which it begins); in
Parquet it is the number of the row, from 1. `field` is `row` when the row as a whole cannot be read.

## CORDIS

`maillon import --source cordis DIRECTORY` reads the tables of European research projects (the CSV export of
CORDIS, or tables of actors, projects and participations). How they become actors and alliances is said in
`matcher/adapters/cordis/__init__.py`.
"""


def schema_page() -> str:
    """The page that explains the files which Maillon reads and writes."""
    taxonomy = default_taxonomy()
    actor = actor_from_record(ACTOR, taxonomy, Gazetteer({}))
    alliance = alliance_from_record(ALLIANCE, taxonomy)
    return SCHEMA.format(
        formats=", ".join(f"`{one}`" for one in Format),
        actor_fields=_table(ACTOR_FIELDS),
        contact_fields=_table(CONTACT_FIELDS),
        alliance_fields=_table(ALLIANCE_FIELDS),
        max_characters=f"{MAX_CHARACTERS:,}",
        excel_characters=f"{EXCEL_CHARACTERS:,}",
        csv=_written("actors.csv", actor),
        jsonl=_written("actors.jsonl", actor),
        cells=_cells(actor),
        alliance_csv=_written("alliances.csv", alliance),
        alliance_jsonl=_written("alliances.jsonl", alliance),
        rejects=",".join(REJECT_COLUMNS),
    )


def _table(fields: Iterable[Field]) -> str:
    rows = [f"| `{f.name}` | {f.kind} | {'yes' if f.required else ''} | {f.meaning} |" for f in fields]
    return "\n".join(["| Field | Kind | Required | Meaning |", "|---|---|---|---|", *rows])


def _written(name: str, item: Actor | Alliance) -> str:
    """What an export to a text file of this name holds."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / name
        if isinstance(item, Actor):
            write_actors(path, [item])
        else:
            write_alliances(path, [item])
        return path.read_text(encoding="utf-8").strip()


def _cells(actor: Actor) -> str:
    """The filled fields of an actor, each with its value as Parquet and as Excel hold it."""
    record = actor_to_record(actor)
    filled = [(field, record[field.name]) for field in ACTOR_FIELDS if record[field.name]]
    rows = [
        f"| `{field.name}` | {_code(value)} | {_code(flat_cell(field.kind, value))} |"
        for field, value in filled
    ]
    return "\n".join(["| Column | Parquet | Excel |", "|---|---|---|", *rows])


def _code(value: object) -> str:
    return f"`{value}`".replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {
    "schema.md": schema_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
}


def stale_pages(directory: Path = DIRECTORY) -> list[str]:
    """The names of the pages that the program would write otherwise than they are."""
    return [name for name, page in PAGES.items() if _held(directory / name) != page()]


def _held(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main(arguments: list[str]) -> int:
    """Write the pages that are stale, or with `--check` only tell of them; 1 when told."""
    stale = stale_pages()
    if "--check" in arguments:
        sys.stderr.writelines(f"docs/{name} is stale; run `make docs`\n" for name in stale)
        return 1 if stale else 0
    for name in stale:
        (DIRECTORY / name).write_text(PAGES[name](), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
