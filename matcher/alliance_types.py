"""Which types of alliance a pair may become: those that its actors seek, else what its links suggest.

The reading of links follows the definitions of the Observatoire des partenariats: a business that gives
to the common good without return is philanthropy; helped in turn to change its ways, responsible
practices; both ways, economic cooperation; with research, societal innovation.
"""

from __future__ import annotations

from matcher.domain import Actor

PUBLIC_INTEREST = frozenset({"interet_general", "public"})
BUSINESS, RESEARCH = "economique", "academique_accompagnement"


def possible_types(mine: Actor, other: Actor, *, need_met: bool, skill_wanted: bool) -> tuple[str, ...]:
    """Types, sorted; `need_met`: the other answers a need of mine, `skill_wanted`: I answer one of theirs."""
    sought = {*mine.alliances_sought, *other.alliances_sought}
    if sought:
        return tuple(sorted(sought))
    sectors = {mine.sector, other.sector}
    found = set()
    if RESEARCH in sectors:
        found.add("innovation_societale")
    if need_met and skill_wanted:
        found.add("cooperation_economique")
    if BUSINESS in sectors and sectors & PUBLIC_INTEREST:
        business_gives, business_takes = need_met, skill_wanted
        if mine.sector == BUSINESS:
            business_gives, business_takes = skill_wanted, need_met
        found |= {"mecenat"} if business_gives else set()
        found |= {"pratiques_responsables"} if business_takes else set()
    return tuple(sorted(found))
