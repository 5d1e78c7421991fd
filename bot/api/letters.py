"""Letters of invitation of tenants, as one PDF to print."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api import invitations
from bot.api.desk import Api, Visit
from bot.api.fields import IdempotencyKey, Reference
from bot.api.problems import Refused
from bot.bot_name import BotName, username
from bot.storage.tables import Person

MOST_LETTERS = 100
_PDF = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}


class NewLetters(BaseModel):
    """Pour qui, par référence : une page chacun, dans cet ordre. En mode discret, une personne seule à la
    fois : sa lettre se remet en main propre."""

    tenants: Annotated[list[Reference], Field(min_length=1, max_length=MOST_LETTERS)]


def router(api: Api, bot_name: BotName | None) -> APIRouter:
    routes = APIRouter(prefix="/v1/letters", tags=["tenants"])

    @routes.post(
        "",
        summary="Préparer des lettres d'invitation ; chacune porte un lien neuf, qui sert une fois",
        response_class=Response,
        responses={200: _PDF, 503: {"description": "Telegram ne dit pas le nom du bot pour l'instant."}},
    )
    def letters(request: Request, body: NewLetters, key: IdempotencyKey = None) -> Response:
        with api.visit(request, reading=True) as visit:
            visit.member()
            _guests(visit, body.tenants)
        # Outside of any transaction: Telegram is asked.
        bot = username(bot_name)
        if not bot:
            raise Refused(503, api.house.texts.say("api.refused.no_name"))
        with api.visit(request) as visit:
            guests = _guests(visit, body.tenants)
            written = invitations.given(visit, request, key, body, bot, guests)
        from bot.texts.letters import letters_pdf

        headers = {"Content-Disposition": 'attachment; filename="invitations.pdf"'}
        return Response(letters_pdf(written), media_type="application/pdf", headers=headers)

    return routes


def _guests(visit: Visit, references: list[str]) -> list[Person]:
    """Raises Refused: 422 for a reference of nobody, 409 for somebody discreet among others."""
    wanted = list(dict.fromkeys(references))
    own = select(Person).filter_by(organisation_id=visit.organisation_id)
    found = visit.session.scalars(own.where(Person.reference.in_(wanted)))
    known = {person.reference: person for person in found if person.last_name}
    if len(known) < len(wanted):
        raise Refused(422, visit.house.texts.say("api.refused.no_tenant"))
    if len(known) > 1 and any(person.discreet for person in known.values()):
        raise Refused(409, visit.house.texts.say("api.refused.discreet_letter"))
    return [known[reference] for reference in wanted]
