"""The invisible work of a territory: a report to read, to print and to take along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from babel.dates import format_date
from fastapi import APIRouter, Query, Request, Response

from matcher.access import Scope, allows
from matcher.adapters.workbook import workbook_bytes
from matcher.errors import InputError
from matcher.report_tables import ReportTable, csv_bytes, tables_of, word
from matcher.reporting import Told, checked_period, place_namer
from matcher.taxonomy import Lang
from service.pages.actor_search import ready
from service.pages.language import speech_of
from service.pages.rendering import page
from service.pages.visitor import Visitor, VisitorOf
from service.tenants import Tenant

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_NEEDS = 30
Du = Annotated[str, Query(max_length=10)]
router = APIRouter(include_in_schema=False)


@router.get("/temps")
def hours(
    request: Request,
    visitor: VisitorOf,
    du: Du = "",
    au: Du = "",
    lieu: Annotated[str, Query(max_length=20)] = "",
    metier: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The report on a page."""
    tenant, said = ready(request, visitor), speech_of(request)
    taxonomy = tenant.workspace.parts.taxonomy
    place_name = place_namer(tenant.workspace.parts.gazetteer)
    found, error, status = None, "", 200
    try:
        found = _told(tenant, visitor, du, au, lieu, metier)
    except InputError as refused:
        error, status = f"{said.gettext('Saisie refusée :')} {refused}", 422
    asked = {"du": du, "au": au, "lieu": lieu, "metier": metier}
    start, last = _period("", "")
    return page(
        request,
        "hours.html",
        status,
        found=found,
        needs=() if found is None else found.needs[:MOST_NEEDS],
        asked=asked | ({} if du else {"du": start.isoformat()}) | ({} if au else {"au": last.isoformat()}),
        query=urlencode({name: value for name, value in asked.items() if value}),
        places={code: place_name(code) for code in visitor.person.territories},
        place_name=place_name,
        metiers={one: taxonomy.label("metiers", one, said.lang) for one in taxonomy.metiers},
        activity_names={one: taxonomy.label("activities", one, said.lang) for one in taxonomy.activities},
        word=lambda key: word(key, said.lang),
        last=None if found is None else found.report.asked.end.date() - timedelta(days=1),
        month_name=lambda month: format_date(
            date.fromisoformat(f"{month}-01"), "LLLL y", locale=said.lang.value
        ),
        error=error,
    )


@router.get("/temps.csv")
def as_csv(
    request: Request, visitor: VisitorOf, du: Du = "", au: Du = "", lieu: str = "", metier: str = ""
) -> Response:
    """The report as CSV for a French Excel."""
    tenant, lang = ready(request, visitor), speech_of(request).lang
    tables = _tables(tenant, _told(tenant, visitor, du, au, lieu, metier), lang)
    return _file(csv_bytes(tables, lang), "text/csv; charset=utf-8", "csv")


@router.get("/temps.xlsx")
def as_workbook(
    request: Request, visitor: VisitorOf, du: Du = "", au: Du = "", lieu: str = "", metier: str = ""
) -> Response:
    """The report as an Excel workbook, a sheet a table."""
    tenant = ready(request, visitor)
    tables = _tables(tenant, _told(tenant, visitor, du, au, lieu, metier), speech_of(request).lang)
    return _file(workbook_bytes(tables), XLSX, "xlsx")


def _told(tenant: Tenant, visitor: Visitor, du: str, au: str, lieu: str, metier: str) -> Told:
    mine = visitor.person.territories
    if not mine and not allows(visitor.person.scopes, Scope.ADMIN):
        raise InputError(
            "lieu", lieu, "this account has no territory yet; `maillon user add --territory` gives one"
        )
    if lieu and mine and lieu not in mine:
        raise InputError("lieu", lieu, "expected one of your territories")
    start, last = checked_period(*_period(du, au))
    return tenant.told(start, last, [lieu] if lieu else mine, metier or None)


def _period(du: str, au: str) -> tuple[date, date]:
    """The days that were typed; this year up to today when nothing was."""
    today = datetime.now(UTC).date()
    days = []
    for name, text, otherwise in (("du", du, date(today.year, 1, 1)), ("au", au, today)):
        try:
            days.append(date.fromisoformat(text) if text else otherwise)
        except ValueError as error:
            raise InputError(name, text, "expected a day such as 2026-11-24") from error
    return days[0], days[1]


def _tables(tenant: Tenant, found: Told, lang: Lang) -> list[ReportTable]:
    parts = tenant.workspace.parts
    return tables_of(found.report, found.needs, parts.taxonomy, lang, place_namer(parts.gazetteer))


def _file(content: bytes, media_type: str, suffix: str) -> Response:
    named = {"content-disposition": f'attachment; filename="temps-invisible.{suffix}"'}
    return Response(content, media_type=media_type, headers=named)
