"""The landlord's files: rehearsed without writing anything, or imported."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from bot.api.desk import Api
from bot.api.fields import Day, IdempotencyKey
from bot.api.limits import MOST_FILE_BYTES
from bot.api.problems import Refused
from bot.domain.rights import Right, may
from bot.imports.report import FileRefused
from bot.imports.run import KINDS, import_content
from bot.services.cases.cases import CaseRefused
from bot.storage.tables import Organisation

_SHOWN = 200
_FILE = {"schema": {"type": "string", "format": "binary", "minLength": 1, "maxLength": MOST_FILE_BYTES}}
_UPLOAD = {"requestBody": {"required": True, "content": {"text/csv": _FILE}}}


class RefusedLine(BaseModel):
    line: int
    reason: str


class ImportReport(BaseModel):
    """Ce qui a changé, ou changerait ; les listes sont coupées aux 200 premières lignes."""

    dry_run: bool
    created: int
    updated: int
    unchanged: int
    refused_count: int
    refused: list[RefusedLine]
    warnings: list[str] = Field(description="Lignes gardées, à vérifier.")
    notes: list[str]


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/imports", tags=["imports"])

    @routes.post(
        "/{kind}",
        summary="Importer un fichier CSV (5 Mo) ; le même deux fois ne change rien",
        description=f"Sortes : {', '.join(KINDS)}. L'équipe, qui donne des rôles, demande l'administration.",
        openapi_extra=_UPLOAD,
    )
    async def bring(
        request: Request,
        kind: str,
        dry_run: Annotated[bool, Query(description="Vérifier sans rien écrire.")] = False,
        until: Annotated[
            Day | None, Query(description="Dernier jour de banque d'un fichier d'encaissements.")
        ] = None,
        key: IdempotencyKey = None,
    ) -> ImportReport:
        content = await request.body()
        return await run_in_threadpool(_import, api, request, key, kind, content, dry_run, until)

    return routes


def _import(
    api: Api,
    request: Request,
    key: str | None,
    kind: str,
    content: bytes,
    dry_run: bool,
    until: date | None,
) -> ImportReport:
    with api.visit(request) as visit:
        staff, now = visit.member(), visit.now
        if kind not in KINDS:
            raise Refused(404)
        if kind == "equipe" and not may(staff.role, Right.MANAGE_TEAM):
            raise CaseRefused("forbidden_role")
        # An older file that is sent once more must not undo what a newer one has brought since.
        answered = visit.answered(request, key, content, ImportReport)
        if answered is not None:
            return answered
        own = visit.session.get_one(Organisation, visit.organisation_id).reference
    try:
        # The importer has transactions of its own.
        report = import_content(
            api.database, api.house, now, kind, f"{kind}.csv", content, own, dry_run=dry_run, until=until
        )
    except FileRefused as refused:
        raise Refused(422, f"{refused}") from refused
    answer = ImportReport(
        dry_run=dry_run,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused_count=len(report.refused),
        refused=[RefusedLine(line=one.line, reason=one.reason) for one in report.refused[:_SHOWN]],
        warnings=report.warnings[:_SHOWN],
        notes=report.notes,
    )
    with api.visit(request) as visit:
        visit.keep(request, key, content, answer)
    return answer
