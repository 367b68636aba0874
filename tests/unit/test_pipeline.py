"""The laws of a match, on a territory whose right answers are known by construction."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import AllianceStatus, Need, PublicationStatus, Role, Skill, Territory
from matcher.errors import InputError, UnknownActorError, UnknownPlaceError
from matcher.ranking import total
from matcher.workspace import Filters
from tests.fakes import REDON, SAINT_PAUL, TODAY, crowd, make_actor, make_alliance, make_workspace

TOWN = make_actor(
    "town", name="Commune", sector="public", register="administratif",
    needs=(Need("réemploi des cycles #velo"),), skills=(Skill("une halle libre #halle"),),
)  # fmt: skip
BOTH_WAYS = make_actor(
    "both", needs=(Need("un toit pour l'atelier #halle"),), skills=(Skill("on répare #velo"),)
)
ONE_WAY = replace(BOTH_WAYS, id="one", needs=(Need("un comptable #compta"),))
NO_WAY = replace(BOTH_WAYS, id="no", needs=(Need("du bois #bois"),), skills=(Skill("du miel #miel"),))


def ids(matches):
    return [match.other_id for match in matches]


def one_match(workspace, a, b):
    return workspace.explain(a, b)


def test_both_ways_beats_one_way_beats_no_way():
    workspace = make_workspace(TOWN, NO_WAY, ONE_WAY, BOTH_WAYS, *crowd())
    named = [found for found in ids(workspace.match("town", limit=100)) if not found.startswith("crowd")]
    assert named == ["both", "one", "no"]
    assert ids(workspace.match("town", limit=2)) == ["both", "one"]


texts = st.lists(
    st.sampled_from(["#velo", "#halle", "#bois", "#miel", "#compta", "#toit"]),
    min_size=0,
    max_size=3,
    unique=True,
)


@st.composite
def actors(draw, actor_id, sector):
    return make_actor(
        actor_id,
        sector=sector,
        register=draw(st.sampled_from(["administratif", "associatif"])),
        needs=tuple(Need(f"besoin {text}") for text in draw(texts)),
        skills=tuple(Skill(f"apport {text}") for text in draw(texts)),
        territory=draw(
            st.sampled_from([REDON, SAINT_PAUL, Territory(), replace(REDON, lat=47.9, epci=None)])
        ),
        themes=tuple(draw(st.sets(st.sampled_from(["024000", "006000"])))),
        sdgs=tuple(draw(st.sets(st.integers(1, 4)))),
        updated=draw(st.sampled_from([None, TODAY, date(2022, 1, 1)])),
    )


@settings(max_examples=60, deadline=None)
@given(actors("a", "public"), actors("b", "economique"))
def test_a_pair_scores_the_same_seen_from_either_side_and_its_contributions_add_up(a, b):
    workspace = make_workspace(a, b, *crowd(12))
    here, there = workspace.explain("a", "b"), workspace.explain("b", "a")
    assert here.score == pytest.approx(there.score, abs=1e-3)
    assert total(here.bias, here.contributions) == pytest.approx(here.score, abs=1e-3)
    assert [(link.need, link.skill) for link in here.needs_met] == [
        (link.need, link.skill) for link in there.skills_wanted
    ]


@settings(max_examples=30, deadline=None)
@given(actors("a", "public"), actors("b", "economique"))
def test_a_one_way_match_scores_below_the_two_way_one(a, b):
    a = replace(a, needs=(Need("il manque #velo"),), skills=(Skill("on offre #halle"),))
    two_way = replace(b, needs=(Need("il faut #halle"),), skills=(Skill("on sait #velo"),))
    one_way = replace(two_way, needs=(Need("il faut #rien"),))
    background = crowd(12)
    both = make_workspace(a, two_way, *background).explain("a", "b")
    single = make_workspace(a, one_way, *background).explain("a", "b")
    assert single.score < both.score


def test_by_default_neither_itself_nor_its_sector_nor_its_allies_nor_drafts_nor_the_expired_nor_the_full():
    others = {
        "ally": {},
        "sister": {"sector": "public"},
        "draft": {"status": PublicationStatus.DRAFT},
        "expired": {"expires": date(2026, 1, 1)},
        "full": {"capacity": 0},
        "good": {},
    }
    answering = [replace(BOTH_WAYS, id=key, **changes) for key, changes in others.items()]
    workspace = make_workspace(TOWN, *answering, *crowd(), alliances=[make_alliance("town", "ally")])
    proposed = set(ids(workspace.match("town", limit=50)))
    assert "good" in proposed
    assert not proposed & (set(others) - {"good"} | {"town"})
    asked = Filters(allied=True, same_sector=True, full=True)
    assert {"ally", "sister", "full"} <= set(ids(workspace.match("town", filters=asked, limit=50)))


def test_a_failed_alliance_is_not_proposed_again_unless_asked():
    failed = make_alliance("town", "both", status=AllianceStatus.FAILED)
    workspace = make_workspace(TOWN, BOTH_WAYS, *crowd(), alliances=[failed])
    assert "both" not in ids(workspace.match("town", limit=50))


def test_filters_keep_the_sectors_themes_places_and_distance_asked_for():
    far = replace(BOTH_WAYS, id="far", territory=SAINT_PAUL)
    company = replace(BOTH_WAYS, id="company", sector="economique", themes=("006000",))
    workspace = make_workspace(TOWN, BOTH_WAYS, far, company)

    def proposed(**asked):
        return set(ids(workspace.match("town", filters=Filters(**asked))))

    assert proposed() == {"both", "far", "company"}
    assert proposed(sectors=["economique"]) == {"company"}
    assert proposed(themes=["006000"]) == {"company"}
    assert proposed(territory="la réunion") == {"far"}
    assert proposed(territory="Redon Agglomeration") == {"both", "company"}
    assert proposed(territory="974") == {"far"}
    assert proposed(within_km=30) == {"both", "company"}
    assert proposed(exclude=["both", "far"]) == {"company"}
    assert proposed(sectors=["economique"], territory="974") == set()


def test_bad_requests_say_what_is_wrong():
    workspace = make_workspace(TOWN, BOTH_WAYS)
    with pytest.raises(UnknownActorError, match="nobody"):
        workspace.match("nobody")
    with pytest.raises(UnknownPlaceError, match="Atlantide"):
        workspace.match("town", filters=Filters(territory="Atlantide"))
    with pytest.raises(InputError, match="sector: unknown"):
        workspace.match("town", filters=Filters(sectors=["privé"]))
    with pytest.raises(InputError, match="within_km"):
        workspace.match("town", filters=Filters(within_km=-1))
    with pytest.raises(InputError, match="lang"):
        workspace.match("town", lang="de")
    with pytest.raises(InputError, match="itself"):
        workspace.explain("town", "town")
    with pytest.raises(InputError, match="role"):
        workspace.search("x", "mission")
    with pytest.raises(InputError, match="text"):
        workspace.search("  ")


def test_a_distance_from_nowhere_is_refused():
    workspace = make_workspace(replace(TOWN, territory=Territory()), BOTH_WAYS)
    with pytest.raises(InputError, match="no coordinates"):
        workspace.match("town", filters=Filters(within_km=10))


def test_a_need_in_free_text_finds_the_skill_and_a_skill_the_need():
    workspace = make_workspace(TOWN, BOTH_WAYS, NO_WAY, *crowd())
    answers = workspace.search("quelqu'un pour les bicyclettes #velo", limit=3)
    assert answers[0].actor_id == "both"
    assert answers[0].text == "on répare #velo"
    assert answers[0].strength > answers[1].strength
    wanted = workspace.search("nous réparons #velo", Role.SKILL, limit=1)
    assert (wanted[0].actor_id, wanted[0].text) == ("town", "réemploi des cycles #velo")


def test_a_search_keeps_to_its_filters():
    workspace = make_workspace(TOWN, BOTH_WAYS, *crowd())
    hits = workspace.search("x #velo", filters=Filters(sectors=["economique"]), limit=50)
    assert {hit.actor_id for hit in hits} <= {actor.id for actor in crowd() if actor.sector == "economique"}
    assert hits


def test_an_empty_workspace_answers_with_nothing():
    workspace = make_workspace()
    assert workspace.search("un local") == []
    assert workspace.propose() == []


def test_an_actor_that_says_nothing_is_still_matched_by_place():
    silent = make_actor("silent", needs=(), skills=(), description="", themes=(), sdgs=())
    workspace = make_workspace(TOWN, silent, BOTH_WAYS)
    assert "silent" in ids(workspace.match("town"))
    assert "town" in ids(workspace.match("silent"))


def test_what_is_put_is_found_and_what_is_deleted_is_not_without_encoding_twice():
    workspace = make_workspace(TOWN, *crowd())
    workspace.match("town")
    before = workspace.parts.encoder.encoded
    workspace.store.put_actors([BOTH_WAYS])
    assert ids(workspace.match("town", limit=1)) == ["both"]
    assert workspace.parts.encoder.encoded == before + 3
    workspace.delete("both")
    assert "both" not in ids(workspace.match("town", limit=50))


def test_proposals_show_no_actor_twice_and_the_best_pair_first():
    other_town = replace(TOWN, id="town-2")
    workspace = make_workspace(TOWN, other_town, BOTH_WAYS, *crowd())
    proposals = workspace.propose(limit=5)
    shown = [actor_id for match in proposals for actor_id in (match.actor_id, match.other_id)]
    assert len(shown) == len(set(shown))
    assert {proposals[0].actor_id, proposals[0].other_id} & {"both"}


def test_matches_come_best_first_and_hold_the_names_of_what_made_them():
    matches = make_workspace(TOWN, BOTH_WAYS, *crowd()).match("town", limit=8)
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)
    assert {(m.model, m.encoder) for m in matches} == {("day-one", "concepts")}
    assert make_workspace(TOWN, BOTH_WAYS, *crowd()).match("town", min_score=1_000) == []
