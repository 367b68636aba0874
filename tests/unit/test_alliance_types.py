"""Which types of alliance a pair may become."""

import pytest

from matcher.alliance_types import possible_types
from matcher.taxonomy import default_taxonomy
from tests.fakes import make_actor

BUSINESS, CHARITY = make_actor("b", sector="economique"), make_actor("c", sector="interet_general")
LAB = make_actor("l", sector="academique_accompagnement")


@pytest.mark.parametrize(
    ("mine", "other", "met", "wanted", "types"),
    [
        (CHARITY, BUSINESS, True, False, ("mecenat",)),
        (BUSINESS, CHARITY, False, True, ("mecenat",)),
        (BUSINESS, CHARITY, True, False, ("pratiques_responsables",)),
        (BUSINESS, CHARITY, True, True, ("cooperation_economique", "mecenat", "pratiques_responsables")),
        (LAB, CHARITY, True, False, ("innovation_societale",)),
        (CHARITY, make_actor("p", sector="public"), True, False, ()),
    ],
)
def test_links_suggest_types(mine, other, met, wanted, types):
    assert possible_types(mine, other, need_met=met, skill_wanted=wanted) == types
    assert possible_types(other, mine, need_met=wanted, skill_wanted=met) == types
    assert set(types) <= set(default_taxonomy().alliance_types)


def test_what_actors_seek_counts_before_what_links_suggest():
    seeking = make_actor("s", alliances_sought=("demarche_collective",))
    assert possible_types(seeking, BUSINESS, need_met=True, skill_wanted=True) == ("demarche_collective",)
