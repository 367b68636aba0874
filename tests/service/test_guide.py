"""What the platform's guide says to type gets an answer."""

import re
import shlex
from pathlib import Path

import pytest

from matcher.access import Scope
from matcher.adapters.tables import read_rows
from matcher.importing import RecordKind
from matcher.taxonomy import sample_directory

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "platform.md"


def curls():
    blocks = re.findall(
        r"^```bash\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return [line for block in blocks for line in block.splitlines() if line.startswith("curl ")]


def request_of(line, key):
    """Method, address, headers and body of a curl command."""
    words = iter(shlex.split(line.replace("$KEY", key))[1:])
    method, headers, body, address = None, {}, None, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-s":
            address = word.removeprefix("http://127.0.0.1:8000")
    return method or ("GET" if body is None else "POST"), address, headers, body


@pytest.fixture
def sample(make_client):
    client = make_client()
    workspace = client.app.state.tenants.of("default").workspace
    for kind in RecordKind:
        workspace.import_rows(kind, read_rows(sample_directory() / f"{kind.value}.jsonl", kind))
    return client


def test_every_request_of_the_guide_is_answered(sample):
    key = sample.key(Scope.READ, Scope.WRITE, Scope.REVIEW)["Authorization"].removeprefix("Bearer ")
    lines = curls()
    assert len(lines) > 8
    for line in lines:
        method, address, headers, body = request_of(line, key)
        answer = sample.request(method, address, headers=headers, content=body)
        assert answer.is_success, (line, answer.text)
        assert answer.json(), line
