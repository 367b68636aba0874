"""`maillon propose`, `maillon report`: fill the queue of catalysts, and tell what came of their work."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from matcher.access import DEFAULT_TENANT
from matcher.access_commands import AsJson, Place, Tenant
from matcher.adapters.workbook import workbook_bytes
from matcher.assembly import opened_tenant
from matcher.errors import InputError
from matcher.printing import print_json, print_proposals, print_report, say
from matcher.progress import progress_bar
from matcher.proposals import ProposalQuery, ProposalState
from matcher.proposing import PER_ACTOR, fill_queue
from matcher.report_tables import ReportTable, csv_bytes, tables_of
from matcher.reporting import checked_period, place_namer, report_record, told
from matcher.taxonomy import Lang
from matcher.workspace import Filters

proposal_app = typer.Typer(rich_markup_mode=None)
Language = Annotated[Lang | None, typer.Option("--lang", help="Language of explanations.")]


@proposal_app.command()
def propose(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to add at most.")] = 20,
    per_actor: Annotated[
        int, typer.Option(min=1, help="In how many of them an actor may stand.")
    ] = PER_ACTOR,
    sector: Annotated[list[str] | None, typer.Option(help="Only this sector; may be repeated.")] = None,
    theme: Annotated[list[str] | None, typer.Option(help="Only this WALDEC theme; may be repeated.")] = None,
    territory: Annotated[
        str | None, typer.Option(help="Only this commune, EPCI, département or région (name or code).")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Place = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Add the best pairs that were never proposed to those that catalysts review; nobody is written to."""
    filters = Filters(sectors=sector or (), themes=theme or (), territory=territory)
    with opened_tenant(workspace, tenant) as (opened, holdings):
        with progress_bar("encoding") as advance:
            opened.index(advance)
        now, proposals = datetime.now(UTC), holdings.proposals
        added = fill_queue(
            opened, proposals, now=now, filters=filters, limit=limit, per_actor=per_actor, lang=lang
        )
        waiting = proposals.counts(ProposalQuery())[ProposalState.SUGGESTED]
        print_proposals(opened, added, waiting, lang or opened.parts.lang, as_json=as_json)


@proposal_app.command()
def report(
    *,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day, in UTC; that of this year when not given."),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; today when not given.")
    ] = None,
    place: Annotated[
        list[str] | None,
        typer.Option(help="Only pairs of this commune up to country, by its code; may be repeated."),
    ] = None,
    metier: Annotated[str | None, typer.Option(help="Only the activities of this métier.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write instead of printing: .csv or .xlsx.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Place = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """The work of a period and what came of it: time, introductions, alliances, needs without an answer."""
    with opened_tenant(workspace, tenant) as (opened, holdings):
        parts = opened.parts
        today = parts.clock()
        days = checked_period(
            date(today.year, 1, 1) if start is None else start.date(), today if end is None else end.date()
        )
        found = told(holdings.ledger, opened.store.actors(), parts, *days, place or (), metier)
    if as_json:
        print_json(report_record(found))
        return
    shown = lang or parts.lang
    tables = tables_of(found.report, found.needs, parts.taxonomy, shown, place_namer(parts.gazetteer))
    if out is None:
        print_report(tables, shown)
    else:
        out.write_bytes(_file_of(out, tables, shown))
        say(f"→ {out}")


def _file_of(path: Path, tables: list[ReportTable], lang: Lang) -> bytes:
    if path.suffix == ".csv":
        return csv_bytes(tables, lang)
    if path.suffix == ".xlsx":
        return workbook_bytes(tables)
    raise InputError("out", str(path), "expected a file ending in .csv or .xlsx")
