"""`maillon backup`, `maillon restore`, `maillon privacy`: keep, move, show and erase what is held."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.access import DEFAULT_TENANT
from matcher.assembly import make_uploads, opened_backend
from matcher.domain import ActorId
from matcher.erasing import erase_actor
from matcher.printing import print_json, say
from matcher.privacy import held_of
from matcher.settings import load_settings

operations_app = typer.Typer(rich_markup_mode=None)
privacy_app = typer.Typer(
    name="privacy",
    help="What is held of one actor.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
operations_app.add_typer(privacy_app)
Place = Annotated[
    str | None,
    typer.Option("--workspace", "-w", envvar="MAILLON_WORKSPACE", help="File or URL of the workspace."),
]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose.")]
ActorName = Annotated[str, typer.Argument(help="Id of the actor.")]


@operations_app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="File to write, such as maillon.jsonl.gz; it is replaced.")],
    *,
    workspace: Place = None,
) -> None:
    """Write all that is held, of every tenant, to one file; the service may go on meanwhile."""
    with opened_backend(workspace) as backend:
        count = backend.backup(path)
    say(f"{count} rows → {path}")


@operations_app.command()
def restore(
    path: Annotated[Path, typer.Argument(help="File that `maillon backup` wrote.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace all that the workspace holds.")] = False,
    workspace: Place = None,
) -> None:
    """Put a backup in place, on SQLite or PostgreSQL, whichever it came from."""
    with opened_backend(workspace) as backend:
        count = backend.restore(path, force=force)
    say(f"{count} rows are back")


@privacy_app.command("export")
def export_actor(actor: ActorName, *, tenant: Tenant = DEFAULT_TENANT, workspace: Place = None) -> None:
    """Print everything that is held of an actor, as JSON."""
    with opened_backend(workspace) as backend:
        print_json(held_of(backend.holdings(tenant), ActorId(actor)))


@privacy_app.command("erase")
def erase(
    actor: ActorName,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Place = None,
) -> None:
    """Erase an actor: profile, contact, vectors, place in alliances, proposals, what was served, uploads."""
    with opened_backend(workspace) as backend:
        store = backend.holdings(tenant).store
        store.actor(ActorId(actor))
        if not yes and not typer.confirm(f"Erase {actor} of {tenant} for good?", err=True):
            say("nothing was erased")
            raise typer.Exit(1)
        erase_actor(backend.holdings(tenant), make_uploads(load_settings()), ActorId(actor))
    say(
        f"{actor} is erased, also from uploads that wait where MAILLON_UPLOADS says; earlier backups still "
        "hold it, and the files of PostgreSQL until `maillon privacy sweep`"
    )


@privacy_app.command("sweep")
def sweep(*, workspace: Place = None) -> None:
    """Write the database anew, so that its files hold nothing erased; for a quiet hour, others wait."""
    with opened_backend(workspace) as backend:
        count = backend.sweep()
    say(f"{count} rows that belonged to nothing are erased, and the files written anew")
