"""Quality hints: what to look at in a profile, and a completeness that adds up."""

from datetime import date, timedelta

import pytest

from matcher.domain import ActorId, Contact, Need, PublicationStatus, Skill, Territory
from matcher.quality import POINTS, STALE_DAYS, Hint, HintCode, Part, completeness, hints_of
from matcher.quality_phrases import HINTS, PARTS, said_of
from matcher.taxonomy import Lang
from tests.fakes import REDON, TODAY, make_actor

CONTACT = Contact(ActorId("a"), "Accueil", "accueil@exemple.fr", None)
DESCRIPTION = "Nous réparons des vélos dans une ancienne gare et nous apprenons à chacun à s'en servir."
NEED = "un local chauffé de 60 m² près de la gare de Redon"
SKILL = "dix bénévoles qui remettent un vélo en état le samedi"


def full(**changes):
    """A profile about which there is nothing to say."""
    values = {
        "description": DESCRIPTION,
        "needs": (Need(NEED),),
        "skills": (Skill(SKILL),),
        "themes": ("024000",),
        "territory": REDON,
        "capacity": 2,
        "updated": TODAY,
        "register": "associatif",
        "sector": "interet_general",
    }
    return make_actor("a", **(values | changes))


def codes(actor, contact=CONTACT):
    return [hint.code for hint in hints_of(actor, contact, TODAY)]


def test_a_full_profile_gets_no_hint_and_is_complete():
    assert hints_of(full(), CONTACT, TODAY) == ()
    assert completeness(full(), CONTACT, TODAY).points == 100
    assert sum(POINTS.values()) == 100


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"needs": ()}, HintCode.NO_NEED),
        ({"skills": ()}, HintCode.NO_SKILL),
        ({"needs": (Need("des partenaires"),)}, HintCode.VAGUE_NEED),
        ({"needs": (Need("trouver des financements pour nos projets"),)}, HintCode.VAGUE_NEED),
        ({"skills": (Skill("de l'aide"),)}, HintCode.VAGUE_SKILL),
        ({"needs": (Need("refaire la toiture nord, " * 30),)}, HintCode.LONG_TEXT),
        ({"needs": (Need(SKILL),)}, HintCode.SAME_TEXT),
        ({"territory": Territory()}, HintCode.NO_PLACE),
        ({"territory": Territory(commune="35001", departement="35")}, HintCode.PLACE_UNKNOWN),
        ({"updated": None}, HintCode.UNDATED),
        ({"updated": TODAY - timedelta(days=STALE_DAYS + 1)}, HintCode.STALE),
        ({"expires": TODAY - timedelta(days=1)}, HintCode.EXPIRED),
        ({"expires": TODAY + timedelta(days=3)}, HintCode.EXPIRES_SOON),
        ({"capacity": None}, HintCode.NO_CAPACITY),
        ({"capacity": 0}, HintCode.FULL),
        ({"description": "Vélos."}, HintCode.NO_DESCRIPTION),
        ({"legal_form": "7210"}, HintCode.REGISTER_DOUBTFUL),
        ({"status": PublicationStatus.DRAFT}, HintCode.DRAFT),
        ({"needs": (Need("remplacer Mme Durand à l'accueil du lundi"),)}, HintCode.PERSONAL_DATA),
        ({"skills": (Skill("2 85 07 35 123 456 est le numéro de notre comptable"),)}, HintCode.PERSONAL_DATA),
        ({"description": DESCRIPTION + " Un salarié en arrêt maladie."}, HintCode.SENSITIVE_DATA),
        ({"needs": (Need("accompagner un enfant qui souffre d'asthme le soir"),)}, HintCode.SENSITIVE_DATA),
        ({"skills": (Skill("une salle à louer, appeler le 02 99 12 34 56"),)}, HintCode.CONTACT_IN_TEXT),
    ],
)
def test_each_fault_gets_the_one_hint_that_names_it(changes, code):
    assert codes(full(**changes)) == [code]


def test_a_missing_or_a_bare_contact_is_told():
    assert codes(full(), None) == [HintCode.NO_CONTACT]
    assert codes(full(), Contact(ActorId("a"), name="Accueil")) == [HintCode.NO_CONTACT]


@pytest.mark.parametrize(
    "text",
    [
        "Atteinte des seuils EGAlim au restaurant municipal",
        "des ateliers pour personnes en situation de handicap",
        "une association née en 1986 dans la vallée",
        "un Mastère de gestion pour nos apprentis",
    ],
)
def test_words_about_organisations_and_publics_raise_no_alarm(text):
    assert codes(full(needs=(Need(text),))) == []


def test_an_actor_abroad_is_not_asked_for_a_french_commune():
    assert codes(full(territory=Territory(country="BE"))) == []


def test_hints_come_with_the_most_urgent_first_and_quote_what_was_seen():
    actor = full(needs=(Need("écrire à ana@exemple.fr pour prêter un local"),), capacity=None)
    found = hints_of(actor, None, TODAY)
    assert [hint.code for hint in found] == [
        HintCode.CONTACT_IN_TEXT,
        HintCode.NO_CAPACITY,
        HintCode.NO_CONTACT,
    ]
    assert found[0] == Hint(HintCode.CONTACT_IN_TEXT, "needs", {"found": "ana@exemple.fr"})
    assert "ana@exemple.fr" in said_of(found[0], Lang.FR)[0]


def test_completeness_is_the_sum_of_the_parts_that_are_there():
    bare = full(needs=(), description="", themes=())
    found = completeness(bare, None, TODAY)
    assert found.missing == (Part.NEEDS, Part.DESCRIPTION, Part.THEMES, Part.CONTACT)
    assert found.points == sum(POINTS[part] for part in found.held) == 55


def test_a_day_ahead_of_today_is_no_stale_profile():
    assert codes(full(updated=date(2027, 1, 1))) == []


def test_every_hint_and_part_speaks_french_and_english():
    assert set(HINTS) == set(HintCode)
    assert set(PARTS) == set(Part)
    for texts in [*HINTS.values(), *PARTS.values()]:
        assert set(texts) == set(Lang)
