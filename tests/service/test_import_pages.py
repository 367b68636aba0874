"""Importing a spreadsheet by page: preview, columns, refusals, confirmation, and what is left behind."""

import asyncio
import io
import json
import re
import time
from dataclasses import replace

import openpyxl
import pytest

from matcher.access import Scope
from matcher.adapters.sql_store.database import Database
from matcher.domain import ActorId
from matcher.importing import RecordKind, fields_of
from matcher.territory import default_gazetteer
from matcher.uploads import Stage, Uploads
from service.import_work import MOST_ROWS, keep_swept
from tests.fakes import REDON, make_actor
from tests.service.visits import EVIL, sign_in, token, workbook

HEADER = "id,name,sector,register,commune,needs,skills\n"
GOOD = "a,Maison A,public,administratif,46102,un four|un local chauffé,des chaises\n"
HELD = make_actor("a", name="Maison A", sector="public", territory=default_gazetteer().communes["46102"])


@pytest.fixture
def ana(pages):
    """Ana, signed in, whose territory is Figeac, on a tenant that holds one actor of hers and one of Redon."""
    pages.app.state.uploads = Uploads(pages.app.state.tenants.settings.uploads)
    for actor in list(store(pages).actors()):
        store(pages).delete_actor(actor.id)
    store(pages).put_actors([HELD, make_actor("redon", territory=REDON)])
    sign_in(pages)
    return pages


@pytest.fixture
def make_client(tmp_path, make_client):
    """Services of these tests keep uploads in a directory of their own."""
    return lambda **changes: make_client(uploads=tmp_path / "uploads", **changes)


def store(browser):
    return browser.app.state.tenants.of("default").holdings.store


def left(browser):
    """The files that are left in the directory of uploads, by suffix."""
    directory = browser.app.state.tenants.settings.uploads
    return sorted(path.suffix for path in directory.iterdir()) if directory.is_dir() else []


def send(browser, name, content):
    """Send a file; the page that the visitor is led to."""
    csrf = token(browser.get("/acteurs/importer"))
    data = content if isinstance(content, bytes) else content.encode()
    answer = browser.post(
        "/acteurs/importer", data={"csrf": csrf}, files={"fichier": (name, data)}, follow_redirects=False
    )
    return wait(browser, answer.headers["location"]) if answer.status_code == 303 else answer


def wait(browser, address):
    """The page of an import once nobody works on it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = browser.get(address)
        if "refresh" not in answer.headers:
            return answer
        assert answer.headers["refresh"] == "2"
        time.sleep(0.02)
    raise AssertionError("the import did not end")


def act(browser, page, what, **form):
    """Press a button of a page; the page that comes of it."""
    address = page.url.path + f"/{what}"
    done = browser.post(address, data={"csrf": token(page)} | form, follow_redirects=False)
    return wait(browser, done.headers["location"]) if done.status_code == 303 else done


def counts(page):
    """added, changed, unchanged, refused as a page tells them."""
    return [int(n) for n in re.findall(r"<dd>(\d+)</dd>", page.text)]


def test_a_preview_tells_everything_and_writes_nothing(ana):
    before = list(store(ana).actors())
    page = send(ana, "acteurs.csv", HEADER + GOOD + "b,Maison B,public,administratif,,,\nc,,lune,x,,,\n")
    assert counts(page) == [1, 1, 0, 1]
    assert "Maison B" in page.text
    assert "un four | un local chauffé" in page.text
    assert "chaque ligne doit en avoir un" in page.text
    assert list(store(ana).actors()) == before
    assert left(ana) == [".csv", ".result", ".state"]


def test_what_is_confirmed_goes_in_and_the_file_is_erased(ana):
    page = send(ana, "acteurs.csv", HEADER + GOOD + "b,Maison B,public,administratif,,,\n")
    done = act(ana, page, "confirmer")
    assert "est importé" in done.text
    assert counts(done) == [1, 1, 0, 0]
    assert [need.text for need in store(ana).actor(ActorId("a")).needs] == ["un four", "un local chauffé"]
    assert left(ana) == [".result", ".state"]
    assert "Maison B" in ana.get("/acteurs?nom=maison b").text


def test_contacts_that_cannot_be_written_keep_the_whole_import_out_and_the_page_says_so(ana, tmp_path):
    before = list(store(ana).actors())
    head, row = "id,name,sector,register,contact_email\n", "b,Maison B,public,administratif,b@exemple.fr\n"
    page = send(ana, "acteurs.csv", head + row)
    database = Database(f"sqlite:///{tmp_path / 'maillon.db'}")
    with database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON contacts BEGIN SELECT RAISE(ABORT, 'out of order'); END"
        )
    done = act(ana, page, "confirmer")
    assert "rien n&#39;est importé" in done.text
    assert list(store(ana).actors()) == before
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER broken")
    database.close()
    act(ana, send(ana, "acteurs.csv", head + row), "confirmer")
    assert store(ana).contact(ActorId("b")).email == "b@exemple.fr"


def test_confirming_twice_changes_nothing(ana):
    page = send(ana, "acteurs.csv", HEADER + GOOD)
    act(ana, page, "confirmer")
    version = store(ana).version
    again = act(ana, page, "confirmer")
    assert "est importé" in again.text
    assert store(ana).version == version


def test_giving_up_erases_the_file_and_all_that_was_read_of_it(ana):
    page = send(ana, "acteurs.csv", HEADER + GOOD)
    act(ana, page, "abandonner")
    assert left(ana) == []
    assert ana.get(page.url.path).status_code == 404


@pytest.mark.parametrize("name", ["acteurs.xlsx", "acteurs.jsonl", "ACTEURS.CSV"])
def test_columns_are_recognised_by_what_people_call_them_in_every_format(ana, name):
    heads = ["Identifiant", "Nom", "Secteur", "Registre", "Besoins", "Couleur"]
    row = ["b", "Maison B", "public", "administratif", "un four", "bleu"]
    if name.endswith("xlsx"):
        content = workbook(heads, row)
    elif name.endswith("jsonl"):
        content = json.dumps(dict(zip(heads, row, strict=True)) | {"Besoins": ["un four"]})
    else:
        content = ";".join(heads) + "\n" + ";".join(row)
    page = send(ana, name, content)
    assert counts(page) == [1, 0, 0, 0]
    act(ana, page, "confirmer")
    assert [need.text for need in store(ana).actor(ActorId("b")).needs] == ["un four"]


def test_columns_that_nobody_could_tell_are_told_by_hand(ana):
    page = send(ana, "acteurs.csv", "zzz,Nom,Secteur,Registre\nb,Maison B,public,administratif\n")
    assert "Il manque une colonne pour : id" in page.text
    assert counts(page) == []
    told = {"colonne-0": "id", "colonne-1": "name", "colonne-2": "sector", "colonne-3": "register"}
    again = act(ana, page, "colonnes", **told)
    assert counts(again) == [1, 0, 0, 0]
    twice = act(ana, again, "colonnes", **(told | {"colonne-0": "name"}))
    assert twice.status_code == 422
    assert "le même champ (name)" in twice.text
    left_out = act(ana, again, "colonnes", **(told | {"colonne-3": ""}))
    assert "Il manque une colonne pour : register" in left_out.text


def test_a_file_of_windows_is_read_with_its_accents(ana):
    page = send(ana, "acteurs.csv", (HEADER + "b,Épicerie,public,administratif,,,\n").encode("cp1252"))
    assert "Épicerie" in page.text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("acteurs.pdf", b"%PDF", "n&#39;est pas un fichier .csv"),
        ("acteurs.xlsm", b"PK", "n&#39;est pas un fichier .csv"),
        ("acteurs", b"id", "n&#39;est pas un fichier .csv"),
        ("acteurs.csv", b"", "Ce fichier est vide"),
        ("", b"id", "Choisissez un fichier"),
        ("grand.csv", b"x" * 7_000_001, "sept millions"),
    ],
)
def test_a_file_that_is_no_table_of_ours_is_refused_at_once(ana, name, content, said):
    page = send(ana, name, content)
    assert page.status_code == 422
    assert said in page.text
    assert left(ana) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("faux.xlsx", b"id,name", "classeur .xlsx lisible"),
        ("faux.csv", workbook(["id"]), "classeur ou une archive"),
        ("vide.csv", b"\n\n", "Le fichier est vide"),
        ("double.csv", b"id,name,name,sector\n", "nomme deux fois"),
        ("utf16.csv", b"\xff\xfeid,n\x00\xd8\x00", "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_words_of_its_sender(ana, name, content, said):
    page = send(ana, name, content)
    assert said in page.text
    assert str(ana.app.state.tenants.settings.uploads) not in page.text
    assert [suffix for suffix in left(ana) if suffix not in (".state", ".result")] == []


def test_a_workbook_whose_last_cell_is_far_below_is_refused_without_being_held(ana):
    book = openpyxl.Workbook()
    book.active["A1"] = "id"
    book.active["XFD1048576"] = "x"
    written = io.BytesIO()
    book.save(written)
    page = send(ana, "bombe.xlsx", written.getvalue())
    assert f"plus de {MOST_ROWS} lignes" in page.text


def test_formulas_and_huge_cells_do_no_harm(ana):
    rows = 'b,=1+1,public,administratif,,"=HYPERLINK(""x"")",\nc,Maison,public,administratif,,' + "x" * 30_000
    page = send(ana, "acteurs.csv", HEADER + rows + ",\n")
    assert "plus de 20000 caractères" in page.text
    listed = ana.get(f"{page.url.path}/refus.csv")
    assert listed.headers["content-disposition"] == 'attachment; filename="refus.csv"'
    bad = send(ana, "mauvais.csv", HEADER + "d,Maison,=cmd|x,administratif,,,\n")
    assert "'=cmd|x" in ana.get(f"{bad.url.path}/refus.csv").text


def test_people_and_actors_elsewhere_are_refused_with_the_reason(ana):
    rows = (
        "p,Mme Inventée,public,administratif,,,\n"
        "r,Maison R,public,administratif,35236,,\n"
        "redon,Autre nom,public,administratif,46102,,\n"
        "s,Maison S,public,administratif,,,\n"
    )
    page = send(ana, "acteurs.csv", HEADER + rows)
    assert counts(page) == [1, 0, 0, 3]
    assert "semble désigner une personne" in page.text
    assert page.text.count("hors de vos territoires") == 2
    act(ana, page, "confirmer")
    assert store(ana).actor(ActorId("redon")).name == "Organisation redon"


def test_what_a_file_holds_is_escaped(ana):
    head = f"id,name,sector,register,{EVIL}\n"
    page = send(ana, f"{EVIL}.csv", head + f"x,{EVIL},{EVIL},associatif,1\na,{EVIL},public,associatif,1\n")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_somebody_elses_upload_is_unknown(ana):
    page = send(ana, "acteurs.csv", HEADER + GOOD)
    access = ana.app.state.tenants.backend.access
    person = access.person("default", "ana")
    for other in (replace(person, id="bob", name="Bob"), replace(person, tenant="autre")):
        access.put_person(other)
        ana.cookies.clear()
        form = {"csrf": token(ana.get("/connexion")), "espace": other.tenant, "nom": other.id}
        ana.post("/connexion", data=form | {"mot_de_passe": "un mot de passe long"})
        for path in (page.url.path, f"{page.url.path}/refus.csv"):
            assert ana.get(path).status_code == 404
        csrf = token(ana.get("/acteurs/importer"))
        for what in ("confirmer", "colonnes", "abandonner"):
            assert ana.post(f"{page.url.path}/{what}", data={"csrf": csrf}).status_code == 404
    assert ".csv" in left(ana)


def test_no_step_is_taken_without_the_token(ana):
    page = send(ana, "acteurs.csv", HEADER + GOOD)
    for what in ("confirmer", "colonnes", "abandonner"):
        assert ana.post(f"{page.url.path}/{what}", data={"csrf": "faux"}).status_code == 403
    assert ".csv" in left(ana)


@pytest.mark.parametrize("odd", ["..%2F..%2Fetc%2Fpasswd", "x", "a" * 70, "%00"])
def test_an_odd_address_reaches_no_file(ana, odd):
    assert ana.get(f"/acteurs/importer/{odd}").status_code == 404


def test_the_senders_name_of_a_file_is_shown_and_never_used_as_a_path(ana):
    page = send(ana, "../../etc/acteurs.csv", HEADER + GOOD)
    assert "« acteurs.csv »" in page.text
    names = [path.name for path in ana.app.state.tenants.settings.uploads.iterdir()]
    assert all("acteurs" not in name for name in names)


def test_uploads_older_than_an_hour_are_swept_and_silent_work_is_told(tmp_path):
    now = [time.time()]
    uploads = Uploads(tmp_path / "uploads", lambda: now[0])
    kept = uploads.add("default", "ana", "a.csv", b"id")
    now[0] += 301
    told = uploads.get("default", "ana", kept.id)
    assert (told.stage, told.error) == (Stage.FAILED, "interrupted")
    now[0] += 3_600
    uploads.sweep()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_service_sweeps_uploads_by_itself(tmp_path):
    now = [1_000.0]
    uploads = Uploads(tmp_path / "uploads", lambda: now[0])
    uploads.add("default", "ana", "a.csv", b"id")
    now[0] = time.time() + 3_700
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(keep_swept(uploads), 0.5))
    assert list((tmp_path / "uploads").iterdir()) == []


def test_the_directory_of_uploads_is_readable_by_the_service_alone(ana):
    send(ana, "acteurs.csv", HEADER + GOOD)
    assert ana.app.state.tenants.settings.uploads.stat().st_mode & 0o077 == 0


def test_a_mistake_of_ours_is_told_as_one_and_leaves_no_file(ana, monkeypatch):
    monkeypatch.setattr("service.import_work.compared", lambda *_: 1 / 0)
    page = send(ana, "acteurs.csv", HEADER + GOOD)
    assert "Une erreur est survenue" in page.text
    assert ".csv" not in left(ana)


def test_an_import_by_an_administrator_without_territories_takes_every_place(ana):
    access = ana.app.state.tenants.backend.access
    access.put_person(replace(access.person("default", "ana"), territories=(), scopes=frozenset(Scope)))
    page = send(ana, "acteurs.csv", HEADER + "r,Maison R,public,administratif,35236,,\n")
    assert counts(page) == [1, 0, 0, 0]


def test_progress_is_shown_while_the_work_goes_on(ana):
    uploads = ana.app.state.uploads
    kept = uploads.add("default", "ana", "a.csv", b"id")
    for stage, said in (
        (Stage.READING, "Lignes lues"),
        (Stage.IMPORTING, "Lignes importées"),
        (Stage.INDEXING, "Textes indexés"),
    ):
        uploads.put(kept, stage=stage, done=300, total=1200)
        page = ana.get(f"/acteurs/importer/{kept.id}")
        assert page.headers["refresh"] == "2"
        assert 'max="1200" value="300"' in page.text
        assert said in page.text
    uploads.put(kept, stage=Stage.READING, done=0, total=None)
    assert "<progress" in ana.get(f"/acteurs/importer/{kept.id}").text


def test_every_column_is_explained(ana):
    text = ana.get("/acteurs/importer").text
    for field in fields_of(RecordKind.ACTORS):
        assert f"<code>{field.name}</code>" in text


def test_somebodys_sixth_upload_takes_the_place_of_the_first(ana):
    pages = [send(ana, f"{n}.csv", HEADER + GOOD) for n in range(6)]
    assert [ana.get(page.url.path).status_code for page in pages] == [404, 200, 200, 200, 200, 200]
    assert left(ana).count(".csv") == 5
