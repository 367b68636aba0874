"""Every error that Maillon raises on purpose.

    MaillonError
    ├── InputError                 a value that the user gave cannot be used
    │   ├── NaturalPersonError     the profile describes a person, not an organisation
    │   ├── UnknownActorError      no actor has this id
    │   ├── UnknownRecordError     no alliance, proposal, list, model … has this id
    │   └── UnknownPlaceError      no commune, EPCI, département or région has this name or code
    ├── ConflictError              somebody else was there first; read again and decide again
    │   └── IllegalStepError       a proposal cannot go there from where it stands
    ├── ImportSourceError          a whole file cannot be read (one bad row is a reject, not an error)
    ├── WorkspaceError             the store cannot be opened, or belongs to something else
    ├── ModelError                 a learned model cannot be read, or was made for something else
    └── EncoderError               an encoder cannot be found, loaded or trusted
        └── EncoderMismatchError   vectors of one encoder met vectors of another

Errors know nothing of HTTP or of exit codes: the service and the command line map them.
"""

from __future__ import annotations

from collections.abc import Sequence


class MaillonError(Exception):
    """Base of all; its text says what failed, with which value, and what to do."""


class InputError(MaillonError):
    """A value that the user gave cannot be used; `field` and `value` say which."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        self.field = field
        self.value = value
        self.reason = reason
        super().__init__(f"{field}: {reason} (got {value!r})")


class NaturalPersonError(InputError):
    """The profile describes a natural person; Maillon holds organisations only."""


class UnknownActorError(InputError):
    """No actor has this id."""

    def __init__(self, actor_id: str) -> None:
        super().__init__("actor", actor_id, "no such actor; `maillon export` lists the ids")


class UnknownRecordError(InputError):
    """No record of this kind has this id; `field` names the kind, `hint` says where to look."""

    def __init__(self, kind: str, record_id: str, hint: str = "") -> None:
        super().__init__(kind, record_id, f"no such {kind}; {hint}" if hint else f"no such {kind}")


class UnknownPlaceError(InputError):
    """No commune, EPCI, département or région has this name or code."""


class ConflictError(MaillonError):
    """Somebody else was there first; read again and decide again."""


class IllegalStepError(ConflictError):
    """A proposal cannot go there from where it stands; `allowed` are the states that it could from."""

    def __init__(self, action: str, state: str, allowed: Sequence[str]) -> None:
        self.action, self.state, self.allowed = str(action), str(state), tuple(map(str, allowed))
        expected = f"possible from: {', '.join(self.allowed)}" if allowed else "there is nothing to undo"
        super().__init__(f"{self.action} is not possible while the proposal is {self.state}; {expected}")


class ImportSourceError(MaillonError):
    """A whole file cannot be read: missing, of an unknown format, or without the expected columns."""


class WorkspaceError(MaillonError):
    """The store cannot be opened, or does not hold what it should."""


class ModelError(MaillonError):
    """A learned model cannot be read, or was made for other features or another encoder."""


class EncoderError(MaillonError):
    """An encoder cannot be found, loaded or trusted."""


class EncoderMismatchError(EncoderError):
    """Vectors of one encoder met vectors of another."""
