"""One suite for every Store."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.assembly import open_store
from matcher.domain import ActorId, Contact, Met, Need, Outcome, Skill
from matcher.errors import UnknownActorError, WorkspaceError
from matcher.store import Changes, MemoryStore, Revision
from matcher.text import words_of
from tests.fakes import make_actor, make_alliance

VECTOR = np.arange(4, dtype=np.float32)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "sqlite":
        opened = open_store(str(tmp_path / "maillon.db"))
    else:
        opened = open_store(request.getfixturevalue("postgresql_server").fresh())
    yield opened
    opened.close()


def vectors_for(store, actor):
    store.put_vectors("enc", {words.key: VECTOR for words in words_of(actor)})


def known(store, actor):
    keys = [words.key for words in words_of(actor)]
    return {key in store.vectors("enc", keys) for key in keys}


def test_an_actor_comes_back_as_it_went_in(store):
    actor = make_actor("é'a", needs=(Need("« œuvre » | a;b"), Need("ligne\n2")), expires=date(2027, 1, 1))
    assert store.put_actors([actor]) == Changes(added=1)
    assert store.actor("é'a") == actor


def test_actors_come_in_the_order_of_ids(store):
    store.put_actors([make_actor("b"), make_actor("a"), make_actor("c")])
    assert [actor.id for actor in store.actors()] == ["a", "b", "c"]


def test_putting_twice_changes_nothing_and_a_change_is_seen(store):
    actors = [make_actor("a"), make_actor("b")]
    store.put_actors(actors)
    version = store.version
    assert store.put_actors(actors) == Changes(unchanged=2)
    assert store.version == version
    assert store.put_actors([replace(actors[0], name="autre"), actors[1]]) == Changes(updated=1, unchanged=1)
    assert store.version > version
    assert store.actor("a").name == "autre"


def test_an_unknown_actor_is_an_error_that_names_it(store):
    with pytest.raises(UnknownActorError, match="nobody"):
        store.actor("nobody")
    with pytest.raises(UnknownActorError, match="nobody"):
        store.delete_actor("nobody")


def test_alliances_come_in_the_order_of_dates_with_all_they_hold(store):
    met = (Met(ActorId("a"), "un besoin", ActorId("b"), "un apport"),)
    late = make_alliance("a", "b", started=date(2024, 2, 3), met=met, outcome=Outcome(1, None, 3), notes="n")
    early = make_alliance("a", "b", "c", started=date(2014, 2, 3), introduced_by="catalyseur-1")
    assert store.put_alliances([late, early]) == Changes(added=2)
    assert store.put_alliances([late]) == Changes(unchanged=1)
    assert list(store.alliances()) == [early, late]


def test_contacts_are_kept_apart_and_replaced(store):
    store.put_actors([make_actor("a")])
    assert store.contact(ActorId("a")) is None
    store.put_contacts([Contact(ActorId("a"), email="a@exemple.fr")])
    store.put_contacts([Contact(ActorId("a"), name="Accueil")])
    assert store.contact(ActorId("a")) == Contact(ActorId("a"), name="Accueil")


def test_actors_and_their_contacts_go_in_together(store):
    contacts = [Contact(ActorId("a"), email="a@exemple.fr"), Contact(ActorId("b"), name="Accueil")]
    assert store.put_actors([make_actor("a"), make_actor("b")], contacts) == Changes(added=2)
    assert [store.contact(ActorId(one)) for one in "ab"] == contacts
    version = store.version
    assert store.put_actors([make_actor("a")], [Contact(ActorId("a"), name="Zoé")]) == Changes(unchanged=1)
    assert store.contact(ActorId("a")) == Contact(ActorId("a"), name="Zoé")
    assert store.version == version


def test_contacts_that_cannot_be_told_keep_their_actors_out(store):
    def broken_off():
        yield Contact(ActorId("a"), name="Accueil")
        raise OSError("the file ends here")

    store.put_actors([make_actor("a")])
    with pytest.raises(OSError, match="ends here"):
        store.put_actors([make_actor("a", name="autre"), make_actor("b")], broken_off())
    assert list(store.actors()) == [make_actor("a")]
    assert store.contact(ActorId("a")) is None


def test_vectors_are_known_by_encoder_and_key(store):
    store.put_vectors("enc", {"k1": VECTOR, "k2": VECTOR + 1})
    store.put_vectors("enc", {"k1": VECTOR + 2})
    found = store.vectors("enc", ["k1", "k2", "k3"])
    assert {key: value.tolist() for key, value in found.items()} == {"k1": [2, 3, 4, 5], "k2": [1, 2, 3, 4]}
    assert all(value.dtype == np.float32 for value in found.values())
    assert store.vectors("other", ["k1"]) == {}


def test_more_keys_than_one_query_holds_are_found(store):
    store.put_vectors("enc", {f"k{i}": VECTOR for i in range(1_300)})
    assert len(store.vectors("enc", [f"k{i}" for i in range(2_000)])) == 1_300


def test_erasing_an_actor_erases_its_contact_its_vectors_and_its_place_in_alliances(store):
    gone = make_actor("gone", needs=(Need("propre à lui"), Need("partagé")))
    stays = make_actor("stays", needs=(Need("partagé"),), skills=(Skill("autre"),), description="reste")
    store.put_actors([gone, stays, make_actor("third", description="x", needs=(), skills=())])
    store.put_contacts([Contact(ActorId("gone"), email="gone@exemple.fr")])
    met = (Met(ActorId("gone"), "propre à lui", ActorId("third"), "autre"),)
    store.put_alliances([make_alliance("gone", "stays"), make_alliance("gone", "stays", "third", met=met)])
    vectors_for(store, gone)
    vectors_for(store, stays)
    version = store.version
    store.delete_actor(ActorId("gone"))
    assert store.version > version
    assert [actor.id for actor in store.actors()] == ["stays", "third"]
    assert store.contact(ActorId("gone")) is None
    assert [(a.members, a.met) for a in store.alliances()] == [(("stays", "third"), ())]
    assert known(store, stays) == {True}
    only_its_own = replace(gone, needs=gone.needs[:1])
    assert known(store, only_its_own) == {False}


def test_a_text_that_nobody_says_any_more_leaves_no_vector(store):
    before = make_actor("a", needs=(Need("ancien besoin"),))
    store.put_actors([before])
    vectors_for(store, before)
    store.put_actors([replace(before, needs=(Need("nouveau besoin"),))])
    old = words_of(before)[0].key
    assert store.vectors("enc", [old]) == {}
    assert store.vectors("enc", [words_of(before)[1].key]) != {}


def test_a_file_keeps_everything_for_the_next_process(tmp_path):
    path = tmp_path / "maillon.db"
    first = open_store(str(path))
    first.put_actors([make_actor("a")])
    vectors_for(first, make_actor("a"))
    version = first.version
    first.close()
    second = open_store(str(path))
    assert second.actor(ActorId("a")) == make_actor("a")
    assert known(second, make_actor("a")) == {True}
    assert second.version == version
    second.close()


def test_two_stores_on_one_file_see_each_other_at_once(tmp_path):
    first, second = open_store(str(tmp_path / "maillon.db")), open_store(str(tmp_path / "maillon.db"))
    first.put_actors([make_actor("a")])
    second.put_actors([make_actor("b")])
    assert [actor.id for actor in first.actors()] == [actor.id for actor in second.actors()] == ["a", "b"]
    assert first.version == second.version
    first.close()
    second.close()


def test_a_file_that_is_no_workspace_is_refused(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("bonjour")
    with pytest.raises(WorkspaceError, match="not a Maillon workspace"):
        open_store(str(path))
    with pytest.raises(WorkspaceError, match="not a directory"):
        open_store(str(tmp_path / "missing" / "maillon.db"))


def test_what_changed_since_a_version_is_told_as_it_stands_now_and_nothing_else(store):
    store.put_actors([make_actor("a"), make_actor("b"), make_actor("c")])
    store.put_alliances([make_alliance("a", "b", "c"), make_alliance("b", "c")])
    before = store.version
    assert store.changed_since(before) == Revision(before, {}, {})
    renamed = replace(make_actor("b"), name="autre")
    store.put_actors([make_actor("a"), renamed])
    store.delete_actor("c")
    revision = store.changed_since(before)
    assert revision.version == store.version
    assert revision.actors == {"b": renamed, "c": None}
    assert revision.alliances == {"a-b-c": make_alliance("a", "b", id="a-b-c"), "b-c": None}


def test_an_actor_that_came_back_is_told_once_and_0_is_before_everything(store):
    store.put_actors([make_actor("a"), make_actor("b")])
    store.put_alliances([make_alliance("a", "b")])
    store.delete_alliance("a-b")
    store.delete_actor("a")
    store.put_actors([make_actor("a")])
    revision = store.changed_since(0)
    assert revision.actors == {"a": make_actor("a"), "b": make_actor("b")}
    assert revision.alliances == {"a-b": None}
