"""Errors as `application/problem+json` (RFC 9457), in French or English."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from matcher.errors import (
    ConflictError,
    EncoderError,
    IllegalStepError,
    InputError,
    MaillonError,
    ModelError,
    UnknownActorError,
    UnknownRecordError,
    WorkspaceError,
)
from matcher.taxonomy import Lang
from service.details import detail_in, errors_in, fault_in

MEDIA_TYPE = "application/problem+json"
LONGEST_SHOWN = 200
log = logging.getLogger(__name__)

STATUSES: Mapping[type[MaillonError], tuple[int, str]] = {
    UnknownActorError: (404, "not_found"),
    UnknownRecordError: (404, "not_found"),
    InputError: (422, "invalid"),
    IllegalStepError: (409, "illegal_step"),
    ConflictError: (409, "conflict"),
    WorkspaceError: (503, "unavailable"),
    EncoderError: (503, "unavailable"),
    ModelError: (503, "unavailable"),
}
"""The one table from the engine's errors to HTTP; the nearest class counts."""

TITLES: Mapping[str, Mapping[Lang, str]] = {
    "bad_request": {Lang.FR: "Requête illisible", Lang.EN: "The request cannot be read"},
    "unauthenticated": {Lang.FR: "Clé absente ou refusée", Lang.EN: "Missing or refused key"},
    "forbidden": {Lang.FR: "Cette clé n'en a pas le droit", Lang.EN: "This key may not do that"},
    "not_found": {Lang.FR: "Introuvable", Lang.EN: "Not found"},
    "method_not_allowed": {Lang.FR: "Méthode non prévue ici", Lang.EN: "Method not allowed"},
    "conflict": {Lang.FR: "Quelqu'un est passé avant", Lang.EN: "Somebody was there first"},
    "illegal_step": {Lang.FR: "Étape impossible", Lang.EN: "Impossible step"},
    "changed": {Lang.FR: "Modifié entre-temps", Lang.EN: "Changed in the meantime"},
    "too_slow": {Lang.FR: "Requête trop lente", Lang.EN: "Request too slow"},
    "too_large": {Lang.FR: "Requête trop volumineuse", Lang.EN: "Request too large"},
    "invalid": {Lang.FR: "Valeur inutilisable", Lang.EN: "A value cannot be used"},
    "too_many": {Lang.FR: "Trop de requêtes", Lang.EN: "Too many requests"},
    "failed": {Lang.FR: "Erreur interne", Lang.EN: "Internal error"},
    "unavailable": {Lang.FR: "Service indisponible", Lang.EN: "Service unavailable"},
}
_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    409: "conflict",
    412: "changed",
    413: "too_large",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}


class ProblemError(Exception):
    """An answer that is no success; `code` is one of TITLES."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self.status, self.code, self.detail, self.headers = status, code, detail, headers
        self.errors = errors
        super().__init__(detail)


class Pages(Protocol):
    """What shows failures to people; `service.pages.failures` is one."""

    def for_people(self, request: Request) -> bool:
        """Whether a request comes from a browser that shows a page."""

    def failure_page(
        self, request: Request, status: int, detail: str, headers: Mapping[str, str]
    ) -> Response:
        """The page of a failure."""


def language_of(request: Request) -> Lang:
    """The language that a request prefers, French when it names neither."""
    best, found = 0.0, Lang.FR
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, rest = part.strip().partition(";")
        lang = tag.strip().lower()[:2]
        weight = _weight(rest)
        if lang in tuple(Lang) and weight > best:
            best, found = weight, Lang(lang)
    return found


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer; `errors` names the fields that are wrong. A browser that reads pages gets a page."""
    pages: Pages | None = getattr(request.app.state, "failure_pages", None)
    if pages is not None and status >= HTTPStatus.BAD_REQUEST and pages.for_people(request):
        return pages.failure_page(request, status, detail, headers or {})
    lang = language_of(request)
    body: dict[str, Any] = {
        "type": f"about:blank#{code}",
        "title": TITLES[code][lang],
        "status": status,
        "code": code,
        "detail": detail_in(lang, detail),
    }
    if errors:
        body["errors"] = errors_in(lang, errors)
    spoken = {"Content-Language": lang.value, "Vary": "Accept, Accept-Language"}
    return JSONResponse(body, status, spoken | dict(headers or {}), MEDIA_TYPE)


def install(app: FastAPI, pages: Pages | None = None) -> None:
    """Make every error of an application a problem, or a page for browsers where there are pages."""
    app.state.failure_pages = pages
    app.add_exception_handler(MaillonError, _of_engine)
    app.add_exception_handler(ProblemError, _of_service)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_defect)


def told(error: InputError) -> dict[str, str]:
    """A wrong field as an entry of `errors`."""
    return {"field": error.field, "value": _shown(error.value), "reason": error.reason}


def refused(errors: Sequence[Mapping[str, str]]) -> ProblemError:
    """The refusal of a body, its first fault told in a sentence and all of them by field."""
    return ProblemError(422, "invalid", f"{errors[0]['field']}: {errors[0]['reason']}", errors=errors)


def unknown_fields(record: Mapping[str, object], known: frozenset[str]) -> list[dict[str, str]]:
    """The fields of a body that nobody knows, as entries of `errors`."""
    return [
        {"field": _shown(name), "value": "", "reason": "unknown field"}
        for name in record
        if name not in known
    ]


async def _of_engine(request: Request, error: Exception) -> Response:
    status, code = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), (500, "failed"))
    errors = [told(error)] if isinstance(error, InputError) else []
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.error("unavailable: %s", error)
    return problem(request, status, code, _printable(str(error)), errors=errors)


async def _of_service(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 (registered for it alone)
    return problem(
        request, error.status, error.code, error.detail, errors=error.errors, headers=error.headers
    )


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it alone)
    errors = [
        {
            "field": ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]),
            "value": _shown(one.get("input")),
            "reason": _printable(fault_in(language_of(request), one)),
        }
        for one in error.errors()
    ]
    colon = " : " if language_of(request) is Lang.FR else ": "
    detail = "; ".join(f"{one['field']}{colon}{one['reason']}" for one in errors)
    return problem(request, 422, "invalid", detail, errors=errors)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it alone)
    code = _CODES.get(error.status_code, "failed")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_here(request))
    return problem(request, error.status_code, code, str(error.detail), headers=headers)


def _methods_here(request: Request) -> list[str]:
    """Every method of this address, as the published contract has them."""
    found: set[str] = set()
    for path, methods in request.app.openapi()["paths"].items():
        if compile_path(path)[0].match(request.url.path):
            found |= {method.upper() for method in methods}
    return sorted(found)


async def _of_defect(request: Request, error: Exception) -> Response:
    log.error("failed: %s", type(error).__name__, exc_info=error)
    return problem(request, 500, "failed", "the failure was logged under this request's X-Request-ID")


def _shown(value: object) -> str:
    text = _printable(str(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _printable(text: str) -> str:
    """The text without what no JSON answer can carry: lone halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
