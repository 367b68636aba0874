"""The tables of CORDIS, in either layout, as projects, their members and organisations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matcher.delimited import Cells, read_delimited
from matcher.errors import ImportSourceError, InputError
from matcher.importing import Row, check_text
from matcher.values import date_of

OBJECTIVE_CHARACTERS = 400
Refused = dict[tuple[str, int], Row]
_CODE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+")
_SENTENCE_END = re.compile(r"[.!?](?=\s+[^a-z\s])")


@dataclass(frozen=True, slots=True)
class _Table:
    """A file (or its .gz) and its columns, by the word that this module has for them."""

    file: str
    columns: Mapping[str, str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Layout:
    projects: _Table
    organisations: _Table
    participations: _Table
    topics: _Table | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table, with where it stands."""

    source: str
    line: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Project:
    """A project, with the texts that its partners share."""

    line: Line
    id: str
    title: str
    signed: date | None
    ends: date | None
    topic: str
    skill: str

    @property
    def recency(self) -> tuple[date, str]:
        """What sorts projects by when they were signed, later ones larger."""
        return (self.signed or date.min, self.id)


_PLACE = {"country": "country", "city": "city"}
_TABLES = _Layout(
    _Table(
        "projects.csv",
        {name: name for name in ("acronym", "title", "objective", "scheme")}
        | {"id": "project_id", "signed": "date", "ends": "end_date", "topic": "topic_title"}
        | {"call": "call", "code": "topic", "programme": "legal", "fields": "fields"},
        frozenset({"call", "code", "programme", "fields"}),
    ),
    _Table(
        "actors.csv",
        _PLACE
        | {"id": "org_id", "name": "name", "sector": "sector_code", "nuts": "nuts", "postcode": "postcode"}
        | {"lat": "lat", "lon": "lon"},
    ),
    _Table(
        "participations.csv",
        {"project": "project_id", "id": "org_id", "role": "role", "left": "terminated"},
    ),
)
_EXPORT = _Layout(
    _Table(
        "project.csv",
        {name: name for name in ("id", "acronym", "title", "objective", "status")}
        | {"signed": "ecSignatureDate", "starts": "startDate", "ends": "endDate"}
        | {
            "scheme": "fundingScheme",
            "topic_code": "topics",
            "call": "masterCall",
            "programme": "legalBasis",
        },
        frozenset({"signed", "status", "call", "programme"}),  # the first exports had no signature date
    ),
    _Table(
        "organization.csv",
        _PLACE
        | {"project": "projectID", "id": "organisationID", "name": "name", "sector": "activityType"}
        | {"nuts": "nutsCode", "postcode": "postCode", "point": "geolocation"},
        frozenset({"nuts", "point"}),
    ),
    _Table(
        "organization.csv",
        {"project": "projectID", "id": "organisationID", "role": "role", "left": "endOfParticipation"},
    ),
    _Table("topics.csv", {"project": "projectID", "code": "topic", "title": "title"}),
)


@dataclass(frozen=True, slots=True)
class CordisTables:
    """What the tables hold that may be used."""

    projects: Mapping[str, Project]
    members: Mapping[str, Sequence[str]]
    """project -> its organisations, coordinators first."""
    left: Mapping[str, Sequence[str]]
    """project -> the organisations that left it early."""
    organisations: Mapping[str, Line]
    refused: Sequence[Row]
    """The rows that could not be read."""


def read_tables(directory: Path, before: date | None) -> CordisTables:
    """The tables of a directory; with `before`, without all that is known only from later projects."""
    layout = _layout(directory)
    refused: Refused = {}
    projects = _projects(directory, layout, before, refused)
    members, left = _participations(directory, layout.participations, projects, refused)
    organisations = _organisations(directory, layout.organisations, projects, members, refused)
    return CordisTables(projects, members, left, organisations, list(refused.values()))


def _layout(directory: Path) -> _Layout:
    for layout in (_TABLES, _EXPORT):
        if _find(directory, layout.projects) and _find(directory, layout.organisations):
            return layout
    expected = " or ".join(f"{one.projects.file} and {one.organisations.file}" for one in (_TABLES, _EXPORT))
    raise ImportSourceError(f"{directory}: no CORDIS tables here; expected {expected} (or .csv.gz)")


def _refuse(refused: Refused, source: str, line: int, error: InputError) -> None:
    """Add a refused row, each place once: the export's organisations are read from one file twice."""
    refused.setdefault((source, line), Row(source, line, error))


def _find(directory: Path, table: _Table) -> Path | None:
    paths = (directory / table.file, directory / f"{table.file}.gz")
    return next((path for path in paths if path.is_file()), None)


def _lines(directory: Path, table: _Table, refused: Refused) -> Iterator[Line]:
    """The rows of a table by this module's words; rows that cannot be read are added to `refused`."""
    path = _find(directory, table)
    if path is None:
        raise ImportSourceError(f"{directory / table.file}: no such file; the other CORDIS tables need it")
    content = read_delimited(path)
    columns = {word: name for word, name in table.columns.items() if name in content.columns}
    missing = [name for word, name in table.columns.items() if word not in columns.keys() | table.optional]
    if missing:
        found = ", ".join(content.columns)
        raise ImportSourceError(f"{path}: no column {', '.join(missing)}; the columns found are: {found}")
    for line, cells in content.rows:
        try:
            used = {word: _text_in(cells, name) for word, name in columns.items()}
        except InputError as error:
            _refuse(refused, path.name, line, error)
            continue
        yield Line(path.name, line, used)


def _text_in(cells: Cells | InputError, column: str) -> str:
    """The stripped text of a cell, else the InputError that the row is or deserves."""
    if isinstance(cells, InputError):
        raise cells
    check_text(column, cells[column])
    return cells[column].strip()


def _projects(directory: Path, layout: _Layout, before: date | None, refused: Refused) -> dict[str, Project]:
    """The projects that may be used, by id."""
    topics = {}
    if layout.topics is not None:
        lines = _lines(directory, layout.topics, refused)
        topics = {(line.cells["project"], line.cells["code"]): line.cells["title"] for line in lines}
    projects: dict[str, Project] = {}
    for line in _lines(directory, layout.projects, refused):
        try:
            project = _project(line, topics)
            _refuse_second(projects, project)
        except InputError as error:
            _refuse(refused, line.source, line.line, error)
            continue
        if before is None or (project.signed is not None and project.signed < before):
            projects[project.id] = project
    return projects


def _refuse_second(projects: Mapping[str, Project], project: Project) -> None:
    if project.id in projects:
        raise InputError("id", project.id, "another project has this id; the first is kept")


def _project(line: Line, topics: Mapping[tuple[str, str], str]) -> Project:
    cells = line.cells
    title = flat(cells["title"])
    topic = flat(cells.get("topic") or topics.get((cells["id"], cells.get("topic_code", "")), ""))
    return Project(
        line=line,
        id=cells["id"],
        title=title,
        signed=date_of(cells, "signed") or date_of(cells, "starts"),
        ends=date_of(cells, "ends"),
        topic="" if _CODE.fullmatch(topic) else topic,  # a code says nothing of what was asked for
        skill=f"{title.rstrip('.')}. {_first_sentences(cells['objective'])}".strip(),
    )


def _participations(
    directory: Path, table: _Table, projects: Mapping[str, Project], refused: Refused
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The organisations of each project, coordinators first, and those of them that left early."""
    members: dict[str, dict[str, bool]] = {}
    left: dict[str, list[str]] = defaultdict(list)
    for line in _lines(directory, table, refused):
        project, org = line.cells["project"], line.cells["id"]
        if project in projects and org:
            roles = members.setdefault(project, {})
            roles[org] = roles.get(org, False) or line.cells["role"] == "coordinator"
            if line.cells["left"].lower() == "true":
                left[project].append(org)
    ordered = {project: sorted(roles, key=lambda org: not roles[org]) for project, roles in members.items()}
    return ordered, left


def _organisations(
    directory: Path,
    table: _Table,
    projects: Mapping[str, Project],
    members: Mapping[str, Sequence[str]],
    refused: Refused,
) -> dict[str, Line]:
    """The row of each organisation that takes part: that of its latest project where it has several."""
    partners = {org for ids in members.values() for org in ids}
    latest: dict[str, tuple[tuple[date, str], Line]] = {}
    for line in _lines(directory, table, refused):
        org, project = line.cells["id"], projects.get(line.cells.get("project", ""))
        if "project" in line.cells and project is None:
            continue  # a row of a project that may not be used
        recency = project.recency if project else (date.min, "")
        if not org:
            _refuse(refused, line.source, line.line, InputError("id", None, "missing; no organisation id"))
        elif org in partners and (org not in latest or latest[org][0] < recency):
            latest[org] = (recency, line)
    return {org: line for org, (_, line) in latest.items()}


def _first_sentences(text: str) -> str:
    """The first whole sentences, near OBJECTIVE_CHARACTERS; words where one sentence is much longer."""
    line = flat(text)
    if len(line) <= OBJECTIVE_CHARACTERS:
        return line
    low, high = OBJECTIVE_CHARACTERS // 3, OBJECTIVE_CHARACTERS * 5 // 4
    ends = [found.end() for found in _SENTENCE_END.finditer(line, 0, high + 2) if found.end() >= low]
    if ends:
        return line[: min(ends, key=lambda end: abs(end - OBJECTIVE_CHARACTERS))]
    return line[:OBJECTIVE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def flat(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())
