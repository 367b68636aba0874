"""Errors as pages for people: what happened and what to do, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request, Response

from matcher.errors import MaillonError
from service.pages.language import mark, speech_of
from service.pages.rendering import page
from service.pages.visitor import visitor_or_none

TOLD: Mapping[int, tuple[str, str]] = {
    403: (
        mark("Accès refusé"),
        mark(
            "Le formulaire est trop ancien, ou votre compte n'a pas ce droit. Rechargez la page précédente."
        ),
    ),
    404: (
        mark("Page introuvable"),
        mark("L'adresse est fausse, ou ce qu'elle montrait n'est pas de vos territoires ou a été effacé."),
    ),
    409: (
        mark("Quelqu'un est passé avant"),
        mark("Ce que vous vouliez changer a changé entre-temps. Revenez à la page et relisez-la."),
    ),
    413: (mark("Envoi trop volumineux"), mark("Envoyez-le en plusieurs parties.")),
    422: (
        mark("Saisie inutilisable"),
        mark("Une valeur ne peut pas être lue. Revenez à la page précédente : votre saisie y est encore."),
    ),
    429: (mark("Trop de demandes"), mark("Attendez un moment, puis recommencez.")),
    500: (
        mark("Une erreur est survenue"),
        mark("Elle a été notée. Rien n'a été enregistré à moitié ; recommencez dans un moment."),
    ),
    503: (
        mark("Maillon se prépare ou ne répond pas"),
        mark("La base ou le modèle n'est pas encore disponible. Recommencez dans un moment."),
    ),
}
ELSEWHERE = ("/v1", "/docs", "/redoc", "/openapi.json", "/static", "/metrics", "/health", "/ready")


def for_people(request: Request) -> bool:
    """Whether a request comes from a browser that shows a page."""
    wanted = request.headers.get("accept", "")
    return "text/html" in wanted and not request.url.path.startswith(ELSEWHERE)


def failure_page(request: Request, status: int, detail: str, headers: Mapping[str, str]) -> Response:
    """The page of a failure; `detail` is what the engine says, for those who run the service."""
    said = speech_of(request)
    if not hasattr(request.state, "visitor"):
        _remember_visitor(request)
    nearest = status if status in TOLD else (422 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500)
    title, advice = (said.gettext(text) for text in TOLD[nearest])
    again = status in (429, 500, 503) and request.method == "GET"
    answer = page(
        request, "erreur.html", status, title=title, advice=advice, detail=detail, code=status, again=again
    )
    answer.headers.update(headers)
    return answer


def _remember_visitor(request: Request) -> None:
    """So that the menu stays; not when the database is what failed."""
    try:
        visitor_or_none(request)
    except MaillonError:
        request.state.visitor = None
