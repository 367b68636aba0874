"""Signing in with an OpenID Connect issuer: code, PKCE, and what a token must say to be believed.

OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0; PKCE is RFC 7636, `iss` in answers RFC 9207.
ProConnect is one such issuer: it tells of people in a signed token where others send plain JSON.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from matcher.access import subject_of
from matcher.errors import InputError
from matcher.settings import Mode, Settings, TokenAlgorithm
from service.issuer import Issuer, IssuerError

CALLBACK = "/connexion/retour"
LEEWAY_SECONDS = 60
"""How far the issuer's clock and ours may be apart."""
LONGEST_SUBJECT = 255
LOOPBACK = ("127.0.0.1", "localhost", "::1")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenIdConfig:
    """What the issuer and this service have agreed on; `public_url` has no slash at its end."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    scopes: str
    acr_values: str | None
    algorithm: TokenAlgorithm
    trust_email: bool

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends people back to."""
        return self.public_url + CALLBACK


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a sign-in under way has to meet again when it comes back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the issuer vouches for. `email` is None unless it is verified; `told_email` is what was said."""

    subject: str
    name: str
    email: str | None
    told_email: str | None
    uid: str | None
    siret: str | None
    id_token: str = field(repr=False)


class OpenIdRefusedError(Exception):
    """A sign-in that is not believed; the text says why, for the log."""


def openid_config(settings: Settings) -> OpenIdConfig | None:
    """What the settings agree with an issuer, None when they name none; InputError when half is missing."""
    needed = {
        "MAILLON_OIDC_ISSUER": settings.oidc_issuer,
        "MAILLON_OIDC_CLIENT_ID": settings.oidc_client_id,
        "MAILLON_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
    }
    if not any(needed.values()):
        return None
    for name, value in (needed | {"MAILLON_PUBLIC_URL": settings.public_url}).items():
        if not value:
            raise InputError(name, "", "needed to sign in with OpenID Connect; set it, or none of the others")
    secret = settings.oidc_client_secret
    config = OpenIdConfig(
        issuer=settings.oidc_issuer or "",
        client_id=settings.oidc_client_id or "",
        client_secret="" if secret is None else secret.get_secret_value(),
        public_url=(settings.public_url or "").rstrip("/"),
        scopes=settings.oidc_scopes,
        acr_values=settings.oidc_acr_values,
        algorithm=settings.oidc_algorithm,
        trust_email=settings.oidc_trust_email,
    )
    for name, address in (("MAILLON_OIDC_ISSUER", config.issuer), ("MAILLON_PUBLIC_URL", config.public_url)):
        _check_address(name, address, settings.mode)
    if "openid" not in config.scopes.split():
        raise InputError("MAILLON_OIDC_SCOPES", config.scopes, "must hold openid")
    return config


class OpenId:
    """Sends people to an issuer and hears what it says of them."""

    def __init__(self, config: OpenIdConfig, client: httpx.Client | None = None) -> None:
        self.config = config
        self.issuer = Issuer(config.issuer, config.client_secret, config.algorithm, client)

    def begin(self) -> tuple[str, Attempt]:
        """Where to send somebody who wants to sign in, and what to remember of it; IssuerError."""
        attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self.config.redirect_uri,
            "scope": self.config.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        if self.config.acr_values:
            asked["acr_values"] = self.config.acr_values
        return _with_query(self.issuer.address("authorization_endpoint"), asked), attempt

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """Whom the issuer vouches for, else OpenIdRefusedError; IssuerError when it does not answer."""
        if not secrets.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise OpenIdRefusedError("the state is not that of this sign-in")
        if answer.get("iss", self.config.issuer) != self.config.issuer:
            raise OpenIdRefusedError("the answer is another issuer's")
        if "code" not in answer:
            raise OpenIdRefusedError(f"the issuer says {answer.get('error', 'nothing')[:60]!r}")
        tokens = self._tokens(answer["code"], attempt)
        id_token, access_token = (_text(tokens, name) for name in ("id_token", "access_token"))
        claims = self._id_claims(id_token or "", attempt.nonce)
        told = self._userinfo(access_token or "")
        if told.get("sub") != claims["sub"]:
            raise OpenIdRefusedError("the user info is somebody else's")
        return self._identity(claims | told, id_token or "")

    def leave(self, id_token: str) -> str | None:
        """Where somebody who signs out signs out of the issuer too; None when it has no such address."""
        try:
            end = self.issuer.address("end_session_endpoint")
        except IssuerError:
            return None
        back = {
            "id_token_hint": id_token,
            "state": secrets.token_urlsafe(32),
            "client_id": self.config.client_id,
            "post_logout_redirect_uri": f"{self.config.public_url}/connexion",
        }
        return _with_query(end, back)

    def close(self) -> None:
        """Let go of connections."""
        self.issuer.close()

    def _tokens(self, code: str, attempt: Attempt) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.config.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        answer = self.issuer.post_as(self.config.client_id, "token_endpoint", form)
        if answer.status_code != HTTPStatus.OK:
            raise OpenIdRefusedError(f"the code was answered with {answer.status_code}")
        return _record(answer)

    def _id_claims(self, token: str, nonce: str) -> dict[str, Any]:
        claims = self._signed(token)
        registry = JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.config.issuer},
            aud={"essential": True, "value": self.config.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise OpenIdRefusedError(f"the id token: {error}") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.config.client_id) != self.config.client_id:
            raise OpenIdRefusedError("the id token was made for another service")
        if len(claims["sub"]) > LONGEST_SUBJECT:
            raise OpenIdRefusedError("the id token's sub is too long")
        return claims

    def _userinfo(self, access_token: str) -> dict[str, Any]:
        """What is told of a person, as a signed token or as JSON."""
        answer = self.issuer.get_as(access_token, "userinfo_endpoint")
        if answer.status_code != HTTPStatus.OK:
            raise OpenIdRefusedError(f"user info was answered with {answer.status_code}")
        if answer.headers.get("content-type", "").partition(";")[0].strip() != "application/jwt":
            return _record(answer)
        claims = self._signed(answer.text.strip())
        registry = JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS, iss={"value": self.config.issuer}, aud={"value": self.config.client_id}
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise OpenIdRefusedError(f"the user info: {error}") from error
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        try:
            return self.issuer.verified(token)
        except (JoseError, ValueError) as error:
            raise OpenIdRefusedError(f"a token: {type(error).__name__}") from error

    def _identity(self, told: Mapping[str, Any], id_token: str) -> Identity:
        email = _text(told, "email")
        verified = told.get("email_verified", self.config.trust_email) is True
        family = _text(told, "usual_name") or _text(told, "family_name")
        name = " ".join(part for part in (_text(told, "given_name"), family) if part) or _text(told, "name")
        return Identity(
            subject=subject_of(self.config.issuer, told["sub"]),
            name=name or email or told["sub"],
            email=email if verified else None,
            told_email=email,
            uid=_text(told, "uid"),
            siret=_text(told, "siret"),
            id_token=id_token,
        )


def _check_address(name: str, address: str, mode: Mode) -> None:
    parts = urlsplit(address)
    first_try = mode is Mode.DEVELOPMENT and parts.hostname in LOOPBACK and parts.scheme == "http"
    if not parts.hostname or parts.query or parts.fragment or (parts.scheme != "https" and not first_try):
        raise InputError(name, address, "expected an https:// address")


def _with_query(address: str, values: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}"


def _record(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError as error:
        raise OpenIdRefusedError("the issuer's answer is no JSON") from error
    if not isinstance(told, dict):
        raise OpenIdRefusedError("the issuer's answer is no record")
    return told


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) and value and value.isprintable() else None
