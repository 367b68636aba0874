"""Past alliances that resemble a pair."""

from datetime import date

from matcher.domain import AllianceStatus
from matcher.similar import alike
from tests.fakes import make_actor, make_alliance

TOWN, FIRM = make_actor("town", sector="public"), make_actor("firm", sector="economique")
ELSEWHERE = [make_actor("t2", sector="public"), make_actor("f2", sector="economique")]
ACTORS = {one.id: one for one in (TOWN, FIRM, *ELSEWHERE)}


def found(*alliances, actors=ACTORS):
    return [one.alliance.id for one in alike(TOWN, FIRM, alliances, actors)]


def test_an_alliance_of_the_same_sectors_and_theme_is_alike_the_latest_first():
    old = make_alliance("t2", "f2", id="old", started=date(2015, 1, 1))
    new = make_alliance("t2", "f2", id="new", started=date(2022, 1, 1))
    assert found(old, new) == ["new", "old"]


def test_an_alliance_of_the_pair_itself_or_one_that_failed_is_not():
    assert found(make_alliance("town", "f2")) == []
    assert found(make_alliance("t2", "f2", status=AllianceStatus.FAILED)) == []


def test_other_sectors_or_other_themes_are_not_alike():
    others = ACTORS | {"f2": make_actor("f2", sector="interet_general")}
    assert found(make_alliance("t2", "f2"), actors=others) == []
    off = ACTORS | {one.id: make_actor(one.id, sector=one.sector, themes=("017000",)) for one in ELSEWHERE}
    assert found(make_alliance("t2", "f2"), actors=off) == []
