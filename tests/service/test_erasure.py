"""A marker planted wherever an actor can be named or quoted is nowhere once the actor is erased."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import numpy as np
import pytest
from sqlalchemy import select, text

from matcher.access import DEFAULT_TENANT, Person, Scope
from matcher.adapters.sql_store.database import Database
from matcher.adapters.sql_store.tables import metadata
from matcher.assembly import open_backend
from matcher.cli import main
from matcher.evaluate_sources import Profiles, workspace_chronicle
from matcher.settings import Settings
from service.import_work import read_for_preview, start, write_all
from tests.service.test_actors import VELO
from tests.service.visits import workbook

MARKER = "zqzebra"
ID = "org-zqzebra"
PLANTED = VELO | {
    "id": ID,
    "name": "Zqzebra".lower(),
    "description": f"{MARKER} répare des vélos. " * 200,
    "needs": [f"un local pour {MARKER} près de la gare"],
    "skills": [f"dix bénévoles de {MARKER} qui réparent des vélos"],
    "contact_name": MARKER,
    "contact_email": f"{MARKER}@exemple.fr",
    "contact_phone": "0102",
}
OTHER = VELO | {
    "id": "mairie",
    "name": "Commune de Val-Perdu",
    "sector": "public",
    "register": "administratif",
    "needs": ["des bénévoles qui réparent des vélos"],
    "skills": ["un local près de la gare"],
}


@pytest.fixture
def make_client(tmp_path, make_client):
    """Services of these tests keep uploads in a directory of their own."""
    return lambda **changes: make_client(uploads=tmp_path / "uploads", **changes)


@pytest.fixture
def site(database_url, make_client):
    client = make_client(workspace=database_url)
    client.headers.update(client.key(Scope.ADMIN))
    return client


def plant(site):
    """The actor, and everything that can come of it."""
    again = {"Idempotency-Key": "once"}
    for actor in (PLANTED, OTHER):
        assert site.put(f"/v1/actors/{actor['id']}", json=actor).status_code == 201
    site.put(f"/v1/actors/{ID}", json=PLANTED, headers=again)
    refused = PLANTED | {"contact_email": f"{MARKER} no e-mail", "updated": f"{MARKER}"}
    assert site.put(f"/v1/actors/{ID}", json=refused, headers={"Idempotency-Key": "bad"}).status_code == 422
    site.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/h"})
    proposed = site.post("/v1/proposals:generate", json={"limit": 5}).json()["items"]
    [pair] = [one for one in proposed if ID in one["actors"]]
    steps = f"/v1/proposals/{pair['id']}/steps"
    assert site.post(steps, json={"action": "review", "by": "zoe", "note": f"{MARKER}?"}).status_code == 201
    assert site.post(steps, json={"action": "introduce", "by": "zoe"}).status_code == 201
    for asked in (f"/v1/actors/{ID}/matches", "/v1/actors/mairie/matches"):
        served = site.get(asked).json()
        for item in served["items"]:
            event = {
                "list_id": served["list_id"],
                "actor_id": item["other"]["id"],
                "position": item["position"],
            }
            told = site.post("/v1/events", json={"events": [event | {"kind": "click"}]})
            assert told.status_code == 201, told.text
    assert site.post("/v1/matches:search", json={"text": MARKER}).json()["items"]
    alliance = {"id": "x", "members": [ID, "mairie"], "type": "mecenat", "started": "2020-05-01"}
    assert site.put("/v1/alliances/x", json=alliance).status_code == 201
    plant_uploads(site)


HEAD = "id,name,sector,register,needs,contact_email\n"
ROW = f"{ID},{PLANTED['name']},interet_general,associatif,un local,{MARKER}@exemple.fr\n"
OTHERS = "mairie-2,Commune de Val-Gagné,public,administratif,un four,accueil@exemple.fr\n"


def send(site, name, content):
    """A file that somebody sent to import, read for its preview."""
    uploads, tenant = site.app.state.uploads, site.app.state.tenants.of(DEFAULT_TENANT)
    person = Person("zoe", DEFAULT_TENANT, "Zoé", frozenset({Scope.ADMIN}), "")
    kept = uploads.add(DEFAULT_TENANT, "zoe", name, content)
    read_for_preview(tenant, person, uploads, kept, None)
    kept = uploads.get(DEFAULT_TENANT, "zoe", kept.id)
    return kept, lambda: write_all(tenant, person, uploads, kept)


def plant_uploads(site):
    """Previews that wait in two formats, one that cannot be read, and an import that refused a row."""
    send(site, "acteurs.csv", (HEAD + OTHERS + ROW).encode())
    send(site, "acteurs.xlsx", workbook(HEAD.strip().split(","), ROW.strip().split(",")))
    send(site, "illisible.csv", f"Structure;Couriel\n{MARKER};{MARKER}@exemple.fr\n".encode())
    bad = f"x,Commune de Val-Perdu,public,administratif,un four,{MARKER} at exemple.fr\n"
    send(site, "refus.csv", (HEAD + OTHERS + bad).encode())[1]()


def uploads_left(site):
    return {one.filename: one for one in site.app.state.uploads.of_tenant(DEFAULT_TENANT)}


def test_uploads_that_hold_an_erased_actor_are_erased_and_the_others_wait_on(site, tmp_path):
    plant(site)
    kept, _ = send(site, "autres.csv", (HEAD + OTHERS).encode())
    assert {"acteurs.csv", "acteurs.xlsx", "illisible.csv"} <= set(uploads_left(site))
    assert files_that_say(tmp_path / "uploads")
    assert site.delete(f"/v1/actors/{ID}").status_code == 204
    assert files_that_say(tmp_path / "uploads") == []
    left = uploads_left(site)
    assert set(left) == {"autres.csv", "refus.csv"}
    result = site.app.state.uploads.result(left["refus.csv"])
    assert result["counts"]["refused"] == 1
    assert [(one["line"], one["value"]) for one in result["rejects"]] == [(3, "")]
    assert site.app.state.uploads.path(kept).is_file()


def test_uploads_of_another_tenant_are_left_alone(site):
    send(site, "acteurs.csv", (HEAD + ROW).encode())
    theirs = site.app.state.uploads.add("autre", "ana", "acteurs.csv", (HEAD + ROW).encode())
    site.put(f"/v1/actors/{ID}", json=PLANTED)
    assert site.delete(f"/v1/actors/{ID}/contact").status_code == 204
    assert uploads_left(site) == {}
    assert site.app.state.uploads.path(theirs).is_file()


def test_work_on_an_upload_that_is_erased_meanwhile_brings_nothing_of_it_back(site, tmp_path):
    _, write = send(site, "autres.csv", (HEAD + OTHERS).encode())
    uploads = site.app.state.uploads
    [kept] = uploads_left(site).values()

    def erased_meanwhile():
        uploads.erase(kept)
        uploads.put_result(kept, {"rows": MARKER})

    start(uploads, kept, erased_meanwhile).join()
    start(uploads, kept, write).join()
    assert list((tmp_path / "uploads").iterdir()) == []


def rows_that_say(database_url, marker=MARKER):
    """The tables and rows of the database that hold the marker."""
    database = Database(database_url)
    with database.reading() as connection:
        found = [
            (table.name, row)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
            if marker in repr(dict(row)).lower()
        ]
    database.close()
    return found


def files_that_say(directory: Path):
    found = [path for path in directory.rglob("*") if path.is_file()]
    return sorted(path.name for path in found if MARKER.encode() in content_of(path).lower())


def content_of(path):
    """The bytes of a file, an archive's unpacked."""
    if not is_zipfile(path):
        return path.read_bytes()
    with ZipFile(path) as archive:
        return b"".join(map(archive.read, archive.namelist()))


def table_names(found):
    return {name for name, _ in found}


def test_an_erased_actor_is_in_no_table_no_training_set_no_index_no_upload_and_no_answer(
    site, database_url, tmp_path
):
    plant(site)
    held = table_names(rows_that_say(database_url))
    assert {"actors", "actor_texts", "contacts", "proposals", "steps", "served_items", "replies"} <= held
    assert {"served_lists", "interactions", "alliances", "alliance_members", "changes"} <= held
    vectors = vector_count(database_url)
    assert files_that_say(tmp_path / "uploads")
    assert site.delete(f"/v1/actors/{ID}").status_code == 204
    assert files_that_say(tmp_path / "uploads") == []
    [(table, told)] = rows_that_say(database_url)
    assert (table, told["kind"], told["id"]) == ("changes", "actor.deleted", ID)
    assert vector_count(database_url) < vectors
    tenant = site.app.state.tenants.of(DEFAULT_TENANT)
    assert MARKER not in repr(tenant.workspace.matcher().pool).lower()
    learned_from = [
        *tenant.holdings.serving.lists(),
        *tenant.holdings.serving.interactions(),
        *tenant.holdings.proposals.steps_between(
            datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        ),
        workspace_chronicle(tenant.workspace, date(2100, 1, 1), Profiles.TODAY),
    ]
    assert MARKER not in repr(learned_from).lower()
    for address in ("/v1/actors", "/v1/proposals", "/v1/alliances", "/v1/actors/mairie/matches"):
        assert MARKER not in site.get(address).text.lower()
    assert site.post("/v1/matches:search", json={"text": "vélos"}).text.count(MARKER) == 0
    assert MARKER not in site.put(f"/v1/actors/{ID}", json={}, headers={"Idempotency-Key": "once"}).text


def vector_count(database_url):
    database = Database(database_url)
    with database.reading() as connection:
        count = len(connection.execute(select(metadata.tables["vectors"])).all())
    database.close()
    return count


def test_an_erased_contact_is_nowhere_and_the_profile_stays(site, database_url):
    site.put("/v1/actors/velo", json=VELO | {"contact_email": f"{MARKER}@exemple.fr"})
    kept = {"contact_email": f"{MARKER}@exemple.fr", "capacity": 2}
    site.patch("/v1/actors/velo", json=kept, headers={"Idempotency-Key": "once"})
    refused = {"contact_email": f"{MARKER}@exemple.fr", "updated": MARKER}
    site.patch("/v1/actors/velo", json=refused, headers={"Idempotency-Key": "bad"})
    assert table_names(rows_that_say(database_url)) == {"contacts"}
    assert site.delete("/v1/actors/velo/contact").status_code == 204
    assert rows_that_say(database_url) == []
    assert site.get("/v1/actors/velo").status_code == 200


def test_no_file_of_sqlite_holds_what_was_erased(make_client, tmp_path):
    """But the one line which tells that the actor was deleted, in its row and in its index."""
    site = make_client()
    site.headers.update(site.key(Scope.ADMIN))
    plant(site)
    assert files_that_say(tmp_path)
    site.delete(f"/v1/actors/{ID}")
    assert occurrences(tmp_path) == 2


def test_no_table_file_of_postgresql_holds_what_was_erased_once_it_was_swept(
    postgresql_server, make_client, monkeypatch, capsys
):
    """DELETE leaves rows to VACUUM, VACUUM leaves bytes in pages; the write-ahead log keeps its own until
    its segments are used again, which only the server decides."""
    url = postgresql_server.fresh()
    site = make_client(workspace=url)
    site.headers.update(site.key(Scope.ADMIN))
    plant(site)
    site.delete(f"/v1/actors/{ID}")
    monkeypatch.setenv("MAILLON_WORKSPACE", url)
    with pytest.raises(SystemExit) as ended:
        main(["privacy", "sweep"])
    assert not ended.value.code, capsys.readouterr().err
    data = postgresql_server.directory / "data"
    told_on = relation_files(url, "changes", "ix_changes_tenant_id", "pg_statistic")
    [directory] = {(data / path).parent for path in told_on}
    assert set(files_that_say(directory)) <= {Path(path).name for path in told_on}


def relation_files(url, *names):
    """Where a database keeps some tables and indexes, within the server's directory."""
    database = Database(url)
    with database.reading() as connection:
        query = text("SELECT pg_relation_filepath(CAST(:name AS regclass))")
        found = [connection.execute(query, {"name": name}).scalar_one() for name in names]
    database.close()
    return found


def occurrences(directory):
    return sum(
        content_of(path).lower().count(MARKER.encode()) for path in directory.rglob("*") if path.is_file()
    )


def test_a_sweep_erases_vectors_that_no_actor_says_and_keeps_the_others(database_url, site):
    site.put("/v1/actors/velo", json=VELO)
    site.get("/v1/actors/velo/matches")
    backend = open_backend(Settings(workspace=database_url))
    store = backend.holdings(DEFAULT_TENANT).store
    store.put_vectors("late", {"of an erased text": np.ones(3, np.float32)})
    before = vector_count(database_url)
    assert backend.sweep() == 1
    assert store.vectors("late", ["of an erased text"]) == {}
    assert vector_count(database_url) == before - 1
    assert [one.id for one in store.actors()] == ["velo"]
    store.put_actors([])
    backend.close()


def test_an_actor_is_told_on_and_erased_from_the_command_line_on_either_database(
    site, database_url, monkeypatch, capsys, tmp_path
):
    plant(site)
    monkeypatch.setenv("MAILLON_WORKSPACE", database_url)
    monkeypatch.setenv("MAILLON_UPLOADS", str(tmp_path / "uploads"))
    with pytest.raises(SystemExit):
        main(["privacy", "export", ID])
    told = json.loads(capsys.readouterr().out)
    assert told["contact"]["contact_email"] == f"{MARKER}@exemple.fr"
    assert [len(told[part]) for part in ("alliances", "proposals", "interactions")] == [1, 1, 1]
    with pytest.raises(SystemExit):
        main(["privacy", "erase", ID, "--yes"])
    assert table_names(rows_that_say(database_url)) == {"changes"}
    assert files_that_say(tmp_path / "uploads") == []
    assert site.get(f"/v1/actors/{ID}").status_code == 404
