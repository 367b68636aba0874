"""What is told of a refusal is told in French too."""

import ast
import json
from pathlib import Path

import pytest

from matcher.taxonomy import Lang
from service.details import detail_in, fault_in
from tests.service.test_actors import VELO

ROOT = Path(__file__).parents[2]
SPOKEN = (
    "matcher/values.py", "matcher/records.py", "matcher/importing.py", "matcher/proposals.py", "matcher/chain.py",
    "matcher/workspace.py", "matcher/pipeline.py", "matcher/selection.py", "matcher/candidates.py", "matcher/drafts.py",
    "matcher/adapters/sql_store/proposals.py", "matcher/adapters/sql_store/proposal_rows.py",
    "matcher/adapters/sql_store/database.py", "matcher/adapters/sql_store/migrate.py", "service/cursors.py",
    "service/idempotency.py", "service/validators.py", "service/security.py",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "service" / "routes").glob("*.py"))),
)  # fmt: skip
GOOD = VELO | {"id": "x"}
NO_REQUEST = ("is not the address of a database",)


def text_of(node):
    """A text of the code, with something in place of what it is filled with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def told(path):
    """The last text that each error of a module is raised with."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        name = getattr(getattr(node, "func", None), "id", "")
        if name.endswith("Error") and name not in ("ValueError", "UnknownRecordError", "OpenIdRefusedError"):
            texts = [text for text in map(text_of, node.args) if text is not None]
            if texts and " " in texts[-1]:
                yield texts[-1]


@pytest.mark.parametrize("path", SPOKEN)
def test_every_reason_of_the_code_has_a_french_twin(path):
    english = [
        text
        for text in told(path)
        if detail_in(Lang.FR, text) == text and not any(part in text for part in NO_REQUEST)
    ]
    assert english == []


@pytest.mark.parametrize(
    ("method", "path", "body", "french", "english"),
    [
        ("GET", "/v1/actors/nobody", None, "cet acteur n'existe pas", "no such actor"),
        ("GET", "/v1/proposals/nobody", None, "n'existe pas (proposal)", "no such proposal"),
        ("GET", "/v1/nowhere", None, "rien à cette adresse", "Not Found"),
        ("POST", "/v1/actors/x", {}, "ne connaît pas cette méthode", "Method Not Allowed"),
        ("GET", "/v1/actors?limit=0", None, "limit : un nombre d'au moins 1", "limit: Input should be"),
        ("GET", "/v1/actors?limit=x", None, "limit : un nombre entier", "limit: Input should be a valid integer"),
        ("GET", "/v1/actors?cursor=x", None, "ce curseur n'est pas de nous", "not a cursor of ours"),
        ("PUT", "/v1/actors/x", GOOD | {"updated": "hier"}, "updated : une date est attendue", "updated: expected a"),
        ("PUT", "/v1/actors/x", GOOD | {"sector": "q"}, "sector : inconnu ; écrivez l'un", "sector: unknown"),
        ("PUT", "/v1/actors/x", GOOD | {"nom": "q"}, "nom : champ inconnu", "nom: unknown field"),
        ("PUT", "/v1/actors/x", GOOD | {"id": "y"}, "id : le corps dit 'y'", "id: the body says"),
        ("PUT", "/v1/actors/x", [], "body : un objet est attendu", "body: Input should be a valid dict"),
        ("POST", "/v1/matches:search", {}, "text : absent", "text: Field required"),
        ("POST", "/v1/matches:search", {"text": "a", "lang": "de"}, "attendu : 'fr' or 'en'", "'fr' or 'en'"),
        ("POST", "/v1/matches:search", {"text": "a", "territory": "Z"}, "aucun acteur n'y est", "no actor is there"),
        ("POST", "/v1/webhooks", {"url": "http://x"}, "url : une adresse en https://", "url: expected an https"),
        ("GET", "/v1/pairs/x/x", None, "un acteur ne va pas avec lui-même", "not matched with itself"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_the_language_that_is_asked_for(client, method, path, body, french, english):
    client.put("/v1/actors/x", json=VELO | {"id": "x"})
    for lang, expected in (("fr-FR,fr;q=0.9", french), ("en", english)):
        answer = client.request(method, path, json=body, headers={"Accept-Language": lang})
        assert answer.status_code >= 400
        assert expected in answer.json()["detail"]
        assert answer.headers["content-language"] == lang[:2]
        assert "Accept-Language" in answer.headers["vary"]
        for one in answer.json().get("errors", []):
            assert one["reason"] in answer.json()["detail"]


def test_a_key_that_is_missing_or_may_not_is_told_so_in_french(client):
    assert "envoyez Authorization" in client.get("/v1/actors", headers={"Authorization": ""}).json()["detail"]


def test_a_batch_tells_its_refusals_in_the_language_that_is_asked_for(client):
    bad = VELO | {"id": "x", "updated": "hier"}
    for lang, expected in (("fr", "une date est attendue"), ("en", "expected a date")):
        answer = client.post("/v1/actors:batch", json={"actors": [bad]}, headers={"Accept-Language": lang})
        assert expected in json.dumps(answer.json(), ensure_ascii=False)


def test_a_body_past_the_limit_is_refused_in_both_languages(make_client):
    client = make_client(body_limit=1_000)
    for lang, expected in (("fr", "au plus 1000 octets"), ("en", "at most 1000 bytes")):
        answer = client.put("/v1/actors/x", content=b"{" * 2_000, headers={"Accept-Language": lang})
        assert answer.status_code == 413
        assert expected in answer.json()["detail"]


def test_a_fault_that_nobody_translated_stays_in_english():
    assert fault_in(Lang.FR, {"type": "of tomorrow", "msg": "Some words"}) == "Some words"
    assert detail_in(Lang.FR, "Some words") == "Some words"
