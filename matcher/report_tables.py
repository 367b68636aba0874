"""A report as tables of words and numbers: what spreadsheets and the command line show of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from matcher.cells import mark_formula
from matcher.proposals import Action, Counterfactual
from matcher.report import Report
from matcher.taxonomy import Lang, Taxonomy
from matcher.unanswered import Unanswered

Cell = str | int | float | None
WORDS: Mapping[str, Mapping[Lang, str]] = {
    "summary": {Lang.FR: "Synthèse", Lang.EN: "Summary"},
    "metiers": {Lang.FR: "Par métier", Lang.EN: "By métier"},
    "months": {Lang.FR: "Par mois", Lang.EN: "By month"},
    "places": {Lang.FR: "Par territoire", Lang.EN: "By territory"},
    "outcomes": {Lang.FR: "Effets", Lang.EN: "Outcomes"},
    "needs": {Lang.FR: "Besoins sans réponse", Lang.EN: "Needs without an answer"},
    "what": {Lang.FR: "Quoi", Lang.EN: "What"},
    "value": {Lang.FR: "Valeur", Lang.EN: "Value"},
    "start": {Lang.FR: "Du", Lang.EN: "From"},
    "end": {Lang.FR: "Au (exclu)", Lang.EN: "To (excluded)"},
    "minutes": {Lang.FR: "Minutes", Lang.EN: "Minutes"},
    "hours": {Lang.FR: "Heures", Lang.EN: "Hours"},
    "introduce": {Lang.FR: "Mises en relation", Lang.EN: "Introductions"},
    "meet": {Lang.FR: "Rencontres", Lang.EN: "Meetings"},
    "ally": {Lang.FR: "Alliances", Lang.EN: "Alliances"},
    "metier": {Lang.FR: "Métier", Lang.EN: "Métier"},
    "activity": {Lang.FR: "Activité", Lang.EN: "Activity"},
    "month": {Lang.FR: "Mois", Lang.EN: "Month"},
    "place": {Lang.FR: "Territoire", Lang.EN: "Territory"},
    "axis": {Lang.FR: "Axe", Lang.EN: "Axis"},
    "count": {Lang.FR: "Alliances évaluées", Lang.EN: "Alliances assessed"},
    "mean": {Lang.FR: "Moyenne (−1 à 3)", Lang.EN: "Mean (−1 to 3)"},
    "performance": {Lang.FR: "Performance", Lang.EN: "Performance"},
    "innovation": {Lang.FR: "Innovation", Lang.EN: "Innovation"},
    "confiance": {Lang.FR: "Confiance", Lang.EN: "Trust"},
    "no": {Lang.FR: "Sans nous : non", Lang.EN: "Without us: no"},
    "later": {Lang.FR: "Sans nous : plus tard", Lang.EN: "Without us: later"},
    "yes": {Lang.FR: "Sans nous : oui", Lang.EN: "Without us: yes"},
    "unknown": {Lang.FR: "Sans nous : on ne sait pas", Lang.EN: "Without us: unknown"},
    "actor": {Lang.FR: "Acteur", Lang.EN: "Actor"},
    "commune": {Lang.FR: "Commune", Lang.EN: "Commune"},
    "need": {Lang.FR: "Besoin", Lang.EN: "Need"},
    "waits": {Lang.FR: "Une proposition attend", Lang.EN: "A proposal waits"},
    "true": {Lang.FR: "oui", Lang.EN: "yes"},
    "false": {Lang.FR: "non", Lang.EN: "no"},
    "none": {Lang.FR: "non précisé", Lang.EN: "not said"},
    "section": {Lang.FR: "Rubrique", Lang.EN: "Section"},
    "line": {Lang.FR: "Ligne", Lang.EN: "Line"},
    "figure": {Lang.FR: "Indicateur", Lang.EN: "Figure"},
}


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table: the first `labels` columns say what a row is of."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    labels: int = 1


def word(key: str, lang: Lang) -> str:
    """A word of reports in a language."""
    return WORDS[key][lang]


def tables_of(
    report: Report,
    needs: Sequence[Unanswered],
    taxonomy: Taxonomy,
    lang: Lang,
    place_name: Callable[[str], str],
) -> list[ReportTable]:
    """The tables of a report, the summary first and the needs without an answer last."""
    return [
        _table("summary", ("what", "value"), _summary(report, needs, lang), lang),
        _table(
            "metiers", ("metier", "activity", "minutes", "hours"), _metiers(report, taxonomy, lang), lang, 2
        ),
        _table(
            "months",
            ("month", "minutes", "introduce", "ally"),
            ((one.month, one.minutes, one.introductions, one.alliances) for one in report.months),
            lang,
        ),
        _table(
            "places",
            ("place", "minutes", "introduce", "ally"),
            ((place_name(one.place), one.minutes, one.introductions, one.alliances) for one in report.places),
            lang,
        ),
        _table(
            "outcomes",
            ("axis", "count", "mean"),
            (
                (word(axis.name, lang), axis.count, None if axis.mean is None else round(axis.mean, 2))
                for axis in report.axes
            ),
            lang,
        ),
        _table(
            "needs",
            ("actor", "commune", "need", "waits"),
            (
                (
                    one.actor.name,
                    one.actor.territory.commune_name,
                    one.text,
                    word("true" if one.waits else "false", lang),
                )
                for one in needs
            ),
            lang,
            4,
        ),
    ]


def csv_bytes(tables: Iterable[ReportTable], lang: Lang) -> bytes:
    """All tables as CSV for a French Excel: UTF-8 with a mark, semicolons, decimal commas in French."""
    out = StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(flat_rows(tables, lang))
    return out.getvalue().encode("utf-8-sig")


def flat_rows(tables: Iterable[ReportTable], lang: Lang) -> list[tuple[str, ...]]:
    """All tables as one for CSV: section, line, figure, value; texts that look like formulas are marked."""
    rows = [tuple(word(key, lang) for key in ("section", "line", "figure", "value"))]
    for table in tables:
        for row in table.rows:
            named = " – ".join(str(cell) for cell in row[: table.labels] if cell is not None)
            figures = list(zip(table.headers, row, strict=True))[table.labels :] or [("", 1)]
            rows += [
                (table.title, mark_formula(named), header, _number(cell, lang)) for header, cell in figures
            ]
    return rows


def _table(
    title: str, headers: Sequence[str], rows: Iterable[tuple[Cell, ...]], lang: Lang, labels: int = 1
) -> ReportTable:
    return ReportTable(word(title, lang), tuple(word(key, lang) for key in headers), tuple(rows), labels)


def _summary(report: Report, needs: Sequence[Unanswered], lang: Lang) -> list[tuple[Cell, ...]]:
    reached = [
        (word(action.value, lang), report.reached[action]) for action in Action if action in report.reached
    ]
    counterfactuals = [(word(said.value, lang), report.counterfactuals[said]) for said in Counterfactual]
    return [
        (word("start", lang), report.asked.start.date().isoformat()),
        (word("end", lang), report.asked.end.date().isoformat()),
        (word("minutes", lang), report.minutes),
        (word("hours", lang), round(report.minutes / 60, 2)),
        *reached,
        *counterfactuals,
        (word("needs", lang), len(needs)),
    ]


def _metiers(report: Report, taxonomy: Taxonomy, lang: Lang) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for metier in report.metiers:
        name = taxonomy.label("metiers", metier.metier, lang) if metier.metier else word("none", lang)
        for effort in metier.efforts:
            label = taxonomy.label("activities", effort.activity, lang) if effort.activity else None
            rows.append((name, label, effort.minutes, round(effort.minutes / 60, 2)))
    return rows


def _number(cell: Cell, lang: Lang) -> str:
    """A number as a spreadsheet of that language reads it; a day or a word as it is."""
    if cell is None:
        return ""
    if isinstance(cell, float) and lang is Lang.FR:
        return str(cell).replace(".", ",")
    return mark_formula(cell) if isinstance(cell, str) else str(cell)
