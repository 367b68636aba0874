"""Somebody who visits the pages, and what they find there."""

import io
import re
from datetime import UTC, date, datetime

import openpyxl

from matcher.domain import ActorId, Need, Skill, Territory
from matcher.proposals import Proposal, ProposalId
from tests.fakes import make_actor

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PASSWORD = "un mot de passe long"  # noqa: S105 (of a made-up person)
EVIL = "<script>alert(1)</script>"


def evil_actor(name, sector):
    """An actor of Figeac whose every text holds a script."""
    place = Territory("46102", EVIL, "246", EVIL, "46", "76", lat=44.6, lon=2.03, radius_km=10)
    texts = {"name": EVIL, "description": EVIL, "needs": (Need(EVIL),), "skills": (Skill(EVIL),)}
    return make_actor(name, sector=sector, territory=place, capacity=1, updated=date(2019, 1, 1), **texts)


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


def proposal(name, a, b, score=50.0, **changes):
    """A proposal of Redon between two actors, as it is kept."""
    brief = {"sector": "public", "register": "associatif", "commune": "Redon"}
    served = {
        "actor": {"id": a, "name": f"Nom {a}"} | brief,
        "other": {"id": b, "name": f"Nom {b}"} | brief,
        "score": score,
        "bias": 0.0,
        "contributions": [{"feature": "need_met", "value": 1.0, "points": score}],
        "needs_met": [{"need": f"besoin de {a}", "skill": f"apport de {b}", "strength": 0.9}],
        "skills_wanted": [],
        "reasons": [],
    }
    now = datetime.now(UTC)
    values = {
        "served": served,
        "created": now,
        "updated": now,
        "places": ("35236", "243500741", "FR"),
        "words": f"nom {a} nom {b}",
    }
    return Proposal(ProposalId(name), ActorId(a), ActorId(b), score, "m", "e", **(values | changes))


def workbook(*rows):
    """The bytes of an Excel file with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
