"""The OpenAPI of the service, with parameters described as they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI


def describe(app: FastAPI) -> None:
    """Have the application's OpenAPI say that a parameter is left out or sent, never null."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        first = app.openapi_schema is None
        described: dict[str, Any] = make()
        if first:
            for parameter in _parameters(described):
                parameter["schema"] = without_null(parameter["schema"])
        return described

    app.openapi = openapi  # type: ignore[method-assign]


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the choice of null."""
    choices: list[dict[str, Any]] = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {key: value for key, value in schema.items() if key != "anyOf"} | choices[0]


def _parameters(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in described["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())
