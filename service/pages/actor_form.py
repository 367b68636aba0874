"""Adding and changing an actor: the three questions of the field, and what is wrong told by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from matcher.documents import document_of_actor
from matcher.domain import Actor, ActorId
from matcher.erasing import erase_contact
from matcher.importing import RecordKind, Row
from matcher.preview import changes_between
from matcher.records import contact_from_record
from matcher.uploads import Uploads
from service.pages.actor_profile import address_of, held
from service.pages.actor_record import ELSEWHERE, Checked, Typed, Wrong, checked, new_id, typed_from, typed_of
from service.pages.actor_search import labels, ready
from service.pages.communes import suggested
from service.pages.language import mark, speech_of
from service.pages.rendering import page
from service.pages.visitor import Lists, Visitor, VisitorOf, check_csrf
from service.problems import ProblemError
from service.rights import may_edit
from service.security import uploads_of
from service.tenants import Tenant
from service.validators import etag_of

CHANGED = mark(
    "Quelqu'un a modifié ce profil entre-temps ({fields}). Votre saisie est gardée : relisez, "
    "puis enregistrez de nouveau pour remplacer."
)
CHECK = mark("Rien n'est enregistré : {count} champ(s) à corriger, indiqué(s) plus bas.")
EMPTY = Typed({"status": "published"}, {})
router = APIRouter(include_in_schema=False)


@router.get("/acteurs/nouveau")
def new(request: Request, visitor: VisitorOf) -> Response:
    """An empty form."""
    tenant = ready(request, visitor)
    return _form(request, tenant, visitor, EMPTY, None)


@router.post("/acteurs/nouveau")
def add(request: Request, visitor: VisitorOf, lists: Lists) -> Response:
    """Add an actor, else the form again with what was typed."""
    check_csrf(visitor.session.csrf, _last(lists))
    tenant = ready(request, visitor)
    typed = typed_from(lists)
    actor_id = new_id(typed.one["name"], typed.commune, tenant.workspace.matcher().pool.rows)
    found = _checked(tenant, visitor, typed, actor_id, None)
    if found.wrong:
        return _refused(request, tenant, visitor, typed, None, found.wrong)
    _keep(tenant, found, uploads_of(request))
    return RedirectResponse(f"{address_of(actor_id)}?fait=ajoute", 303)


@router.get("/acteurs/{actor_id:path}/modifier")
def edit(request: Request, actor_id: str, visitor: VisitorOf) -> Response:
    """The form of an actor as it is now."""
    tenant, actor = _editable(request, actor_id, visitor)
    contact = tenant.holdings.store.contact(actor.id)
    return _form(request, tenant, visitor, typed_of(actor, contact), actor)


@router.post("/acteurs/{actor_id:path}/modifier")
def change(request: Request, actor_id: str, visitor: VisitorOf, lists: Lists) -> Response:
    """Change an actor; when somebody else did so meanwhile, or a value is wrong, nothing is lost."""
    form = _last(lists)
    check_csrf(visitor.session.csrf, form)
    tenant, actor = _editable(request, actor_id, visitor)
    typed = typed_from(lists)
    found = _checked(tenant, visitor, typed, actor.id, actor)
    if found.wrong:
        return _refused(request, tenant, visitor, typed, actor, found.wrong, form.get("tag", ""))
    if form.get("tag") != tag_of(tenant, actor):
        said = speech_of(request)
        fields = [one.field for one in changes_between(found.actor, actor)] if found.actor else []
        error = said.gettext(CHANGED).format(fields=", ".join(fields) or "contact")
        return _form(request, tenant, visitor, typed, actor, status=409, error=error)
    before = (actor, tenant.holdings.store.contact(actor.id))
    _keep(tenant, found, uploads_of(request))
    after = (tenant.holdings.store.actor(actor.id), tenant.holdings.store.contact(actor.id))
    done = "identique" if before == after else "enregistre"
    return RedirectResponse(f"{address_of(actor.id)}?fait={done}", 303)


def tag_of(tenant: Tenant, actor: Actor) -> str:
    """What an actor and its contact are known by until one of them changes."""
    return etag_of(document_of_actor(actor) + repr(tenant.holdings.store.contact(actor.id)))


def _editable(request: Request, actor_id: str, visitor: Visitor) -> tuple[Tenant, Actor]:
    tenant, actor = held(request, actor_id, visitor)
    if not may_edit(visitor.person, actor):
        raise ProblemError(403, "forbidden", "this actor is not of your territories")
    return tenant, actor


def _checked(tenant: Tenant, visitor: Visitor, typed: Typed, actor_id: str, before: Actor | None) -> Checked:
    parts = tenant.workspace.parts
    found = checked(typed, actor_id, before, parts.clock(), parts.taxonomy, parts.gazetteer)
    if found.actor is not None and not may_edit(visitor.person, found.actor):
        return Checked(found.record, found.actor, [*found.wrong, Wrong("commune", ELSEWHERE)])
    return found


def _keep(tenant: Tenant, found: Checked, uploads: Uploads) -> None:
    """Write the actor; a contact that was emptied is erased."""
    actor_id = ActorId(str(found.record["id"]))
    tenant.workspace.import_rows(RecordKind.ACTORS, [Row("form", 1, found.record)])
    if contact_from_record(found.record) is None and tenant.holdings.store.contact(actor_id) is not None:
        erase_contact(tenant.holdings, uploads, actor_id)


def _refused(
    request: Request,
    tenant: Tenant,
    visitor: Visitor,
    typed: Typed,
    actor: Actor | None,
    wrong: Sequence[Wrong],
    tag: str = "",
) -> Response:
    said = speech_of(request)
    told = {one.field: said.gettext(one.text).format(choices=one.choices) for one in reversed(wrong)}
    error = said.gettext(CHECK).format(count=len(told))
    return _form(request, tenant, visitor, typed, actor, status=422, wrong=told, error=error, tag=tag)


def _last(lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in lists.items() if values}


def _form(
    request: Request,
    tenant: Tenant,
    visitor: Visitor,
    typed: Typed,
    actor: Actor | None,
    *,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    **said: object,
) -> Response:
    parts = tenant.workspace.parts
    values: dict[str, object] = {
        "tag": "" if actor is None else tag_of(tenant, actor),
        "typed": typed,
        "actor": actor,
        "address": "" if actor is None else address_of(actor.id),
        "wrong": wrong or {},
        "communes": suggested(parts.gazetteer, visitor.person.territories),
    }
    vocabulary = labels(parts.taxonomy, speech_of(request).lang)
    return page(request, "actor_form.html", status, **vocabulary, **(values | said))
