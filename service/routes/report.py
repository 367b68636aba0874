"""The report of a period for platforms."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from matcher.importing import check_text
from matcher.reporting import checked_period, report_record
from service.schemas import Record
from service.security import ReadTenant

router = APIRouter(prefix="/v1", tags=["report"])


@router.get("/report")
def report(
    tenant: ReadTenant,
    start: Annotated[date, Query(description="first day, in UTC", examples=["2026-01-01"])],
    end: Annotated[date, Query(description="last day", examples=["2026-12-31"])],
    place: Annotated[list[str] | None, Query(description="codes of communes up to countries")] = None,
    metier: Annotated[str | None, Query(max_length=100)] = None,
) -> Record:
    """Minutes, introductions, alliances, outcomes and needs without an answer of a period."""
    check_text("place", place)
    check_text("metier", metier)
    return report_record(tenant.told(*checked_period(start, end), place or (), metier))
