"""The figures of an evaluation as one page that opens without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from matcher.evaluation.assessment import HEADLINE, MUTUAL, Record
from matcher.evaluation.charts import Bar, bars, curves

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
table{border-collapse:collapse;font-size:12px;margin:1rem 0}td,th{padding:.2rem .45rem;text-align:right;
border-bottom:1px solid #dde3ea;white-space:nowrap}td:first-child,th:first-child{text-align:left}
.wide{overflow-x:auto}summary{cursor:pointer;margin:.5rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.2rem 0;font-size:13px}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
figure{margin:1.5rem 0}
figcaption{font-weight:600}svg{max-width:100%;height:auto}svg text{font-size:12px;fill:#1c2430}
rect.plain{fill:#9fb3c8}rect.strong{fill:#0b7285}text.strong{font-weight:700}
line{stroke:#1c2430;stroke-width:1.5}
polyline{fill:none;stroke:currentColor;stroke-width:2}.diagonal{stroke:#b8c2cc;stroke-dasharray:4}
circle{fill:currentColor}
svg text.c0,.c0{color:#0b7285;fill:#0b7285}svg text.c1,.c1{color:#c92a2a;fill:#c92a2a}
svg text.c2,.c2{color:#5f3dc4;fill:#5f3dc4}svg text.c3,.c3{color:#2b8a3e;fill:#2b8a3e}
svg text.c4,.c4{color:#e67700;fill:#e67700}svg text.c5,.c5{color:#495057;fill:#495057}
.right{color:#2b8a3e;font-weight:700}.example{border-left:3px solid #dde3ea;padding-left:1rem;margin:1rem 0}
"""
MEASURES = ("ndcg@10", "recall@10", "recall@50", "mrr", MUTUAL)


def page(record: Record) -> str:
    """The whole page, HTML with its style and charts inside."""
    parts = [
        _heading(record),
        "<h2>Partners for an actor</h2>",
        *_task(record["pairs"]),
        *(["<h2>Partners for a need</h2>", *_task(record["needs"])] if record.get("needs") else []),
        *(_ablation(record["ablation"]) if record.get("ablation") else []),
        *(_examples(record["pairs"].get("examples", []))),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Maillon: evaluation</title>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _heading(record: Record) -> str:
    made = record["made"]
    plain = {key: value for key, value in made.items() if not isinstance(value, dict)}
    nested = "".join(
        f"<details><summary>{escape(key)}</summary>{_told(value)}</details>"
        for key, value in made.items()
        if isinstance(value, dict)
    )
    return (
        f"<h1>Evaluation from {escape(made['cut'])} until {escape(made['until'])}</h1>"
        "<p>Everything that scores a pair was known before the cut. Every candidate is ranked; none is "
        "sampled. Lines are 95 % intervals from redrawing queries; tables also give those from redrawing "
        f"the events that made the pairs, which are wider.</p>{_told(plain)}{nested}"
    )


def _told(value: object) -> str:
    """Names and values as a list of definitions, as deep as they go."""
    if isinstance(value, dict):
        inside = "".join(f"<dt>{escape(str(k))}</dt><dd>{_told(v)}</dd>" for k, v in value.items())
        return f"<dl>{inside}</dl>"
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value)
    return escape("none" if value is None else str(value))


def _task(figures: Record) -> Iterable[str]:
    yield (
        f"<p>{figures['queries']} queries, {figures['positives']} true partners, "
        f"{figures['candidates']} actors known before the cut.</p>"
    )
    methods, model = figures["methods"], figures.get("model")
    slices = list(next(iter(methods.values()))["slices"])
    if model:
        yield _against_best(figures, slices, model)
    for part in slices[:5]:
        yield bars(f"nDCG@10, {part}", _method_bars(methods, part, HEADLINE, model))
        yield _table(methods, part)
    for measure in MEASURES[1:]:
        yield bars(f"{measure}, all", _method_bars(methods, "all", measure, model))
    yield _by_slice(methods, slices, model)
    if model:
        yield _differences(figures["differences"], model)
        yield _calibration(figures["calibration"])
    yield _exposure(methods)


def _method_bars(methods: Record, part: str, measure: str, model: str | None) -> list[Bar]:
    shown = [(name, one["slices"][part][measure]) for name, one in methods.items() if part in one["slices"]]
    return [
        Bar(n, f["mean"], low=f["by_query"][0], high=f["by_query"][1], strong=n == model) for n, f in shown
    ]


def _table(methods: Record, part: str) -> str:
    rows = []
    for name, one in methods.items():
        figures = one["slices"][part]
        cells = [f"{figures[m]['mean']:.4f} {_interval(figures[m]['by_query'])}" for m in MEASURES]
        wide = _interval(figures[HEADLINE]["by_event"])
        rows.append([name, str(figures["queries"]), *cells, wide])
    told = _rows(["method", "queries", *MEASURES, "nDCG@10 by event"], rows)
    return f"<details><summary>figures, {escape(part)}</summary>{told}</details>"


def _interval(ends: Sequence[float]) -> str:
    return f"[{ends[0]:.4f}, {ends[1]:.4f}]"


def _by_slice(methods: Record, slices: Sequence[str], model: str | None) -> str:
    chosen = model or max(methods, key=lambda name: methods[name]["slices"]["all"][HEADLINE]["mean"])
    figures = methods[chosen]["slices"]
    shown = [
        Bar(part, figures[part][HEADLINE]["mean"], *figures[part][HEADLINE]["by_query"]) for part in slices
    ]
    return bars(f"nDCG@10 of {chosen} by slice (each ranked among its own candidates)", shown)


def _against_best(figures: Record, slices: Sequence[str], model: str) -> str:
    """The model beside the best method without learning, slice by slice."""
    rows = []
    for part in slices:
        plain = {
            name: one["slices"][part][HEADLINE]["mean"]
            for name, one in figures["methods"].items()
            if name not in figures["learned"]
        }
        best = max(plain, key=lambda name: plain[name])
        mine, gain = (
            figures["methods"][model]["slices"][part][HEADLINE]["mean"],
            figures["differences"][part][best][HEADLINE],
        )
        ratio = f"{mine / plain[best]:.2f}" if plain[best] else "–"
        ends = [_interval((gain[by]["low"], gain[by]["high"])) for by in ("by_query", "by_cluster")]
        rows.append([part, f"{best} {plain[best]:.4f}", f"{mine:.4f}", ratio, *ends, f"{gain['p']:.3f}"])
    heads = ["nDCG@10", "best without learning", model, "ratio", "gain by query", "gain by event", "p"]
    return _rows(heads, rows)


def _differences(told: Record, model: str) -> str:
    rows = [
        [part, other, measure, f"{found['by_query']['mean']:+.4f}"]
        + [_interval((found[by]["low"], found[by]["high"])) for by in ("by_query", "by_cluster")]
        + [f"{found['p']:.3f}"]
        for part, others in told.items()
        for other, measures in others.items()
        for measure, found in measures.items()
    ]
    heads = ["slice", "less", "measure", "difference", "by query", "by event", "p"]
    return (
        f"<details><summary>{escape(model)} less each other method, paired</summary>"
        f"{_rows(heads, rows)}</details>"
    )


def _calibration(figures: Record) -> str:
    points = [(mean, true) for _, mean, true in figures["bins"]]
    caption = (
        f"Calibration of what is shown: ECE {figures['ece']:.4f}, Brier {figures['brier']:.4f}, "
        f"{figures['pairs']} pairs, {figures['came_true']:.2%} came true"
    )
    return curves(caption, {"shown pairs, tenths": points}, "probability", "came true")


def _exposure(methods: Record) -> str:
    lines = {
        name: [(at / 50, share) for at, share in enumerate(one["exposure"]["lorenz"])]
        for name, one in methods.items()
        if name != "random"
    }
    last = dict(list(lines.items())[-6:])
    chart = curves("Exposure: share of all places held by the least shown", last, "actors", "places")
    rows = [
        [n, f"{m['exposure']['coverage']:.3f}", f"{m['exposure']['gini']:.3f}"] for n, m in methods.items()
    ]
    return chart + _rows(["method", "coverage", "Gini"], rows)


def _ablation(figures: Record) -> Iterable[str]:
    yield f"<h2>What each group of features is worth ({figures['queries']} queries)</h2>"
    for part, others in figures["worth"].items():
        shown = [
            Bar(name, found[HEADLINE]["by_query"]["mean"], *_ends(found[HEADLINE]["by_query"]))
            for name, found in others.items()
        ]
        yield bars(f"nDCG@10 lost, {part}", shown)


def _ends(found: Record) -> tuple[float, float]:
    return found["low"], found["high"]


def _examples(chosen: Sequence[Record]) -> Iterable[str]:
    if chosen:
        yield "<h2>Ten lists, drawn at random</h2>"
    for one in chosen:
        shown = "".join(
            _shown(other["name"], other["country"], right=other["right"]) for other in one["shown"]
        )
        partners = "; ".join(f"{escape(name)} ({rank:g})" for name, rank in one["partners"][:12])
        yield (
            f'<div class="example"><h3>{escape(one["actor"])} ({escape(one["country"])})</h3><ol>{shown}</ol>'
            f"<p>True partners and their ranks: {partners}</p></div>"
        )


def _shown(name: str, country: str, *, right: bool) -> str:
    kind, mark = (" class=right", " ✓ true partner") if right else ("", "")
    return f"<li{kind}>{escape(name)} ({escape(country)}){mark}</li>"


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'
