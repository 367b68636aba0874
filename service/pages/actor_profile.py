"""One actor: who it is, what would make its profile better, who could meet it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from matcher.candidates import reasons_against
from matcher.domain import Actor, ActorId, Alliance, Match
from matcher.erasing import erase_actor
from matcher.errors import InputError, UnknownActorError
from matcher.importing import check_text
from matcher.proposals import Proposal, ProposalQuery, ProposalState, Step
from matcher.proposing import places_of, proposal_of
from matcher.quality import POINTS, completeness, hints_of
from matcher.quality_phrases import PARTS, said_of
from matcher.taxonomy import Lang
from service.pages.actor_search import labels, ready
from service.pages.language import mark, speech_of
from service.pages.rendering import page
from service.pages.visitor import Form, Visitor, VisitorOf, check_csrf
from service.problems import ProblemError
from service.rights import may_delete, may_edit, may_see_pair
from service.security import UploadsOf
from service.tenants import Tenant

MATCHES = 10
PROPOSALS = 20
IN_HAND = (ProposalState.INTRODUCED, ProposalState.MEETING)
SAVED = {
    "ajoute": mark("L'acteur est ajouté."),
    "enregistre": mark("Le profil est enregistré."),
    "identique": mark("Rien n'a changé."),
}
AGAINST: Mapping[str, str] = {
    "same_sector": mark("les deux sont du même secteur"),
    "allied": mark("ils sont déjà alliés"),
    "draft": mark("l'un des profils est un brouillon"),
    "full": mark("l'un des deux ne peut plus recevoir de mise en relation"),
    "expired": mark("l'un des profils a expiré"),
}
NOT_PROPOSED = mark("Cette paire n'est pas proposée : {why}.")
NOT_YOURS = mark("Aucun des deux acteurs n'est de vos territoires : vous ne pouvez pas proposer cette paire.")
EXISTS = mark("Cette paire a déjà été proposée.")
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Partner:
    """A match as the profile shows it, and the proposal of the pair when there is one."""

    match: Match
    actor: Actor
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class Told:
    """A proposal of the actor: the other's name, its steps, and whether the visitor may open it."""

    proposal: Proposal
    other: str
    steps: Sequence[Step]
    mine: bool


@router.get("/acteurs/{actor_id:path}/effacer")
def confirm_erasure(request: Request, actor_id: str, visitor: VisitorOf) -> Response:
    """What erasing an actor takes away, before it is done."""
    tenant, actor = erasable(request, actor_id, visitor)
    alliances = _alliances(tenant, actor)
    return page(request, "actor_erase.html", actor=actor, alliances=alliances, address=address_of(actor.id))


@router.post("/acteurs/{actor_id:path}/effacer")
def erase(request: Request, actor_id: str, visitor: VisitorOf, form: Form, uploads: UploadsOf) -> Response:
    """Erase an actor and all that came from it, once its name was typed."""
    check_csrf(visitor.session.csrf, form)
    tenant, actor = erasable(request, actor_id, visitor)
    if form.get("nom", "").strip() != actor.name:
        error = speech_of(request).gettext("Écrivez le nom exact de l'acteur pour confirmer.")
        alliances = _alliances(tenant, actor)
        address = address_of(actor.id)
        return page(
            request, "actor_erase.html", 422, actor=actor, alliances=alliances, address=address, error=error
        )
    erase_actor(tenant.holdings, uploads, actor.id)
    return RedirectResponse("/acteurs?fait=efface", 303)


@router.post("/acteurs/{actor_id:path}/proposer")
def propose(request: Request, actor_id: str, visitor: VisitorOf, form: Form) -> Response:
    """Propose this actor and another; a pair that was proposed before is shown instead."""
    check_csrf(visitor.session.csrf, form)
    tenant, actor = held(request, actor_id, visitor)
    other = tenant.holdings.store.actor(known_id(form.get("autre", "")))
    said = speech_of(request)
    before = tenant.holdings.proposals.of_pair(actor.id, other.id) if actor.id != other.id else None
    if before is not None:
        error = said.gettext(EXISTS)
        return profile_page(request, tenant, visitor, actor, 409, error=error, proposed=before)
    places = places_of((actor, other))
    if not may_see_pair(visitor.person, places):
        return profile_page(request, tenant, visitor, actor, 403, error=said.gettext(NOT_YOURS))
    matcher = tenant.workspace.matcher()
    rows = (matcher.pool.row(actor.id), matcher.pool.row(other.id))
    against = reasons_against(matcher.pool, matcher.history, *rows, matcher.today)
    if against:
        why = ", ".join(said.gettext(AGAINST[code]) for code in against)
        error = said.gettext(NOT_PROPOSED).format(why=why)
        return profile_page(request, tenant, visitor, actor, 409, error=error)
    match = tenant.workspace.explain(actor.id, other.id, lang=said.lang)
    added = tenant.holdings.proposals.add([proposal_of(tenant.workspace, match, datetime.now(UTC))])
    made = added[0] if added else tenant.holdings.proposals.of_pair(actor.id, other.id)
    return RedirectResponse(f"/paires/{made.id}" if made else address_of(actor.id), 303)


@router.get("/acteurs/{actor_id:path}")
def profile(
    request: Request,
    actor_id: str,
    visitor: VisitorOf,
    fait: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The profile."""
    tenant, actor = held(request, actor_id, visitor)
    message = speech_of(request).gettext(SAVED[fait]) if fait in SAVED else ""
    return profile_page(request, tenant, visitor, actor, 200, message=message)


def address_of(actor_id: str) -> str:
    """The address of a profile."""
    return f"/acteurs/{quote(actor_id, safe='')}"


def known_id(text: str) -> ActorId:
    """An id as it came in an address; UnknownActorError for what no id can be."""
    try:
        check_text("actor", text)
    except InputError:
        raise UnknownActorError("?") from None
    return ActorId(text)


def held(request: Request, actor_id: str, visitor: Visitor) -> tuple[Tenant, Actor]:
    """The visitor's tenant and an actor of it, else UnknownActorError."""
    tenant = ready(request, visitor)
    return tenant, tenant.holdings.store.actor(known_id(actor_id))


def erasable(request: Request, actor_id: str, visitor: Visitor) -> tuple[Tenant, Actor]:
    """The visitor's tenant and an actor that they may erase, else ProblemError 403."""
    tenant, actor = held(request, actor_id, visitor)
    if not (may_delete(visitor.person) and may_edit(visitor.person, actor)):
        raise ProblemError(403, "forbidden", "erasing an actor needs the scope admin")
    return tenant, actor


def profile_page(
    request: Request, tenant: Tenant, visitor: Visitor, actor: Actor, status: int, **said: object
) -> Response:
    """The page of an actor, with what there is to say at the top."""
    lang = speech_of(request).lang
    mine = may_edit(visitor.person, actor)
    contact = tenant.holdings.store.contact(actor.id)
    today = tenant.workspace.parts.clock()
    how_full = completeness(actor, contact, today)
    proposals = _proposals(tenant, visitor, actor)
    values: dict[str, object] = {
        "proposed": None,
        "actor": actor,
        "address": address_of(actor.id),
        "mine": mine,
        "erasable": mine and may_delete(visitor.person),
        "contact": contact if mine else None,
        "hints": [(hint.field, *said_of(hint, lang)) for hint in hints_of(actor, contact, today)],
        "points": how_full.points,
        "parts_held": [(PARTS[part][lang], POINTS[part]) for part in how_full.held],
        "parts_missing": [(PARTS[part][lang], POINTS[part]) for part in how_full.missing],
        "region": tenant.workspace.parts.gazetteer.regions.get(actor.territory.region or "", ""),
        "partners": _partners(tenant, actor, lang),
        "proposals": proposals,
        "in_hand": [one for one in proposals if one.proposal.state in IN_HAND],
        "alliances": _alliances(tenant, actor),
    }
    taxonomy = tenant.workspace.parts.taxonomy
    return page(request, "actor.html", status, **labels(taxonomy, lang), **(values | said))


def _partners(tenant: Tenant, actor: Actor, lang: Lang) -> list[Partner]:
    """The ten best matches, each with its proposal if there is one."""
    pool = tenant.workspace.matcher().pool
    if actor.id not in pool.rows:
        return []
    found = tenant.workspace.match(actor.id, limit=MATCHES, lang=lang)
    proposals = tenant.holdings.proposals
    return [
        Partner(
            match,
            pool.actors[pool.row(match.other_id)],
            proposals.of_pair(match.actor_id, match.other_id),
        )
        for match in found
    ]


def _proposals(tenant: Tenant, visitor: Visitor, actor: Actor) -> list[Told]:
    proposals = tenant.holdings.proposals
    found = proposals.find(ProposalQuery(actor=actor.id), PROPOSALS).proposals
    return [
        Told(
            one,
            _other_name(one, actor),
            proposals.steps(one.id) if one.state is not ProposalState.SUGGESTED else (),
            may_see_pair(visitor.person, one.places),
        )
        for one in found
    ]


def _other_name(proposal: Proposal, actor: Actor) -> str:
    """The other's name as it was when the pair was proposed, else its id."""
    for side in ("actor", "other"):
        brief = proposal.served.get(side, {})
        if brief.get("id") not in (None, actor.id):
            return str(brief.get("name", brief["id"]))
    return proposal.b if proposal.a == actor.id else proposal.a


def _alliances(tenant: Tenant, actor: Actor) -> list[tuple[Alliance, list[tuple[str, str]]]]:
    """The alliances of an actor, the latest first, each with the names and ids of the other members."""
    matcher = tenant.workspace.matcher()
    pool = matcher.pool

    def named(member: ActorId) -> tuple[str, str]:
        return (pool.actors[pool.rows[member]].name if member in pool.rows else member, address_of(member))

    return [
        (one, [named(member) for member in one.members if member != actor.id])
        for one in reversed(list(matcher.alliances))
        if actor.id in one.members
    ]
