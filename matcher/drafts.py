"""Messages that somebody is writing to one of a pair: kept until they are sent by hand, or never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matcher.domain import ActorId
from matcher.errors import InputError
from matcher.taxonomy import Lang

LONGEST_SUBJECT = 200
LONGEST_BODY = 20_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said to one actor of a proposal, as `person` left it."""

    proposal_id: str
    to: ActorId
    lang: Lang
    subject: str
    body: str
    person: str
    at: datetime


class Drafts(Protocol):
    """Keeps the drafts of one tenant, one an actor of a proposal; they go with the proposal."""

    def put(self, drafts: list[Draft]) -> None:
        """Keep drafts in place of those before."""

    def of(self, proposal_id: str) -> dict[ActorId, Draft]:
        """The drafts of a proposal, by whom they are to."""


def check_draft(draft: Draft) -> Draft:
    """The draft itself, else InputError when a text is too long or the subject has several lines."""
    if len(draft.subject) > LONGEST_SUBJECT:
        raise InputError("subject", len(draft.subject), f"longer than {LONGEST_SUBJECT} characters")
    if draft.subject.splitlines() not in ([], [draft.subject]):
        raise InputError("subject", draft.subject, "expected one line")
    if len(draft.body) > LONGEST_BODY:
        raise InputError("body", len(draft.body), f"longer than {LONGEST_BODY} characters")
    return draft
