"""Records to domain and back; what describes a person, or nothing that can be used, is refused."""

from datetime import date
from typing import Any

import pytest

from matcher.domain import (
    ActorId,
    Aim,
    AllianceStatus,
    Contact,
    Met,
    Need,
    Outcome,
    PublicationStatus,
    Skill,
    Stage,
    Territory,
)
from matcher.errors import InputError, NaturalPersonError
from matcher.records import (
    actor_from_record,
    actor_to_record,
    alliance_from_record,
    alliance_to_record,
    contact_from_record,
    contact_to_record,
)
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS
from matcher.taxonomy import default_taxonomy
from matcher.territory import Gazetteer

TAXONOMY = default_taxonomy()
GAZETTEER = Gazetteer(
    {
        "05023": Territory(
            "05023", "Briançon", "240500439", "CC du Briançonnais", "05", "93", "FR", 44.9, 6.64
        )
    },
    {"05": ("Hautes-Alpes", "93")},
    {"93": "Provence-Alpes-Côte d'Azur"},
)
ACTOR = {"id": "a", "name": "Maison", "sector": "public", "register": "administratif"}
LINK = {"need_actor": "a", "need": "un local", "skill_actor": "b", "skill": "une salle"}
ALLIANCE = {"id": "x", "members": ["a", "b"], "type": "mecenat", "started": "2024-01-31"}
FULL_ACTOR = ACTOR | {
    "legal_form": "7210",
    "description": "Une commune",
    "needs": ["un local"],
    "skills": ["une salle", "du temps"],
    "themes": ["016000"],
    "stage": "idee",
    "aims": ["moteur"],
    "sdgs": [11],
    "alliances_sought": ["mecenat"],
    "size": 12,
    "capacity": 2,
    "commune": "05023",
    "commune_name": "Briançon",
    "epci": "240500439",
    "epci_name": "CC du Briançonnais",
    "departement": "05",
    "region": "93",
    "country": "FR",
    "lat": 44.9,
    "lon": 6.64,
    "radius_km": 30.0,
    "updated": "2026-01-02",
    "expires": "2027-01-02",
    "status": "draft",
}
FULL_ALLIANCE = ALLIANCE | {
    "ended": "2024-12-31",
    "status": "completed",
    "met": [LINK],
    "introduced_by": "catalyseur 1",
    "outcome_performance": -1,
    "outcome_innovation": None,
    "outcome_confiance": 3,
    "title": "Un toit",
    "notes": "Cela dure.",
}


def actor(**fields: Any) -> Any:
    return actor_from_record(ACTOR | fields, TAXONOMY, GAZETTEER)


def alliance(**fields: Any) -> Any:
    return alliance_from_record(ALLIANCE | fields, TAXONOMY)


def test_a_full_record_survives_the_domain():
    assert actor_to_record(actor_from_record(FULL_ACTOR, TAXONOMY, GAZETTEER)) == FULL_ACTOR
    assert alliance_to_record(alliance_from_record(FULL_ALLIANCE, TAXONOMY)) == FULL_ALLIANCE


def test_a_record_of_the_domain_has_every_field_in_the_order_of_the_schema():
    assert list(actor_to_record(actor())) == [field.name for field in ACTOR_FIELDS]
    assert list(alliance_to_record(alliance())) == [field.name for field in ALLIANCE_FIELDS]
    assert list(contact_to_record(Contact(ActorId("a")))) == [field.name for field in CONTACT_FIELDS]


def test_texts_become_types():
    found = actor_from_record(FULL_ACTOR, TAXONOMY, GAZETTEER)
    assert (found.needs, found.skills) == ((Need("un local"),), (Skill("une salle"), Skill("du temps")))
    assert (found.stage, found.aims, found.sdgs) == (Stage.IDEA, (Aim.DRIVER,), (11,))
    assert (found.updated, found.expires) == (date(2026, 1, 2), date(2027, 1, 2))
    assert found.status is PublicationStatus.DRAFT


def test_a_minimal_actor_is_published_and_in_france():
    found = actor()
    assert (found.status, found.territory) == (PublicationStatus.PUBLISHED, Territory())


@pytest.mark.parametrize("field", ["id", "name", "sector", "register"])
def test_required_fields_are_required(field: str):
    with pytest.raises(InputError) as caught:
        actor(**{field: "  "})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sector", "privé"),
        ("register", "poétique"),
        ("themes", ["999999"]),
        ("alliances_sought", ["fusion"]),
        ("stage", "rêve"),
        ("aims", ["profit"]),
        ("sdgs", [18]),
        ("sdgs", [0]),
        ("size", -1),
        ("size", 1.5),
        ("capacity", "beaucoup"),
        ("legal_form", "72"),
        ("commune", "Briançon"),
        ("commune", "2C004"),
        ("radius_km", -1),
        ("status", "public"),
        ("updated", "hier"),
        ("needs", "un texte"),
        ("needs", [["un", "texte"]]),
        ("skills", [{"texte": "x"}]),
        ("description", ["un", "texte"]),
        ("name", {"fr": "x"}),
        ("name", True),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(field: str, value: object):
    with pytest.raises(InputError) as caught:
        actor(**{field: value})
    assert caught.value.field == field


def test_latitude_and_longitude_go_together_and_stay_on_earth():
    for place in ({"lat": 45}, {"lon": 5}, {"lat": 91, "lon": 5}, {"lat": 45, "lon": 181}):
        with pytest.raises(InputError, match="^l(at|on)"):
            actor(**place)


def test_zeros_that_a_spreadsheet_took_are_put_back():
    found = actor(commune=5023, themes=["16000", 16000])
    assert found.territory.commune == "05023"
    assert found.themes[0] == "016000"
    assert actor(commune="5023.0", legal_form="7210.0").legal_form == "7210"


def test_the_territory_is_completed_from_the_commune():
    assert actor(commune="05023").territory == GAZETTEER.communes["05023"]


@pytest.mark.parametrize("name", ["Mme Durand", "M. Martin", "MR SMITH", "monsieur Untel", "Mlle X"])
def test_a_name_that_begins_like_a_persons_is_refused(name: str):
    with pytest.raises(NaturalPersonError):
        actor(name=name)


@pytest.mark.parametrize("name", ["Mmes et Compagnie", "Maison Martin", "MJC", "Mr.Bricolage", "M2i"])
def test_names_of_organisations_are_not_taken_for_persons(name: str):
    assert actor(name=name).name == name


def test_a_person_in_business_is_refused_by_its_legal_form():
    with pytest.raises(NaturalPersonError) as caught:
        actor(name="Boulangerie", legal_form="1000")
    assert caught.value.field == "legal_form"


def test_a_company_called_like_a_person_is_let_in_by_its_legal_form():
    assert actor(name="Monsieur Meuble", legal_form="5710").name == "Monsieur Meuble"


def test_contacts_are_read_and_written():
    fields = {"contact_name": "Accueil", "contact_email": "a@exemple.fr", "contact_phone": "01 23 45 67 89"}
    contact = contact_from_record(ACTOR | fields)
    assert contact == Contact(ActorId("a"), "Accueil", "a@exemple.fr", "01 23 45 67 89")
    assert contact_to_record(contact) == fields
    assert contact_from_record(ACTOR) is None


def test_a_contact_without_an_address_in_its_address_is_refused():
    with pytest.raises(InputError, match="contact_email"):
        contact_from_record(ACTOR | {"contact_email": "accueil"})


def test_an_alliance_is_read_with_its_links_and_outcome():
    found = alliance_from_record(FULL_ALLIANCE, TAXONOMY)
    assert found.met == (Met(ActorId("a"), "un local", ActorId("b"), "une salle"),)
    assert found.outcome == Outcome(performance=-1, innovation=None, confiance=3)
    assert (found.status, found.started, found.ended) == (
        AllianceStatus.COMPLETED,
        date(2024, 1, 31),
        date(2024, 12, 31),
    )


def test_a_failed_alliance_and_lost_trust_are_no_positive():
    assert alliance().is_positive
    assert not alliance(status="failed").is_positive
    assert not alliance(outcome_confiance=-1).is_positive


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("members", ["a"]),
        ("members", ["a", "a"]),
        ("members", "a|b"),
        ("type", "amitié"),
        ("type", None),
        ("started", None),
        ("started", "2024-02-30"),
        ("ended", "2024-01-30"),
        ("status", "over"),
        ("outcome_performance", 4),
        ("outcome_innovation", 0.5),
        ("outcome_confiance", -2),
        ("met", "a-b"),
        ("met", ["a-b"]),
        ("met", [LINK | {"force": 1}]),
        ("met", [{"need_actor": "a"}]),
        ("met", [LINK | {"skill_actor": "c"}]),
        ("met", [LINK | {"need": 5}]),
        ("met", [LINK | {"skill": " "}]),
    ],
)
def test_a_bad_alliance_is_refused_by_the_name_of_its_field(field: str, value: object):
    with pytest.raises(InputError) as caught:
        alliance(**{field: value})
    assert caught.value.field == field
