"""What happened, as a file for a spreadsheet: no name, no word of the talk."""

from enum import StrEnum

from fastapi import APIRouter, Request, Response

from bot import exports
from bot.api.desk import Api


class Kind(StrEnum):
    CASES = "dossiers"
    APPOINTMENTS = "rendez-vous"
    WORKSHOPS = "ateliers"


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"


_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.JSON: "application/json"}
_FILE = {
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
    }
}


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/exports", tags=["exports"])

    @routes.get(
        "/{kind}",
        summary="Exporter les dossiers que l'on peut lire, les rendez-vous ou les ateliers",
        response_class=Response,
        responses={200: _FILE},
    )
    def read(request: Request, kind: Kind, format: Format = Format.CSV) -> Response:
        with api.visit(request, reading=True) as visit:
            own = visit.organisation_id
            text = exports.export(visit.session, visit.house, kind, format, own, visit.staff)
        headers = {"Content-Disposition": f'attachment; filename="{kind}.{format}"'}
        return Response(text, media_type=_TYPES[format], headers=headers)

    return routes
