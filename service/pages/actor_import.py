"""Importing a spreadsheet of actors: upload, what it would do, confirm, and how far it is."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from matcher.adapters.tables import REJECT_COLUMNS
from matcher.cells import mark_formula
from matcher.importing import RecordKind, check_text, fields_of
from matcher.taxonomy import Lang
from matcher.uploads import Stage, Upload, Uploads, suffix_of
from service.import_work import MOST_ROWS, read_for_preview, start, write_all
from service.pages.fields import MEANINGS
from service.pages.language import mark, speech_of
from service.pages.reasons import reason_in
from service.pages.rendering import page
from service.pages.visitor import Form, VisitorOf, check_csrf
from service.security import UploadsOf, tenants_of

LARGEST = 7_000_000
"""In bytes; below the limit of a request's body, so that a file that is too large is told so."""
REFUSED_SHOWN = 100
NO_FILE = mark("Choisissez un fichier.")
EMPTY_FILE = mark("Ce fichier est vide.")
BAD_KIND = mark("« {name} » n'est pas un fichier .csv, .xlsx ou .jsonl.")
TOO_LARGE = mark("« {name} » dépasse sept millions d'octets : envoyez-le en plusieurs parties.")
TWICE = mark("Deux colonnes ne peuvent pas remplir le même champ ({field}).")
router = APIRouter(include_in_schema=False)


async def read_upload(request: Request) -> tuple[dict[str, str], str, bytes]:
    """The texts of a posted form, and the name and bytes of its one file ("" and none without)."""
    texts, name, data = {}, "", b""
    async with request.form(max_files=1, max_fields=20) as form:
        for key, value in form.items():
            if isinstance(value, UploadFile):
                name, data = value.filename or "", await value.read(LARGEST + 1)
            else:
                check_text(key[:50], value)
                texts[key] = value
    check_text("file", name)
    return texts, name, data


Sent = Annotated[tuple[dict[str, str], str, bytes], Depends(read_upload)]


@router.get("/acteurs/importer")
def show(request: Request, _: VisitorOf) -> Response:
    """The form."""
    return _form(request, 200)


@router.post("/acteurs/importer")
def upload(request: Request, visitor: VisitorOf, sent: Sent, uploads: UploadsOf) -> Response:
    """Keep the file, and begin to read it."""
    form, name, data = sent
    check_csrf(visitor.session.csrf, form)
    said = speech_of(request)
    error = NO_FILE if not name else EMPTY_FILE if not data else ""
    error = error or (BAD_KIND if not suffix_of(name) else TOO_LARGE if len(data) > LARGEST else "")
    if error:
        return _form(request, 422, error=said.gettext(error).format(name=name[:120]))
    tenant = tenants_of(request).of(visitor.person.tenant)
    kept = uploads.add(visitor.person.tenant, visitor.person.id, name, data)
    start(uploads, kept, lambda: read_for_preview(tenant, visitor.person, uploads, kept, None))
    return RedirectResponse(_address(kept), 303)


@router.get("/acteurs/importer/{upload_id}")
def preview(request: Request, upload_id: str, visitor: VisitorOf, uploads: UploadsOf) -> Response:
    """How far the work is, what the import would do, or what it did."""
    kept = uploads.get(visitor.person.tenant, visitor.person.id, upload_id)
    return _page(request, uploads, kept)


@router.post("/acteurs/importer/{upload_id}/colonnes")
def columns(request: Request, upload_id: str, visitor: VisitorOf, form: Form, uploads: UploadsOf) -> Response:
    """Read the file again with other columns."""
    check_csrf(visitor.session.csrf, form)
    kept = uploads.get(visitor.person.tenant, visitor.person.id, upload_id)
    known = {field.name for field in fields_of(RecordKind.ACTORS)}
    names = {column: form.get(f"colonne-{n}", "") for n, column in enumerate(kept.columns)}
    names = {column: name if name in known else "" for column, name in names.items()}
    given = [name for name in names.values() if name]
    twice = next((name for name in given if given.count(name) > 1), None)
    if twice is not None:
        error = speech_of(request).gettext(TWICE).format(field=twice)
        return _page(request, uploads, kept, 422, error=error, names=names)
    if kept.stage is Stage.READY:
        tenant = tenants_of(request).of(visitor.person.tenant)
        kept = uploads.put(kept, stage=Stage.READING, done=0, total=None)
        start(uploads, kept, lambda: read_for_preview(tenant, visitor.person, uploads, kept, names))
    return RedirectResponse(_address(kept), 303)


@router.post("/acteurs/importer/{upload_id}/confirmer")
def confirm(request: Request, upload_id: str, visitor: VisitorOf, form: Form, uploads: UploadsOf) -> Response:
    """Begin to write; a second click changes nothing."""
    check_csrf(visitor.session.csrf, form)
    kept = uploads.get(visitor.person.tenant, visitor.person.id, upload_id)
    if kept.stage is Stage.READY and "counts" in uploads.result(kept):
        tenant = tenants_of(request).of(visitor.person.tenant)
        kept = uploads.put(kept, stage=Stage.IMPORTING, done=0, total=None)
        start(uploads, kept, lambda: write_all(tenant, visitor.person, uploads, kept))
    return RedirectResponse(_address(kept), 303)


@router.post("/acteurs/importer/{upload_id}/abandonner")
def give_up(upload_id: str, visitor: VisitorOf, form: Form, uploads: UploadsOf) -> Response:
    """Erase the file and what was read of it."""
    check_csrf(visitor.session.csrf, form)
    kept = uploads.get(visitor.person.tenant, visitor.person.id, upload_id)
    if not kept.is_working:
        uploads.erase(kept)
    return RedirectResponse("/acteurs/importer", 303)


@router.get("/acteurs/importer/{upload_id}/refus.csv")
def rejects(request: Request, upload_id: str, visitor: VisitorOf, uploads: UploadsOf) -> Response:
    """The refused rows as a table that spreadsheets open."""
    kept = uploads.get(visitor.person.tenant, visitor.person.id, upload_id)
    lang = speech_of(request).lang
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";" if lang is Lang.FR else ",")
    writer.writerow(REJECT_COLUMNS)
    for one in uploads.result(kept).get("rejects", []):
        told = reason_in(lang, one["reason"])
        writer.writerow(
            [mark_formula(str(x)) for x in (one["source"], one["line"], one["field"], one["value"], told)]
        )
    headers = {"content-disposition": 'attachment; filename="refus.csv"'}
    return Response("\ufeff" + written.getvalue(), 200, headers, "text/csv; charset=utf-8")


def _address(kept: Upload) -> str:
    return f"/acteurs/importer/{kept.id}"


def _form(request: Request, status: int, **said: object) -> Response:
    told = speech_of(request)
    columns = [
        (field.name, field.required, told.gettext(MEANINGS[field.name]))
        for field in fields_of(RecordKind.ACTORS)
    ]
    return page(request, "actor_import.html", status, columns=columns, most_rows=MOST_ROWS, **said)


def _page(request: Request, uploads: Uploads, kept: Upload, status: int = 200, **said: object) -> Response:
    result = uploads.result(kept)
    lang = speech_of(request).lang
    refused: list[dict[str, Any]] = [
        one | {"reason": reason_in(lang, one["reason"])} for one in result.get("rejects", [])[:REFUSED_SHOWN]
    ]
    values: dict[str, object] = {
        "upload": kept,
        "address": _address(kept),
        "names": kept.names,
        "fields": [field.name for field in fields_of(RecordKind.ACTORS)],
        "counts": result.get("counts", {}),
        "rows": result.get("rows", {}),
        "refused": refused,
        "problem": reason_in(lang, kept.error or result.get("refused_file", "")),
    }
    answer = page(request, "actor_preview.html", status, **(values | said))
    if kept.is_working:
        answer.headers["refresh"] = "2"
    return answer
