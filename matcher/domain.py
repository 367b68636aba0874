"""The words of the field as types: actors, needs, skills, territories, alliances, matches.

Everything is frozen. Sectors, registers, alliance types and themes are plain identifiers whose
meaning is data (`matcher.taxonomy`), so that a territory may configure its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NewType

ActorId = NewType("ActorId", str)
AllianceId = NewType("AllianceId", str)


class Role(StrEnum):
    """What a text says of an actor: what it lacks, what it brings, what it is for."""

    NEED = "need"
    SKILL = "skill"
    MISSION = "mission"


class Stage(StrEnum):
    """The phase of an actor's project, in order (concepts: idée → essaimage)."""

    IDEA = "idee"
    PROOF_OF_CONCEPT = "preuve_de_concept"
    DEPLOYMENT = "deploiement"
    SCALING = "essaimage"


class Aim(StrEnum):
    """The two aims of territorial alliances: reduce fragilities, build new drivers of development."""

    FRAGILITY = "fragilite"
    DRIVER = "moteur"


class PublicationStatus(StrEnum):
    """Drafts are kept and never proposed."""

    DRAFT = "draft"
    PUBLISHED = "published"


class AllianceStatus(StrEnum):
    """A failed alliance is history, never a positive example."""

    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Need:
    """What an actor lacks, in its own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Skill:
    """What an actor can bring to others (skill, means, contribution), in its own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Territory:
    """Where an actor is and how far it acts.

    `commune` is an INSEE code, `epci` a SIREN, `departement` and `region` INSEE codes (outside of
    France `region` holds the NUTS code). Degrees are WGS 84; `radius_km` is the radius of action.
    """

    commune: str | None = None
    commune_name: str | None = None
    epci: str | None = None
    epci_name: str | None = None
    departement: str | None = None
    region: str | None = None
    country: str = "FR"
    lat: float | None = None
    lon: float | None = None
    radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """An organisation of a territory: who it is, what it needs, what it can bring."""

    id: ActorId
    name: str
    sector: str
    register: str
    territory: Territory = field(default_factory=Territory)
    legal_form: str | None = None
    description: str = ""
    needs: tuple[Need, ...] = ()
    skills: tuple[Skill, ...] = ()
    themes: tuple[str, ...] = ()
    stage: Stage | None = None
    aims: tuple[Aim, ...] = ()
    sdgs: tuple[int, ...] = ()
    alliances_sought: tuple[str, ...] = ()
    size: int | None = None
    capacity: int | None = None
    updated: date | None = None
    expires: date | None = None
    status: PublicationStatus = PublicationStatus.PUBLISHED


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach an actor; kept apart from the profile, never embedded, never exported by default."""

    actor_id: ActorId
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """Which need met which skill in an alliance, as the texts stood then."""

    need_actor: ActorId
    need: str
    skill_actor: ActorId
    skill: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effects of an alliance on the three IMPACT axes, each -1..3, None when not assessed."""

    performance: int | None = None
    innovation: int | None = None
    confiance: int | None = None


@dataclass(frozen=True, slots=True)
class Alliance:
    """Two or more actors who did something together."""

    id: AllianceId
    members: tuple[ActorId, ...]
    type: str
    started: date
    ended: date | None = None
    met: tuple[Met, ...] = ()
    introduced_by: str | None = None
    outcome: Outcome = field(default_factory=Outcome)
    status: AllianceStatus = AllianceStatus.ACTIVE
    title: str = ""
    notes: str = ""

    @property
    def is_positive(self) -> bool:
        """Whether it may serve as an example of a good match: neither failed nor trust lost."""
        lost_trust = self.outcome.confiance is not None and self.outcome.confiance < 0
        return self.status is not AllianceStatus.FAILED and not lost_trust


@dataclass(frozen=True, slots=True)
class Link:
    """One need that one skill may answer; `strength` is 0..1, larger is stronger."""

    need_actor: ActorId
    need: str
    skill_actor: ActorId
    skill: str
    strength: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to a score: points = weight × value (larger speaks for the match)."""

    feature: str
    value: float
    weight: float
    points: float


class ReasonKind(StrEnum):
    """What a sentence of an explanation speaks of."""

    NEED_MET = "need_met"
    SKILL_WANTED = "skill_wanted"
    ONE_WAY = "one_way"
    TRANSLATION = "translation"
    TERRITORY = "territory"
    MISSION = "mission"
    HISTORY = "history"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of an explanation, and the fields that it was read from.

    `sources` are paths such as `actor:ID.needs[0]`; a sentence without a source is a defect.
    """

    kind: ReasonKind
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A proposed alliance seen from `actor_id`: people decide, this proposes.

    `score` = bias + the sum of `contributions`. `needs_met` are links from my needs to the other's
    skills, `skills_wanted` links from the other's needs to my skills. `model` and `encoder` name
    what produced it; `probability` is how likely such a pair is to ally once it is shown, where that
    was measured.
    """

    actor_id: ActorId
    other_id: ActorId
    score: float
    bias: float
    contributions: tuple[Contribution, ...]
    needs_met: tuple[Link, ...]
    skills_wanted: tuple[Link, ...]
    reasons: tuple[Reason, ...]
    model: str
    encoder: str
    probability: float | None = None
