"""Pages of actors: looking for them, reading one, adding and changing it, proposing a pair, erasing."""

import re
from dataclasses import replace

import pytest

from matcher.access import Scope
from matcher.domain import ActorId, Contact, Need, Skill, Territory
from matcher.territory import default_gazetteer
from matcher.uploads import Uploads
from tests.fakes import REDON, TODAY, make_actor, make_alliance
from tests.service.visits import EVIL, sign_in, token

FIGEAC = default_gazetteer().communes["46102"]
FORM = {
    "name": "Atelier des Tilleuls",
    "sector": "interet_general",
    "register": "associatif",
    "commune": "Figeac (46102)",
    "needs": ["un local chauffé de 60 m²", "", "deux étagères hautes"],
    "skills": ["réparer des vélos d'enfants"],
    "alliances_sought": ["mecenat"],
    "status": "published",
}


@pytest.fixture
def store(pages):
    return pages.app.state.tenants.of("default").holdings.store


@pytest.fixture
def ana(pages, store):
    """Ana, signed in, whose territory is Figeac; actors of Figeac, of Redon and of nowhere."""
    for actor in list(store.actors()):
        store.delete_actor(actor.id)
    store.put_actors(
        [
            make_actor("figeac-asso", name="Vélo Figeac", territory=FIGEAC, updated=TODAY, capacity=2),
            make_actor(
                "figeac-mairie",
                name="Mairie de Figeac",
                sector="public",
                register="administratif",
                territory=FIGEAC,
                needs=(Need("réparer des vélos de service"),),
                skills=(Skill("un local chauffé pour répéter le soir"),),
            ),
            make_actor("redon", name="Redon Autrement", sector="economique", territory=REDON),
            make_actor("redon-ville", name="Redon la Ville", sector="public", territory=REDON),
            make_actor("nulle-part", name="Nulle Part", territory=Territory()),
        ]
    )
    store.put_contacts(
        [
            Contact(ActorId("figeac-asso"), email="velo@exemple.fr"),
            Contact(ActorId("redon"), email="r@exemple.fr"),
        ]
    )
    sign_in(pages)
    return pages


def admin(pages):
    access = pages.app.state.tenants.backend.access
    ana = access.person("default", "ana")
    access.put_person(replace(ana, scopes=frozenset(Scope)))


def post(browser, path, form):
    """Post a form with the token of the visitor's own page."""
    page = browser.get("/acteurs/importer")
    return browser.post(path, data={"csrf": token(page)} | form, follow_redirects=False)


def edit_form(browser, actor_id):
    """What the form of an actor holds."""
    text = browser.get(f"/acteurs/{actor_id}/modifier").text
    return {"tag": re.search(r'name="tag" value="([^"]*)"', text)[1].replace("&#34;", '"')}


def test_the_pages_of_actors_are_for_those_who_are_signed_in(pages):
    for path in ("/acteurs", "/acteurs/nouveau", "/acteurs/importer", "/acteurs/a", "/acteurs/a/modifier"):
        assert pages.get(path, follow_redirects=False).status_code == 303, path


def test_actors_are_listed_by_name_with_filters(ana):
    text = ana.get("/acteurs").text
    assert text.index("Mairie de Figeac") < text.index("Nulle Part") < text.index("Redon Autrement")
    assert "5 acteurs" in text
    assert "Redon Autrement" not in ana.get("/acteurs?nom=FIGEAC").text
    only = ana.get("/acteurs?secteur=economique&territoire=Redon").text
    assert "Redon Autrement" in only
    assert "Redon la Ville" not in only
    assert "Personne ne correspond" in ana.get("/acteurs?nom=introuvable").text
    assert ana.get("/acteurs?secteur=inconnu").status_code == 200


def test_a_place_where_nobody_is_is_told_and_the_question_kept(ana):
    answer = ana.get("/acteurs?territoire=Atlantide&nom=velo")
    assert answer.status_code == 422
    assert "Aucun acteur n&#39;est à « Atlantide »" in answer.text
    assert 'value="velo"' in answer.text


def test_a_need_finds_the_skill_that_answers_in_its_own_words_and_a_skill_the_need(ana):
    found = ana.get("/acteurs", params={"texte": "réparer des vélos", "sens": "besoin"}).text
    assert "« réparer des vélos »" in found
    asked = ana.get("/acteurs", params={"texte": "réparer des vélos de service", "sens": "contribution"}).text
    assert "« réparer des vélos de service »" in asked
    assert ana.get("/acteurs", params={"texte": "a@b.fr"}).status_code == 200


def test_a_long_list_comes_in_pages_that_keep_the_question(ana, store):
    store.put_actors(make_actor(f"n{i:02d}", name=f"Maison {i:02d}") for i in range(45))
    first = ana.get("/acteurs?nom=maison").text
    assert "Maison 19" in first
    assert "Maison 20" not in first
    following = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    assert "nom=maison" in following
    assert "Maison 20" in ana.get(following).text
    assert ana.get("/acteurs?page=0").status_code == 422
    assert "Personne ne correspond" in ana.get("/acteurs?page=900").text


def test_a_tenant_without_actors_is_told_where_to_begin(pages, store):
    for actor in list(store.actors()):
        store.delete_actor(actor.id)
    sign_in(pages)
    assert "Aucun acteur pour l'instant" in pages.get("/acteurs").text


def test_a_profile_shows_needs_skills_quality_matches_and_history(ana, store):
    store.put_alliances([make_alliance("figeac-asso", "redon", title="Un essai")])
    text = ana.get("/acteurs/figeac-asso").text
    for said in ("un local chauffé pour répéter", "réparer des vélos", "Complet à", "velo@exemple.fr"):
        assert said in text
    assert "Un essai" in text
    assert "Redon Autrement" in text
    assert "Mairie de Figeac" in text
    assert "Proposer cette paire" in text


def test_a_contact_is_shown_to_catalysts_of_the_territory_only(ana):
    text = ana.get("/acteurs/redon").text
    assert "Redon Autrement" in text
    assert "r@exemple.fr" not in text
    assert "Modifier le profil" not in text


def test_another_tenants_actors_are_unknown(ana):
    theirs = ana.app.state.tenants.of("autre").holdings.store
    theirs.put_actors([make_actor("secret", name="Secret")])
    for path in ("/acteurs/secret", "/acteurs/secret/modifier", "/acteurs/secret/effacer"):
        assert ana.get(path).status_code == 404, path
    assert "Secret" not in ana.get("/acteurs?nom=secret").text
    for path in ("/acteurs/secret/modifier", "/acteurs/secret/proposer"):
        assert post(ana, path, FORM | {"autre": "redon"}).status_code == 404
    assert post(ana, "/acteurs/redon/proposer", {"autre": "secret"}).status_code == 404
    assert next(iter(theirs.actors())).name == "Secret"


def test_an_odd_id_is_unknown_and_no_failure(ana):
    for odd in ("%00", "a%2Fb", "x" * 3000, "..%2F..%2Fetc"):
        assert ana.get(f"/acteurs/{odd}").status_code == 404


def test_an_id_with_a_slash_has_its_page(ana, store):
    store.put_actors([make_actor("a/b é?", name="Barre", territory=FIGEAC)])
    link = re.search(r'href="(/acteurs/a[^"]+)"', ana.get("/acteurs?nom=barre").text)[1]
    assert "Barre</h1>" in ana.get(link).text
    assert ana.get(f"{link}/modifier").status_code == 200


def test_an_actor_is_added_with_several_needs_and_found_at_once(ana, store):
    answer = post(ana, "/acteurs/nouveau", FORM | {"contact_email": "t@exemple.fr"})
    assert answer.headers["location"] == "/acteurs/atelier-des-tilleuls-figeac?fait=ajoute"
    actor = store.actor(ActorId("atelier-des-tilleuls-figeac"))
    assert [need.text for need in actor.needs] == ["un local chauffé de 60 m²", "deux étagères hautes"]
    assert (actor.territory.epci, actor.alliances_sought) == ("200067361", ("mecenat",))
    assert actor.updated is not None
    assert store.contact(actor.id).email == "t@exemple.fr"
    shown = ana.get(answer.headers["location"]).text
    assert "L&#39;acteur est ajouté." in shown
    assert "combien de mises en relation" in shown
    assert "Atelier des Tilleuls" in ana.get("/acteurs?nom=tilleuls").text
    again = post(ana, "/acteurs/nouveau", FORM)
    assert again.headers["location"].startswith("/acteurs/atelier-des-tilleuls-figeac-2")


def test_every_wrong_field_is_told_beside_it_and_what_was_typed_is_kept(ana, store):
    wrong = FORM | {
        "name": "",
        "sector": "lune",
        "legal_form": "12",
        "capacity": "beaucoup",
        "contact_email": "x",
    }
    answer = post(ana, "/acteurs/nouveau", wrong)
    assert answer.status_code == 422
    for said in (
        "Écrivez le nom",
        "Choisissez un secteur",
        "Quatre chiffres",
        "nombre entier",
        "accueil@exemple.fr",
    ):
        assert said in answer.text
    assert "5 champ(s)" in answer.text
    assert "deux étagères hautes</textarea>" in answer.text
    assert 'value="beaucoup"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(list(store.actors())) == 5


@pytest.mark.parametrize("person", [{"name": "Mme Inventée"}, {"legal_form": "1000"}])
def test_a_natural_person_is_refused(ana, person):
    answer = post(ana, "/acteurs/nouveau", FORM | person)
    assert answer.status_code == 422
    assert "désigne une personne" in answer.text


@pytest.mark.parametrize(
    ("commune", "said"),
    [
        ("Atlantide", "Aucune commune de ce nom"),
        ("99999", "pas de vos territoires"),
        ("Redon", "pas de vos territoires"),
    ],
)
def test_a_commune_that_is_unknown_or_elsewhere_is_refused(ana, commune, said):
    answer = post(ana, "/acteurs/nouveau", FORM | {"commune": commune})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_commune_may_be_left_out(ana, store):
    assert post(ana, "/acteurs/nouveau", FORM | {"commune": ""}).status_code == 303
    assert store.actor(ActorId("atelier-des-tilleuls")).territory == Territory()


def test_a_change_keeps_what_the_form_does_not_show(ana, store):
    before = store.actor(ActorId("figeac-asso"))
    form = FORM | edit_form(ana, "figeac-asso") | {"name": "Vélo Figeac", "contact_email": ""}
    answer = post(ana, "/acteurs/figeac-asso/modifier", form)
    assert answer.headers["location"] == "/acteurs/figeac-asso?fait=enregistre"
    after = store.actor(ActorId("figeac-asso"))
    assert after.territory == before.territory
    assert after.updated == before.updated
    assert store.contact(ActorId("figeac-asso")) is None


def test_saying_that_it_was_checked_today_dates_the_profile(ana, store):
    form = FORM | edit_form(ana, "nulle-part") | {"commune": "", "fresh": "1"}
    assert post(ana, "/acteurs/nulle-part/modifier", form).status_code == 303
    assert (
        store.actor(ActorId("nulle-part")).updated
        == ana.app.state.tenants.of("default").workspace.parts.clock()
    )


def test_a_change_of_what_has_changed_since_is_told_and_nothing_is_lost(ana, store):
    form = FORM | edit_form(ana, "figeac-asso")
    store.put_actors([replace(store.actor(ActorId("figeac-asso")), size=7)])
    late = post(ana, "/acteurs/figeac-asso/modifier", form)
    assert late.status_code == 409
    assert "modifié ce profil entre-temps" in late.text
    assert "deux étagères hautes</textarea>" in late.text
    assert store.actor(ActorId("figeac-asso")).size == 7
    newer = re.search(r'name="tag" value="([^"]*)"', late.text)[1].replace("&#34;", '"')
    assert post(ana, "/acteurs/figeac-asso/modifier", form | {"tag": newer}).status_code == 303


def test_a_contact_that_is_emptied_and_an_actor_that_is_erased_by_page_leave_no_upload(ana, store, tmp_path):
    uploads = ana.app.state.uploads = Uploads(tmp_path / "uploads")
    held = b"id,name,sector,register\nfigeac-asso,Asso,economique,entrepreneurial\n"
    other = uploads.add("default", "ana", "autre.csv", held.replace(b"figeac-asso", b"autre"))
    first = uploads.add("default", "ana", "a.csv", held)
    store.put_contacts([Contact(ActorId("figeac-asso"), email="a@exemple.fr")])
    form = (
        FORM | edit_form(ana, "figeac-asso") | {"contact_email": "", "contact_name": "", "contact_phone": ""}
    )
    assert post(ana, "/acteurs/figeac-asso/modifier", form).status_code == 303
    assert not uploads.path(first).exists()
    again = uploads.add("default", "ana", "a.csv", held)
    admin(ana)
    name = store.actor(ActorId("figeac-asso")).name
    assert post(ana, "/acteurs/figeac-asso/effacer", {"nom": name}).status_code == 303
    assert not uploads.path(again).exists()
    assert uploads.path(other).is_file()


def test_another_contact_meanwhile_is_a_change_too(ana, store):
    form = FORM | edit_form(ana, "figeac-asso")
    store.put_contacts([Contact(ActorId("figeac-asso"), email="autre@exemple.fr")])
    assert post(ana, "/acteurs/figeac-asso/modifier", form).status_code == 409
    assert store.contact(ActorId("figeac-asso")).email == "autre@exemple.fr"


def test_actors_elsewhere_are_not_changed_and_those_nowhere_are(ana, store):
    assert ana.get("/acteurs/redon/modifier").status_code == 403
    assert post(ana, "/acteurs/redon/modifier", FORM).status_code == 403
    assert store.actor(ActorId("redon")).name == "Redon Autrement"
    assert ana.get("/acteurs/nulle-part/modifier").status_code == 200
    form = FORM | edit_form(ana, "nulle-part") | {"commune": "Redon (35236)"}
    assert post(ana, "/acteurs/nulle-part/modifier", form).status_code == 422


def test_no_form_of_actors_is_taken_without_the_token(ana, store):
    paths = ["/acteurs/nouveau", "/acteurs/figeac-asso/modifier", "/acteurs/figeac-asso/proposer"]
    admin(ana)
    for path in [*paths, "/acteurs/figeac-asso/effacer"]:
        form = FORM | {"csrf": "faux", "autre": "figeac-mairie", "nom": "Vélo Figeac"}
        assert ana.post(path, data=form).status_code == 403, path
    assert ana.post("/acteurs/importer", files={"fichier": ("a.csv", b"id")}).status_code == 403
    assert len(list(store.actors())) == 5


def test_a_pair_is_proposed_once_and_the_second_time_leads_to_the_first(ana):
    made = post(ana, "/acteurs/figeac-asso/proposer", {"autre": "figeac-mairie"})
    assert made.status_code == 303
    assert ana.get(made.headers["location"]).status_code == 200
    again = post(ana, "/acteurs/figeac-mairie/proposer", {"autre": "figeac-asso"})
    assert again.status_code == 409
    assert "déjà été proposée" in again.text
    assert f'href="{made.headers["location"]}"' in again.text
    assert "Déjà proposée (suggérée)" in ana.get("/acteurs/figeac-asso").text


def test_a_pair_that_the_rules_refuse_is_told_why(ana, store):
    store.put_actors([make_actor("full", sector="public", territory=FIGEAC, capacity=0)])
    for other, why in (("nulle-part", "même secteur"), ("full", "ne peut plus recevoir")):
        answer = post(ana, "/acteurs/figeac-asso/proposer", {"autre": other})
        assert answer.status_code == 409
        assert why in answer.text


def test_a_pair_elsewhere_is_not_proposed(ana):
    assert post(ana, "/acteurs/redon/proposer", {"autre": "redon-ville"}).status_code == 403


def test_an_actor_is_not_proposed_to_itself(ana):
    assert post(ana, "/acteurs/redon/proposer", {"autre": "redon"}).status_code in (403, 409, 422)


def test_only_an_administrator_erases_and_only_with_the_name(ana, store):
    assert ana.get("/acteurs/figeac-asso/effacer").status_code == 403
    assert post(ana, "/acteurs/figeac-asso/effacer", {"nom": "Vélo Figeac"}).status_code == 403
    admin(ana)
    assert "ne s'annule pas" in ana.get("/acteurs/figeac-asso/effacer").text
    assert post(ana, "/acteurs/figeac-asso/effacer", {"nom": "autre"}).status_code == 422
    assert post(ana, "/acteurs/figeac-asso/effacer", {"nom": "Vélo Figeac"}).status_code == 303
    assert ana.get("/acteurs/figeac-asso").status_code == 404
    assert store.contact(ActorId("figeac-asso")) is None


def test_a_person_without_territories_reads_and_changes_only_what_is_nowhere(ana):
    access = ana.app.state.tenants.backend.access
    access.put_person(replace(access.person("default", "ana"), territories=()))
    assert ana.get("/acteurs/figeac-asso").status_code == 200
    assert ana.get("/acteurs/figeac-asso/modifier").status_code == 403
    assert ana.get("/acteurs/nulle-part/modifier").status_code == 200


def test_what_actors_say_is_escaped_wherever_it_is_shown(ana, store):
    evil = make_actor(
        "evil",
        name=EVIL,
        description=EVIL,
        needs=(Need(EVIL),),
        skills=(Skill(f"réparer des vélos {EVIL}"),),
        territory=replace(FIGEAC, commune_name=EVIL, epci_name=EVIL),
    )
    store.put_actors([evil])
    store.put_contacts([Contact(ActorId("evil"), EVIL, f"{EVIL}@x", EVIL)])
    store.put_alliances([make_alliance("evil", "figeac-mairie", title=EVIL)])
    admin(ana)
    for path in (
        "/acteurs",
        f"/acteurs?nom={EVIL}&territoire={EVIL}&secteur={EVIL}&theme={EVIL}",
        f"/acteurs?texte={EVIL}",
        "/acteurs/evil",
        "/acteurs/evil/modifier",
        "/acteurs/evil/effacer",
        "/acteurs/figeac-mairie",
    ):
        text = ana.get(path).text
        assert "<script>alert" not in text, path
    refused = post(ana, "/acteurs/nouveau", dict.fromkeys(FORM, EVIL) | {"needs": [EVIL] * 2})
    assert refused.status_code == 422
    assert "<script>alert" not in refused.text


def test_a_form_with_bytes_that_are_no_text_is_refused(ana, store):
    answer = post(ana, "/acteurs/nouveau", FORM | {"description": "a\x00b"})
    assert answer.status_code == 422
    assert len(list(store.actors())) == 5


def test_too_many_needs_and_too_long_ones_are_refused(ana):
    many = post(ana, "/acteurs/nouveau", FORM | {"needs": [f"besoin {n}" for n in range(61)]})
    assert "Soixante au plus" in many.text
    assert "besoin 60</textarea>" in many.text
    long = post(ana, "/acteurs/nouveau", FORM | {"needs": ["x" * 20_001]})
    assert "Un besoin est trop long" in long.text


def test_while_the_index_is_built_pages_say_so_and_how_to_go_on(ana):
    ana.app.state.tenants.warming = True
    answer = ana.get("/acteurs", headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "Réessayer" in answer.text
    ana.app.state.tenants.warming = False
    assert ana.get("/acteurs").status_code == 200


def test_the_pages_speak_english_too(ana):
    english = {"accept-language": "en"}
    assert "Actors" in ana.get("/acteurs", headers=english).text
    assert "Which challenges?" in ana.get("/acteurs/figeac-asso", headers=english).text
    assert "Add an actor" in ana.get("/acteurs/nouveau", headers=english).text
