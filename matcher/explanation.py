"""Contributions to reasons: sentences that each trace to fields, in French or English.

Nothing is invented: a sentence quotes or states fields of the two profiles, of past alliances or of
the reference data, and carries their paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise

from matcher.domain import (
    Actor,
    Alliance,
    AllianceStatus,
    Link,
    Need,
    PublicationStatus,
    Reason,
    ReasonKind,
    Role,
    Skill,
    Stage,
)
from matcher.lexicon import Lexicon
from matcher.phrases import phrase
from matcher.quality import STALE_DAYS
from matcher.taxonomy import Lang, Taxonomy
from matcher.territory import Gazetteer, distance_km
from matcher.text import clean, first_clause

CLEAR_STRENGTH = 0.5
_LEVELS = ("commune", "epci", "departement", "region")
Paths = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What explanations are written with."""

    lang: Lang
    today: date
    taxonomy: Taxonomy
    gazetteer: Gazetteer
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that may be said of a pair: the profiles, their links both ways and their past."""

    mine: Actor
    other: Actor
    needs_met: Sequence[Link]
    skills_wanted: Sequence[Link]
    likeness: float
    """The value of the feature `mission`."""
    shared_partners: Sequence[Actor]
    alliances: Sequence[Alliance]
    """Past alliances that hold both."""


def explain(evidence: Evidence, setting: Setting) -> tuple[Reason, ...]:
    """The reasons for a match, then what speaks against it."""
    return (
        *_links(evidence, setting),
        *_territory(evidence, setting),
        *_mission(evidence, setting),
        *_history(evidence, setting),
        *_cautions(evidence, setting),
    )


def explain_text(asked: str, actor: Actor, text: str, role: Role, setting: Setting) -> tuple[Reason, ...]:
    """Why an actor answers a text of the given role that nobody in particular wrote."""
    key, field = ("brings", "skills") if role is Role.NEED else ("needs", "needs")
    texts = [said.text for said in (actor.skills if role is Role.NEED else actor.needs)]
    source = f"actor:{actor.id}.{field}[{[clean(t) for t in texts].index(text)}]"
    kind = ReasonKind.NEED_MET if role is Role.NEED else ReasonKind.SKILL_WANTED
    reasons = [Reason(kind, phrase(key, setting.lang, name=actor.name, text=text), (source,))]
    for found in setting.lexicon.translations(asked, text)[:1]:
        said = phrase("you_call", setting.lang, here=found.here, name=actor.name, there=found.there)
        reasons.append(Reason(ReasonKind.TRANSLATION, said, (source, f"lexicon:{found.concept}")))
    return tuple(reasons)


def _links(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    mine, other = evidence.mine, evidence.other
    directions = (
        (ReasonKind.NEED_MET, mine, other, evidence.needs_met),
        (ReasonKind.SKILL_WANTED, other, mine, evidence.skills_wanted),
    )
    for kind, asker, giver, links in directions:
        said = [(link, _link_sources(asker, giver, link)) for link in links]
        for link, sources in said:
            yield _answers(asker, giver, link, kind, sources, setting)
        for link, sources in said[:1]:
            yield from _translation(asker, giver, link, sources, setting)
    if not evidence.needs_met and not evidence.skills_wanted:
        sources = tuple(f"actor:{a.id}.{f}" for a in (mine, other) for f in ("needs", "skills"))
        yield Reason(ReasonKind.CAUTION, phrase("no_link", setting.lang), sources)
        return
    for _, asker, giver, links in directions:
        if not links:
            text = phrase("one_way", setting.lang, asker=asker.name, giver=giver.name)
            yield Reason(ReasonKind.ONE_WAY, text, (f"actor:{asker.id}.needs", f"actor:{giver.id}.skills"))


def _answers(
    asker: Actor, giver: Actor, link: Link, kind: ReasonKind, said_at: Paths, setting: Setting
) -> Reason:
    text = phrase(
        "answers", setting.lang, asker=asker.name, giver=giver.name, need=link.need, skill=link.skill
    )
    return Reason(kind, text, said_at)


def _translation(
    asker: Actor, giver: Actor, link: Link, said_at: Paths, setting: Setting
) -> Iterator[Reason]:
    """In each side's words: terms of the lexicon, else the clause that each side opens with and a gloss."""
    if asker.register == giver.register:
        return
    found = setting.lexicon.translations(link.need, link.skill)
    key = "calls" if found else "worlds"
    here = found[0].here if found else first_clause(link.need)
    there = found[0].there if found else first_clause(link.skill)
    text = phrase(
        key,
        setting.lang,
        asker=asker.name,
        giver=giver.name,
        asker_register=setting.taxonomy.label("registers", asker.register, setting.lang),
        giver_register=setting.taxonomy.label("registers", giver.register, setting.lang),
        here=here,
        there=there,
    )
    sources = [*said_at, f"actor:{asker.id}.register", f"actor:{giver.id}.register"]
    sources += [f"lexicon:{found[0].concept}"] if found else []
    yield Reason(ReasonKind.TRANSLATION, text, tuple(sources))
    if not found:
        yield from islice(_glosses(asker, giver, link, said_at, setting), 1)


def _glosses(asker: Actor, giver: Actor, link: Link, said_at: Paths, setting: Setting) -> Iterator[Reason]:
    """What one side says, as the lexicon has the other register say it; the need's words first."""
    for speaker, said, reader in ((asker, link.need, giver), (giver, link.skill, asker)):
        for found in setting.lexicon.glosses(said, reader.register):
            register = setting.taxonomy.label("registers", reader.register, setting.lang)
            text = phrase(
                "glossed",
                setting.lang,
                here=found.here,
                name=speaker.name,
                there=found.there,
                register=register,
            )
            sources = (*said_at, f"actor:{reader.id}.register")
            yield Reason(ReasonKind.TRANSLATION, text, (*sources, f"lexicon:{found.concept}"))


def _link_sources(asker: Actor, giver: Actor, link: Link) -> Paths:
    need = _place(asker.needs, link.need)
    skill = _place(giver.skills, link.skill)
    sources = () if need is None else (f"actor:{asker.id}.needs[{need}]",)
    return sources if skill is None else (*sources, f"actor:{giver.id}.skills[{skill}]")


def _place(said: Sequence[Need | Skill], text: str) -> int | None:
    """Where a text stands among what an actor says; most are clean as they are written."""
    as_written = (n for n, one in enumerate(said) if one.text == text)
    cleaned = (n for n, one in enumerate(said) if clean(one.text) == text)
    first = next(as_written, None)
    return next(cleaned, None) if first is None else first


def _territory(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    mine, other = evidence.mine.territory, evidence.other.territory
    here = [(level, getattr(mine, level), getattr(other, level)) for level in _LEVELS]
    shared = next((level for level, a, b in here if a is not None and a == b), None)
    if shared is not None:
        place = _place_label(evidence.mine, shared, setting.gazetteer)
        text = phrase(f"same_{shared}", setting.lang, place=place)
        yield Reason(ReasonKind.TERRITORY, text, _both(evidence, f"territory.{shared}"))
    distance = distance_km(mine, other)
    if distance is not None and shared != "commune":
        text = phrase("distance", setting.lang, km=f"{distance:.0f}")
        yield Reason(ReasonKind.TERRITORY, text, _both(evidence, "territory.lat", "territory.lon"))


def _place_label(actor: Actor, level: str, gazetteer: Gazetteer) -> str:
    place = actor.territory
    labels = {
        "commune": place.commune_name,
        "epci": place.epci_name,
        "departement": gazetteer.departements.get(place.departement or "", (None, ""))[0],
        "region": gazetteer.regions.get(place.region or ""),
    }
    return labels[level] or str(getattr(place, level))


def _mission(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    mine, other = evidence.mine, evidence.other
    themes = [theme for theme in mine.themes if theme in other.themes]
    if themes:
        names = ", ".join(setting.taxonomy.label("themes", theme, setting.lang) for theme in themes)
        text = phrase("themes", setting.lang, names=names)
        yield Reason(ReasonKind.MISSION, text, _both(evidence, "themes"))
    sdgs = [str(sdg) for sdg in mine.sdgs if sdg in other.sdgs]
    if sdgs:
        names = ", ".join(f"{sdg} ({setting.taxonomy.label('sdgs', sdg, setting.lang)})" for sdg in sdgs)
        yield Reason(ReasonKind.MISSION, phrase("sdgs", setting.lang, names=names), _both(evidence, "sdgs"))
    if evidence.likeness >= CLEAR_STRENGTH:
        text = phrase("mission", setting.lang)
        yield Reason(ReasonKind.MISSION, text, _both(evidence, "description"))


def _history(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    if evidence.shared_partners:
        names = ", ".join(partner.name for partner in evidence.shared_partners[:3])
        sources = tuple(f"actor:{partner.id}.name" for partner in evidence.shared_partners[:3])
        text = phrase("partners", setting.lang, names=names)
        yield Reason(ReasonKind.HISTORY, text, (*sources, "alliances.members"))
    for alliance in evidence.alliances:
        if alliance.status is not AllianceStatus.FAILED:
            text = phrase("allied", setting.lang, title=alliance.title or alliance.id)
            yield Reason(ReasonKind.HISTORY, text, (f"alliance:{alliance.id}",))


def _cautions(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    yield from _territorial_cautions(evidence, setting)
    for actor in (evidence.mine, evidence.other):
        yield from _profile_cautions(actor, setting)
    yield from _pair_cautions(evidence, setting)


def _territorial_cautions(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    mine, other = evidence.mine.territory, evidence.other.territory
    distance = distance_km(mine, other)
    radii = [radius for radius in (mine.radius_km, other.radius_km) if radius is not None]
    if distance is not None and radii and distance > max(radii):
        text = phrase("far", setting.lang, km=f"{distance:.0f}", radius=f"{max(radii):.0f}")
        yield _caution(text, *_both(evidence, "territory.radius_km", "territory.lat", "territory.lon"))


def _profile_cautions(actor: Actor, setting: Setting) -> Iterator[Reason]:
    if actor.capacity == 0:
        yield _caution(phrase("full", setting.lang, name=actor.name), f"actor:{actor.id}.capacity")
    if actor.status is PublicationStatus.DRAFT:
        yield _caution(phrase("draft", setting.lang, name=actor.name), f"actor:{actor.id}.status")
    if actor.expires is not None and actor.expires < setting.today:
        text = phrase("expired", setting.lang, name=actor.name, day=day(actor.expires, setting.lang))
        yield _caution(text, f"actor:{actor.id}.expires")
    if actor.updated is None:
        yield _caution(phrase("undated", setting.lang, name=actor.name), f"actor:{actor.id}.updated")
    elif (setting.today - actor.updated).days > STALE_DAYS:
        text = phrase("stale", setting.lang, name=actor.name, day=day(actor.updated, setting.lang))
        yield _caution(text, f"actor:{actor.id}.updated")


def _pair_cautions(evidence: Evidence, setting: Setting) -> Iterator[Reason]:
    mine, other, lang, taxonomy = evidence.mine, evidence.other, setting.lang, setting.taxonomy
    if mine.sector == other.sector:
        sector = taxonomy.label("sectors", mine.sector, lang)
        yield _caution(phrase("same_sector", lang, sector=sector), *_both(evidence, "sector"))
    if {mine.sector, other.sector} == {"public", "economique"}:
        yield _caution(phrase("sourcing", lang), *_both(evidence, "sector"))
    if mine.stage is not None and other.stage is not None and not _near(mine.stage, other.stage):
        text = phrase(
            "stages",
            lang,
            asker=mine.name,
            giver=other.name,
            mine=taxonomy.label("stages", mine.stage, lang),
            theirs=taxonomy.label("stages", other.stage, lang),
        )
        yield _caution(text, *_both(evidence, "stage"))
    for alliance in evidence.alliances:
        if alliance.status is AllianceStatus.FAILED:
            text = phrase("failed", lang, title=alliance.title or alliance.id)
            yield _caution(text, f"alliance:{alliance.id}.status")


def _near(a: Stage, b: Stage) -> bool:
    return a is b or {a, b} in [set(pair) for pair in pairwise(Stage)]


def _caution(text: str, *sources: str) -> Reason:
    return Reason(ReasonKind.CAUTION, text, sources)


def _both(evidence: Evidence, *fields: str) -> tuple[str, ...]:
    return tuple(f"actor:{actor.id}.{f}" for actor in (evidence.mine, evidence.other) for f in fields)


def day(value: date, lang: Lang) -> str:
    """A date as it is written in a language: 31/12/2026, or 2026-12-31."""
    return value.strftime("%d/%m/%Y") if lang is Lang.FR else value.isoformat()
