"""Histories to evaluate on: a directory of CORDIS tables, or a workspace, as a chronicle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from matcher.adapters.cordis.records import read_cordis
from matcher.adapters.cordis.tables import Project, flat, read_tables
from matcher.delimited import read_delimited
from matcher.domain import Actor, ActorId
from matcher.errors import ImportSourceError
from matcher.evaluation.chronicle import Chronicle, Event, events_of, make_chronicle
from matcher.importing import RecordKind, import_records
from matcher.store import MemoryStore
from matcher.taxonomy import default_taxonomy
from matcher.territory import default_gazetteer
from matcher.workspace import Workspace

PREFIX = "cordis-"


def cordis_chronicle(directory: Path, cut: date, until: date) -> Chronicle:
    """The chronicle of the organisations known before the cut; rows that an import refuses are left out.

    Profiles are those of the cut: nothing signed later has a part in them.
    """
    tables = read_tables(directory, until)
    events = [
        _event(tables.projects[project], [ActorId(f"{PREFIX}{org}") for org in members])
        for project, members in tables.members.items()
        if tables.projects[project].signed is not None
    ]
    return make_chronicle(_actors_before(directory, cut), events)


def _actors_before(directory: Path, cut: date) -> list[Actor]:
    store = MemoryStore()
    rows = read_cordis(directory, cut).actors
    import_records(store, RecordKind.ACTORS, rows, default_taxonomy(), default_gazetteer())
    return list(store.actors())


def _event(project: Project, members: Iterable[ActorId]) -> Event:
    return Event(
        id=f"{PREFIX}{project.id}",
        day=project.signed or date.min,
        members=tuple(members),
        text=project.skill,
        full=f"{project.title}. {project.topic}. {flat(project.line.cells['objective'])}",
        need=project.topic,
        labels=_labels(project.line.cells),
    )


def _labels(cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What a project is filed under; years and numbers are taken off a call, so that it recurs."""
    strand = "-".join(part for part in cells.get("call", "").split("-") if part.isupper())
    values = [
        ("topic", cells.get("code", "")),
        ("strand", strand),
        ("scheme", cells.get("scheme", "")),
        *(("programme", one) for one in cells.get("programme", "").split("|")),
        *(("field", one) for one in cells.get("fields", "").split("|")),
    ]
    return tuple((kind, value) for kind, value in values if value)


class Profiles(StrEnum):
    """Which profiles of a workspace are taken for what they were before a day."""

    DATED = "dated"
    """Those that were last changed before it; the words of all others are not read."""
    UNDATED_TOO = "undated"
    """Those without a day of change too."""
    TODAY = "today"
    """All, as they are today: they may speak of an alliance that came after the day."""


def workspace_chronicle(opened: Workspace, cut: date, profiles: Profiles = Profiles.DATED) -> Chronicle:
    """The chronicle of a workspace; `profiles` says whose words were there before the cut."""
    actors = opened.actors()
    if profiles is Profiles.TODAY:
        actors = [replace(actor, updated=None) for actor in actors]
    events = events_of(actors, opened.alliances(), undated=None if profiles is Profiles.DATED else date.min)
    known = {member for event in events if event.day < cut for member in event.members}
    return make_chronicle([as_of(actor, cut) for actor in actors if actor.id in known], events)


def as_of(actor: Actor, cut: date) -> Actor:
    """The actor without its words when they are of the cut or later; nobody knows what they were before."""
    if actor.updated is None or actor.updated < cut:
        return actor
    return replace(actor, description="", needs=(), skills=(), updated=None)


def named_pairs(path: Path, chronicle: Chronicle) -> tuple[list[tuple[str, str, str]], int]:
    """The (actor, actor, event) of a pairs file, and how many of its pairs have an unknown member.

    Ids may stand as in the CORDIS tables or as in a workspace.
    """
    content = read_delimited(path)
    wanted = {"actor_a", "actor_b", "project_id"}
    if not wanted <= set(content.columns):
        raise ImportSourceError(f"{path}: expected the columns {', '.join(sorted(wanted))}")
    pairs, unknown = [], 0
    for _, cells in content.rows:
        if isinstance(cells, Exception):
            raise ImportSourceError(f"{path}: {cells}") from cells
        ids = [_known_id(cells[name], chronicle) for name in ("actor_a", "actor_b")]
        if None in ids:
            unknown += 1
            continue
        pairs.append((str(ids[0]), str(ids[1]), f"{PREFIX}{cells['project_id']}"))
    return pairs, unknown


def _known_id(text: str, chronicle: Chronicle) -> ActorId | None:
    ids = (ActorId(text), ActorId(f"{PREFIX}{text}"))
    return next((actor for actor in ids if actor in chronicle.rows), None)
