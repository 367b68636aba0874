"""Where actors are: communes and what contains them, distances, and what "same territory" means."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from matcher.domain import Territory
from matcher.errors import InputError, UnknownPlaceError
from matcher.taxonomy import reference_directory
from matcher.values import number_of

EARTH_RADIUS_KM = 6371.0088
REGION_PREFIX = "REG-"


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Communes by INSEE code, and the names of départements and regions by theirs."""

    communes: Mapping[str, Territory]
    departements: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """département code -> (its name, its region's code)."""
    regions: Mapping[str, str] = field(default_factory=dict)

    def complete(self, territory: Territory) -> Territory:
        """The territory with what its commune's code implies filled in; given values are kept.

        A commune that the gazetteer does not hold still yields its département and region, which
        its code spells; its EPCI and coordinates then have to be given.
        """
        if territory.commune is None:
            return territory
        known = self.communes.get(territory.commune, Territory(country=territory.country))
        departement = territory.departement or known.departement or _departement_of(territory.commune)
        _, region = self.departements.get(departement, ("", ""))
        return replace(
            territory,
            commune_name=territory.commune_name or known.commune_name,
            epci=territory.epci or known.epci,
            epci_name=territory.epci_name or known.epci_name,
            departement=departement,
            region=territory.region or known.region or region or None,
            lat=territory.lat if territory.lat is not None else known.lat,
            lon=territory.lon if territory.lon is not None else known.lon,
        )


def _departement_of(commune: str) -> str:
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def distance_km(a: Territory, b: Territory) -> float | None:
    """The great-circle distance in kilometres (haversine), or None when a place is unknown."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def fold(text: str) -> str:
    """The text without case, accents, punctuation or doubled spaces, to compare place names."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    bare = unicodedata.normalize("NFKD", apart).casefold()
    kept = "".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c))
    return " ".join(kept.split())


class Level(StrEnum):
    """What kind of place a place is, from the smallest."""

    COMMUNE = "commune"
    EPCI = "epci"
    DEPARTEMENT = "departement"
    REGION = "region"
    COUNTRY = "country"


def code_at(territory: Territory, level: Level) -> str | None:
    """The code of the place of a level that a territory lies in, unlike that of any other level.

    INSEE numbers régions and départements alike (75 is Paris and Nouvelle-Aquitaine), so that a
    région's code is written as in its geographic code, REG-75.
    """
    code: str | None = getattr(territory, level.value)
    return f"{REGION_PREFIX}{code}" if code and level is Level.REGION else code


def codes_of(territory: Territory) -> frozenset[str]:
    """The codes of all the places that a territory lies in, from its commune up to its country."""
    smaller = (territory.commune, territory.epci, territory.departement)
    return frozenset(filter(None, (*smaller, code_at(territory, Level.REGION), territory.country)))


@dataclass(frozen=True, slots=True)
class Place:
    """A place that actors can be in."""

    level: Level
    code: str

    def contains(self, territory: Territory) -> bool:
        """Whether the territory lies in this place."""
        return bool(getattr(territory, self.level.value) == self.code.removeprefix(REGION_PREFIX))


def find_place(name: str, territories: Iterable[Territory], gazetteer: Gazetteer) -> Place:
    """The place called `name` (a name or a code, case and accents aside) among those of the actors.

    Looked up as a commune, then EPCI, département, région (REG-93), country, then as a part of an EPCI's
    name ("Briançonnais" for "CC du Briançonnais"). UnknownPlaceError when nothing bears the name.
    """
    names = _names_of_places(territories, gazetteer)
    wanted = fold(name)
    if wanted in names:
        return names[wanted]
    partial = {p for n, p in names.items() if p.level is Level.EPCI and wanted and wanted in n}
    if len(partial) == 1:
        return partial.pop()
    reason = "no actor is there; give a commune, EPCI, département or région, by name or code"
    if partial:
        reason = "several EPCI bear this name; give the code of one"
    raise UnknownPlaceError("territory", name, reason)


def _names_of_places(territories: Iterable[Territory], gazetteer: Gazetteer) -> dict[str, Place]:
    """Folded name or code -> place; the smaller place wins a shared name."""
    names: dict[str, Place] = {}
    distinct = set(territories)
    for level in Level:
        for territory in distinct:
            code = code_at(territory, level)
            if code is None:
                continue
            bare = getattr(territory, level.value)
            labels = [code, _label(territory, level, gazetteer)]
            if level is not Level.REGION or bare not in gazetteer.departements:
                labels.append(bare)
            for label in labels:
                names.setdefault(fold(label), Place(level, code))
    names.pop("", None)  # a place without a name is not found by an empty one
    return names


def _label(territory: Territory, level: Level, gazetteer: Gazetteer) -> str:
    if level is Level.COMMUNE:
        return territory.commune_name or ""
    if level is Level.EPCI:
        return territory.epci_name or ""
    if level is Level.DEPARTEMENT:
        return gazetteer.departements.get(territory.departement or "", ("", ""))[0]
    if level is Level.REGION:
        return gazetteer.regions.get(territory.region or "", "")
    return territory.country


def load_gazetteer(communes: Path, departements: Path) -> Gazetteer:
    """The gazetteer in two CSV files laid out as those of `data/reference`."""
    by_departement: dict[str, tuple[str, str]] = {}
    regions: dict[str, str] = {}
    for row in _rows(departements, {"code", "name", "region", "region_name"}):
        by_departement[row["code"]] = (row["name"], row["region"])
        regions[row["region"]] = row["region_name"]
    wanted = {"code", "name", "epci", "epci_name", "departement", "region", "lat", "lon"}
    by_commune = {
        row["code"]: Territory(
            commune=row["code"],
            commune_name=row["name"],
            epci=row["epci"] or None,
            epci_name=row["epci_name"] or None,
            departement=row["departement"],
            region=row["region"],
            lat=number_of(row, "lat", -90, 90),
            lon=number_of(row, "lon", -180, 180),
        )
        for row in _rows(communes, wanted)
    }
    return Gazetteer(by_commune, by_departement, regions)


def _rows(path: Path, wanted: set[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = wanted - set(reader.fieldnames or ())
            if missing:
                raise InputError("communes", str(path), f"columns missing: {', '.join(sorted(missing))}")
            return list(reader)
    except OSError as error:
        raise InputError("communes", str(path), f"cannot be read: {error.strerror}") from error


@cache
def default_gazetteer() -> Gazetteer:
    """The places that ship with Maillon: all départements, and the communes of the sample data."""
    directory = reference_directory()
    return load_gazetteer(directory / "communes.csv", directory / "departements.csv")
