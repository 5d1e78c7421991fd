"""The landlord's files: checked without writing anything, then imported once somebody says yes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.domain.rights import Right, may
from bot.imports.report import FileRefused, Refusal, Report
from bot.imports.run import import_content
from bot.services import uploads
from bot.services.cases.cases import CaseRefused
from bot.storage.tables import Organisation

MOST_BYTES = 5_000_000
_KINDS = (
    ("baux", "Baux et locataires"),
    ("encaissements", "Encaissements de la banque"),
    ("mouvements", "Mouvements (régularisations, corrections)"),
    ("rendez-vous", "Rendez-vous"),
    ("ateliers", "Ateliers"),
)
# It gives roles: only who gives roles one by one may bring it.
_TEAM = ("equipe", "Équipe")
_SHOWN = 200
_NO_FILE = "Choisissez un fichier CSV."
_TOO_LARGE = "Ce fichier dépasse 5 Mo : coupez-le en deux, ou demandez à votre exploitant de l’importer."
_NO_KIND = "Choisissez ce que contient le fichier."
_NOT_A_DATE = "Cette date n’est pas lisible."
_GONE = "Ce fichier est déjà importé, ou plus d’une heure a passé : choisissez-le à nouveau."


@dataclass(frozen=True)
class ImportsPage:
    """The form, with what was chosen, and why it was refused."""

    shell: Shell
    kinds: Sequence[tuple[str, str]]
    kind: str
    until: str
    error: str


@dataclass(frozen=True)
class ReportPage:
    """What an import does (`upload`: its number, to be said yes to) or did (0). Lists are cut."""

    shell: Shell
    upload: int
    kind: str
    name: str
    created: int
    updated: int
    unchanged: int
    refused: list[Refusal]
    refused_count: int
    warnings: list[str]
    warnings_count: int
    notes: list[str]

    @property
    def changes(self) -> int:
        return self.created + self.updated


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/imports")
    def form(request: Request) -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _form(visit)
        return desk.pages.show("imports.html", page=page)

    @routes.post("/imports")
    def check(
        request: Request,
        csrf: CsrfField = "",
        kind: Annotated[str, Form()] = "",
        until: Annotated[str, Form()] = "",
        file: Annotated[UploadFile | None, File()] = None,
    ) -> Response:
        content = file.file.read(MOST_BYTES + 1) if file is not None else b""
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            fault = _fault(visit, kind, until, content)
            if fault:
                page = _form(visit, kind, until, fault)
            name = (file.filename if file is not None else None) or f"{kind}.csv"
            covered = date.fromisoformat(until) if until and not fault and kind == "encaissements" else None
        if fault:
            return desk.pages.show("imports.html", 422, page=page)
        # The rehearsal has a transaction of its own, that it undoes.
        try:
            report = _run(desk, visit, kind, name, content, covered, dry_run=True)
        except FileRefused as refused:
            page = _form(visit, kind, until, f"{refused}")
            return desk.pages.show("imports.html", 422, page=page)
        with desk.visit(request) as visit:
            kept = uploads.keep(
                visit.session, visit.now, visit.staff, kind=kind, name=name, content=content, until=covered
            )
        return desk.pages.show("import_report.html", page=_report(visit, report, kind, name, kept.id))

    @routes.post("/imports/{number}")
    def apply(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            taken = uploads.take(visit.session, visit.now, visit.staff, number)
            # Their role may have changed since they brought it.
            if taken is not None and taken[0].kind not in dict(_kinds(visit)):
                raise CaseRefused("forbidden_role")
        if taken is None:
            return desk.pages.show("imports.html", 410, page=_form(visit, error=_GONE))
        upload, content = taken
        report = _run(desk, visit, upload.kind, upload.name, content, upload.until, dry_run=False)
        return desk.pages.show("import_report.html", page=_report(visit, report, upload.kind, upload.name, 0))

    return routes


def _kinds(visit: Visit) -> Sequence[tuple[str, str]]:
    return (*_KINDS, _TEAM) if may(visit.staff.role, Right.MANAGE_TEAM) else _KINDS


def _form(visit: Visit, kind: str = "", until: str = "", error: str = "") -> ImportsPage:
    return ImportsPage(visit.shell, _kinds(visit), kind, until, error)


def _fault(visit: Visit, kind: str, until: str, content: bytes) -> str:
    if kind not in dict(_kinds(visit)):
        return _NO_KIND
    if not content:
        return _NO_FILE
    if len(content) > MOST_BYTES:
        return _TOO_LARGE
    try:
        date.fromisoformat(until or "2000-01-01")
    except ValueError:
        return _NOT_A_DATE
    return ""


def _run(
    desk: Desk, visit: Visit, kind: str, name: str, content: bytes, until: date | None, *, dry_run: bool
) -> Report:
    with desk.database.reading() as session:
        own = session.get_one(Organisation, visit.staff.organisation_id).reference
    return import_content(
        desk.database, desk.house, visit.now, kind, name, content, own, dry_run=dry_run, until=until
    )


def _report(visit: Visit, report: Report, kind: str, name: str, upload: int) -> ReportPage:
    return ReportPage(
        shell=visit.shell,
        upload=upload,
        kind=dict((*_KINDS, _TEAM))[kind],
        name=name,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=report.refused[:_SHOWN],
        refused_count=len(report.refused),
        warnings=report.warnings[:_SHOWN],
        warnings_count=len(report.warnings),
        notes=report.notes,
    )
