"""A matcher that follows its store is the one that would be built anew, and whoever holds one keeps it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from time import sleep

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.assembly import open_store
from matcher.candidates import Rules, eligible, eligible_among, standing
from matcher.domain import Actor, ActorId, AllianceId, Need, Skill
from matcher.encoder import Encoder
from matcher.errors import EncoderError
from matcher.features import FEATURES
from matcher.following import Follower, Parts, UpkeepConfig
from matcher.pipeline import Matcher, Request
from matcher.pool import Pool
from matcher.store import MemoryStore, Store
from matcher.text import words_of
from tests.fakes import SAINT_PAUL, TODAY, crowd, make_actor, make_alliance, make_workspace

CROWD = [*crowd(8), make_actor("shy", needs=(), skills=(), description="", sector="public")]
NAMES = st.sampled_from([actor.id for actor in CROWD])
NUMBERS = st.integers(0, 8)
KINDS = ("capacity", "theme", "place", "need", "skill", "mission", "delete", "ally", "fail", "part")
WRITES = st.lists(st.tuples(st.sampled_from(KINDS), NAMES, NUMBERS), max_size=8)
NEVER = UpkeepConfig(at_once_up_to=0, at_once_share=1e9, share=1e9)
ESTIMATED = ("need_met", "skill_wanted", "reciprocity", "mission")
EVERYBODY = Request(Rules(same_sector=True, allied=True, full=True))


def follower(store: Store, upkeep: UpkeepConfig = NEVER) -> Follower:
    return Follower(store, replace(make_workspace().parts, upkeep=upkeep))


def write(store: MemoryStore, kind: str, name: ActorId, number: int) -> None:
    """Do one write; an actor that was deleted before comes back."""
    held = {actor.id: actor for actor in store.actors()}
    actor = held.get(name, next(a for a in CROWD if a.id == name))
    other = CROWD[number].id
    changes = {
        "capacity": {"capacity": number},
        "theme": {"themes": (f"0{number}4000",), "sdgs": (number + 1,)},
        "place": {"territory": SAINT_PAUL, "sector": "autre", "updated": TODAY},
        "need": {"needs": (Need(f"autre manque #skill{number}"), *actor.needs)},
        "skill": {"skills": (Skill(f"apport {number} #skill{number}"),)},
        "mission": {"description": f"Ce que fait crowd-0{number}"},
    }
    pair = AllianceId("-".join(sorted({name, other, "third"})))
    if kind in changes:
        store.put_actors([replace(actor, **changes[kind])])
    elif kind == "delete" and name in held:
        store.delete_actor(name)
    elif kind in ("ally", "fail"):
        status = "active" if kind == "ally" else "failed"
        store.put_alliances([make_alliance(name, other, "third", id=pair, status=status)])
    elif kind == "part" and pair in {alliance.id for alliance in store.alliances()}:
        store.delete_alliance(pair)


def described(pool: Pool) -> Iterator[object]:
    """All that is known of each actor, in words."""
    columns, what = pool.columns, pool.complementarity
    words = {
        name: {code: value for value, code in codes.items()} for name, codes in columns.vocabulary.items()
    }
    for row, actor in enumerate(pool.actors):
        coded = [
            words[n].get(int(getattr(columns, n)[row])) for n in ("sector", "register", "epci", "region")
        ]
        flagged = [
            sorted(str(words[n][i]) for i in np.flatnonzero(getattr(columns, n)[row]))
            for n in ("themes", "sdgs")
        ]
        numbers = [columns.updated[row], columns.expires[row], columns.capacity[row], str(columns.lat[row])]
        texts = [
            [t.texts[i] for i in t.of_actor.of(row)] for t in (what.needs, what.skills, pool.missions.said)
        ]
        vectors = [
            t.vectors[t.of_actor.of(row)].tolist() for t in (what.needs, what.skills, pool.missions.said)
        ]
        yield actor, coded, flagged, numbers, texts, vectors, pool.rows[actor.id] == row


def owners(pool: Pool) -> dict[str, list[str]]:
    """Who says each text, in words."""
    return {
        f"{table.role} {text}": [pool.actors[row].id for row in table.owners.of(i)]
        for table in (pool.complementarity.needs, pool.complementarity.skills)
        for i, text in enumerate(table.texts)
        if len(table.owners.of(i))
    }


def features(matcher: Matcher, row: int) -> dict[str, list[float]]:
    measured, _, _ = matcher.score(row, np.arange(len(matcher.pool.actors)))
    return dict(zip(FEATURES, measured.T.tolist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(WRITES)
def test_after_any_writes_it_is_the_matcher_built_anew_in_all_but_what_is_estimated_over_the_pool(writes):
    store = MemoryStore()
    store.put_actors(CROWD)
    store.put_alliances([make_alliance("crowd-00", "crowd-01", "third")])
    following = follower(store)
    following.matcher()
    for one in writes:
        write(store, *one)
        following.matcher()
    held, anew = following.matcher(), follower(store).matcher()
    assert list(described(held.pool)) == list(described(anew.pool))
    assert owners(held.pool) == owners(anew.pool)
    assert held.alliances == anew.alliances
    for graph in ("allied", "partners"):
        assert (
            getattr(held.history, graph).toarray().tolist() == getattr(anew.history, graph).toarray().tolist()
        )
    for row in range(len(anew.pool.actors)):
        for rules in (Rules(), EVERYBODY.rules):
            ours, theirs = (eligible(m.pool, m.history, row, rules, TODAY) for m in (held, anew))
            assert ours.tolist() == theirs.tolist()
            assert_texts_are_of_the_eligible(held, row, rules)
        ours, theirs = features(held, row), features(anew, row)
        assert {name for name in FEATURES if ours[name] != theirs[name]} <= set(ESTIMATED)


def assert_texts_are_of_the_eligible(matcher, row, rules):
    """What is kept for a sector, less what is not for one actor, is what one would find for that actor alone."""
    pool = matcher.pool
    among = standing(pool, rules, TODAY, int(pool.columns.sector[row]))
    before = among.kept.tolist()
    found = eligible_among(pool, matcher.history, row, rules, among)
    kept = eligible(pool, matcher.history, row, rules, TODAY)
    assert (found.kept.tolist(), among.kept.tolist()) == (kept.tolist(), before)
    for table, texts in (
        (pool.complementarity.needs, found.needs),
        (pool.complementarity.skills, found.skills),
    ):
        said = {text for other in np.flatnonzero(kept) for text in table.of_actor.of(other)}
        assert texts.tolist() == sorted(said)


@settings(deadline=None, max_examples=40)
@given(WRITES, st.sampled_from([UpkeepConfig(), UpkeepConfig(at_once_up_to=0, at_once_share=9, share=0)]))
def test_once_estimated_again_at_once_or_in_the_background_it_answers_as_the_matcher_built_anew(
    writes, upkeep
):
    store = MemoryStore()
    store.put_actors(CROWD)
    following = follower(store, upkeep)
    following.matcher()
    for one in writes:
        write(store, *one)
        following.matcher()
        following.close()
    held, anew = following.matcher(), follower(store).matcher()
    for actor in anew.pool.actors:
        assert held.match(actor.id, EVERYBODY) == anew.match(actor.id, EVERYBODY)


def other_words(actor: Actor, number: int) -> Actor:
    return replace(
        actor, needs=(Need(f"tout autre manque #skill{number}"),), skills=(Skill(f"neuf #{number}"),)
    )


def taken_off(pool: Pool) -> dict[str, float]:
    """What is taken off the similarities of each need."""
    needs = pool.complementarity.needs
    return {text: float(needs.hubness[row]) for text, row in needs.at.items()}


def near_skills(pool: Pool, among: Pool) -> dict[str, set[str]]:
    """The ten skills of a pool that are nearest to each need of another."""
    needs, skills = pool.complementarity.needs, among.complementarity.skills
    nearest = np.argsort(-(needs.vectors @ skills.vectors.T), axis=1)[:, :10]
    return {text: {skills.texts[i] for i in nearest[row]} for text, row in needs.at.items()}


def test_before_that_what_is_taken_off_a_need_differs_by_no_more_than_its_near_skills_changed():
    store = MemoryStore()
    everyone = crowd(300)
    store.put_actors(everyone)
    following = follower(store)
    before = following.matcher().pool
    store.put_actors([other_words(actor, n) for n, actor in enumerate(everyone[::50])])
    held, anew = following.matcher().pool, follower(store).matcher().pool
    near_before, near_after = near_skills(held, before), near_skills(held, anew)
    for need, taken in taken_off(held).items():
        changed = len(near_after[need] - near_before[need])
        assert abs(taken - taken_off(anew)[need]) <= 2 * changed / 11 + 1e-6
    assert held.complementarity.scale == before.complementarity.scale


def test_whoever_holds_a_matcher_keeps_it_while_others_come_and_go():
    store = MemoryStore()
    store.put_actors(CROWD)
    following = follower(store)
    held = following.matcher()
    before = held.match("crowd-00", EVERYBODY), list(described(held.pool)), owners(held.pool)
    store.put_actors([make_actor(f"new-{i}", needs=(Need(f"besoin {i} #skill0"),)) for i in range(70)])
    following.matcher()
    store.delete_actor(ActorId("crowd-03"))
    following.matcher()
    assert (held.match("crowd-00", EVERYBODY), list(described(held.pool)), owners(held.pool)) == before


def test_two_revisions_of_one_state_do_not_write_over_each_other():
    store = MemoryStore()
    store.put_actors(CROWD)
    following = follower(store)
    base = following.matcher()
    store.put_actors([make_actor("left", needs=(Need("à gauche #left"),))])
    left = following.matcher()
    needs = base.pool.complementarity.needs
    needs.room.after(needs.vectors, np.ones((3, needs.vectors.shape[1]), dtype=np.float32))
    assert list(described(left.pool)) == list(described(follower(store).matcher().pool))


def test_what_nobody_says_any_more_is_nowhere_in_the_matcher():
    store = MemoryStore()
    store.put_actors([*CROWD, make_actor("leaver", needs=(Need("un secret"),), description="très secret")])
    following = follower(store)
    following.matcher()
    store.delete_actor(ActorId("leaver"))
    pool = following.matcher().pool
    for table in (pool.complementarity.needs, pool.complementarity.skills, pool.missions.said):
        assert not [text for text in (*table.texts, *table.at) if "secret" in text]


def test_only_what_nobody_said_before_is_encoded():
    store = MemoryStore()
    store.put_actors(CROWD)
    following = follower(store)
    following.matcher()
    encoder = following._parts.encoder
    encoded = encoder.encoded
    store.put_actors([make_actor("new", needs=CROWD[0].needs, skills=(Skill("du neuf"),), description="")])
    following.matcher()
    assert encoder.encoded == encoded + 1


class Restored(MemoryStore):
    """A store that cannot tell what changed."""

    def changed_since(self, _: int) -> None:
        return None


def test_a_store_that_was_restored_is_read_again():
    store = Restored()
    store.put_actors(CROWD[:2])
    following = follower(store)
    following.matcher()
    store.put_actors(CROWD[2:3])
    assert [actor.id for actor in following.matcher().pool.actors] == ["crowd-00", "crowd-01", "crowd-02"]


class Gate:
    """An index maker that waits, once it is closed, until it is opened again."""

    def __init__(self, parts: Parts) -> None:
        self.open, self.entered, self.made = Event(), Event(), 0
        self.open.set()
        self._make = parts.make_index

    def __call__(self, dimension: int, count: int):
        self.made += 1
        if not self.open.is_set():
            self.entered.set()
            assert self.open.wait(10)
        return self._make(dimension, count)


def test_while_it_is_estimated_anew_in_the_background_once_it_answers_and_misses_no_write():
    store = MemoryStore()
    store.put_actors(CROWD)
    parts = make_workspace().parts
    gate = Gate(parts)
    following = Follower(
        store, replace(parts, make_index=gate, upkeep=UpkeepConfig(at_once_up_to=0, at_once_share=9, share=0))
    )
    following.matcher()
    gate.open.clear()
    store.put_actors([make_actor("during-0")])
    following.matcher()
    assert gate.entered.wait(10)
    made = gate.made
    store.put_actors([make_actor("during-1")])
    store.delete_actor(ActorId("crowd-02"))
    assert "during-1" in following.matcher().pool.rows
    assert "crowd-02" not in following.matcher().pool.rows
    assert gate.made == made
    gate.open.set()
    following.close()
    for rows in (following.recent().pool.rows, following.matcher().pool.rows):
        assert {"during-0", "during-1"} <= rows.keys()
        assert "crowd-02" not in rows
    following.close()


class Door:
    """An encoder that lets nobody in while it is shut, and fails while it is broken."""

    def __init__(self, inner: Encoder) -> None:
        self.inner, self.name, self.dimension = inner, inner.name, inner.dimension
        self.open, self.broken, self.asked = Event(), False, 0
        self.open.set()

    def encode(self, texts, role):
        self.asked += 1
        assert self.open.wait(10)
        if self.broken:
            raise EncoderError("no model")
        return self.inner.encode(texts, role)


@pytest.fixture
def doored():
    store = MemoryStore()
    store.put_actors(CROWD[:3])
    parts = make_workspace().parts
    door = Door(parts.encoder)
    following = Follower(store, replace(parts, encoder=door, follow_after=0.0))
    following.matcher()
    door.asked = 0
    yield store, door, following
    door.open.set()
    following.close()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        sleep(0.01)
    pytest.fail("it never came")


NEW = make_actor("new", needs=(Need("ce que nul ne demandait #skill1"),))


def test_a_question_does_not_wait_for_what_another_put_and_the_next_ones_find_it(doored):
    store, door, following = doored
    door.open.clear()
    store.put_actors([NEW])
    assert "new" not in following.recent().pool.rows
    assert "new" not in following.recent().pool.rows
    door.open.set()
    until(lambda: "new" in following.recent().pool.rows)


def test_with_another_encoder_every_text_is_encoded_anew(doored):
    store, door, following = doored
    door.name = "repaired"
    store.put_actors([NEW])
    assert following.matcher().pool.encoder == "repaired"


def test_whoever_is_gone_is_named_by_no_answer_that_does_not_wait(doored):
    store, door, following = doored
    store.put_alliances([make_alliance("crowd-00", "crowd-01", "crowd-02", id="three")])
    following.matcher()
    door.open.clear()
    store.put_actors([NEW])
    store.put_alliances([make_alliance("crowd-00", "new", id="later")])
    store.delete_actor(ActorId("crowd-01"))
    matcher = following.recent()
    assert matcher.pool.rows.keys() == {"crowd-00", "crowd-02"}
    assert matcher.alliances.by_id[AllianceId("three")].members == ("crowd-00", "crowd-02")
    door.open.set()
    after, anew = following.matcher(), follower(store).matcher()
    assert list(described(after.pool)) == list(described(anew.pool))
    for name in ("allied", "partners"):
        assert (getattr(after.history, name) != getattr(anew.history, name)).nnz == 0


def test_what_was_put_is_encoded_once_however_many_wait_for_it(doored):
    store, door, following = doored
    door.open.clear()
    store.put_actors([NEW])
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(following.matcher) for _ in range(4)]
        until(lambda: door.asked > 0)
        door.open.set()
        assert all("new" in one.result().pool.rows for one in waiting)
    assert door.asked == len({words.role for words in words_of(NEW)})


def test_who_asks_is_known_as_it_is_now(doored):
    store, _, following = doored
    store.put_actors([NEW])
    assert "new" in following.recent(ActorId("new")).pool.rows
    store.put_actors([replace(NEW, capacity=7)])
    assert following.recent(ActorId("new")).pool.actor(ActorId("new")).capacity == 7


def test_when_following_fails_the_next_question_meets_the_error_until_the_cause_is_gone(doored):
    store, door, following = doored
    door.broken = True
    store.put_actors([NEW])
    following.recent()

    def fails() -> bool:
        try:
            following.recent()
        except EncoderError:
            return True
        return False

    until(fails)
    door.broken = False
    assert "new" in following.recent().pool.rows
    store.put_actors([replace(NEW, capacity=2)])
    assert following.recent().pool.actor(ActorId("new")).capacity != 2


def writes_and_looks(store: Store, following: Follower, worker: int) -> list[object]:
    """Own writes that the next question missed, and own deletions that it did not."""
    faults: list[object] = []
    for number in range(12):
        name = ActorId(f"w{worker}-{number}")
        store.put_actors([make_actor(name, needs=(Need(f"manque {name} #skill{number}"),))])
        faults += [] if name in following.matcher().pool.rows else [("missed", name)]
        store.delete_actor(name)
        faults += [("there", name)] if name in following.matcher().pool.rows else []
    return faults


def asks(_: Store, following: Follower, worker: int) -> list[object]:
    """Answers that name somebody whom their matcher does not know."""
    faults: list[object] = []
    for number in range(40):
        matcher = following.matcher()
        found = matcher.match(f"crowd-{(number + worker) % 40:02d}", EVERYBODY)
        faults += [match for match in found if match.other_id not in matcher.pool.rows]
    return faults


@pytest.mark.parametrize("upkeep", [NEVER, UpkeepConfig(at_once_up_to=0, at_once_share=9, share=0.05)])
def test_under_reads_and_writes_at_once_nobody_misses_an_own_write_or_sees_whom_it_deleted(upkeep, tmp_path):
    store = open_store(str(tmp_path / "maillon.db"))
    store.put_actors(crowd(40))
    following = follower(store, upkeep)
    following.matcher()
    with ThreadPoolExecutor(6) as threads:
        running = [
            threads.submit(work, store, following, n) for n in range(3) for work in (writes_and_looks, asks)
        ]
        assert [one.result() for one in running] == [[]] * 6
    following.close()
    assert list(described(following.matcher().pool)) == list(described(follower(store).matcher().pool))
    store.close()
