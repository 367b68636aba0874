"""Needs without an answer: what counts as one."""

from dataclasses import replace
from datetime import date

from matcher.domain import Need, PublicationStatus, Role
from matcher.proposals import ProposalState
from matcher.text import Words
from matcher.unanswered import needs_cited, unanswered
from tests.fakes import SAINT_PAUL, TODAY, make_actor


def key(text):
    return Words(Role.NEED, text).key


def left(actor, places=(), **cited):
    found = unanswered([actor], places, {ProposalState(state): keys for state, keys in cited.items()}, TODAY)
    return [(one.text, one.waits) for one in found]


ACTOR = make_actor("a", needs=(Need("un local"), Need("des bras")))


def test_a_need_is_answered_once_somebody_keeps_a_pair_that_cites_it():
    for state in ("reviewed", "introduced", "meeting", "alliance"):
        assert left(ACTOR, **{state: {("a", key("un local"))}}) == [("des bras", False)]


def test_a_pair_to_review_waits_and_a_declined_one_answers_nothing():
    assert left(ACTOR, suggested={("a", key("un local"))}) == [("un local", True), ("des bras", False)]
    assert left(ACTOR, declined={("a", key("un local"))}) == [("un local", False), ("des bras", False)]


def test_the_same_words_of_somebody_else_are_another_need():
    assert len(left(ACTOR, alliance={("b", key("un local"))})) == 2


def test_only_current_published_actors_of_the_places_count():
    assert left(ACTOR, places=["35236"]) == left(ACTOR) != []
    assert left(replace(ACTOR, territory=SAINT_PAUL), places=["35236"]) == []
    assert left(replace(ACTOR, status=PublicationStatus.DRAFT)) == []
    assert left(replace(ACTOR, expires=date(2026, 10, 31))) == []


def test_contact_details_in_a_need_do_not_hide_that_it_is_answered():
    actor = make_actor("a", needs=(Need("un local, écrire à a@exemple.fr"),))
    assert left(actor, alliance={("a", key("un local, écrire à"))}) == []


def test_needs_are_cited_by_clear_links_in_both_directions():
    def link(who, text, strength):
        return {"need_actor": who, "need": text, "skill_actor": "x", "skill": "s", "strength": strength}

    served = {
        "needs_met": [link("a", "fort", 0.5), link("a", "faible", 0.49)],
        "skills_wanted": [link("b", "autre", 0.9)],
    }
    assert needs_cited(served) == {("a", key("fort")), ("b", key("autre"))}
    assert needs_cited({}) == set()
