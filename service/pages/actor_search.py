"""Looking for actors: who answers a need or a skill in free text, or a list by name and filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from matcher.candidates import Rules
from matcher.domain import Actor, Role
from matcher.errors import UnknownPlaceError
from matcher.importing import check_text
from matcher.pipeline import Request as MatchRequest
from matcher.selection import SelectionConfig
from matcher.taxonomy import Lang, Taxonomy
from matcher.territory import Place
from matcher.text import clean
from service.pages.directory import Wanted, directory_of, place_named
from service.pages.language import mark, speech_of
from service.pages.rendering import page
from service.pages.visitor import Visitor, VisitorOf
from service.problems import ProblemError
from service.rights import may_edit
from service.security import tenants_of
from service.tenants import Tenant

PAGE = 20
MOST_HITS = 100
ROLES = {"besoin": Role.NEED, "contribution": Role.SKILL}
NO_PLACE = mark("Aucun acteur n'est à « {name} » : choisissez un lieu de la liste ou écrivez un code.")
ERASED = mark("L'acteur est effacé.")
router = APIRouter(include_in_schema=False)


class Asked(BaseModel):
    """What the visitor asked for; an empty value is no filter."""

    model_config = ConfigDict(extra="ignore")

    texte: str = Field("", max_length=1_000)
    sens: Literal["besoin", "contribution"] = "besoin"
    nom: str = Field("", max_length=200)
    secteur: str = Field("", max_length=100)
    theme: str = Field("", max_length=100)
    territoire: str = Field("", max_length=200)
    fait: str = Field("", max_length=20)
    page: int = Field(1, ge=1, le=10_000)

    def address(self, number: int) -> str:
        """The address of another page of the same question."""
        return "/acteurs?" + urlencode(
            self.model_dump(exclude_defaults=True, exclude={"fait"}) | {"page": number}
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One line: an actor, the text of it that answers, in which words, and whether it may be changed."""

    actor: Actor
    text: str = ""
    translation: str = ""
    strength: float | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results; `total` is None when a search by meaning goes on further than it counts."""

    results: Sequence[Result] = ()
    total: int | None = None
    more: bool = False


@router.get("/acteurs")
def actors(request: Request, visitor: VisitorOf, asked: Annotated[Asked, Query()]) -> Response:
    """The form, and who was found."""
    tenant = ready(request, visitor)
    said = speech_of(request)
    error, found = "", Found()
    try:
        for name, value in asked:
            check_text(name, value)
        found = _found(tenant, asked, said.lang)
    except UnknownPlaceError:
        error = said.gettext(NO_PLACE).format(name=asked.territoire)
    results = [
        Result(one.actor, one.text, one.translation, one.strength, may_edit(visitor.person, one.actor))
        for one in found.results
    ]
    return page(
        request,
        "actors.html",
        422 if error else 200,
        asked=asked,
        error=error,
        message=said.gettext(ERASED) if asked.fait == "efface" else "",
        results=results,
        found=found,
        held=len(tenant.workspace.matcher().pool.actors),
        places=directory_of(tenant.workspace).places,
        before=asked.address(asked.page - 1) if asked.page > 1 else "",
        after=asked.address(asked.page + 1) if found.more else "",
        **labels(tenant.workspace.parts.taxonomy, said.lang),
    )


def ready(request: Request, visitor: Visitor) -> Tenant:
    """The visitor's tenant, else ProblemError 503 while the service builds its index: try again soon."""
    tenants = tenants_of(request)
    if tenants.warming:
        raise ProblemError(503, "unavailable", "the index is being built", {"Retry-After": "5"})
    return tenants.of(visitor.person.tenant)


def labels(taxonomy: Taxonomy, lang: Lang) -> dict[str, dict[str, str]]:
    """Identifier -> label of each vocabulary that pages of actors show."""
    names = ("sectors", "registers", "themes", "stages", "aims", "sdgs", "alliance_types")
    return {name: {one: taxonomy.label(name, one, lang) for one in getattr(taxonomy, name)} for name in names}


def _found(tenant: Tenant, asked: Asked, lang: Lang) -> Found:
    taxonomy = tenant.workspace.parts.taxonomy
    if (asked.secteur and asked.secteur not in taxonomy.sectors) or (
        asked.theme and asked.theme not in taxonomy.themes
    ):
        return Found(total=0)
    place = place_named(tenant.workspace, asked.territoire) if asked.territoire.strip() else None
    if asked.texte.strip():
        return _by_meaning(tenant, asked, place, lang)
    every = directory_of(tenant.workspace).find(Wanted(asked.nom, asked.secteur, asked.theme, place))
    start = (asked.page - 1) * PAGE
    shown = [Result(actor) for actor in every[start : start + PAGE]]
    return Found(shown, len(every), len(every) > start + PAGE)


def _by_meaning(tenant: Tenant, asked: Asked, place: Place | None, lang: Lang) -> Found:
    """Whose skills answer a need, or whose needs call for a skill; the hundred nearest at most."""
    start = (asked.page - 1) * PAGE
    text, role = clean(asked.texte), ROLES[asked.sens]
    if start >= MOST_HITS or not text:  # nothing is left once contact details are taken out
        return Found()
    matcher = tenant.workspace.matcher()
    request = MatchRequest(
        Rules(
            sectors=(asked.secteur,) if asked.secteur else (),
            themes=(asked.theme,) if asked.theme else (),
            place=place,
        ),
        SelectionConfig(min(start + PAGE + 1, MOST_HITS)),
        lang,
    )
    vector = tenant.workspace.parts.encoder.encode([text], role)[0]
    hits = matcher.search(text, vector, role, request)
    shown = [
        Result(
            matcher.pool.actors[matcher.pool.row(hit.actor_id)],
            hit.text,
            " ".join(reason.text for reason in hit.reasons[1:]),
            hit.strength,
        )
        for hit in hits[start : start + PAGE]
    ]
    return Found(shown, None, len(hits) > start + PAGE)
