"""Referring a household to the team, and what became of one's own referrals: nothing else of the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import selectinload

from bot.console.case_routes import NOTE_LENGTH, CsrfField
from bot.console.desk import Desk, Visit
from bot.console.forms import kept
from bot.console.menu import Shell
from bot.console.tenant_field import Choice, NotOne, tenant_of
from bot.domain.rights import Right, may
from bot.limits import Pace
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
_NO_TENANT = "La référence et le nom ne vont pas ensemble : vérifiez les deux, ou appelez l’équipe."
_TOO_MANY = "Trop d’essais : attendez une heure, ou appelez l’équipe. Ce que vous avez écrit est encore là."
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
    searches: bool
    tenants: tuple[Choice, ...]
    before: int
    after: int


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    wrong = Pace(referrals.WRONG_TRIES, seconds=referrals.WRONG_SECONDS)

    def show(page: ReferralsPage, typed: Mapping[str, str], error: str = "", notice: str = "") -> Response:
        status = 422 if error else 200
        return desk.pages.show("referrals.html", status, page=page, typed=typed, error=error, notice=notice)

    def tenant(visit: Visit, asked: str, chosen: str, family_name: str) -> Person:
        """Raises NotOne. Who may not look tenants up learns nothing from a wrong answer."""
        if may(visit.staff.role, Right.READ_TENANTS):
            return tenant_of(desk, visit, asked, chosen)
        if wrong.full(visit.staff.id):
            raise NotOne(_TOO_MANY)
        person = referrals.household(visit.session, visit.staff, asked, family_name)
        if person is None:
            wrong.count(visit.staff.id)
            raise NotOne(_NO_TENANT)
        return person

    @routes.get("/orientations")
    def read(
        request: Request,
        avis: str = "",
        page: Annotated[int, Query(ge=1, le=10**6)] = 1,
        locataire: Annotated[str, Query(max_length=80)] = "",
    ) -> Response:
        with desk.visit(request, reading=True) as visit:
            shown = _read(desk, visit, page)
        return show(shown, kept(locataire=locataire), notice=avis)

    @routes.post("/orientations")
    def refer(
        request: Request,
        csrf: CsrfField = "",
        locataire: Text = "",
        choisi: Text = "",
        nom: Text = "",
        mots: Text = "",
        danger: Text = "",
    ) -> Response:
        words, typed = mots.strip(), kept(locataire=locataire, nom=nom, mots=mots, danger=danger)
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            if not 0 < len(words) <= NOTE_LENGTH:
                return show(_read(desk, visit, 1), typed, _NO_WORDS)
            try:
                person = tenant(visit, locataire, choisi, nom)
            except NotOne as refused:
                return show(_read(desk, visit, 1, refused.choices), typed, str(refused))
            grave = Danger(danger) if danger in list(Danger) else None
            referrals.refer(visit.session, visit.now, desk.house, visit.staff, person, words, grave)
        return RedirectResponse("/orientations?avis=recue", 303)

    return routes


def _read(desk: Desk, visit: Visit, number: int, tenants: tuple[Choice, ...] = ()) -> ReferralsPage:
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
        searches=may(visit.staff.role, Right.READ_TENANTS),
        tenants=tenants,
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
