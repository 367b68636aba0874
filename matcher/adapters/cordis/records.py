"""CORDIS tables to records: what an organisation needs and can do, and whom it worked with."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from matcher.adapters.cordis.tables import Line, Project, flat, read_tables
from matcher.delimited import Cells
from matcher.domain import AllianceStatus
from matcher.importing import Row

NEEDS = 3
SKILLS = 3
TITLES = 5
UNKNOWN_COUNTRY = "ZZ"

_COUNTRIES = {"EL": "GR", "UK": "GB", "": UNKNOWN_COUNTRY}
_SECTORS = {
    "PRC": ("economique", "entreprise"),
    "HES": ("academique_accompagnement", "academique"),
    "REC": ("academique_accompagnement", "academique"),
    "PUB": ("public", "administratif"),
    "OTH": ("interet_general", "associatif"),
}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class CordisRecords(NamedTuple):
    """The rows to import, actors first: an alliance needs its members."""

    actors: list[Row]
    alliances: list[Row]


def read_cordis(directory: Path, before: date | None = None) -> CordisRecords:
    """The actors and alliances in a directory of CORDIS tables.

    With `before`, only what was signed before that day is used: later projects, and organisations
    known from nothing else, are not there; what became of earlier ones since is left out.
    """
    tables = read_tables(directory, before)
    unfit = {org for org, line in tables.organisations.items() if _is_unfit(line.cells)}
    projects_of: dict[str, list[Project]] = defaultdict(list)
    for project, ids in tables.members.items():
        for org in ids:
            projects_of[org].append(tables.projects[project])
    actors = [_actor(line, projects_of[org]) for org, line in tables.organisations.items()]
    last = max((p.signed for p in tables.projects.values() if p.signed), default=date.min)
    alliances = []
    for project, ids in tables.members.items():
        partners = [org for org in ids if org not in unfit]
        if len(partners) > 1:
            notes = "" if before else _notes(tables.projects[project], ids, partners, tables.left[project])
            alliances.append(_alliance(tables.projects[project], partners, before or last, notes))
    return CordisRecords([*tables.refused, *actors], alliances)


def _is_unfit(cells: Cells) -> bool:
    """Whether the import refuses this row, so that no alliance may name it."""
    return not cells["name"] or cells["sector"] not in _SECTORS


def _actor(line: Line, projects: Iterable[Project]) -> Row:
    """The row of an organisation, its words taken from its most recent projects."""
    cells = line.cells
    recent = sorted(projects, key=lambda project: project.recency, reverse=True)
    sector, register = _SECTORS.get(cells["sector"], (cells["sector"], cells["sector"]))
    nuts = cells.get("nuts", "")
    lat, lon = _point(cells)
    titles = [project.title.rstrip(".") for project in recent[:TITLES]]
    record = {
        "id": f"cordis-{cells['id']}",
        "name": flat(cells["name"]),
        "sector": sector,
        "register": register,
        "description": ". ".join([flat(cells["name"]), *titles]),
        "needs": list(dict.fromkeys(project.topic for project in recent if project.topic))[:NEEDS],
        "skills": [project.skill for project in recent[:SKILLS]],
        "country": _COUNTRIES.get(cells["country"], cells["country"]),
        "region": nuts if len(nuts) > 2 else None,  # two letters are the country
        "commune_name": flat(cells["city"]),
        "lat": lat,
        "lon": lon,
        "updated": recent[0].signed if recent else None,
    }
    return Row(line.source, line.line, record)


def _point(cells: Cells) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude, or None twice when either is missing or impossible."""
    text = cells.get("point") or f"{cells.get('lat', '')},{cells.get('lon', '')}"
    numbers = [float(number) for number in _NUMBER.findall(text)]
    if len(numbers) != 2 or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        return None, None
    return numbers[0], numbers[1]


def _alliance(project: Project, partners: Sequence[str], last: date, notes: str) -> Row:
    """The row of a project; it is completed when it was to end before the last day that is known."""
    cells = project.line.cells
    over = project.ends is not None and project.ends < last
    named = project.title.casefold().startswith(cells["acronym"].casefold())
    record = {
        "id": f"cordis-{project.id}",
        "members": [f"cordis-{org}" for org in partners],
        "type": "demarche_collective" if "CSA" in cells["scheme"] else "innovation_societale",
        "started": project.signed,
        "ended": project.ends if over else None,
        "status": (AllianceStatus.COMPLETED if over else AllianceStatus.ACTIVE).value,
        "title": project.title if named else f"{cells['acronym']}: {project.title}",
        "notes": notes,
    }
    return Row(project.line.source, project.line.line, record)


def _notes(project: Project, ids: Sequence[str], partners: Sequence[str], left: Sequence[str]) -> str:
    """What came of a project: whether it was terminated, who left it, how many are not listed."""
    notes = []
    if project.line.cells.get("status") == "TERMINATED":
        notes.append("Terminated before its end.")
    early = [f"cordis-{org}" for org in partners if org in left]
    if early:
        notes.append(f"Left before the end: {', '.join(early)}.")
    if len(partners) < len(ids):
        notes.append(f"Members not listed (rows without a name or a known kind): {len(ids) - len(partners)}.")
    return " ".join(notes)
