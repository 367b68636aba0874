"""`maillon import`: files and named sources into a workspace, or what they would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from matcher.access_commands import Place
from matcher.adapters.cordis import read_cordis
from matcher.adapters.tables import read_rows
from matcher.assembly import open_workspace
from matcher.errors import InputError
from matcher.importing import ImportReport, RecordKind
from matcher.preview import preview_actors
from matcher.printing import print_preview, report_import
from matcher.progress import busy, progress_bar
from matcher.workspace import Workspace

SOME_REFUSED = 3


class Source(StrEnum):
    """Where an import comes from."""

    FILES = "files"
    CORDIS = "cordis"


def import_command(
    paths: Annotated[list[Path], typer.Argument(help="Files, or the directory of a named source.")],
    *,
    workspace: Place = None,
    source: Annotated[Source, typer.Option(help="What the paths hold.")] = Source.FILES,
    kind: Annotated[
        RecordKind | None, typer.Option(help="What the files hold; told from their names when not given.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="CORDIS: use only what was signed before.")
    ] = None,
    rejects: Annotated[Path, typer.Option(help="Where refused rows are written.")] = Path("rejects.csv"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what files of actors would do, and write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Import actors and alliances; bad rows are refused, good rows go in."""
    with open_workspace(workspace) as opened:
        if dry_run:
            _preview(opened, paths, kind if source is Source.FILES else RecordKind.ALLIANCES, as_json=as_json)
            return
        if source is Source.CORDIS:
            reports = _import_cordis(opened, paths, before.date() if before else None)
        else:
            reports = [import_file(opened, path, kind or kind_of(path)) for path in paths]
    refused = [reject for report in reports for reject in report.rejects]
    report_import(reports, refused, rejects, as_json=as_json)
    if refused:
        raise typer.Exit(SOME_REFUSED)


def import_file(opened: Workspace, path: Path, kind: RecordKind) -> ImportReport:
    """What importing a file did, its progress shown."""
    with busy(f"reading {path.name}"):
        rows = read_rows(path, kind)
    with progress_bar(f"importing {path.name}") as advance:
        return opened.import_rows(kind, rows, advance)


def _preview(opened: Workspace, paths: Sequence[Path], kind: RecordKind | None, *, as_json: bool) -> None:
    """Print what importing files of actors would do; exit code 3 when rows would be refused."""
    refused = False
    for path in paths:
        if (kind or kind_of(path)) is not RecordKind.ACTORS:
            raise InputError("dry-run", str(path), "only files of actors can be tried; leave the option out")
        rows = read_rows(path, RecordKind.ACTORS)
        found = preview_actors(opened.store, rows, opened.parts.taxonomy, opened.parts.gazetteer)
        print_preview(found, as_json=as_json)
        refused = refused or bool(found.rejects)
    if refused:
        raise typer.Exit(SOME_REFUSED)


def _import_cordis(opened: Workspace, paths: Sequence[Path], before: date | None) -> list[ImportReport]:
    reports = []
    for directory in paths:
        with busy(f"reading {directory}"):
            rows = read_cordis(directory, before)
        with progress_bar("organisations") as advance:
            reports.append(opened.import_rows(RecordKind.ACTORS, rows.actors, advance))
        with progress_bar("projects") as advance:
            reports.append(opened.import_rows(RecordKind.ALLIANCES, rows.alliances, advance))
    return reports


def kind_of(path: Path) -> RecordKind:
    """What a file holds, told from its name."""
    return RecordKind.ALLIANCES if "alliance" in path.name.lower() else RecordKind.ACTORS
