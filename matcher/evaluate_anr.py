"""French state investments run by the ANR, projects and their partners, as a chronicle to evaluate on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from matcher.delimited import Cells, read_delimited
from matcher.domain import Actor, ActorId, Territory
from matcher.errors import ImportSourceError
from matcher.evaluation.chronicle import Chronicle, Event, make_chronicle
from matcher.territory import fold

PREFIX = "anr-"
PROJECTS, PARTNERS = "anr_pia_projects.csv", "anr_pia_partners.csv"
_UNTOLD = "Non renseigné"
_KINDS = {
    "company": ("economique", "entreprise"),
    "research": ("academique_accompagnement", "academique"),
    "nonprofit": ("interet_general", "associatif"),
    "public": ("public", "administratif"),
    "health": ("public", "administratif"),
}
"""The sector and the register of each kind of partner; others are not known to be of any."""


def anr_chronicle(directory: Path, cut: date) -> Chronicle:
    """The chronicle of the partners known before the cut; those without a name or a kind are left out.

    A partner is its name, whatever its spelling; its kind and region are those of its first project. A
    project without a day is taken as begun when its year ends, so that nothing is known too early.
    """
    projects = {cells["project_id"]: cells for cells in _rows(directory, PROJECTS, "title", "resume_fr")}
    members: dict[str, list[Cells]] = defaultdict(list)
    for cells in _rows(directory, PARTNERS, "org", "sector", "region", "city", "coordinator"):
        if cells["org"] != _UNTOLD and cells["sector"] in _KINDS and cells["project_id"] in projects:
            members[cells["project_id"]].append(cells)
    events = [_event(projects[project], of_project) for project, of_project in members.items()]
    actors: dict[ActorId, Actor] = {}
    for event in sorted(events, key=lambda one: (one.day, one.id)):
        if event.day < cut:
            for cells in members[event.id.removeprefix(PREFIX)]:
                actors.setdefault(_id(cells), _actor(cells))
    return make_chronicle(list(actors.values()), events)


def _rows(directory: Path, name: str, *columns: str) -> list[Cells]:
    paths = [path for path in (directory / name, directory / f"{name}.gz") if path.is_file()]
    if not paths:
        raise ImportSourceError(f"{directory}: no {name} (or {name}.gz) here")
    content = read_delimited(paths[0])
    missing = {"project_id", "edition", *columns} - set(content.columns)
    if missing:
        raise ImportSourceError(f"{paths[0]}: no column {', '.join(sorted(missing))}")
    rows = []
    for line, cells in content.rows:
        if isinstance(cells, Exception):
            raise ImportSourceError(f"{paths[0]}, line {line}: {cells}") from cells
        rows.append(cells)
    return rows


def _event(project: Cells, partners: list[Cells]) -> Event:
    leaders_first = sorted(partners, key=lambda cells: cells["coordinator"] != "True")
    return Event(
        id=f"{PREFIX}{project['project_id']}",
        day=_day(project),
        members=tuple(dict.fromkeys(_id(cells) for cells in leaders_first)),
        text=project["title"],
        full=f"{project['title']}. {project['resume_fr']}",
        labels=(("programme", project["action"]),) if project.get("action") else (),
    )


def _day(project: Mapping[str, str]) -> date:
    try:
        return date.fromisoformat(project["start_date"])
    except (KeyError, ValueError):
        return date(int(project["edition"]), 12, 31)


def _id(cells: Cells) -> ActorId:
    return ActorId(f"{PREFIX}{fold(cells['org']).replace(' ', '-')}")


def _actor(cells: Cells) -> Actor:
    sector, register = _KINDS[cells["sector"]]
    place = Territory(commune_name=cells["city"], region=cells["region"])
    told = place if cells["region"] != _UNTOLD else Territory()
    return Actor(id=_id(cells), name=cells["org"], sector=sector, register=register, territory=told)
