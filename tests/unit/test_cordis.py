"""CORDIS: what projects say of organisations, and nothing that was not yet known."""

import gzip
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matcher.adapters.cordis import CordisRecords, read_cordis
from matcher.domain import AllianceStatus
from matcher.errors import ImportSourceError, InputError
from matcher.importing import RecordKind, import_records
from matcher.store import MemoryStore
from matcher.taxonomy import default_taxonomy
from matcher.territory import Gazetteer

EXPORT = Path(__file__).parents[1] / "data" / "cordis_export"
CUT = date(2024, 7, 1)
RIVERMEND = (
    "Mending rivers with willow and wool. Banks of small rivers give way after each flood; repairs in "
    "concrete move the trouble downstream. RIVERMEND builds banks from willow and coarse wool, and says "
    '"no" to concrete. Six valleys test them.'
)

PROJECTS = "project_id,acronym,title,objective,date,end_date,topic_title,scheme"
ACTORS = "org_id,name,sector_code,country,nuts,city,postcode,lat,lon,n_projects"
PARTICIPATIONS = "project_id,org_id,role,terminated"


def actors(found: CordisRecords) -> dict[str, Any]:
    return {row.record["id"]: row.record for row in found.actors if not isinstance(row.record, InputError)}


def alliances(found: CordisRecords) -> dict[str, Any]:
    return {row.record["id"]: row.record for row in found.alliances if not isinstance(row.record, InputError)}


def tables(directory: Path, projects: list[str], actors: list[str], participations: list[str]) -> Path:
    """A directory of CORDIS tables in the layout of actors, projects and participations."""
    for name, header, rows in (
        ("projects", PROJECTS, projects),
        ("actors", ACTORS, actors),
        ("participations", PARTICIPATIONS, participations),
    ):
        (directory / f"{name}.csv.gz").write_bytes(gzip.compress("\n".join([header, *rows, ""]).encode()))
    return directory


def numbered_projects(count: int, topic: str = "Topic {n}") -> list[str]:
    return [
        f"p{n},AC{n},Title {n},Objective {n}.,2023-01-{n:02},2026-01-01,{topic.format(n=n)},HORIZON-RIA"
        for n in range(1, count + 1)
    ]


def test_the_export_is_read_as_actors():
    found = actors(read_cordis(EXPORT))
    assert found["cordis-800000003"] == {
        "id": "cordis-800000003",
        "name": "DIMOS PLATANOU",
        "sector": "public",
        "register": "administratif",
        "description": "DIMOS PLATANOU. Mending rivers with willow and wool",
        "needs": ["Nature-based repair of small rivers"],
        "skills": [RIVERMEND],
        "country": "GR",
        "region": "EL652",
        "commune_name": "PLATANOS",
        "lat": 37.5,
        "lon": 22.4,
        "updated": date(2022, 6, 15),
    }


def test_projects_of_the_export_are_read_as_alliances_with_coordinators_first():
    found = alliances(read_cordis(EXPORT))
    assert found["cordis-900000001"] == {
        "id": "cordis-900000001",
        "members": [f"cordis-80000000{n}" for n in (1, 2, 3, 4, 5)],
        "type": "innovation_societale",
        "started": date(2022, 6, 15),
        "ended": date(2024, 2, 29),
        "status": AllianceStatus.COMPLETED.value,
        "title": "RIVERMEND: Mending rivers with willow and wool",
        "notes": "Left before the end: cordis-800000005.",
    }
    assert found["cordis-900000002"]["type"] == "demarche_collective"
    assert found["cordis-900000002"]["title"] == "FAIRLOOM: a loom library for village workshops."
    assert found["cordis-900000002"]["notes"].startswith("Terminated before its end.")
    assert found["cordis-900000003"]["status"] == AllianceStatus.ACTIVE.value
    assert "cordis-900000004" not in found, "one organisation is no alliance"


def test_everything_that_is_read_is_imported_but_what_is_refused_with_a_reason():
    store, found = MemoryStore(), read_cordis(EXPORT)
    first = import_records(store, RecordKind.ACTORS, found.actors, default_taxonomy(), Gazetteer({}))
    second = import_records(store, RecordKind.ALLIANCES, found.alliances, default_taxonomy(), Gazetteer({}))
    assert [(r.source, r.line, r.field, r.value) for r in first.rejects] == [
        ("organization.csv", 9, "name", ""),
    ]
    assert (first.changes.added, second.changes.added, second.rejects) == (7, 3, ())
    assert first.unknown_fields == second.unknown_fields == ()


def test_with_a_cut_nothing_signed_on_or_after_that_day_is_used():
    found = read_cordis(EXPORT, CUT)
    university = actors(found)["cordis-800000001"]
    assert university["name"] == "UNIVERSITE DES TROIS SOURCES", "its later name was not known yet"
    assert university["updated"] == date(2023, 1, 20)
    assert "cordis-800000007" not in actors(found)
    assert "cordis-900000003" not in alliances(found)
    everything = repr(found)
    assert "tidal" not in everything
    assert "Circular glass" not in everything


def test_the_day_of_the_cut_is_after_it():
    day = date(2023, 1, 20)
    assert "cordis-900000002" not in alliances(read_cordis(EXPORT, day))
    assert "cordis-900000002" in alliances(read_cordis(EXPORT, date(2023, 1, 21)))


def test_with_a_cut_what_became_of_projects_since_is_left_out():
    assert {record["notes"] for record in alliances(read_cordis(EXPORT, CUT)).values()} == {""}
    early = alliances(read_cordis(EXPORT, date(2024, 1, 1)))["cordis-900000001"]
    assert (early["status"], early["ended"]) == (AllianceStatus.ACTIVE.value, None)


def test_a_project_without_a_signature_counts_from_its_start():
    assert actors(read_cordis(EXPORT))["cordis-800000008"]["updated"] == date(2022, 1, 1)


def test_a_topic_title_that_is_only_a_code_is_no_need():
    assert actors(read_cordis(EXPORT))["cordis-800000008"]["needs"] == []


def test_places_without_coordinates_or_region_stay_without():
    leeds = actors(read_cordis(EXPORT))["cordis-800000005"]
    assert (leeds["country"], leeds["region"], leeds["lat"], leeds["lon"]) == ("GB", None, None, None)


def test_partners_of_a_project_share_its_text_so_that_it_is_encoded_once():
    found = actors(read_cordis(EXPORT))
    assert found["cordis-800000002"]["skills"] == found["cordis-800000003"]["skills"]


def test_the_most_recent_projects_speak_for_an_organisation(tmp_path: Path):
    directory = tables(
        tmp_path,
        numbered_projects(7, topic="Topic of call"),
        ["o1,Maison,OTH,FR,FRK24,Grenoble,38000,45.1,5.7,99"],
        [f"p{n},o1,participant,false" for n in range(1, 8)],
    )
    record = actors(read_cordis(directory))["cordis-o1"]
    assert record["skills"] == [f"Title {n}. Objective {n}." for n in (7, 6, 5)]
    assert record["needs"] == ["Topic of call"]
    assert record["description"] == "Maison. Title 7. Title 6. Title 5. Title 4. Title 3"
    assert record["updated"] == date(2023, 1, 7)
    assert "99" not in repr(record), "the number of projects tells of the future"


def test_at_most_three_needs_are_taken_all_different(tmp_path: Path):
    directory = tables(
        tmp_path,
        numbered_projects(5),
        ["o1,Maison,OTH,FR,FRK24,Grenoble,38000,45.1,5.7,5"],
        [f"p{n},o1,participant,false" for n in range(1, 6)],
    )
    assert actors(read_cordis(directory))["cordis-o1"]["needs"] == ["Topic 5", "Topic 4", "Topic 3"]


@pytest.mark.parametrize(
    ("code", "sector", "register"),
    [
        ("PRC", "economique", "entreprise"),
        ("HES", "academique_accompagnement", "academique"),
        ("REC", "academique_accompagnement", "academique"),
        ("PUB", "public", "administratif"),
        ("OTH", "interet_general", "associatif"),
    ],
)
def test_kinds_of_organisations_become_sectors_and_registers(
    tmp_path: Path, code: str, sector: str, register: str
):
    directory = tables(
        tmp_path, numbered_projects(1), [f"o1,Maison,{code},FR,,Lyon,,,,1"], ["p1,o1,coordinator,false"]
    )
    record = actors(read_cordis(directory))["cordis-o1"]
    assert (record["sector"], record["register"]) == (sector, register)


def test_an_unknown_country_does_not_become_france(tmp_path: Path):
    directory = tables(
        tmp_path, numbered_projects(1), ["o1,Maison,OTH,,,Ici,,,,1"], ["p1,o1,participant,false"]
    )
    assert actors(read_cordis(directory))["cordis-o1"]["country"] == "ZZ"


def test_long_objectives_are_cut_after_a_sentence_near_four_hundred_characters(tmp_path: Path):
    sentence = "Some words that make a sentence of sixty-four characters, in all"
    directory = tables(
        tmp_path,
        [
            f'p1,A,One,"{". ".join([sentence] * 20)}.",2023-01-01,,,X',
            f'p2,B,Two,"{"word " * 300}",2023-01-02,,,X',
        ],
        ["o1,Maison,OTH,FR,,Lyon,,,,2"],
        ["p1,o1,participant,false", "p2,o1,participant,false"],
    )
    words, sentences = actors(read_cordis(directory))["cordis-o1"]["skills"]
    assert sentences == "One. " + ". ".join([sentence] * 6) + "."
    assert words.endswith("word…")
    assert len(words) <= len("Two. ") + 401


def test_rows_that_cannot_be_read_are_refused_and_the_others_are_used(tmp_path: Path):
    directory = tables(
        tmp_path,
        [
            *numbered_projects(1),
            "p2,B,too short",
            "p3,C,Title,Objective.,someday,,,X",
            "p1,D,Again,O.,2023-01-01,,,X",
        ],
        ["o1,Maison,OTH,FR,,Lyon,,,,1", ",Nobody,OTH,FR,,Lyon,,,,1", "o2,Autre,OTH,FR,,Lyon,,,,1"],
        [
            "p1,o1,participant,false",
            "p1,o2,coordinator,false",
            "p3,o1,participant,false",
            "p9,o1,participant,false",
        ],
    )
    found = read_cordis(directory)
    refused = {(r.source, r.line): r.record.field for r in found.actors if isinstance(r.record, InputError)}
    assert refused == {
        ("projects.csv.gz", 3): "row",
        ("projects.csv.gz", 4): "signed",
        ("projects.csv.gz", 5): "id",
        ("actors.csv.gz", 3): "id",
    }
    assert alliances(found)["cordis-p1"]["members"] == ["cordis-o2", "cordis-o1"]


def test_a_damaged_row_of_the_export_is_refused_once(tmp_path: Path):
    shutil.copytree(EXPORT, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "organization.csv").open("ab") as file:
        file.write(b'"900000001";"RIVERMEND";"80000\xe9"\n')
    refused = [row.line for row in read_cordis(tmp_path).actors if isinstance(row.record, InputError)]
    assert refused == [13]


def test_a_directory_of_something_else_is_refused(tmp_path: Path):
    with pytest.raises(ImportSourceError, match=r"expected projects\.csv and actors\.csv or project\.csv"):
        read_cordis(tmp_path)


def test_a_missing_table_and_a_missing_column_are_named(tmp_path: Path):
    shutil.copytree(EXPORT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "topics.csv").unlink()
    with pytest.raises(ImportSourceError, match=r"topics\.csv: no such file"):
        read_cordis(tmp_path)
    (tmp_path / "topics.csv").write_text("projectID;topic\n", encoding="utf-8")
    with pytest.raises(ImportSourceError, match=r"no column title; the columns found are: projectID, topic"):
        read_cordis(tmp_path)


@pytest.mark.shared
def test_the_french_tables_are_imported_almost_whole(shared_data: Path):
    store, found = MemoryStore(), read_cordis(shared_data / "cordis_fr", CUT)
    first = import_records(store, RecordKind.ACTORS, found.actors, default_taxonomy(), Gazetteer({}))
    second = import_records(store, RecordKind.ALLIANCES, found.alliances, default_taxonomy(), Gazetteer({}))
    assert first.changes.added > 1_500
    assert {reject.field for reject in first.rejects} <= {"name"}
    assert len(first.rejects) < 0.02 * len(found.actors)
    assert second.rejects == ()
    assert max(alliance.started for alliance in store.alliances()) < CUT
    assert all(actor.updated is not None and actor.updated < CUT for actor in store.actors())
