"""Which account an identity opens that an issuer vouches for."""

from __future__ import annotations

from dataclasses import replace

from matcher.access import Access, Person, Scope
from service.openid import Identity


def admitted(access: Access, identity: Identity, create_in: str | None) -> Person | None:
    """The person whom an identity is, None when there is none or the account is closed.

    By subject; else by a verified e-mail that one account was given and no issuer has used yet, whose
    subject it then is for good. In the tenant `create_in`, if any, somebody unknown gets an account.
    """
    known = access.person_of_subject(identity.subject)
    if known is not None:
        return known if known.active else None
    invited = access.people_of_email(identity.email) if identity.email else []
    if invited:
        return _bound(access, invited, identity)
    return None if create_in is None else _created(access, identity, create_in)


def _bound(access: Access, invited: list[Person], identity: Identity) -> Person | None:
    """The one account of an e-mail; several leave open who is meant, and one that is taken is not given."""
    if len(invited) > 1 or invited[0].subject is not None or not invited[0].active:
        return None
    person = replace(invited[0], subject=identity.subject)
    access.put_person(person)
    return person


def _created(access: Access, identity: Identity, tenant: str) -> Person | None:
    """A new account that sees nothing until it is given territories; never one that somebody has."""
    name = identity.email or identity.uid or identity.subject
    if access.person(tenant, name) is not None:
        return None
    scopes = frozenset({Scope.READ, Scope.REVIEW})
    person = Person(name, tenant, identity.name, scopes, subject=identity.subject, email=identity.email)
    access.put_person(person)
    return person
