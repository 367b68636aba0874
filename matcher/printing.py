"""What the command line prints: JSON or tables on stdout, warnings on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from matcher.adapters.tables import write_rejects
from matcher.domain import ActorId, Match
from matcher.importing import ImportReport, Reject
from matcher.pipeline import SearchHit
from matcher.preview import Fate, Preview
from matcher.proposals import Proposal
from matcher.report_tables import ReportTable
from matcher.results import hit_record, match_record
from matcher.taxonomy import Lang
from matcher.terminal import hit_table, match_panel, match_table, proposal_table, report_table, word
from matcher.workspace import Workspace

out = Console()
log = logging.getLogger(__name__)


def report_import(
    reports: Iterable[ImportReport], refused: Sequence[Reject], rejects: Path, *, as_json: bool
) -> None:
    """Print what imports did, warn of unknown fields, and write the refused rows to a file."""
    if refused:
        write_rejects(rejects, refused)
        log.warning("%d rows refused; see %s", len(refused), rejects)
    for report in reports:
        for warning in report.warnings:
            log.warning("%s", warning)
        if not as_json:
            say(summary(report))
    if as_json:
        print_json(
            [
                {
                    "kind": report.kind.value,
                    "added": report.changes.added,
                    "updated": report.changes.updated,
                    "unchanged": report.changes.unchanged,
                    "refused": len(report.rejects),
                }
                for report in reports
            ]
        )


def print_preview(found: Preview, *, as_json: bool) -> None:
    """Print what an import would do: the counts, then each change and each refused row."""
    counts = {fate.value: found.count(fate) for fate in Fate} | {"refused": len(found.rejects)}
    if as_json:
        changed = [asdict(row) for row in found.rows if row.fate is Fate.CHANGED]
        print_json(counts | {"changes": changed, "rejects": [asdict(one) for one in found.rejects]})
        return
    say(", ".join(f"{count} {name}" for name, count in counts.items()) + " (nothing was written)")
    for row in (row for row in found.rows if row.fate is Fate.CHANGED):
        for change in row.changes:
            say(f"line {row.line}, {row.id}: {change.field}: {change.before!r} → {change.after!r}")
    for reject in found.rejects:
        say(f"line {reject.line} refused: {reject.field}: {reject.reason} ({reject.value})")


def summary(report: ImportReport) -> str:
    """One line: what an import did."""
    changes = report.changes
    return (
        f"{report.kind.value}: {changes.added} added, {changes.updated} updated, "
        f"{changes.unchanged} unchanged, {len(report.rejects)} refused"
    )


def print_matches(
    opened: Workspace, found: Sequence[Match], lang: Lang, *, as_json: bool, table: bool
) -> None:
    """Print matches with their explanations; with `table`, a summary below and the best last."""
    taxonomy = opened.parts.taxonomy
    ids: set[ActorId] = {actor_id for m in found for actor_id in (m.actor_id, m.other_id)}
    actors = {actor_id: opened.store.actor(actor_id) for actor_id in ids}
    if as_json:
        print_json([match_record(m, actors[m.actor_id], actors[m.other_id]) for m in found])
        return
    for m in reversed(found) if table else found:
        out.print(match_panel(m, actors[m.actor_id], actors[m.other_id], taxonomy, lang))
    if not found:
        out.print(word("nothing", lang))
    elif table:
        out.print(match_table(found, actors, taxonomy, lang))


def print_hits(opened: Workspace, hits: Sequence[SearchHit], lang: Lang, *, as_json: bool) -> None:
    """Print what a search found, best first."""
    actors = {hit.actor_id: opened.store.actor(hit.actor_id) for hit in hits}
    if as_json:
        print_json([hit_record(hit, actors[hit.actor_id]) for hit in hits])
    elif hits:
        out.print(hit_table(hits, actors, opened.parts.taxonomy, lang))
    else:
        out.print(word("nothing", lang))


def print_proposals(
    opened: Workspace, added: Sequence[Proposal], waiting: int, lang: Lang, *, as_json: bool
) -> None:
    """Print the proposals that were added, best first, and how many wait to be reviewed."""
    if as_json:
        added_records = [
            {"id": one.id, "score": one.score, "a": one.a, "b": one.b, "match": one.served} for one in added
        ]
        print_json({"added": added_records, "waiting": waiting})
        return
    if added:
        actors = {name: opened.store.actor(name) for one in added for name in (one.a, one.b)}
        out.print(proposal_table(added, actors, lang))
    say(word("proposed", lang).format(added=len(added), waiting=waiting))


def print_report(tables: Iterable[ReportTable], lang: Lang) -> None:
    """Print the tables of a report that hold anything, each under its title."""
    for table in tables:
        if table.rows:
            out.print(report_table(table, lang))


def say(text: str) -> None:
    """Print one plain line."""
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:  # noqa: ANN401 (whatever JSON holds)
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
