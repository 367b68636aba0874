"""Charts as inline SVG: bars with intervals, curves; nothing is loaded from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

WIDTH = 720
LABEL = 210
LETTER = 7.5
"""The width of a letter of 12 pixels, so that long names stay inside."""
ROW = 22
SIDE = 300
MARGIN = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One value with its interval; `strong` marks the one that the page is about."""

    label: str
    value: float
    low: float
    high: float
    strong: bool = False


def bars(caption: str, shown: Sequence[Bar]) -> str:
    """A horizontal bar a value, with its interval as a line, on one scale that holds nought."""
    held = [bar for bar in shown if isfinite(bar.value)]
    if not held:
        return f"<figure><figcaption>{escape(caption)}: nothing to show</figcaption></figure>"
    least = min(0.0, *(bar.low for bar in held))
    span = max(0.0, *(bar.high for bar in held)) - least or 1.0
    left = max(LABEL, LETTER * max(len(bar.label) for bar in held))
    scale = (WIDTH - left - 90) / span
    rows = [_bar(bar, left, left - least * scale, scale, at * ROW) for at, bar in enumerate(held)]
    return _figure(caption, WIDTH, len(held) * ROW + 8, "".join(rows))


def _bar(bar: Bar, left: float, zero: float, scale: float, top: float) -> str:
    start, end = sorted((zero, zero + bar.value * scale))
    low, high = zero + bar.low * scale, zero + bar.high * scale
    middle = top + ROW / 2
    kind = "strong" if bar.strong else "plain"
    label = f'<text x="{left - 8:.1f}" y="{middle + 4:.1f}" text-anchor="end" class="{kind}">'
    return (
        f"{label}{escape(bar.label)}</text>"
        f'<rect x="{start:.1f}" y="{top + 4:.1f}" width="{max(end - start, 1):.1f}" height="{ROW - 8}" '
        f'class="{kind}"/><line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
        f'<text x="{max(high, end) + 6:.1f}" y="{middle + 4:.1f}">{bar.value:.4f}</text>'
    )


def curves(caption: str, lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str) -> str:
    """Curves in a square whose diagonal is drawn; both axes begin at nought."""
    points = [point for line in lines.values() for point in line]
    most = max((max(x, y) for x, y in points), default=1.0) or 1.0
    inner = SIDE - 2 * MARGIN

    def place(x: float, y: float) -> str:
        return f"{MARGIN + x / most * inner:.1f},{SIDE - MARGIN - y / most * inner:.1f}"

    drawn = [f'<polyline points="{place(0, 0)} {place(most, most)}" class="diagonal"/>']
    for at, (name, line) in enumerate(lines.items()):
        path = " ".join(place(x, y) for x, y in line)
        dots = "".join(
            '<circle cx="{}" cy="{}" r="2.5"/>'.format(*place(x, y).split(","))
            for x, y in (line if len(line) < 20 else ())
        )
        key = f'<text x="{SIDE}" y="{MARGIN + at * 18}" class="c{at % 6}">{escape(name)}</text>'
        drawn.append(f'<g class="c{at % 6}"><polyline points="{path}"/>{dots}</g>{key}')
    drawn.append(
        f'<text x="{SIDE / 2}" y="{SIDE - 8}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="12" y="{SIDE / 2}" transform="rotate(-90 12 {SIDE / 2})" text-anchor="middle">'
        f'{escape(up)}</text><text x="{SIDE - MARGIN}" y="{SIDE - MARGIN + 14}" '
        f'text-anchor="end">{most:.3g}</text>'
    )
    return _figure(caption, SIDE + 220, SIDE, "".join(drawn))


def _figure(caption: str, width: float, height: float, inside: str) -> str:
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><svg viewBox="0 0 {width} {height}" '
        f'width="{width}" role="img" aria-label="{escape(caption, quote=True)}">{inside}</svg></figure>'
    )
