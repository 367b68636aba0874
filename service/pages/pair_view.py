"""What the page of a pair shows, gathered from what was served and from what is known today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matcher.domain import Actor, ActorId, Reason, ReasonKind
from matcher.exposure import IN_HAND, Exposure
from matcher.phrases import feature_label
from matcher.proposals import Action, Proposal, Step
from matcher.quality import STALE_DAYS
from matcher.similar import Resemblance, alike
from matcher.text import clean
from service.pages.drawings import Bar, Map, draw_map, waterfall
from service.pages.language import Speech
from service.tenants import Tenant

JUDGEMENTS = (Action.REVIEW, Action.DECLINE, Action.POSTPONE, Action.GRADE)
AGAINST = (ReasonKind.CAUTION, ReasonKind.ONE_WAY)
_SHOWN_ELSEWHERE = (*AGAINST, ReasonKind.NEED_MET, ReasonKind.SKILL_WANTED, ReasonKind.TRANSLATION)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: as it is today, what of it meets nothing of the other, and how it stands."""

    actor: Actor
    needs_left: tuple[str, ...]
    skills_left: tuple[str, ...]
    exposure: Exposure
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """A line between the two: what the left one says, what the right one says, who answers whom."""

    left: str
    right: str
    left_asks: bool
    strength: float


@dataclass(frozen=True, slots=True)
class PairView:
    """Everything that the page shows of a pair but the forms."""

    sides: tuple[Side, Side]
    meetings: tuple[Meeting, ...]
    translations: tuple[str, ...]
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    bars: tuple[tuple[Bar, str], ...]
    map: Map | None
    alike: tuple[Resemblance, ...]
    is_sourcing: bool
    has_changed: bool


def view_of(tenant: Tenant, proposal: Proposal, said: Speech) -> PairView:
    """The view of a proposal, in a language."""
    served, store = proposal.served, tenant.holdings.store
    left, right = (store.actor(ActorId(served[side]["id"])) for side in ("actor", "other"))
    matcher = tenant.workspace.matcher()
    match = tenant.workspace.explain(left.id, right.id, lang=said.lang)
    meetings = _meetings(served)
    today = tenant.workspace.parts.clock()
    in_hand = tenant.holdings.proposals.in_hand(IN_HAND)
    actors = {one.id: one for one in (left, right)} | {
        member: matcher.pool.actors[matcher.pool.row(member)]
        for alliance in matcher.alliances
        for member in alliance.members
        if member in matcher.pool.rows
    }
    return PairView(
        sides=(_side(left, meetings, 0, in_hand, today), _side(right, meetings, 1, in_hand, today)),
        meetings=meetings,
        translations=_texts(match.reasons, (ReasonKind.TRANSLATION,)),
        speaks_for=tuple(one.text for one in match.reasons if one.kind not in _SHOWN_ELSEWHERE),
        speaks_against=_texts(match.reasons, AGAINST),
        bars=tuple((bar, _label(bar, left, right, said)) for bar in waterfall(served)),
        map=draw_map(left.territory, right.territory, tenant.workspace.parts.gazetteer.communes.values()),
        alike=tuple(alike(left, right, matcher.alliances, actors)),
        is_sourcing={left.sector, right.sector} == {"public", "economique"},
        has_changed=abs(match.score - proposal.score) > 1,
    )


def has_judged(steps: Sequence[Step], person: str) -> bool:
    """Whether somebody has already said what they think of the pair."""
    return any(step.decision.by == person and step.decision.action in JUDGEMENTS for step in steps)


def _meetings(served: Mapping[str, Any]) -> tuple[Meeting, ...]:
    """The links both ways, what the left one asks for first."""
    asked = [
        Meeting(one["need"], one["skill"], True, one.get("strength", 1.0)) for one in served["needs_met"]
    ]
    given = [
        Meeting(one["skill"], one["need"], False, one.get("strength", 1.0)) for one in served["skills_wanted"]
    ]
    return (*asked, *given)


def _side(
    actor: Actor, meetings: Sequence[Meeting], at: int, in_hand: Mapping[ActorId, int], today: date
) -> Side:
    shown = {one.right if at else one.left for one in meetings}
    return Side(
        actor=actor,
        needs_left=tuple(need.text for need in actor.needs if clean(need.text) not in shown),
        skills_left=tuple(skill.text for skill in actor.skills if clean(skill.text) not in shown),
        exposure=Exposure(in_hand.get(actor.id, 0), actor.capacity),
        is_stale=actor.updated is None or (today - actor.updated).days > STALE_DAYS,
    )


def _texts(reasons: Sequence[Reason], kinds: Sequence[ReasonKind]) -> tuple[str, ...]:
    return tuple(one.text for one in reasons if one.kind in kinds)


def _label(bar: Bar, left: Actor, right: Actor, said: Speech) -> str:
    named = {
        "base": said.gettext("départ commun à toutes les paires"),
        "others": said.gettext("le reste, qui compte peu"),
        "need_met": said.gettext("besoins de {a}, compétences de {b}").format(a=left.name, b=right.name),
        "skill_wanted": said.gettext("besoins de {a}, compétences de {b}").format(a=right.name, b=left.name),
    }
    return named.get(bar.feature) or feature_label(bar.feature, said.lang)
