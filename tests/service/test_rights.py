"""What somebody may see and change by their territories."""

from dataclasses import replace

import pytest

from matcher.access import Person, Scope
from matcher.domain import Territory
from matcher.proposing import places_of
from service.rights import may_edit, may_see_pair
from tests.fakes import make_actor

BORDEAUX = Territory("33063", "Bordeaux", "243300316", "Bordeaux Métropole", "33", "75")
PARIS = Territory("75110", "Paris", "200054781", "Métropole du Grand Paris", "75", "11")


@pytest.mark.parametrize(
    ("territory", "seen"),
    [("33", True), ("REG-75", True), ("FR", True), ("75", False), ("REG-11", False), ("REG-33", False)],
)
def test_a_departement_does_not_open_the_region_of_its_number(territory, seen):
    ana = Person("ana", "default", "Ana", frozenset({Scope.REVIEW}), territories=(territory,))
    actor = replace(make_actor(), territory=BORDEAUX)
    assert may_edit(ana, actor) is seen
    assert may_see_pair(ana, places_of([actor, actor])) is seen


def test_a_pair_is_seen_from_both_ends():
    pair = [replace(make_actor(name), territory=home) for name, home in (("a", BORDEAUX), ("b", PARIS))]
    for territory in ("75", "33", "REG-11", "REG-75"):
        ana = Person("ana", "default", "Ana", frozenset({Scope.REVIEW}), territories=(territory,))
        assert may_see_pair(ana, places_of(pair))
