"""`maillon serve`, `maillon keys`, `maillon tenants`: the service and who may call it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Annotated

import typer

from matcher.access import DEFAULT_TENANT, ApiKey, Scope, digest_of, new_secret
from matcher.assembly import opened_backend
from matcher.errors import InputError, UnknownRecordError
from matcher.printing import print_json, say
from matcher.settings import load_settings

access_app = typer.Typer(rich_markup_mode=None)
keys_app = typer.Typer(
    name="keys", help="API keys of platforms.", no_args_is_help=True, rich_markup_mode=None
)
tenants_app = typer.Typer(
    name="tenants",
    help="Tenants, who see nothing of one another.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
access_app.add_typer(keys_app)
access_app.add_typer(tenants_app)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Place = Annotated[
    str | None,
    typer.Option("--workspace", "-w", envvar="MAILLON_WORKSPACE", help="File or URL of the workspace."),
]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose.")]


@access_app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Run the HTTP service; requests in flight finish when it is stopped."""
    try:
        uvicorn = import_module("uvicorn")
    except ImportError as error:
        raise InputError("serve", "uvicorn", "missing; pip install 'maillon[service]'") from error
    load_settings()
    uvicorn.run(
        "service.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http="service.connections:Connection",
        timeout_graceful_shutdown=30,
        access_log=False,
        server_header=False,
    )


@keys_app.command("add")
def add_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    *,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="read, write, review or admin; may be repeated.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days until it expires; never when not given.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Place = None,
) -> None:
    """Make a key and print its secret, which is not kept and cannot be shown again."""
    secret, now = new_secret(), datetime.now(UTC)
    with opened_backend(workspace) as backend:
        backend.holdings(tenant)
        backend.access.put_key(
            ApiKey(
                id=uuid.uuid4().hex[:12],
                tenant=tenant,
                name=name,
                digest=digest_of(secret),
                scopes=frozenset(scope or [Scope.READ]),
                created=now,
                expires=None if days is None else now + timedelta(days=days),
            )
        )
    say(secret)


@keys_app.command("list")
def list_keys(*, workspace: Place = None, as_json: AsJson = False) -> None:
    """Every key, without its secret."""
    with opened_backend(workspace) as backend:
        held = backend.access.keys()
    if as_json:
        print_json([_key_record(key) for key in held])
        return
    for key in held:
        state = "revoked" if key.revoked else "expired" if not key.holds_at(datetime.now(UTC)) else "good"
        say(f"{key.id}  {key.tenant}  {state}  {','.join(sorted(key.scopes))}  {key.name}")


@keys_app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `maillon keys list` shows it.")],
    *,
    workspace: Place = None,
) -> None:
    """Refuse a key from now on."""
    with opened_backend(workspace) as backend:
        held = {key.id: key for key in backend.access.keys(None)}
        if key_id not in held:
            raise UnknownRecordError("key", key_id)
        backend.access.put_key(replace(held[key_id], revoked=held[key_id].revoked or datetime.now(UTC)))
    say(f"{key_id} is revoked")


@tenants_app.command("add")
def add_tenant(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.")],
    *,
    workspace: Place = None,
) -> None:
    """Make a tenant; one that exists is left as it is."""
    with opened_backend(workspace) as backend:
        backend.add_tenant(name)
    say(f"{name} is ready; maillon keys add NAME --tenant {name}")


@tenants_app.command("list")
def list_tenants(*, workspace: Place = None) -> None:
    """The tenants, in order."""
    with opened_backend(workspace) as backend:
        for name in backend.tenants():
            say(name)


def _key_record(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created": key.created.isoformat(),
        "expires": key.expires and key.expires.isoformat(),
        "revoked": key.revoked and key.revoked.isoformat(),
    }
