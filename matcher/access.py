"""Who may do what: API keys of platforms and accounts of people, per tenant.

A key is shown once and kept as a SHA-256 digest (it is long and random, so that a slow hash would
add nothing); a password is kept as the string that a password hash function gives.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

PREFIX = "mln"
DEFAULT_TENANT = "default"


class Scope(StrEnum):
    """What a key or a person may do; `admin` includes the others."""

    READ = "read"
    WRITE = "write"
    REVIEW = "review"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A platform's key, without the secret itself."""

    id: str
    tenant: str
    name: str
    digest: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked is None and (self.expires is None or at < self.expires)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in; `subject` is the issuer's name for them, `territories` what they see.

    `email` is by whom an issuer may vouch for them before their subject is known.
    """

    id: str
    tenant: str
    name: str
    scopes: frozenset[Scope]
    password: str | None = None
    subject: str | None = None
    territories: tuple[str, ...] = ()
    active: bool = True
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; `digest` is the SHA-256 of the cookie's value.

    One without a person is a sign-in under way.
    """

    digest: str
    tenant: str
    person: str
    csrf: str
    expires: datetime
    data: Mapping[str, str]


class Access(Protocol):
    """Keeps keys, people and sessions of every tenant."""

    def put_key(self, key: ApiKey) -> None:
        """Add or replace a key by id."""

    def key_of_digest(self, digest: str) -> ApiKey | None:
        """The key of a secret's digest."""

    def keys(self, tenant: str | None = None) -> list[ApiKey]:
        """The keys of a tenant (of all when None), by date."""

    def put_person(self, person: Person) -> None:
        """Add or replace a person by tenant and id."""

    def person(self, tenant: str, person_id: str) -> Person | None:
        """A person of a tenant."""

    def person_of_subject(self, subject: str) -> Person | None:
        """The person that an issuer calls so."""

    def delete_person(self, tenant: str, person_id: str) -> bool:
        """Whether there was such a person; they are erased, and their sessions end."""

    def people_of_email(self, email: str) -> list[Person]:
        """The people of every tenant who have this e-mail, in whatever case it is written."""

    def people(self, tenant: str | None = None) -> list[Person]:
        """The people of a tenant (of all when None), by id."""

    def put_session(self, session: Session) -> None:
        """Add or replace a session by digest; those that have expired are forgotten."""

    def session(self, digest: str) -> Session | None:
        """The session of a cookie's digest, whether or not it has expired."""

    def end_session(self, digest: str) -> bool:
        """Whether there was such a session; it is forgotten."""


def new_secret() -> str:
    """A random secret to show once: a prefix and 256 bits."""
    return f"{PREFIX}_{secrets.token_urlsafe(32)}"


def digest_of(secret: str) -> str:
    """What is kept of a secret, and what it is found again by: SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def subject_of(issuer: str, sub: str) -> str:
    """What a person whom an issuer calls `sub` is found by; another issuer's `sub` is somebody else."""
    return f"{issuer}|{sub}"


def allows(scopes: Iterable[Scope], wanted: Scope) -> bool:
    """Whether these scopes allow something."""
    held = set(scopes)
    return wanted in held or Scope.ADMIN in held
