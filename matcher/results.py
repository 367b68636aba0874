"""Matches and search hits as plain records, the same on the command line, over HTTP and in files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matcher.domain import Actor, Link, Match, Reason
from matcher.pipeline import SearchHit


def match_record(match: Match, mine: Actor, other: Actor) -> dict[str, Any]:
    """A match as JSON-ready values; the score is `bias` plus the sum of the contributions' points."""
    return {
        "actor": brief_record(mine),
        "other": brief_record(other),
        "score": round(match.score, 4),
        "probability": None if match.probability is None else round(match.probability, 4),
        "bias": match.bias,
        "contributions": [
            {
                "feature": contribution.feature,
                "value": round(contribution.value, 6),
                "points": round(contribution.points, 6),
            }
            for contribution in match.contributions
        ],
        "needs_met": [_link_record(link) for link in match.needs_met],
        "skills_wanted": [_link_record(link) for link in match.skills_wanted],
        "reasons": _reason_records(match.reasons),
        "model": match.model,
        "encoder": match.encoder,
    }


def hit_record(hit: SearchHit, actor: Actor) -> dict[str, Any]:
    """A search hit as JSON-ready values."""
    return {
        "actor": brief_record(actor),
        "strength": round(hit.strength, 4),
        "text": hit.text,
        "reasons": _reason_records(hit.reasons),
        "encoder": hit.encoder,
    }


def brief_record(actor: Actor) -> dict[str, Any]:
    """Who an actor is, in a few fields."""
    return {
        "id": actor.id,
        "name": actor.name,
        "sector": actor.sector,
        "register": actor.register,
        "commune": actor.territory.commune_name or actor.territory.commune,
    }


def _link_record(link: Link) -> dict[str, Any]:
    return {
        "need_actor": link.need_actor,
        "need": link.need,
        "skill_actor": link.skill_actor,
        "skill": link.skill,
        "strength": round(link.strength, 4),
    }


def _reason_records(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [
        {"kind": reason.kind.value, "text": reason.text, "sources": list(reason.sources)}
        for reason in reasons
    ]
