"""Invitation letters of tenants, as a PDF to print."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from bot.bot_name import BotName, username
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.services import linking, tenants
from bot.services.tenants import Reached, Wanted
from bot.storage.tables import Person

MOST_LETTERS = 100
NO_BOT = (
    "Le lien d’une lettre porte le nom du bot, et Telegram ne le dit pas pour l’instant. "
    "Réessayez dans quelques minutes."
)
_NOBODY = (
    "Chacun ici est déjà relié, ou en mode discret. La lettre d’une personne en mode discret "
    "se prépare depuis sa page, et se remet en main propre."
)


def router(desk: Desk, bot_name: BotName | None) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/locataires/lettres")
    def several(
        request: Request,
        csrf: CsrfField = "",
        cherche: Annotated[str, Form(max_length=80)] = "",
        residence: Annotated[str, Form(max_length=120)] = "",
        suivis: Annotated[str, Form()] = "",
        dossier: Annotated[str, Form()] = "",
    ) -> Response:
        """For those of the list whom nobody has linked yet, in its order."""
        wanted = Wanted(cherche, residence, bool(suivis), Reached.NO, bool(dossier))
        return _letters(request, csrf, lambda visit: _unlinked(desk, visit, wanted))

    @routes.post("/locataires/{number}/lettre")
    def one(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        return _letters(request, csrf, lambda visit: _tenant(visit, number))

    def _letters(request: Request, csrf: str, guests_of: Callable[[Visit], Sequence[Person]]) -> Response:
        with desk.visit(request, reading=True):
            desk.check_form(request, csrf)
        # Outside of any transaction: Telegram is asked.
        bot = username(bot_name)
        if not bot:
            return desk.pages.show("error.html", 503, title="Pas de lettre pour l’instant", sentence=NO_BOT)
        with desk.visit(request) as visit:
            guests = guests_of(visit)
            letters = [linking.letter(visit.session, visit.now, desk.house, bot, guest) for guest in guests]
        if not letters:
            return desk.pages.show("error.html", 409, title="Personne à inviter", sentence=_NOBODY)
        from bot.texts.letters import letters_pdf

        name = "invitation.pdf" if len(letters) == 1 else "invitations.pdf"
        return Response(
            letters_pdf(letters),
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return routes


def _tenant(visit: Visit, number: int) -> list[Person]:
    person = tenants.one(visit.session, visit.staff, number)
    if person is None or not person.last_name:
        raise HTTPException(404)
    return [person]


def _unlinked(desk: Desk, visit: Visit, wanted: Wanted) -> list[Person]:
    session = visit.session
    found = tenants.page(
        session, desk.house, visit.staff, wanted, after="", before="", size=MOST_LETTERS
    ).people
    linked = tenants.chat_states(session, found)
    return [one for one in found if one.id not in linked and one.last_name and not one.discreet]
