"""What pages of a followed pair share: finding it, who works on it, and reading what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from fastapi import Request

from matcher.access import Person
from matcher.errors import InputError, UnknownRecordError
from matcher.proposals import Proposal, ProposalId
from matcher.taxonomy import Lang, Taxonomy
from matcher.views import View
from service.pages.visitor import Visitor
from service.rights import may_see_pair
from service.security import tenants_of
from service.tenants import Tenant

QUICK_MINUTES = (5, 15, 30, 60)


def tenant_of(request: Request, visitor: Visitor) -> Tenant:
    """The tenant of who is signed in."""
    return tenants_of(request).of(visitor.person.tenant)


def pair_of(request: Request, visitor: Visitor, proposal_id: str) -> tuple[Tenant, Proposal]:
    """A proposal of the visitor's territories; any other is unknown to them."""
    tenant = tenant_of(request, visitor)
    found = tenant.holdings.proposals.get(ProposalId(proposal_id))
    if not may_see_pair(visitor.person, found.places):
        raise UnknownRecordError("proposal", proposal_id)
    return tenant, found


def note_view(tenant: Tenant, visitor: Visitor, proposal: Proposal) -> None:
    """Remember that the visitor opened a pair."""
    tenant.holdings.views.record(View(proposal.id, visitor.person.id, datetime.now(UTC)))


def colleagues(request: Request, visitor: Visitor) -> list[Person]:
    """The active people of the visitor's tenant, the visitor too."""
    people = tenants_of(request).backend.access.people(visitor.person.tenant)
    return [person for person in people if person.active]


def names_of(people: list[Person]) -> dict[str, str]:
    """What people are called, by id."""
    return {person.id: person.name for person in people}


def activities_by_metier(taxonomy: Taxonomy, lang: Lang) -> dict[str, dict[str, str]]:
    """The activities under the labels of their métiers, with theirs."""
    found: dict[str, dict[str, str]] = {}
    for code, labels in taxonomy.activities.items():
        metier = taxonomy.label("metiers", labels.get("metier", ""), lang)
        found.setdefault(metier, {})[code] = taxonomy.label("activities", code, lang)
    return found


def whole_number(form: Mapping[str, str], name: str) -> int:
    """The whole number in a field, 0 when it is empty."""
    text = form.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(name, text, "expected a whole number")
    return int(text)


def day_or_none(form: Mapping[str, str], name: str) -> date | None:
    """The day in a field, None when it is empty."""
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(name, text, "expected a day such as 2026-11-24") from error


def code_or_none(form: Mapping[str, str], name: str, taxonomy: Taxonomy, vocabulary: str) -> str | None:
    """The code in a field that a vocabulary knows, None when it is empty."""
    text = form.get(name, "")
    return taxonomy.check(vocabulary, name, text) if text else None
