"""Requests that nobody would write; benchmarks/fuzz_api.py sends thousands more."""

import pytest

from benchmarks.fuzz_api import fuzz, report

FEW_SECONDS = 10


@pytest.mark.filterwarnings("default")
def test_strange_requests_get_documented_answers_only(tmp_path):
    found = fuzz(tmp_path, examples=2, seconds=FEW_SECONDS)
    assert not found.faults, report(found, FEW_SECONDS)
    assert not found.errors, report(found, FEW_SECONDS)
    assert found.statuses[200]
    assert not [status for status in found.statuses if status >= 500]


def test_a_parameter_is_described_as_left_out_or_sent_but_never_null(client):
    paths = client.get("/openapi.json").json()["paths"]
    described = [
        parameter["schema"]
        for operations in paths.values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
    ]
    assert {"type": "array", "items": {"type": "string"}}.items() <= next(
        one for one in described if one.get("title") == "Sector"
    ).items()
    assert not [one for one in described if {"type": "null"} in one.get("anyOf", ())]
