"""A thin client of the service; it needs httpx alone, so that this file may be copied into a platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

Record = dict[str, Any]


class ServiceError(Exception):
    """An answer that is no success: its status, its stable `code`, its sentence and the fields at fault."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[Record] = list(problem.get("errors", ()))
        super().__init__(f"{status} {self.code}: {self.detail}")


class Client:
    """Calls the service with one key; close it, or use it as a context manager."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        lang: str = "fr",
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": lang}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def put_actor(self, record: Record, *, idempotency_key: str | None = None) -> Record:
        """The actor as it is kept, added or replaced."""
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        found: Record = self._call("PUT", _actor(record["id"]), json=record, headers=headers)
        return found

    def put_actors(self, records: Iterable[Record]) -> Record:
        """What became of up to 5,000 actors, each taken or refused on its own."""
        found: Record = self._call("POST", "/v1/actors:batch", json={"actors": list(records)})
        return found

    def actor(self, actor_id: str) -> Record:
        """An actor's profile."""
        found: Record = self._call("GET", _actor(actor_id))
        return found

    def actors(self, **filters: Any) -> Iterator[Record]:  # noqa: ANN401 (the filters of GET /v1/actors)
        """Every actor that passes the filters, a page at a time."""
        cursor: str | None = None
        while True:
            asked = filters | ({} if cursor is None else {"cursor": cursor})
            page = self._call("GET", "/v1/actors", params=asked)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def delete_actor(self, actor_id: str) -> None:
        """Erase an actor and all that was served of it."""
        self._call("DELETE", _actor(actor_id))

    def matches(self, actor_id: str, **filters: Any) -> Record:  # noqa: ANN401 (those of the endpoint)
        """The best matches of an actor, and the id of the list for `events`."""
        found: Record = self._call("GET", f"{_actor(actor_id)}/matches", params=filters)
        return found

    def search(self, text: str, **filters: Any) -> Record:  # noqa: ANN401 (those of the endpoint)
        """Who answers a need (or calls for a skill, with role="skill") given in free text."""
        found: Record = self._call("POST", "/v1/matches:search", json={"text": text} | filters)
        return found

    def events(self, events: Iterable[Record]) -> int:
        """How many impressions and clicks were kept."""
        return int(self._call("POST", "/v1/events", json={"events": list(events)})["kept"])

    def changes(self, after: int = 0, limit: int = 1_000) -> Record:
        """The next changes after a number; ask again with `last`."""
        found: Record = self._call("GET", "/v1/changes", params={"after": after, "limit": limit})
        return found

    def _call(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 (whatever the answer holds)
        response = self._http.request(method, path, **request)
        if response.is_success:
            return response.json() if response.content else None
        try:
            problem = response.json()
        except ValueError:
            problem = {"detail": response.text[:500]}
        raise ServiceError(response.status_code, problem if isinstance(problem, dict) else {})


def _actor(actor_id: str) -> str:
    return f"/v1/actors/{quote(actor_id, safe='')}"
