"""The schema: one list of fields, documented in full."""

from pathlib import Path

import pytest

from docs.generate import stale_pages
from matcher.schema import ACTOR_FIELDS, ALLIANCE_FIELDS, CONTACT_FIELDS, Field

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_page_is_what_the_program_would_write():
    assert stale_pages() == []


def test_a_page_that_was_edited_by_hand_is_told_of(tmp_path: Path):
    (tmp_path / "schema.md").write_text("something else", encoding="utf-8")
    assert "schema.md" in stale_pages(tmp_path)


@pytest.mark.parametrize("fields", [ACTOR_FIELDS + CONTACT_FIELDS, ALLIANCE_FIELDS])
def test_fields_have_distinct_names_and_a_meaning(fields: tuple[Field, ...]):
    assert len({field.name for field in fields}) == len(fields)
    assert all(field.meaning for field in fields)


def test_every_field_is_explained_in_the_page():
    page = (DOCS / "schema.md").read_text(encoding="utf-8")
    fields = ACTOR_FIELDS + CONTACT_FIELDS + ALLIANCE_FIELDS
    assert [field.name for field in fields if f"| `{field.name}` |" not in page] == []
