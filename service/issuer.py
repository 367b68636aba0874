"""An OpenID Connect issuer: its addresses, its keys, and requests to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet, OctKey

from matcher.settings import TokenAlgorithm

TIMEOUT_SECONDS = 10.0
KEPT_SECONDS = 3_600.0
"""How long addresses and keys are believed before they are asked for again."""
AGAIN_SECONDS = 60.0
"""How soon keys are asked for again because a token names one that is not known."""


class IssuerError(Exception):
    """The issuer does not answer, or not as an issuer does."""


class Issuer:
    """Asks one issuer; safe to use from several threads."""

    def __init__(
        self,
        name: str,
        client_secret: str,
        algorithm: TokenAlgorithm,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self._secret = client_secret
        self._algorithm = algorithm
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)
        self._clock = clock
        self._lock = Lock()
        self._held: dict[str, tuple[float, dict[str, Any]]] = {}

    def address(self, name: str) -> str:
        """One of its addresses by its name in the discovery document; IssuerError when it has none."""
        told = self._discovered().get(name)
        scheme = urlsplit(told).scheme if isinstance(told, str) else ""
        if not isinstance(told, str) or scheme not in ("https", urlsplit(self.name).scheme):
            raise IssuerError(f"{self.name} names no {name}")
        return told

    def post_as(self, client_id: str, endpoint: str, form: Mapping[str, str]) -> httpx.Response:
        """Its answer to a form that we send in our name, with the secret where it wants it."""
        address = self.address(endpoint)
        known = self._discovered().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_post" in known:
            held = dict(form) | {"client_id": client_id, "client_secret": self._secret}
            return self._ask("POST", address, data=held)
        return self._ask("POST", address, data=dict(form), auth=httpx.BasicAuth(client_id, self._secret))

    def get_as(self, access_token: str, endpoint: str) -> httpx.Response:
        """What it tells to the bearer of a token."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return self._ask("GET", self.address(endpoint), headers=headers)

    def verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that it signed, not yet checked; JoseError for any other token."""
        algorithms = [self._algorithm.value]
        if self._algorithm is TokenAlgorithm.HS256:
            return jwt.decode(token, OctKey.import_key(self._secret), algorithms).claims
        try:
            return jwt.decode(token, self._keys(KEPT_SECONDS), algorithms).claims
        except (InvalidKeyIdError, BadSignatureError):  # it may have new keys
            return jwt.decode(token, self._keys(AGAIN_SECONDS), algorithms).claims

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _discovered(self) -> dict[str, Any]:
        told = self._kept(f"{self.name.rstrip('/')}/.well-known/openid-configuration", KEPT_SECONDS)
        if told.get("issuer") != self.name:
            raise IssuerError(f"{self.name} calls itself {str(told.get('issuer'))[:100]!r}")
        return told

    def _keys(self, seconds: float) -> KeySet:
        told = self._kept(self.address("jwks_uri"), seconds)
        signing = [
            key
            for key in told.get("keys", [])
            if key.get("use", "sig") == "sig" and key.get("kty") in ("RSA", "EC", "OKP")
        ]
        return KeySet.import_key_set({"keys": signing})

    def _kept(self, address: str, seconds: float) -> dict[str, Any]:
        """A document of the issuer's, asked for again when it was read longer ago than so many seconds."""
        with self._lock:
            held = self._held.get(address)
        now = self._clock()
        if held is not None and now - held[0] < seconds:
            return held[1]
        answer = self._ask("GET", address)
        try:
            told = answer.raise_for_status().json()
        except (httpx.HTTPStatusError, ValueError) as error:
            raise IssuerError(f"{address}: {type(error).__name__}") from error
        if not isinstance(told, dict):
            raise IssuerError(f"{address} is no record")
        with self._lock:
            self._held[address] = (now, told)
        return told

    def _ask(self, method: str, address: str, **request: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own)
        try:
            return self._client.request(method, address, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IssuerError(f"{address}: {type(error).__name__}") from error
