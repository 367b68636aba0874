"""Maillon: explained alliance proposals across the sectors of a territory.

import matcher

with matcher.open_workspace("territoire.db") as workspace:
    for match in workspace.match("redon-atelier-velo", limit=3):
        print(match.score, [reason.text for reason in match.reasons])

matcher.rank_texts(needs=["un local le mercredi"], skills=["une salle vide en semaine"])
"""

from matcher.assembly import open_workspace, rank_texts
from matcher.domain import (
    Actor,
    Alliance,
    Contact,
    Contribution,
    Link,
    Match,
    Need,
    Reason,
    Role,
    Skill,
    Territory,
)
from matcher.errors import InputError, MaillonError
from matcher.pipeline import SearchHit
from matcher.settings import Settings
from matcher.taxonomy import Lang
from matcher.workspace import Filters, Workspace

__all__ = [
    "Actor",
    "Alliance",
    "Contact",
    "Contribution",
    "Filters",
    "InputError",
    "Lang",
    "Link",
    "MaillonError",
    "Match",
    "Need",
    "Reason",
    "Role",
    "SearchHit",
    "Settings",
    "Skill",
    "Territory",
    "Workspace",
    "open_workspace",
    "rank_texts",
]
