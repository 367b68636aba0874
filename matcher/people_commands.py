"""`maillon user`: people who sign in to the pages."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from matcher.access import DEFAULT_TENANT, Person, Scope, subject_of
from matcher.access_commands import AsJson, Place, Tenant
from matcher.assembly import make_gazetteer, opened_backend
from matcher.errors import InputError, UnknownRecordError
from matcher.printing import print_json, say
from matcher.reporting import place_namer
from matcher.settings import load_settings

SHORTEST_PASSWORD = 12
people_app = typer.Typer(name="user", help="People who sign in.", no_args_is_help=True, rich_markup_mode=None)
PersonName = Annotated[str, typer.Argument(help="What the person is called, and signs in as.")]


@people_app.callback()
def people() -> None:
    """People who sign in."""


@people_app.command("add")
def add_person(
    name: PersonName,
    *,
    territory: Annotated[
        list[str] | None,
        typer.Option(
            help="Code of a commune, an EPCI, a département (75), a région (REG-75) or a country (FR); "
            "may be repeated."
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    subject: Annotated[
        str | None, typer.Option(help="What the issuer of MAILLON_OIDC_ISSUER calls the person (sub).")
    ] = None,
    email: Annotated[
        str | None, typer.Option(help="E-mail by which the issuer may vouch for the person at first.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    workspace: Place = None,
) -> None:
    """Add a catalyst, or replace the one of that name; they see the proposals of their territories.

    Without --subject and --email a password is asked for; with them the person signs in with the issuer.
    """
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif subject is None and email is None:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    person = Person(
        id=name,
        tenant=tenant,
        name=name,
        scopes=frozenset({Scope.READ, Scope.REVIEW}),
        password=None if password is None else _hashed(password),
        subject=None if subject is None else _subject(subject),
        territories=tuple(territory or ()),
        email=None if email is None else _email(email),
    )
    with opened_backend(workspace) as backend:
        backend.holdings(tenant)
        held = None if person.subject is None else backend.access.person_of_subject(person.subject)
        if held is not None and (held.tenant, held.id) != (tenant, name):
            raise InputError("subject", subject, f"is that of {held.id} in {held.tenant}; remove them first")
        backend.access.put_person(person)
    named = map(place_namer(make_gazetteer(load_settings())), person.territories)
    say(f"{name} may sign in to {tenant}, for {', '.join(named) or 'no territory yet'}")


@people_app.command("list")
def list_people(*, workspace: Place = None, as_json: AsJson = False) -> None:
    """Everybody who may sign in, with what they may see."""
    with opened_backend(workspace) as backend:
        held = backend.access.people()
    if as_json:
        print_json([_record(person) for person in held])
        return
    for person in held:
        known_by = "subject" if person.subject else "e-mail" if person.email else "password"
        say(f"{person.tenant}  {person.id}  {known_by}  {','.join(person.territories)}")


@people_app.command("remove")
def remove_person(name: PersonName, *, tenant: Tenant = DEFAULT_TENANT, workspace: Place = None) -> None:
    """Erase somebody's account; what they decided stays under their name, and their sessions end."""
    with opened_backend(workspace) as backend:
        if not backend.access.delete_person(tenant, name):
            raise UnknownRecordError("person", name)
    say(f"{name} of {tenant} may no longer sign in")


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise InputError("password", len(password), f"expected {SHORTEST_PASSWORD} characters or more")
    try:
        argon2 = import_module("argon2")
    except ImportError as error:
        raise InputError("user", "argon2", "missing; pip install 'maillon[service]'") from error
    return str(argon2.PasswordHasher().hash(password))


def _subject(sub: str) -> str:
    issuer = load_settings().oidc_issuer
    if not issuer:
        raise InputError("subject", sub, "whose? set MAILLON_OIDC_ISSUER first")
    return subject_of(issuer, sub)


def _email(text: str) -> str:
    before, sign, after = text.strip().rpartition("@")
    if not (before and sign and "." in after) or any(character.isspace() for character in text.strip()):
        raise InputError("email", text, "expected an e-mail address")
    return text.strip()


def _record(person: Person) -> dict[str, object]:
    return {
        "tenant": person.tenant,
        "id": person.id,
        "scopes": sorted(person.scopes),
        "territories": list(person.territories),
        "password": person.password is not None,
        "subject": person.subject,
        "email": person.email,
        "active": person.active,
    }
