"""The report of a tenant as pages, files and JSON show it: the period and places asked for, and the needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from matcher.domain import Actor
from matcher.errors import InputError
from matcher.following import Parts
from matcher.report import Asked, Ledger, Report, report_of
from matcher.taxonomy import Taxonomy
from matcher.territory import REGION_PREFIX, Gazetteer
from matcher.unanswered import ANSWERING, WAITING, Unanswered, unanswered

FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class Told:
    """A report, and the needs of its places that nothing answers."""

    report: Report
    needs: list[Unanswered]


def told(
    ledger: Ledger,
    actors: Iterable[Actor],
    parts: Parts,
    start: date,
    last: date,
    places: Sequence[str] = (),
    metier: str | None = None,
) -> Told:
    """The report of [start, last] on some places (all when empty) and of one métier (all when None)."""
    asked = Asked(
        _midnight(start),
        _midnight(last + timedelta(days=1)),
        tuple(places),
        activities_of(metier, parts.taxonomy),
    )
    apart = {*places, *(one.epci for one in parts.gazetteer.communes.values() if one.epci)}
    report = report_of(ledger, asked, sorted(apart), parts.taxonomy)
    needs = unanswered(actors, places, ledger.cited((*ANSWERING, *WAITING), places), parts.clock())
    return Told(report, needs)


def checked_period(start: date, last: date) -> tuple[date, date]:
    """The days themselves, else InputError when they are no period."""
    for name, day in (("start", start), ("end", last)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InputError(name, day.isoformat(), f"expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    if last < start:
        raise InputError("end", last.isoformat(), f"before {start.isoformat()}, the first day")
    return start, last


def activities_of(metier: str | None, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The activities of a métier, none (which means all) when none is asked for; else InputError."""
    if not metier:
        return ()
    taxonomy.check("metiers", "metier", metier)
    return tuple(code for code, labels in taxonomy.activities.items() if labels.get("metier") == metier)


def report_record(told: Told) -> dict[str, Any]:
    """A report as JSON-ready values."""
    report = told.report
    return {
        "start": report.asked.start.date().isoformat(),
        "end": report.asked.end.date().isoformat(),
        "places": list(report.asked.places),
        "activities": list(report.asked.activities),
        "minutes": report.minutes,
        "reached": {action.value: count for action, count in report.reached.items()},
        "metiers": [asdict(one) for one in report.metiers],
        "months": [asdict(one) for one in report.months],
        "by_place": [asdict(one) for one in report.places],
        "outcomes": [asdict(one) for one in report.axes],
        "counterfactuals": {said.value: count for said, count in report.counterfactuals.items()},
        "unanswered": {
            "count": len(told.needs),
            "waiting": sum(one.waits for one in told.needs),
        },
    }


def place_namer(gazetteer: Gazetteer) -> Callable[[str], str]:
    """Names places by their codes; a code that is unknown names itself."""
    names = {"FR": "France"}
    names.update({f"{REGION_PREFIX}{code}": name for code, name in gazetteer.regions.items()})
    names.update({code: name for code, (name, _) in gazetteer.departements.items()})
    for commune in gazetteer.communes.values():
        names.update(
            {
                code: name
                for code, name in (
                    (commune.commune, commune.commune_name),
                    (commune.epci, commune.epci_name),
                )
                if code and name
            }
        )
    return lambda code: f"{names[code]} ({code})" if code in names else code


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
