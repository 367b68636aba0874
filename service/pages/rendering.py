"""Templates to HTML answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from matcher.proposals import Action, ProposalState
from matcher.taxonomy import Lang
from service.pages.language import Speech, mark, speech, speech_of
from service.pages.static import address_of

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
CLOCK = ZoneInfo("Europe/Paris")
STATES: Mapping[str, str] = {
    ProposalState.SUGGESTED: mark("suggérée"),
    ProposalState.REVIEWED: mark("retenue"),
    ProposalState.INTRODUCED: mark("mise en relation"),
    ProposalState.MEETING: mark("rencontre"),
    ProposalState.ALLIANCE: mark("alliance"),
    ProposalState.DECLINED: mark("déclinée"),
    ProposalState.POSTPONED: mark("reportée"),
}
DEEDS: Mapping[str, str] = {
    Action.NOTE: mark("commentaire"),
    Action.GRADE: mark("avis"),
    Action.ASSIGN: mark("confiée à quelqu'un d'autre"),
    Action.LOG_TIME: mark("temps noté"),
    Action.FOLLOW_UP: mark("suivi de l'alliance"),
    Action.UNDO: mark("étape annulée"),
}
"""What is done without moving a proposal."""
NAVIGATION: Mapping[str, str] = {
    "/a-examiner": mark("À examiner"),
    "/suivi": mark("Suivi"),
    "/acteurs": mark("Acteurs"),
    "/temps": mark("Temps invisible"),
}
"""The pages of the menu, in order; one that the application does not have is not shown."""


def page(request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page in the visitor's language; every value is escaped.

    `message` is told as good news at the top, `error` as a refusal. Who is signed in is known.
    """
    said = speech_of(request)
    known: dict[str, Any] = {
        "visitor": getattr(request.state, "visitor", None),
        "lang": said.lang.value,
        "here": request.url.path,
        "back": _back(request),
        "navigation": _navigation(request, said),
        "deeds": {action: said.gettext(text) for action, text in DEEDS.items()},
        "states": {state: said.gettext(text) for state, text in STATES.items()},
        "message": "",
        "error": "",
    }
    html = environment(said.lang).get_template(name).render(known | values)
    headers = {"content-security-policy": POLICY, "content-language": said.lang.value}
    return HTMLResponse(html, status, headers)


@cache
def environment(lang: Lang) -> Environment:
    """The templates of a language."""
    made = Environment(
        loader=PackageLoader("service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.policies["ext.i18n.trimmed"] = True
    said = speech(lang)
    made.install_gettext_callables(said.gettext, said.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = address_of
    made.filters["day"] = partial(_day, lang)
    made.filters["moment"] = partial(_moment, lang)
    made.filters["number"] = partial(_number, lang)
    made.filters["hours"] = hours
    return made


def _day(lang: Lang, value: date | datetime) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(CLOCK).date()
    return format_date(value, "d MMMM y", locale=lang.value)


def _moment(lang: Lang, value: datetime) -> str:
    return format_datetime(value, "d MMMM y, HH:mm", tzinfo=CLOCK, locale=lang.value)


def _number(lang: Lang, value: float, digits: int = 0) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=lang.value)


def hours(minutes: int) -> str:
    """Minutes as hours and minutes: 90 is 1 h 30."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest:02}" if rest else f"{whole} h"


def _navigation(request: Request, said: Speech) -> list[tuple[str, str]]:
    held: frozenset[str] = getattr(request.app.state, "pages", frozenset())
    return [(path, said.gettext(text)) for path, text in NAVIGATION.items() if path in held]


def _back(request: Request) -> str:
    """This page's own address, to come back to, quoted for a link's query."""
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path + query, safe="/")
