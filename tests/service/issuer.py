"""A small OpenID Connect issuer on loopback, which can be told to lie."""

import base64
import hashlib
import secrets
import time
from contextlib import contextmanager
from threading import Thread
from urllib.parse import parse_qs, urlencode

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "maillon", "un-secret-de-trente-deux-signes-!"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
PERSON = {
    "sub": "7f1c",
    "email": "zoe@exemple.fr",
    "email_verified": True,
    "given_name": "Zoé",
    "usual_name": "Martin",
    "uid": "zmartin",
    "siret": "21350236200013",
}


class Issuer:
    """What it says, and how it signs it, is there to be changed by a test."""

    def __init__(self):
        self.url = ""
        self.app = _app(self)
        self.behave()

    def behave(self):
        """Say what is true again."""
        self.person = dict(PERSON)
        self.algorithm = "RS256"
        self.signed_userinfo = False
        self.auth_methods = ["client_secret_post"]
        self.changes = {}
        self.userinfo_changes = {}
        self.discovery_changes = {}
        self.key = KEY
        self.signing_key = None
        self.codes = {}
        self.asked = []

    def sign(self, claims):
        key = self.signing_key or (OctKey.import_key(SECRET) if self.algorithm == "HS256" else self.key)
        header = {"alg": self.algorithm}
        if key.kid:
            header["kid"] = key.kid
        return jwt.encode(header, claims, key, [self.algorithm])

    def claims(self, nonce):
        now = int(time.time())
        plain = {
            "iss": self.url, "aud": CLIENT, "sub": self.person["sub"], "exp": now + 60, "iat": now, "nonce": nonce,
        }  # fmt: skip
        return {name: value for name, value in (plain | self.changes).items() if value is not None}


def _app(issuer):
    app = FastAPI()
    app.get("/.well-known/openid-configuration")(lambda: _discovery(issuer))
    app.get("/jwks")(lambda: KeySet([issuer.key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize(request: Request):
        """Everybody is signed in at once."""
        asked = dict(request.query_params)
        issuer.asked.append(asked)
        code = secrets.token_urlsafe(8)
        issuer.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

    @app.post("/token")
    async def token(request: Request):
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = issuer.codes.pop(form.get("code", ""), None)
        if asked is None or not _proven(issuer, request, form, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return {
            "access_token": "of-" + asked["state"],
            "token_type": "Bearer",
            "id_token": issuer.sign(issuer.claims(asked["nonce"])),
        }

    @app.get("/userinfo")
    def userinfo(request: Request):
        if not request.headers.get("authorization", "").startswith("Bearer of-"):
            return Response(status_code=401)
        told = issuer.person | issuer.userinfo_changes
        if issuer.signed_userinfo:
            signed = issuer.sign({"iss": issuer.url, "aud": CLIENT} | told)
            return Response(signed, media_type="application/jwt")
        return told

    return app


def _discovery(issuer):
    told = {
        "issuer": issuer.url,
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "userinfo_endpoint": f"{issuer.url}/userinfo",
        "jwks_uri": f"{issuer.url}/jwks",
        "end_session_endpoint": f"{issuer.url}/logout",
        "token_endpoint_auth_methods_supported": issuer.auth_methods,
    }
    return {name: value for name, value in (told | issuer.discovery_changes).items() if value is not None}


def _proven(issuer, request, form, asked):
    """Whether the client gave its secret as it was told to, the verifier of its challenge and its address."""
    basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
    known = (
        posted
        if "client_secret_post" in issuer.auth_methods
        else request.headers.get("authorization") == basic
    )
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return known and challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]


@contextmanager
def running_issuer():
    """An issuer that listens on a free port."""
    issuer = Issuer()
    server = uvicorn.Server(uvicorn.Config(issuer.app, host="127.0.0.1", port=0, log_level="error"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    issuer.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield issuer
    server.should_exit = True
    thread.join()
