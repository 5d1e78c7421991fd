"""The files that a person of a case sent: streamed from where they are kept, each opening written."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from bot.api.desk import Api
from bot.api.fields import Number
from bot.api.problems import Refused
from bot.domain.delivery import NotSent
from bot.domain.delivery import Refused as Gone
from bot.domain.files import FileStore
from bot.services import access
from bot.services.cases import cases
from bot.services.cases import talk as case_talk
from bot.services.cases.cases import CaseRefused

MessageNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]
_BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


def router(api: Api, files: FileStore | None) -> APIRouter:
    routes = APIRouter(prefix="/v1/cases/{number}", tags=["messages"])

    @routes.get(
        "/messages/{message}/file",
        summary="Ouvrir une pièce jointe ; l'ouverture s'écrit",
        response_class=StreamingResponse,
        responses={200: _BYTES, 503: {"description": "Le fichier ne s'ouvre pas pour l'instant."}},
    )
    async def opened(request: Request, number: Number, message: MessageNumber) -> StreamingResponse:
        file_id = await run_in_threadpool(_allowed, api, request, number, message)
        if files is None:
            raise Refused(503, api.house.texts.say("api.refused.no_bot"))
        try:
            found = await files.open(file_id)
        except Gone as error:
            raise Refused(404, api.house.texts.say("api.refused.gone")) from error
        except NotSent as error:
            raise Refused(503, api.house.texts.say("api.refused.away")) from error
        ending = found.ending if found.ending.isalnum() and len(found.ending) <= 5 else "bin"
        name = f"dossier-{number}-piece-{message}.{ending}"
        return StreamingResponse(
            found.chunks,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return routes


def _allowed(api: Api, request: Request, number: int, message: int) -> str:
    """The file's id, its opening written in the history. Raises CaseRefused."""
    with api.visit(request) as visit:
        case = access.readable(visit.session, number, visit.staff)
        file_id = case_talk.file_id(visit.session, case, visit.staff, message)
        if file_id is None:
            raise CaseRefused("unknown_file")
        actor = visit.token.staff
        reader = None if actor else {"note": visit.staff.display_name}
        cases.record(visit.session, visit.now, case, "file_opened", actor=actor, detail=reader)
        return file_id
