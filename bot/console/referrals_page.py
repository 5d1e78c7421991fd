"""Referring a household to the team, and what became of one's own referrals: nothing else of the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.console.case_routes import NOTE_LENGTH, CsrfField
from bot.console.desk import Desk, Visit
from bot.console.forms import kept
from bot.console.menu import Shell
from bot.services import referrals
from bot.services.referrals import Danger, Progress
from bot.storage.tables import Person, Referral

Text = Annotated[str, Form()]

_SHOWN = 50
_DANGERS = {
    Danger.VIOLENCE: "Violences, ou quelqu’un lui fait peur",
    Danger.DISTRESS: "Détresse, idées de mort",
    Danger.HOME: "Danger dans le logement : gaz, feu, eau, électricité",
}
_PROGRESS = {
    Progress.RECEIVED: "reçue, l’équipe va la lire",
    Progress.FOLLOWED: "suivie par quelqu’un de l’équipe",
    Progress.CLOSED: "terminée",
}
_NO_TENANT = "Aucun locataire n’a cette référence : vérifiez-la, ou appelez l’équipe."
_NO_WORDS = f"Dites ce qui se passe, en {NOTE_LENGTH} caractères au plus."


@dataclass(frozen=True)
class ReferralLine:
    tenant: str
    made: str
    words: str
    progress: str


@dataclass(frozen=True)
class ReferralsPage:
    shell: Shell
    csrf: str
    lines: list[ReferralLine]
    dangers: list[tuple[str, str]]
    before: int
    after: int


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    def show(page: ReferralsPage, typed: Mapping[str, str], error: str = "", notice: str = "") -> Response:
        status = 422 if error else 200
        return desk.pages.show("referrals.html", status, page=page, typed=typed, error=error, notice=notice)

    @routes.get("/orientations")
    def read(request: Request, avis: str = "", page: Annotated[int, Query(ge=1, le=10**6)] = 1) -> Response:
        with desk.visit(request, reading=True) as visit:
            shown = _read(desk, visit, page)
        return show(shown, kept(), notice=avis)

    @routes.post("/orientations")
    def refer(
        request: Request, csrf: CsrfField = "", locataire: Text = "", mots: Text = "", danger: Text = ""
    ) -> Response:
        words, typed = mots.strip(), kept(locataire=locataire, mots=mots, danger=danger)
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            own = {"organisation_id": visit.staff.organisation_id, "reference": locataire.strip()}
            person = visit.session.scalar(select(Person).filter_by(**own))
            if person is None or not 0 < len(words) <= NOTE_LENGTH:
                return show(_read(desk, visit, 1), typed, _NO_WORDS if person else _NO_TENANT)
            grave = Danger(danger) if danger in list(Danger) else None
            referrals.refer(visit.session, visit.now, desk.house, visit.staff, person, words, grave)
        return RedirectResponse("/orientations?avis=recue", 303)

    return routes


def _read(desk: Desk, visit: Visit, number: int) -> ReferralsPage:
    found = visit.session.scalars(
        referrals.of(visit.staff)
        .order_by(Referral.id.desc())
        .offset((number - 1) * _SHOWN)
        .limit(_SHOWN + 1)
        .options(selectinload(Referral.person), selectinload(Referral.case))
    ).all()
    return ReferralsPage(
        shell=visit.shell,
        csrf=visit.csrf,
        lines=[_line(desk, visit, one) for one in found[:_SHOWN]],
        dangers=[(danger.value, label) for danger, label in _DANGERS.items()],
        before=number - 1,
        after=number + 1 if len(found) > _SHOWN else 0,
    )


def _line(desk: Desk, visit: Visit, referral: Referral) -> ReferralLine:
    return ReferralLine(
        tenant=referral.person.reference,
        made=desk.pages.when(referral.made_at, visit.now),
        words=referral.words,
        progress=_PROGRESS[referrals.progress(referral)],
    )
