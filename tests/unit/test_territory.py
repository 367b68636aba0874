"""Territories: what contains a commune, how far places are, and which place a name means."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Territory
from matcher.errors import InputError, UnknownPlaceError
from matcher.territory import (
    EARTH_RADIUS_KM,
    Gazetteer,
    Level,
    Place,
    codes_of,
    default_gazetteer,
    distance_km,
    find_place,
    fold,
    load_gazetteer,
)

BRIANCON = Territory(
    "05023", "Briançon", "240500439", "CC du Briançonnais", "05", "93", "FR", 44.8967, 6.6356
)
LILLE = Territory(
    "59350", "Lille", "200093201", "Métropole Européenne de Lille", "59", "32", "FR", 50.6311, 3.0468
)
GAZETTEER = Gazetteer(
    {"05023": BRIANCON},
    {
        "05": ("Hautes-Alpes", "93"),
        "59": ("Nord", "32"),
        "974": ("La Réunion", "04"),
        "2A": ("Corse-du-Sud", "94"),
    },
    {"93": "Provence-Alpes-Côte d'Azur", "32": "Hauts-de-France", "04": "La Réunion", "94": "Corse"},
)
PLACES = [BRIANCON, LILLE, Territory(country="BE")]

located = st.builds(Territory, lat=st.floats(-90, 90), lon=st.floats(-180, 180))


def test_a_known_commune_says_all_that_contains_it():
    assert GAZETTEER.complete(Territory(commune="05023")) == BRIANCON


def test_what_is_given_is_kept():
    given_values = Territory(commune="05023", epci="1", epci_name="Autre", lat=1.0, lon=2.0, radius_km=5.0)
    completed = GAZETTEER.complete(given_values)
    assert (completed.epci, completed.epci_name, completed.lat, completed.lon) == ("1", "Autre", 1.0, 2.0)
    assert (completed.radius_km, completed.commune_name) == (5.0, "Briançon")


def test_the_equator_is_a_place():
    assert GAZETTEER.complete(Territory(commune="05023", lat=0.0, lon=0.0)).lat == 0.0


@pytest.mark.parametrize(
    ("commune", "departement", "region"),
    [("59350", "59", "32"), ("97411", "974", "04"), ("2A004", "2A", "94"), ("99999", "99", None)],
)
def test_an_unknown_commune_still_spells_its_departement(commune: str, departement: str, region: str | None):
    completed = GAZETTEER.complete(Territory(commune=commune))
    assert (completed.departement, completed.region, completed.epci) == (departement, region, None)


def test_a_territory_without_a_commune_is_left_as_it_is():
    assert GAZETTEER.complete(Territory(departement="05")) == Territory(departement="05")


def test_distances_are_those_of_a_map():
    assert distance_km(BRIANCON, LILLE) == pytest.approx(694, abs=5)
    assert distance_km(BRIANCON, Territory()) is None
    assert distance_km(Territory(lat=1.0), BRIANCON) is None


def test_the_poles_are_half_the_earth_apart():
    north, south = Territory(lat=90, lon=0), Territory(lat=-90, lon=120)
    assert distance_km(north, south) == pytest.approx(EARTH_RADIUS_KM * 3.14159265, rel=1e-6)


@given(located, located)
def test_distance_is_the_same_both_ways_and_nothing_to_oneself(a: Territory, b: Territory):
    there, back, none = distance_km(a, b), distance_km(b, a), distance_km(a, a)
    assert there == pytest.approx(back, abs=1e-6)
    assert none == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("text", ["Saint-Étienne", "SAINT ETIENNE", " saint'étienne "])
def test_names_are_compared_without_case_accents_and_punctuation(text: str):
    assert fold(text) == "saint etienne"


@given(st.text())
def test_folding_twice_is_folding_once(text: str):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("briancon", Place(Level.COMMUNE, "05023")),
        ("05023", Place(Level.COMMUNE, "05023")),
        ("CC du Briançonnais", Place(Level.EPCI, "240500439")),
        ("Briançonnais", Place(Level.EPCI, "240500439")),
        ("hautes alpes", Place(Level.DEPARTEMENT, "05")),
        ("59", Place(Level.DEPARTEMENT, "59")),
        ("Provence-Alpes-Côte d’Azur", Place(Level.REGION, "REG-93")),
        ("reg-93", Place(Level.REGION, "REG-93")),
        ("FR", Place(Level.COUNTRY, "FR")),
        ("be", Place(Level.COUNTRY, "BE")),
    ],
)
def test_a_place_is_found_by_name_or_code(name: str, place: Place):
    assert find_place(name, PLACES, GAZETTEER) == place


@pytest.mark.parametrize("name", ["Atlantide", "", "!?", "Marseille"])
def test_a_place_where_nobody_is_is_unknown(name: str):
    with pytest.raises(UnknownPlaceError, match="no actor is there"):
        find_place(name, [*PLACES, Territory(commune="00001", epci="9")], GAZETTEER)


def test_a_part_of_several_names_is_not_guessed():
    territories = [
        Territory(epci="1", epci_name="CC du Haut Pays"),
        Territory(epci="2", epci_name="CC du Bas Pays"),
    ]
    with pytest.raises(UnknownPlaceError, match="several"):
        find_place("pays", territories, GAZETTEER)


def test_the_smaller_place_wins_a_shared_name():
    island = Territory(commune="97411", commune_name="La Réunion", departement="974", region="04")
    assert find_place("la réunion", [island], GAZETTEER).level is Level.COMMUNE


def test_a_region_is_told_apart_from_the_departement_of_the_same_number():
    gazetteer = Gazetteer({}, {"75": ("Paris", "11"), "33": ("Gironde", "75")}, {"75": "Nouvelle-Aquitaine"})
    bordeaux = Territory(departement="33", region="75")
    assert codes_of(bordeaux) == {"33", "REG-75", "FR"}
    assert not Place(Level.DEPARTEMENT, "75").contains(bordeaux)
    region = find_place("REG-75", [bordeaux], gazetteer)
    assert region == find_place("nouvelle aquitaine", [bordeaux], gazetteer)
    assert region.contains(bordeaux)
    with pytest.raises(UnknownPlaceError):
        find_place("75", [bordeaux], gazetteer)
    assert find_place("be2", [Territory(region="BE2", country="BE")], gazetteer).code == "REG-BE2"


def test_a_place_contains_the_territories_that_name_it():
    assert Place(Level.DEPARTEMENT, "05").contains(BRIANCON)
    assert not Place(Level.DEPARTEMENT, "05").contains(LILLE)


def test_a_gazetteer_is_read_from_files(tmp_path: Path):
    communes, departements = tmp_path / "c.csv", tmp_path / "d.csv"
    header = "code,name,departement,region,epci,epci_name,lat,lon\n"
    communes.write_text(f"{header}01001,L'Abergement,01,84,,,,\n", encoding="utf-8")
    departements.write_text(
        "code,name,region,region_name\n01,Ain,84,Auvergne-Rhône-Alpes\n", encoding="utf-8"
    )
    found = load_gazetteer(communes, departements)
    assert found.communes["01001"] == Territory("01001", "L'Abergement", None, None, "01", "84")
    assert found.departements == {"01": ("Ain", "84")}
    assert found.regions == {"84": "Auvergne-Rhône-Alpes"}


def test_files_that_are_absent_or_lack_columns_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        load_gazetteer(tmp_path / "c.csv", tmp_path / "d.csv")
    (tmp_path / "d.csv").write_text("code,name\n", encoding="utf-8")
    with pytest.raises(InputError, match="columns missing: region, region_name"):
        load_gazetteer(tmp_path / "c.csv", tmp_path / "d.csv")


def test_all_departements_ship_with_maillon():
    departements = default_gazetteer().departements
    assert {"01", "2A", "2B", "75", "971", "976"} <= departements.keys()
    assert len(departements) >= 101
    assert {region for _, region in departements.values()} <= default_gazetteer().regions.keys()
