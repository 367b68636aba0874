"""French state investments as a chronicle."""

import csv
from datetime import date

import pytest

from matcher.errors import ImportSourceError
from matcher.evaluate_anr import PARTNERS, PROJECTS, anr_chronicle

CUT = date(2015, 1, 1)
PROJECT = ("project_id", "start_date", "edition", "action", "acronym", "title", "resume_fr")
PARTNER = ("project_id", "edition", "coordinator", "org", "category", "city", "region", "sector")


def written(directory, projects, partners):
    for name, columns, rows in ((PROJECTS, PROJECT, projects), (PARTNERS, PARTNER, partners)):
        with (directory / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
    return directory


def partner(project, org, sector="research", coordinator="False", region="Bretagne"):
    return (project, "2012", coordinator, org, "", "Redon", region, sector)


def test_partners_known_before_the_cut_are_actors_and_all_projects_are_events(tmp_path):
    rows = [
        partner("P1", "Université de Redon"),
        partner("P1", "Moulin SA", "company", "True"),
        partner("P2", "UNIVERSITE DE REDON"),
        partner("P2", "Jeune Pousse", "company"),
        partner("P1", "Non renseigné"),
        partner("P1", "Sans sorte", ""),
    ]
    projects = [
        ("P1", "2012-03-01", "2011", "LABX", "A", "Le grain", "Du blé"),
        ("P2", "", "2016", "", "B", "Le pain", ""),
    ]
    chronicle = anr_chronicle(written(tmp_path, projects, rows), CUT)
    assert {actor.name: actor.sector for actor in chronicle.actors} == {
        "Université de Redon": "academique_accompagnement",
        "Moulin SA": "economique",
    }
    first, second = chronicle.events
    assert first.members == ("anr-moulin-sa", "anr-universite-de-redon"), "who coordinates comes first"
    assert (first.day, first.full, first.labels) == (
        date(2012, 3, 1),
        "Le grain. Du blé",
        (("programme", "LABX"),),
    )
    assert second.day == date(2016, 12, 31), "a year alone is known when it is over"
    assert second.members[0] == "anr-universite-de-redon", "one name, however it is spelled"


def test_an_untold_region_is_no_place(tmp_path):
    rows = [partner("P1", "Lieu inconnu", region="Non renseigné")]
    chronicle = anr_chronicle(
        written(tmp_path, [("P1", "2012-03-01", "2011", "LABX", "A", "T", "")], rows), CUT
    )
    assert chronicle.actors[0].territory.region is None


def test_missing_files_and_columns_are_told(tmp_path):
    with pytest.raises(ImportSourceError, match=PROJECTS):
        anr_chronicle(tmp_path, CUT)
    (tmp_path / PROJECTS).write_text("project_id,edition\nP1,2012\n", encoding="utf-8")
    with pytest.raises(ImportSourceError, match="no column resume_fr, title"):
        anr_chronicle(tmp_path, CUT)
