"""Proposals are found by a région's code as REG-75, no longer by 75, which is that of a département."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PREFIX = "REG-"
PROPOSALS = sa.table("proposals", *(sa.column(name) for name in ("tenant", "id", "a", "b")))
FACETS = sa.table(
    "proposal_facets", *(sa.column(name) for name in ("tenant", "proposal_id", "kind", "value"))
)
ACTORS = sa.table("actors", *(sa.column(name) for name in ("tenant", "id", "document")))


def upgrade() -> None:
    """The places of each proposal again, from its actors."""
    _replace(lambda place: PREFIX + place)


def downgrade() -> None:
    """Codes of régions without what tells them apart."""
    _replace(lambda place: place)


def _replace(region: Callable[[str], str]) -> None:
    bind = op.get_bind()
    places = {
        (row.tenant, row.id): _places(json.loads(row.document), region)
        for row in bind.execute(sa.select(ACTORS))
    }
    facet = FACETS.c
    for row in bind.execute(sa.select(PROPOSALS)).all():
        of_pair = [places.get((row.tenant, actor)) for actor in (row.a, row.b)]
        if None in of_pair:
            continue
        mine = (facet.tenant == row.tenant) & (facet.proposal_id == row.id) & (facet.kind == "place")
        bind.execute(sa.delete(FACETS).where(mine))
        values = sorted({place for one in of_pair for place in one or ()})
        same = {"tenant": row.tenant, "proposal_id": row.id, "kind": "place"}
        if values:
            bind.execute(sa.insert(FACETS), [same | {"value": value} for value in values])


def _places(actor: dict[str, Any], region: Callable[[str], str]) -> set[str]:
    codes = {actor.get(level) for level in ("commune", "epci", "departement", "country")}
    codes.add(region(actor["region"]) if actor.get("region") else None)
    return {code for code in codes if code}
