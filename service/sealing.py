"""Secrets that have to be read again, such as those that sign: kept sealed under a key of the settings."""

from __future__ import annotations

import base64
import hashlib
import logging

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from matcher.backend import Holdings
from matcher.errors import InputError
from matcher.settings import Settings

SEALED = "sealed:"
SHORTEST_KEY = 32
log = logging.getLogger(__name__)


class SealError(Exception):
    """A secret that was sealed under a key which is not set."""


class Sealer:
    """Seals under the first of its keys and opens what any of them sealed; without keys all stays plain."""

    def __init__(self, *keys: str) -> None:
        made = [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
        self._first = made[0] if made else None
        self._any = MultiFernet(made) if made else None

    @property
    def seals(self) -> bool:
        """Whether it has a key."""
        return self._first is not None

    def seal(self, secret: str) -> str:
        """What to keep of a secret."""
        return secret if self._first is None else SEALED + self._first.encrypt(secret.encode()).decode()

    def open(self, kept: str) -> str:
        """The secret that was kept, else SealError."""
        if not kept.startswith(SEALED):
            return kept
        if self._any is None:
            raise SealError("sealed under a key, and MAILLON_SECRET_KEY is not set")
        try:
            return self._any.decrypt(kept.removeprefix(SEALED)).decode()
        except InvalidToken as error:
            raise SealError("sealed under another key than those of MAILLON_SECRET_KEY") from error

    def is_current(self, kept: str) -> bool:
        """Whether it is kept as `seal` would keep it now."""
        if self._first is None or not kept.startswith(SEALED):
            return self._first is None
        try:
            self._first.decrypt(kept.removeprefix(SEALED))
        except InvalidToken:
            return False
        return True


def make_sealer(settings: Settings) -> Sealer:
    """The sealer of the settings' keys, newest first; InputError for a key that can be guessed."""
    held = "" if settings.secret_key is None else settings.secret_key.get_secret_value()
    keys = held.split()
    if any(len(key) < SHORTEST_KEY for key in keys):
        expected = f"a random text of {SHORTEST_KEY} characters or more, such as `openssl rand -hex 32` gives"
        raise InputError(
            "MAILLON_SECRET_KEY", f"{len(min(keys, key=len))} characters", f"expected {expected}"
        )
    return Sealer(*keys)


def seal_anew(holdings: Holdings, sealer: Sealer) -> int:
    """How many of a tenant's secrets were sealed under the newest key, which they were not yet."""
    count = 0
    for webhook in holdings.changes.webhooks():
        if not sealer.is_current(webhook.secret):
            try:
                holdings.changes.seal_webhook(
                    webhook.id, webhook.secret, sealer.seal(sealer.open(webhook.secret))
                )
            except SealError as error:
                log.warning("webhook %s: its secret was %s", webhook.id, error)
                continue
            count += 1
    return count
