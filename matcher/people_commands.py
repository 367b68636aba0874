"""`maillon user`: people who sign in to the pages."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from matcher.access import DEFAULT_TENANT, Person, Scope
from matcher.access_commands import Place, Tenant
from matcher.assembly import opened_backend
from matcher.errors import InputError
from matcher.printing import say

SHORTEST_PASSWORD = 12
people_app = typer.Typer(name="user", help="People who sign in.", no_args_is_help=True, rich_markup_mode=None)


@people_app.callback()
def people() -> None:
    """People who sign in."""


@people_app.command("add")
def add_person(
    name: Annotated[str, typer.Argument(help="What the person signs in as.")],
    *,
    territory: Annotated[
        list[str] | None, typer.Option(help="Code of a commune up to a country; may be repeated.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Place = None,
) -> None:
    """Add a catalyst, or replace the one of that name; they see the proposals of their territories."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    if len(password) < SHORTEST_PASSWORD:
        raise InputError("password", len(password), f"expected {SHORTEST_PASSWORD} characters or more")
    try:
        argon2 = import_module("argon2")
    except ImportError as error:
        raise InputError("user", "argon2", "missing; pip install 'maillon[service]'") from error
    scopes = frozenset({Scope.READ, Scope.REVIEW})
    kept = argon2.PasswordHasher().hash(password)
    with opened_backend(workspace) as backend:
        backend.holdings(tenant)
        backend.access.put_person(
            Person(name, tenant, name, scopes, kept, territories=tuple(territory or ()))
        )
    say(f"{name} may sign in to {tenant}")
