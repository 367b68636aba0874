"""Drawings made on the server: the sum of a score as steps, and a map without tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, log10, radians
from typing import Any

from matcher.domain import Territory
from matcher.territory import EARTH_RADIUS_KM, distance_km

SMALL = 0.05
"""Contributions below this many points are drawn together."""
WIDTH, HEIGHT, MARGIN = 340.0, 240.0, 46.0
NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a waterfall: its points, and where it is drawn, in hundredths of the width."""

    feature: str
    points: float
    start: float
    width: float


def waterfall(served: Mapping[str, Any]) -> list[Bar]:
    """The steps from 0 to the score, the largest first; their points add up to it.

    `base` is what every pair starts with and `others` gathers what hardly counts; neither is there when 0.
    """
    told = [(one["feature"], float(one["points"])) for one in served["contributions"]]
    large = sorted((one for one in told if abs(one[1]) >= SMALL), key=lambda one: -abs(one[1]))
    steps = [("base", float(served["bias"])), *large]
    steps.append(("others", float(served["score"]) - sum(points for _, points in steps)))
    steps = [one for one in steps if abs(one[1]) >= SMALL / 10]
    heights, at = [0.0], 0.0
    for _, points in steps:
        at += points
        heights.append(at)
    low, high = min(heights), max(*heights, 1.0)
    scale = 100 / (high - low)
    return [
        Bar(name, points, round((min(at, at + points) - low) * scale, 2), round(abs(points) * scale, 2))
        for (name, points), at in zip(steps, heights, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a map, in units of the drawing; `reach` is the radius of action there, 0 when unknown."""

    name: str
    x: float
    y: float
    reach: float = 0.0


@dataclass(frozen=True, slots=True)
class Map:
    """Two places, communes around them, and a bar that shows how long `bar_km` is."""

    spots: tuple[Spot, Spot]
    around: tuple[Spot, ...]
    km: float
    bar_km: float
    bar: float
    width: float = WIDTH
    height: float = HEIGHT


def draw_map(a: Territory, b: Territory, communes: Iterable[Territory]) -> Map | None:
    """The map of two places, north up; None when one has no coordinates."""
    km = distance_km(a, b)
    if km is None:
        return None
    centre = ((a.lat or 0) + (b.lat or 0)) / 2, ((a.lon or 0) + (b.lon or 0)) / 2
    spread = [abs(part) for one in (a, b) for part in _km_from(centre, one)]
    east, north = max(spread[0::2]), max(spread[1::2])
    scale = min((WIDTH / 2 - MARGIN) / max(east, 3.0), (HEIGHT / 2 - MARGIN) / max(north, 3.0))
    spots = (_spot(centre, scale, a), _spot(centre, scale, b))
    bar_km = _round(70 / scale)
    around = _around(spots, (_spot(centre, scale, one) for one in communes if one.lat is not None))
    return Map(spots, around, km, bar_km, round(bar_km * scale, 1))


def _km_from(centre: tuple[float, float], place: Territory) -> tuple[float, float]:
    degree = radians(1) * EARTH_RADIUS_KM
    lat, lon = place.lat or 0.0, place.lon or 0.0
    return (lon - centre[1]) * degree * cos(radians(centre[0])), (lat - centre[0]) * degree


def _spot(centre: tuple[float, float], scale: float, place: Territory) -> Spot:
    east, north = _km_from(centre, place)
    x, y = WIDTH / 2 + east * scale, HEIGHT / 2 - north * scale
    reach = (place.radius_km or 0.0) * scale
    return Spot(place.commune_name or "", round(x, 1), round(y, 1), round(reach, 1))


def _around(spots: Sequence[Spot], others: Iterable[Spot]) -> tuple[Spot, ...]:
    """The communes nearest to the middle that fall inside, none too close to another name."""
    kept: list[Spot] = []
    inside = (one for one in others if 20 < one.x < WIDTH - 60 and 16 < one.y < HEIGHT - 34)
    for one in sorted(inside, key=lambda one: hypot(one.x - WIDTH / 2, one.y - HEIGHT / 2)):
        if all(abs(one.y - held.y) > 16 or abs(one.x - held.x) > 110 for held in (*spots, *kept)):
            kept.append(one)
        if len(kept) == NEIGHBOURS:
            break
    return tuple(kept)


def _round(km: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten that is not longer."""
    power: float = 10 ** int(log10(km) if km >= 1 else log10(km) - 1)
    return next((step * power for step in (5, 2) if step * power <= km), power)
