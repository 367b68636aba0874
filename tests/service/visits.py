"""Somebody who visits the pages, and what they find there."""

import re
from datetime import UTC, datetime

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PASSWORD = "un mot de passe long"  # noqa: S105 (of a made-up person)
EVIL = "<script>alert(1)</script>"


def brief(name, sector):
    return {"id": name, "name": EVIL, "sector": sector, "register": "x", "commune": EVIL}


def served():
    link = {"need": EVIL, "skill": EVIL}
    return {
        "actor": brief("a", "public"),
        "other": brief("b", "economique"),
        "score": 61.5,
        "bias": 60.0,
        "contributions": [{"feature": "x", "value": 1.0, "points": 1.5}],
        "needs_met": [link],
        "skills_wanted": [],
        "reasons": [{"kind": "x", "text": EVIL, "sources": []}],
    }


def token(answer):
    return re.search(r'name="csrf" value="([^"]+)"', answer.text)[1]


def sign_in(pages, password=PASSWORD):
    form = {"csrf": token(pages.get("/connexion")), "nom": "ana", "mot_de_passe": password}
    return pages.post("/connexion", data=form, follow_redirects=False)
