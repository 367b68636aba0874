"""ETags, and the refusal of a change on what has changed since it was read."""

from __future__ import annotations

import hashlib

from service.problems import ProblemError


def etag_of(document: str) -> str:
    """A strong validator of a stored document."""
    return f'"{hashlib.sha256(document.encode()).hexdigest()[:32]}"'


def check_match(record_id: str, tag: str, if_match: str | None) -> None:
    """ProblemError 412 when If-Match names another state of the record than the one it is in."""
    if if_match is not None and if_match.strip() != "*" and tag not in if_match:
        raise ProblemError(412, "changed", f"{record_id} is now {tag}; read it again")
