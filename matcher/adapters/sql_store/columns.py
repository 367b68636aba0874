"""Column types that say the same thing in SQLite and in PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import BigInteger, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from matcher.encoder import FloatArray

_MICROSECONDS = 1_000_000


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as microseconds since 1970, so that both databases order it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """A moment as a number; one without a time zone is an error of the caller's."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        whole, rest = divmod(value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC), _SECOND)
        return whole * _MICROSECONDS + rest.microseconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment of a number."""
        if value is None:
            return None
        seconds, rest = divmod(value, _MICROSECONDS)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


_SECOND = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)


class Document(TypeDecorator[Any]):
    """A JSON value, kept as the text that was written."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The value as JSON."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        """The value of the JSON."""
        return None if value is None else json.loads(value)


class Vector(TypeDecorator[FloatArray]):
    """A float32 vector of any length: pgvector's type in PostgreSQL, little-endian bytes in SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the database keeps."""
        return dialect.type_descriptor(VECTOR() if dialect.name == "postgresql" else LargeBinary())

    def process_bind_param(self, value: FloatArray | None, dialect: Dialect) -> object:
        """The vector as the database wants it."""
        if value is None or dialect.name == "postgresql":
            return value
        return np.ascontiguousarray(value, dtype="<f4").tobytes()

    def process_result_value(self, value: Any, dialect: Dialect) -> FloatArray | None:  # noqa: ANN401
        """The vector that the database kept (dimension,) float32."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value, dtype=np.float32)
        return np.frombuffer(value[: len(value) // 4 * 4], dtype="<f4")
