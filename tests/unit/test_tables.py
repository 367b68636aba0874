"""Tables: what is exported is imported again exactly; what people's files hold is read without harm."""

import csv
import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.adapters.tables import (
    EXCEL_CHARACTERS,
    Format,
    check_workbook,
    columns_of,
    read_rows,
    rows_of_frame,
    write_actors,
    write_alliances,
    write_rejects,
)
from matcher.domain import Actor, ActorId, Aim, AllianceStatus, Contact, PublicationStatus, Stage
from matcher.errors import ImportSourceError, InputError
from matcher.importing import ImportReport, RecordKind, Reject, import_records
from matcher.records import actor_from_record, alliance_from_record
from matcher.schema import ACTOR_FIELDS
from matcher.store import Changes, MemoryStore
from matcher.taxonomy import default_taxonomy
from matcher.territory import Gazetteer

TAXONOMY = default_taxonomy()
NOWHERE = Gazetteer({})
REQUIRED = "id,name,sector,register"
SEPTEMBER = datetime(2026, 9, 1)  # noqa: DTZ001 (a cell of a table has no time zone)
BASE = {"id": "a", "name": "Maison", "sector": "public", "register": "administratif"}

# Pieces that formats and spreadsheets are known to break on, among any characters.
# fmt: off
_PIECES = st.sampled_from(
    ["|", "\\", '"', "'", ",", ";", "=1+1", "+", "-", "@", "\t", "\n", "\r", "\v", "\x85", "\u2028", "\ufeff",
     "é", "œ", "€", "_x0041_", "_x000D_", "NA", "null", "#N/A", "TRUE", "00012", "1,5", "[]", "{}"]
)
# fmt: on
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
_TEXTS = st.lists(_PIECES | st.text(_CHARACTERS, max_size=4), min_size=1, max_size=5)
texts = _TEXTS.map("".join).map(str.strip).filter(bool)
lists = st.lists(texts, max_size=3)
dates = st.none() | st.dates()
counts = st.none() | st.integers(0, 10_000_000)


def one_of(vocabulary: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(list(vocabulary))


@st.composite
def actors(draw: st.DrawFn) -> Actor:
    located = draw(st.booleans())
    record = {
        "id": draw(texts),
        "name": draw(texts),
        "legal_form": "7210",
        "sector": draw(one_of(TAXONOMY.sectors)),
        "register": draw(one_of(TAXONOMY.registers)),
        "description": draw(st.just("") | texts),
        "needs": draw(lists),
        "skills": draw(lists),
        "themes": draw(st.lists(one_of(TAXONOMY.themes), max_size=3)),
        "stage": draw(st.none() | one_of(Stage)),
        "aims": draw(st.lists(one_of(Aim), max_size=2)),
        "sdgs": draw(st.lists(st.integers(1, 17), max_size=3)),
        "alliances_sought": draw(st.lists(one_of(TAXONOMY.alliance_types), max_size=2)),
        "size": draw(counts),
        "capacity": draw(counts),
        "commune": draw(st.none() | st.sampled_from(["05023", "2A004", "97411"])),
        "commune_name": draw(st.none() | texts),
        "epci": draw(st.none() | st.sampled_from(["240500439", "000000001"])),
        "epci_name": draw(st.none() | texts),
        "country": draw(st.sampled_from(["FR", "BE"])),
        "lat": draw(st.floats(-90, 90)) if located else None,
        "lon": draw(st.floats(-180, 180)) if located else None,
        "radius_km": draw(st.none() | st.floats(0, 20_000)),
        "updated": draw(dates),
        "expires": draw(dates),
        "status": draw(one_of(PublicationStatus)),
    }
    return actor_from_record(record, TAXONOMY, NOWHERE)


def imported(store: MemoryStore, path: Path, kind: RecordKind = RecordKind.ACTORS) -> ImportReport:
    return import_records(store, kind, read_rows(path, kind), TAXONOMY, NOWHERE)


def stored(path: Path) -> list[Actor]:
    """The actors of a file all of whose rows are good."""
    store = MemoryStore()
    assert imported(store, path).rejects == ()
    return list(store.actors())


def written(tmp_path: Path, content: str | bytes, name: str = "actors.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(tmp_path: Path, *rows: list[object], sheets: tuple[str, ...] = ("Feuil1",)) -> Path:
    book = openpyxl.Workbook()
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "actors.xlsx")
    return tmp_path / "actors.xlsx"


@pytest.mark.parametrize("suffix", [*Format, ".csv.gz", ".jsonl.gz", ".tsv"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=st.lists(actors(), max_size=3, unique_by=lambda actor: actor.id))
def test_exported_actors_are_imported_equal(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, found: list[Actor]
):
    path = tmp_path_factory.mktemp("export") / f"actors{suffix}"
    write_actors(path, found)
    assert stored(path) == sorted(found, key=lambda actor: actor.id)


@pytest.mark.parametrize("suffix", Format)
@settings(max_examples=15, deadline=None)
@given(
    name=texts, need=texts, note=texts, introduced_by=st.none() | texts, score=st.none() | st.integers(-1, 3)
)
def test_exported_alliances_are_imported_equal(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    name: str,
    need: str,
    note: str,
    introduced_by: str | None,
    score: int | None,
):
    record = {
        "id": f"{name}2",
        "members": ["a|\\", name + "b"],
        "type": "mecenat",
        "started": "2024-02-29",
        "ended": "2025-01-01",
        "status": AllianceStatus.FAILED.value,
        "met": [{"need_actor": "a|\\", "need": need, "skill_actor": name + "b", "skill": note}],
        "introduced_by": introduced_by,
        "outcome_confiance": score,
        "title": name,
        "notes": note,
    }
    alliance = alliance_from_record(record, TAXONOMY)
    store = MemoryStore()
    store.put_actors(
        actor_from_record(BASE | {"id": member, "legal_form": "7210"}, TAXONOMY, NOWHERE)
        for member in alliance.members
    )
    path = tmp_path_factory.mktemp("export") / f"alliances{suffix}"
    write_alliances(path, [alliance])
    assert imported(store, path, RecordKind.ALLIANCES).rejects == ()
    assert list(store.alliances()) == [alliance]


@pytest.mark.parametrize("suffix", Format)
def test_contacts_are_exported_only_when_asked(tmp_path: Path, suffix: str):
    store, path = MemoryStore(), tmp_path / f"a{suffix}"
    store.put_actors([actor_from_record(BASE | {"id": n}, TAXONOMY, NOWHERE) for n in ("a", "b")])
    store.put_contacts([Contact(ActorId("a"), "Accueil", "accueil@exemple.fr", "+33 1 23 45 67 89")])

    write_actors(path, store.actors())
    without = MemoryStore()
    imported(without, path)
    assert without.contact(ActorId("a")) is None

    write_actors(path, store.actors(), store.contact)
    with_them = MemoryStore()
    imported(with_them, path)
    assert with_them.contact(ActorId("a")) == store.contact(ActorId("a"))
    assert with_them.contact(ActorId("b")) is None


def test_importing_an_export_changes_nothing(tmp_path: Path):
    store, path = MemoryStore(), tmp_path / "a.csv"
    store.put_actors([actor_from_record(BASE | {"needs": ["a|b"]}, TAXONOMY, NOWHERE)])
    write_actors(path, store.actors())
    assert imported(store, path).changes == Changes(unchanged=1)


def test_no_cell_of_an_exported_csv_begins_like_a_formula(tmp_path: Path):
    record = BASE | {"id": "=1", "name": "@x", "needs": ["-1+1", "b"], "lat": -21.1, "lon": 55.5}
    write_actors(tmp_path / "a.csv", [actor_from_record(record, TAXONOMY, NOWHERE)])
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert {name: cell for name, cell in row.items() if cell[:1] in "=+-@" and cell} == {"lat": "-21.1"}


def test_an_exported_workbook_holds_no_formula_and_no_error(tmp_path: Path):
    record = BASE | {"name": "=HYPERLINK(1)", "description": "#N/A"}
    write_actors(tmp_path / "a.xlsx", [actor_from_record(record, TAXONOMY, NOWHERE)])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["actors"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


def test_an_exported_parquet_file_keeps_types(tmp_path: Path):
    record = BASE | {"needs": ["x", "y"], "sdgs": [1], "size": 3, "updated": "2026-01-02"}
    write_actors(tmp_path / "a.parquet", [actor_from_record(record, TAXONOMY, NOWHERE)])
    types = pd.read_parquet(tmp_path / "a.parquet", dtype_backend="pyarrow").dtypes
    assert list(types.index) == [field.name for field in ACTOR_FIELDS]
    kinds = {name: str(types[name]) for name in ("needs", "sdgs", "size", "updated", "lat")}
    assert kinds == {
        "needs": "list<element: string>[pyarrow]",
        "sdgs": "list<element: int64>[pyarrow]",
        "size": "int64[pyarrow]",
        "updated": "date32[day][pyarrow]",
        "lat": "double[pyarrow]",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_a_french_spreadsheet_saved_as_csv_is_read(tmp_path: Path, encoding: str):
    text = (
        "id;name;sector;register;needs;commune;lat;lon;updated;sdgs;themes\r\n"
        'é1;"L\'atelier; à côté";interet_general;associatif;'
        "un local|été;05023;44,8967;6,6356;01/09/2026;3|11;16000\r\n"
    )
    (actor,) = stored(written(tmp_path, text.encode(encoding)))
    assert (actor.id, actor.name) == ("é1", "L'atelier; à côté")
    assert [need.text for need in actor.needs] == ["un local", "été"]
    assert (actor.territory.commune, actor.territory.lat) == ("05023", 44.8967)
    assert (actor.updated, actor.sdgs, actor.themes) == (date(2026, 9, 1), (3, 11), ("016000",))


def test_texts_that_look_like_missing_values_are_kept(tmp_path: Path):
    path = written(tmp_path, f"{REQUIRED},description,commune_name\nNA,null,public,administratif,nan,None\n")
    (actor,) = stored(path)
    assert (actor.id, actor.name, actor.description) == ("NA", "null", "nan")
    assert actor.territory.commune_name == "None"


def test_a_missing_word_in_a_number_is_refused_and_not_passed_over(tmp_path: Path):
    report = imported(MemoryStore(), written(tmp_path, f"{REQUIRED},size\na,A,public,administratif,NA\n"))
    assert [(r.field, r.value) for r in report.rejects] == [("size", "NA")]


def test_rejects_name_the_line_that_an_editor_shows(tmp_path: Path):
    text = (
        f"{REQUIRED},description\n"
        'a,A,public,administratif,"two\nlines"\n'
        "b,B,privé,administratif,\n"
        'c,C,public,administratif,"open\n'
        "d,D,public,administratif,\n"
    )
    store = MemoryStore()
    report = imported(store, written(tmp_path, text))
    assert [(r.source, r.line, r.field) for r in report.rejects] == [
        ("actors.csv", 4, "sector"),
        ("actors.csv", 5, "row"),
    ]
    assert [actor.id for actor in store.actors()] == ["a", "d"]


def test_a_byte_that_fits_no_encoding_is_refused_with_its_line(tmp_path: Path):
    text = f"{REQUIRED}\na,École,public,administratif\nb,Mus".encode() + b"\xe9e,public,administratif\n"
    report = imported(MemoryStore(), written(tmp_path, text))
    assert [(r.line, r.field) for r in report.rejects] == [(3, "name")]
    assert "0xE9" in report.rejects[0].reason


def test_unknown_columns_are_reported(tmp_path: Path):
    report = imported(MemoryStore(), written(tmp_path, f"{REQUIRED},skils,\na,A,public,administratif,x,\n"))
    assert report.warnings == ("unknown field 'skils', not imported; did you mean 'skills'?",)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_missing_columns_are_named_with_those_found(tmp_path: Path, suffix: str):
    frame = pd.DataFrame({"id": ["a"], "nom": ["A"]})
    path = tmp_path / f"actors{suffix}"
    {".csv": frame.to_csv, ".parquet": frame.to_parquet, ".xlsx": frame.to_excel}[suffix](path, index=False)
    with pytest.raises(ImportSourceError, match="no column name, sector, register.*found are: id, nom"):
        read_rows(path, RecordKind.ACTORS)


def test_one_bad_line_of_json_costs_that_line(tmp_path: Path):
    good = json.dumps(BASE)
    report = imported(MemoryStore(), written(tmp_path, f'{good}\n\n{{"id": \n', "actors.jsonl"))
    assert report.changes.added == 1
    assert [(r.line, r.field) for r in report.rejects] == [(3, "row")]


def test_a_workbook_filled_by_hand_is_read(tmp_path: Path):
    path = workbook(
        tmp_path,
        [],
        [
            "Id",
            "Name",
            "Sector",
            "Register",
            "Commune",
            "Themes",
            "Lat",
            "Lon",
            "Updated",
            "Size",
            None,
            "Legal_form",
        ],
        [12, "A", "public", "administratif", 5023, 16000, 44.5, "6,5", SEPTEMBER, 3, None, 7210],
        [],
        ["b", "B", "rien", "administratif"],
    )
    store = MemoryStore()
    report = imported(store, path)
    actor = store.actor(ActorId("12"))
    assert (actor.territory.commune, actor.themes, actor.legal_form) == ("05023", ("016000",), "7210")
    assert (actor.territory.lon, actor.updated, actor.size) == (6.5, date(2026, 9, 1), 3)
    assert [(r.line, r.field, r.value) for r in report.rejects] == [(5, "sector", "rien")]
    assert report.unknown_fields == ()


def test_a_cell_of_a_workbook_that_shows_an_error_is_refused(tmp_path: Path):
    path = workbook(tmp_path, list(BASE), ["a", "#N/A", "public", "administratif"])
    assert [(r.line, r.field, r.value) for r in imported(MemoryStore(), path).rejects] == [
        (2, "name", "#N/A")
    ]


def test_the_sheet_called_as_its_content_is_read_wherever_it_stands(tmp_path: Path):
    path = workbook(tmp_path, list(BASE), list(BASE.values()), sheets=("Notes", "actors"))
    book = openpyxl.load_workbook(path)
    book["Notes"]["A1"] = "n'importe quoi"
    book.save(path)
    assert [actor.id for actor in stored(path)] == ["a"]


def test_an_empty_workbook_is_refused(tmp_path: Path):
    with pytest.raises(ImportSourceError, match="empty"):
        read_rows(workbook(tmp_path), RecordKind.ACTORS)


def test_a_text_too_long_for_excel_stops_the_export_and_leaves_no_file(tmp_path: Path):
    needs = [letter * 19_000 for letter in "ab"]
    actor = actor_from_record(BASE | {"needs": needs}, TAXONOMY, NOWHERE)
    with pytest.raises(InputError, match=f"needs: longer than the {EXCEL_CHARACTERS}"):
        write_actors(tmp_path / "a.xlsx", [actor])
    assert list(tmp_path.iterdir()) == []


def test_a_data_frame_is_read_with_its_index_and_its_missing_values():
    frame = pd.DataFrame([BASE, BASE | {"id": "b"}]).set_index("id")
    frame["legal_form"] = [7210, None]
    frame["updated"] = pd.to_datetime(["2026-09-01", None])
    frame["needs"] = [["x"], None]
    first, second = (row.record for row in rows_of_frame(frame, RecordKind.ACTORS, "frame"))
    assert first == BASE | {"legal_form": "7210", "updated": SEPTEMBER, "needs": ["x"]}
    assert second == BASE | {"id": "b"}


def test_links_may_be_structures_in_parquet(tmp_path: Path):
    link = {"need_actor": "a", "need": "x", "skill_actor": "b", "skill": "y"}
    row = {"id": "1", "members": ["a", "b"], "type": "mecenat", "started": date(2024, 1, 1), "met": [link]}
    pd.DataFrame([row]).to_parquet(tmp_path / "alliances.parquet")
    (read,) = read_rows(tmp_path / "alliances.parquet", RecordKind.ALLIANCES)
    assert read.record == row
    assert read.line == 1


@pytest.mark.parametrize(("name", "needed"), [("a.xlsx", "openpyxl"), ("a.parquet", "pyarrow")])
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, needed: str
):
    monkeypatch.setitem(sys.modules, needed, None)  # what Python itself does for a module that cannot be had
    path = written(tmp_path, b"", name)
    with pytest.raises(ImportSourceError, match=rf"{needed}: pip install 'maillon\[tables\]'"):
        read_rows(path, RecordKind.ACTORS)
    with pytest.raises(ImportSourceError, match="pip install"):
        write_actors(path, [])


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx"])
def test_a_file_that_is_not_what_its_suffix_says_is_refused(tmp_path: Path, name: str):
    with pytest.raises(ImportSourceError, match=f"{name}: not a"):
        read_rows(written(tmp_path, b"something else", name), RecordKind.ACTORS)


def test_unknown_formats_and_absent_files_are_refused(tmp_path: Path):
    with pytest.raises(ImportSourceError, match=r"unknown format; use \.csv"):
        read_rows(tmp_path / "a.docx", RecordKind.ACTORS)
    with pytest.raises(InputError, match="unknown format"):
        write_actors(tmp_path / "a.docx", [])
    with pytest.raises(ImportSourceError, match="no such file"):
        read_rows(tmp_path / "a.csv", RecordKind.ACTORS)


def test_rejects_are_a_csv_file(tmp_path: Path):
    write_rejects(tmp_path / "r.csv", [Reject("actors.csv", 3, "sector", "=x,é", 'expected "public"')])
    assert (tmp_path / "r.csv").read_text(encoding="utf-8").splitlines() == [
        "file,line,field,value,reason",
        'actors.csv,3,sector,"\'=x,é","expected ""public"""',
    ]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
def test_columns_may_be_read_as_fields_or_left_out(tmp_path: Path, suffix: str):
    table = {"Code": "a", "Nom": "Maison", "sector": "public", "register": "administratif", "size": "3"}
    path = tmp_path / f"actors{suffix}"
    if suffix == ".csv":
        path.write_text(",".join(table) + "\n" + ",".join(table.values()))
    elif suffix == ".xlsx":
        path = workbook(tmp_path, list(table), list(table.values()))
    else:
        path.write_text(json.dumps(table))
    assert columns_of(path, RecordKind.ACTORS) == list(table)
    names = {"Code": "id", "Nom": "name", "size": ""}
    (row,) = read_rows(path, RecordKind.ACTORS, names)
    assert row.record == {"id": "a", "name": "Maison", **{k: table[k] for k in ("sector", "register")}} | {
        "(size)": "3"
    }


def test_two_columns_read_as_one_field_are_refused(tmp_path: Path):
    path = written(tmp_path, "id,nom,intitulé,sector,register\na,b,c,public,administratif\n")
    with pytest.raises(ImportSourceError, match="twice"):
        read_rows(path, RecordKind.ACTORS, {"nom": "name", "intitulé": "name"})
    lines = written(tmp_path, json.dumps({"id": "a", "nom": "b", "name": "c"}), "actors.jsonl")
    (row,) = read_rows(lines, RecordKind.ACTORS, {"nom": "name"})
    assert isinstance(row.record, InputError)


def test_columns_of_a_parquet_file_are_told(tmp_path: Path):
    write_actors(tmp_path / "a.parquet", [actor_from_record(BASE, TAXONOMY, NOWHERE)])
    assert "needs" in columns_of(tmp_path / "a.parquet", RecordKind.ACTORS)


def test_a_workbook_with_a_cell_far_below_or_far_right_is_refused_before_it_is_read(tmp_path: Path):
    for place in ("A900000", "XFD1"):
        book = openpyxl.Workbook()
        book.active[place] = "x"
        book.save(tmp_path / "far.xlsx")
        with pytest.raises(ImportSourceError, match="more than 1000 rows or 200 columns"):
            check_workbook(tmp_path / "far.xlsx", 1000)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path):
    path = workbook(tmp_path, ["id"])
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b" " * 100_000_001)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ImportSourceError, match="unpacks to"):
        check_workbook(path, 1000)


def test_what_is_no_workbook_is_refused_and_a_good_one_passes(tmp_path: Path):
    with pytest.raises(ImportSourceError, match="not an .xlsx"):
        check_workbook(written(tmp_path, "id;name", "actors.xlsx"), 10)
    check_workbook(workbook(tmp_path, ["id"], ["a"]), 10)


def test_entities_that_multiply_in_a_workbook_do_no_harm(tmp_path: Path):
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol" * 10}">' for n in range(9))
    path = workbook(tmp_path, ["id"], ["a"])
    bomb = tmp_path / "bomb.xlsx"
    with ZipFile(path) as source, ZipFile(bomb, "w", ZIP_DEFLATED) as target:
        for entry in source.namelist():
            content = source.read(entry)
            if entry == "xl/worksheets/sheet1.xml":
                text = f"<!DOCTYPE x [{names}]><worksheet><sheetData><row><c t='str'><v>&e8;</v></c></row></sheetData></worksheet>"
                content = text.encode()
            target.writestr(entry, content)
    with pytest.raises(ImportSourceError):
        check_workbook(bomb, 10)


def test_a_missing_column_is_told_with_the_one_that_may_have_been_meant(tmp_path: Path):
    path = written(tmp_path, "id,nom,sector,register\na,b,public,administratif\n")
    with pytest.raises(ImportSourceError, match="no column name, .*'nom' may be name"):
        read_rows(path, RecordKind.ACTORS)
