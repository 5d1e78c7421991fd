"""The files of a case: streamed to whoever may read the case, never kept, each opening written."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from bot.console.case_routes import Number
from bot.console.desk import Desk
from bot.domain.delivery import NotSent, Refused
from bot.domain.files import FileStore
from bot.services import access
from bot.services.cases import cases
from bot.services.cases import talk as case_talk

# What a browser shows by itself without running anything; any other file is downloaded.
_SHOWN = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
}
_MOST_ENDING = 5
_GONE = "Telegram ne donne plus ce fichier (trop ancien, ou plus de 20 Mo). Demandez-le de nouveau."
_AWAY = "Telegram ne répond pas pour l’instant. Réessayez dans une minute."
_NO_BOT = "Cette console n’ouvre pas les fichiers : il lui manque le jeton du bot (PALIER_TELEGRAM_TOKEN)."


def router(desk: Desk, files: FileStore | None) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/dossiers/{number}/pieces/{message}")
    async def attachment(request: Request, number: Number, message: Number) -> Response:
        file_id = await run_in_threadpool(_allowed, desk, request, number, message)
        if files is None:
            return _refused(desk, 503, _NO_BOT)
        try:
            opened = await files.open(file_id)
        except Refused:
            return _refused(desk, 404, _GONE)
        except NotSent:
            return _refused(desk, 503, _AWAY)
        ending = opened.ending if opened.ending.isalnum() and len(opened.ending) <= _MOST_ENDING else "bin"
        place = "inline" if ending in _SHOWN else "attachment"
        return StreamingResponse(
            opened.chunks,
            media_type=_SHOWN.get(ending, "application/octet-stream"),
            headers={
                "Content-Disposition": f'{place}; filename="dossier-{number}-piece-{message}.{ending}"',
                # Whatever the file says it is, nothing in it runs.
                "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'",
            },
        )

    return routes


def _allowed(desk: Desk, request: Request, number: int, message: int) -> str:
    """The file's id, its opening written in the history. Raises NotLoggedIn, CaseRefused."""
    with desk.visit(request) as visit:
        case = access.readable(visit.session, number, visit.staff)
        file_id = case_talk.file_id(visit.session, case, visit.staff, message)
        if file_id is None:
            raise cases.CaseRefused("unknown_file")
        cases.record(visit.session, visit.now, case, "file_opened", actor=visit.staff)
        return file_id


def _refused(desk: Desk, status: int, sentence: str) -> Response:
    return desk.pages.show("error.html", status, title="Fichier non disponible", sentence=sentence)
