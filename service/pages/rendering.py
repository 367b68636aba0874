"""Templates to HTML answers."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
STATES = {
    "suggested": "suggérée",
    "reviewed": "retenue",
    "introduced": "mise en relation",
    "meeting": "rencontre",
    "alliance": "alliance",
    "declined": "déclinée",
    "postponed": "reportée",
}
_templates = Environment(
    loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def page(name: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page; every value is escaped."""
    known: dict[str, Any] = {"states": STATES, "visitor": None}
    html = _templates.get_template(name).render(known | values)
    return HTMLResponse(html, status, {"content-security-policy": POLICY})
