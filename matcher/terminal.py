"""Matches and search hits on a terminal: panels, bars and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from matcher.domain import Actor, ActorId, Contribution, Match, Reason, ReasonKind
from matcher.phrases import feature_label
from matcher.pipeline import SearchHit
from matcher.proposals import Proposal
from matcher.report_tables import ReportTable
from matcher.taxonomy import Lang, Taxonomy

MOST_ROWS = 24
"""Of a table of a report; a year has twelve months, and files hold the rest."""
_BAR_WIDTH = 24
_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "why": {Lang.FR: "Pourquoi", Lang.EN: "Why"},
    "against": {Lang.FR: "Ce qui parle contre", Lang.EN: "What speaks against"},
    "score": {Lang.FR: "Score", Lang.EN: "Score"},
    "points": {Lang.FR: "points", Lang.EN: "points"},
    "actor": {Lang.FR: "Acteur", Lang.EN: "Actor"},
    "where": {Lang.FR: "Où", Lang.EN: "Where"},
    "strength": {Lang.FR: "Force", Lang.EN: "Strength"},
    "says": {Lang.FR: "En ses mots", Lang.EN: "In its words"},
    "sector": {Lang.FR: "Secteur", Lang.EN: "Sector"},
    "nothing": {
        Lang.FR: "Aucune proposition avec ces filtres.",
        Lang.EN: "Nothing to propose with these filters.",
    },
    "proposed": {
        Lang.FR: "{added} nouvelles propositions ; {waiting} à examiner en tout",
        Lang.EN: "{added} new proposals; {waiting} to review in all",
    },
    "more": {Lang.FR: "… et {count} de plus (--out FICHIER)", Lang.EN: "… and {count} more (--out FILE)"},
    "chance": {Lang.FR: "vraisemblance {chance:.0%}", Lang.EN: "{chance:.0%} likely"},
    "bias": {Lang.FR: "point de départ", Lang.EN: "starting point"},
}
_AGAINST = (ReasonKind.CAUTION, ReasonKind.ONE_WAY)


def word(key: str, lang: Lang) -> str:
    """A heading in a language."""
    return _WORDS[key][lang]


def match_panel(match: Match, mine: Actor, other: Actor, taxonomy: Taxonomy, lang: Lang) -> Panel:
    """One match: who, why in both directions, what speaks against, and the score as a waterfall."""
    speaking_for = [reason for reason in match.reasons if reason.kind not in _AGAINST]
    against = [reason for reason in match.reasons if reason.kind in _AGAINST]
    parts: list[RenderableType] = [
        _reasons(reasons, heading, lang)
        for heading, reasons in (("why", speaking_for), ("against", against))
        if reasons
    ]
    parts.append(_waterfall(match, lang))
    title = f"[bold]{escape(mine.name)}[/] ⇄ [bold]{escape(other.name)}[/]"
    subtitle = f"{_who(mine, taxonomy, lang)}  ⇄  {_who(other, taxonomy, lang)}"
    return Panel(Group(*parts), title=title, subtitle=escape(subtitle), padding=(1, 2))


def match_table(
    matches: Sequence[Match], actors: Mapping[ActorId, Actor], taxonomy: Taxonomy, lang: Lang
) -> Table:
    """One line a match: score, who, where, and the strongest text."""
    table = Table(box=SIMPLE, show_edge=False)
    table.add_column(word("score", lang), justify="right")
    for key in ("actor", "sector", "where"):
        table.add_column(word(key, lang), overflow="fold")
    for match in matches:
        other = actors[match.other_id]
        table.add_row(
            f"{match.score:.1f}",
            f"{escape(other.name)}\n[dim]{escape(other.id)}[/]",
            taxonomy.label("sectors", other.sector, lang),
            escape(_where(other)),
        )
    return table


def hit_table(
    hits: Sequence[SearchHit], actors: Mapping[ActorId, Actor], taxonomy: Taxonomy, lang: Lang
) -> Table:
    """One line a search hit: strength, who, and what it says."""
    table = Table(box=SIMPLE, show_edge=False)
    table.add_column(word("strength", lang), justify="right")
    for key in ("actor", "where", "says"):
        table.add_column(word(key, lang), overflow="fold", ratio=2 if key == "says" else 1)
    for hit in hits:
        actor = actors[hit.actor_id]
        sector = taxonomy.label("sectors", actor.sector, lang)
        table.add_row(
            f"{hit.strength:.2f}",
            f"{escape(actor.name)}\n[dim]{escape(actor.id)} · {sector}[/]",
            escape(_where(actor)),
            escape(hit.text),
        )
    return table


def proposal_table(proposals: Sequence[Proposal], actors: Mapping[ActorId, Actor], lang: Lang) -> Table:
    """One line a proposal: its score, and who it brings together."""
    table = Table(box=SIMPLE, show_edge=False)
    table.add_column(word("score", lang), justify="right")
    for _side in ("a", "b"):
        table.add_column(word("actor", lang), overflow="fold", ratio=1)
    for one in proposals:
        pair = (actors[one.a], actors[one.b])
        told = [f"{escape(actor.name)}\n[dim]{escape(_where(actor))}[/]" for actor in pair]
        table.add_row(f"{one.score:.1f}", *told)
    return table


def report_table(table: ReportTable, lang: Lang) -> Table:
    """A table of a report under its title, figures to the right; of a long one the first rows."""
    shown = Table(title=escape(table.title), title_justify="left", title_style="bold", box=SIMPLE)
    for place, header in enumerate(table.headers):
        shown.add_column(escape(header), justify="left" if place < table.labels else "right", overflow="fold")
    for row in table.rows[:MOST_ROWS]:
        shown.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    if len(table.rows) > MOST_ROWS:
        shown.caption = word("more", lang).format(count=len(table.rows) - MOST_ROWS)
        shown.caption_justify = "left"
    return shown


def _reasons(reasons: Sequence[Reason], heading: str, lang: Lang) -> Text:
    style = "bold yellow" if heading == "against" else "bold green"
    text = Text(word(heading, lang) + "\n", style=style)
    for reason in reasons:
        text.append(f"  {_MARKS[reason.kind]} {reason.text}\n", style="default not bold")
    return text


_MARKS: Mapping[ReasonKind, str] = {
    ReasonKind.NEED_MET: "→",
    ReasonKind.SKILL_WANTED: "←",
    ReasonKind.TRANSLATION: "≈",
    ReasonKind.TERRITORY: "⌂",
    ReasonKind.MISSION: "◦",
    ReasonKind.HISTORY: "∞",
    ReasonKind.ONE_WAY: "!",
    ReasonKind.CAUTION: "!",
}


def _waterfall(match: Match, lang: Lang) -> Table:
    """Every contribution that is not nil, in the order of its weight, adding up to the score."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column()
    told = sorted((c for c in match.contributions if abs(c.points) >= 0.05), key=lambda c: -abs(c.points))
    largest = max((abs(c.points) for c in told), default=1.0)
    if match.bias:
        table.add_row(word("bias", lang), f"{match.bias:+.1f}", "")
    for contribution in told:
        table.add_row(*_step(contribution, largest, lang))
    small = match.score - match.bias - sum(c.points for c in told)
    if abs(small) >= 0.05:
        table.add_row("…", f"{small:+.1f}", "")
    table.add_row(f"[bold]{word('score', lang)}[/]", f"[bold]{match.score:.1f}[/]", _chance(match, lang))
    return table


def _chance(match: Match, lang: Lang) -> str:
    """How likely such a pair is to ally once it is shown, where that was measured."""
    return "" if match.probability is None else word("chance", lang).format(chance=match.probability)


def _step(contribution: Contribution, largest: float, lang: Lang) -> tuple[str, str, str]:
    width = max(1, round(_BAR_WIDTH * abs(contribution.points) / largest))
    colour = "green" if contribution.points > 0 else "red"
    label = feature_label(contribution.feature, lang)
    return label, f"{contribution.points:+.1f}", f"[{colour}]{'█' * width}[/]"


def _who(actor: Actor, taxonomy: Taxonomy, lang: Lang) -> str:
    return f"{taxonomy.label('sectors', actor.sector, lang)}, {_where(actor)}"


def _where(actor: Actor) -> str:
    place = actor.territory
    return place.commune_name or place.commune or place.epci_name or place.region or place.country
