"""Signing in with an OpenID Connect issuer: there, and back again."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import DEFAULT_TENANT, Session, digest_of, new_secret
from service.admission import admitted
from service.issuer import IssuerError
from service.openid import CALLBACK, Attempt, Identity, OpenId, OpenIdRefusedError
from service.pages.language import mark, speech_of
from service.pages.sessions import open_session, set_cookie
from service.pages.signin import form_page
from service.pages.visitor import HOME, way_back
from service.problems import ProblemError
from service.security import tenants_of

COOKIE = "maillon_openid"
MINUTES = 10
"""How long somebody may take to sign in with the issuer."""
UNREACHABLE = mark("Le service d'identification ne répond pas. Réessayez dans un moment.")
REFUSED = mark("L'identification n'a pas abouti. Recommencez depuis cette page.")
UNKNOWN = mark(
    "Vous êtes bien identifié, mais Maillon n'a pas de compte pour vous. Demandez-en un à la personne qui "
    "l'administre, en lui donnant cet identifiant : {who}"
)
router = APIRouter(include_in_schema=False)
log = logging.getLogger(__name__)


@router.get("/connexion/openid")
def go_there(request: Request, suite: Annotated[str, Query(max_length=2_000)] = HOME) -> Response:
    """Send the browser to the issuer, and remember what has to come back."""
    openid = _openid(request)
    caller = "" if request.client is None else request.client.host
    wait = request.app.state.rate_limit.wait(f"openid {caller}")
    if wait:
        raise ProblemError(429, "too_many", "try again in a moment", {"Retry-After": str(int(wait) + 1)})
    try:
        address, attempt = openid.begin()
    except IssuerError as error:
        return _unreachable(request, error)
    secret, until = new_secret(), datetime.now(UTC) + timedelta(minutes=MINUTES)
    data = asdict(attempt) | {"suite": way_back(suite)}
    tenants_of(request).backend.access.put_session(
        Session(digest_of(secret), DEFAULT_TENANT, "", "", until, data)
    )
    answer = RedirectResponse(address, 303)
    set_cookie(request, answer, COOKIE, secret)
    return answer


@router.get(CALLBACK)
def come_back(request: Request) -> Response:
    """A session for whom the issuer vouches and Maillon knows; else the sign-in page, which says why not."""
    openid = _openid(request)
    try:
        data = _taken(request)
        attempt = Attempt(data["state"], data["nonce"], data["verifier"])
        identity = openid.finish(attempt, request.query_params)
    except OpenIdRefusedError as error:
        log.warning("a sign-in was refused: %s", error)
        return form_page(request, 403, speech_of(request).gettext(REFUSED))
    except IssuerError as error:
        return _unreachable(request, error)
    tenants = tenants_of(request)
    person = admitted(tenants.backend.access, identity, tenants.settings.oidc_create_in)
    if person is None:
        return form_page(request, 403, speech_of(request).gettext(UNKNOWN).format(who=_named(identity)))
    answer = RedirectResponse(data["suite"], 303)
    open_session(request, answer, person, {"id_token": identity.id_token})
    answer.delete_cookie(COOKIE)
    return answer


def _openid(request: Request) -> OpenId:
    openid: OpenId | None = request.app.state.openid
    if openid is None:
        raise ProblemError(404, "not_found", "no OpenID Connect issuer is set")
    return openid


def _taken(request: Request) -> dict[str, str]:
    """What was remembered of this browser's sign-in, which can be had once."""
    access = tenants_of(request).backend.access
    cookie = request.cookies.get(COOKIE, "")
    held = access.session(digest_of(cookie)) if cookie else None
    if held is None or held.person or not access.end_session(held.digest):
        raise OpenIdRefusedError("this browser has no sign-in under way")
    if held.expires <= datetime.now(UTC):
        raise OpenIdRefusedError("the sign-in took too long")
    return dict(held.data)


def _named(identity: Identity) -> str:
    known = (identity.told_email, identity.siret and f"SIRET {identity.siret}")
    return ", ".join([*(one for one in known if one), f"sub {identity.subject.rpartition('|')[2]}"])


def _unreachable(request: Request, error: IssuerError) -> Response:
    log.error("the issuer: %s", error)
    return form_page(request, 503, speech_of(request).gettext(UNREACHABLE))
