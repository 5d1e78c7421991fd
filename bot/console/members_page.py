"""Who may do what: the members of the team, their roles, their link to Telegram, their leaving."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.bot_name import BotName, username
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.letters_routes import NO_BOT
from bot.console.menu import Shell
from bot.domain.states import Role
from bot.services import linking, members, people
from bot.services.members import MemberRefused
from bot.storage.tables import SettingChange, Staff
from bot.texts.letter import Letter

_CHANGES = 20
_SENTENCES = {
    "oneself": "Quelqu’un d’autre change votre rôle : ainsi, quelqu’un reste toujours pour administrer.",
    "role": "Choisissez un rôle.",
}
_GONE = "Cette personne ne fait plus partie de l’équipe : remettez-la d’abord."


@dataclass(frozen=True)
class MemberRow:
    number: int
    name: str
    reference: str
    role: str
    role_label: str
    reached: str
    left: str
    oneself: bool


@dataclass(frozen=True)
class Change:
    at: str
    who: str
    what: str


@dataclass(frozen=True)
class MembersPage:
    """`letter`: a fresh link to hand over, shown once."""

    shell: Shell
    rows: list[MemberRow]
    roles: list[tuple[str, str]]
    changes: list[Change]
    letter: Letter | None
    error: str


def router(desk: Desk, bot_name: BotName | None) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/membres")
    def show(request: Request, avis: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _page(desk, visit)
        return desk.pages.show("members.html", page=page, notice=avis)

    @routes.post("/membres/{number}/role")
    def role(
        request: Request, number: Number, csrf: CsrfField = "", role: Annotated[str, Form()] = ""
    ) -> Response:
        def change(visit: Visit, member: Staff) -> None:
            if role not in list(Role):
                raise MemberRefused("role")
            members.change_role(visit.session, visit.now, desk.house, visit.staff, member, Role(role))

        return _act(request, number, csrf, "role", change)

    @routes.post("/membres/{number}/depart")
    def leave(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        return _act(
            request,
            number,
            csrf,
            "depart",
            lambda v, m: members.leave(v.session, v.now, desk.house, v.staff, m),
        )

    @routes.post("/membres/{number}/retour")
    def back(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        return _act(
            request, number, csrf, "retour", lambda v, m: members.come_back(v.session, v.now, v.staff, m)
        )

    @routes.post("/membres/{number}/lien")
    def link(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request, reading=True):
            desk.check_form(request, csrf)
        bot = username(bot_name)
        if not bot:
            return _refused(request, NO_BOT, 503)
        with desk.visit(request) as visit:
            member = _member(visit, number)
            if member.left_at is not None:
                page = _page(desk, visit, error=_GONE)
            else:
                letter = linking.letter(visit.session, visit.now, desk.house, bot, member)
                page = _page(desk, visit, letter)
        return desk.pages.show("members.html", 409 if page.error else 200, page=page, notice="")

    def _act(
        request: Request, number: int, csrf: str, notice: str, act: Callable[[Visit, Staff], object]
    ) -> Response:
        try:
            with desk.visit(request) as visit:
                desk.check_form(request, csrf)
                act(visit, _member(visit, number))
        except MemberRefused as refused:
            return _refused(request, _SENTENCES[refused.code], 409)
        return RedirectResponse(f"/membres?avis={notice}", 303)

    def _refused(request: Request, error: str, status: int) -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _page(desk, visit, error=error)
        return desk.pages.show("members.html", status, page=page, notice="")

    return routes


def _member(visit: Visit, number: int) -> Staff:
    try:
        return members.of(visit.session, visit.staff, number)
    except MemberRefused as error:
        raise HTTPException(404) from error


def _page(desk: Desk, visit: Visit, letter: Letter | None = None, error: str = "") -> MembersPage:
    team = members.listed(visit.session, visit.staff)
    names = {member.id: member.display_name for member in team}
    return MembersPage(
        shell=visit.shell,
        rows=[_row(desk, visit, member) for member in team],
        roles=[(role.value, _role(desk, role.value)) for role in Role],
        changes=[
            _change(desk, visit, names, change)
            for change in members.changes(visit.session, visit.staff, _CHANGES)
        ],
        letter=letter,
        error=error,
    )


def _row(desk: Desk, visit: Visit, member: Staff) -> MemberRow:
    linked = people.staff_chat(visit.session, member) is not None
    return MemberRow(
        number=member.id,
        name=member.display_name,
        reference=member.reference,
        role=member.role.value,
        role_label=_role(desk, member.role.value),
        reached="relié à Telegram" if linked else "pas relié à Telegram",
        left=desk.pages.when(member.left_at, visit.now) if member.left_at else "",
        oneself=member.id == visit.staff.id,
    )


def _role(desk: Desk, role: str) -> str:
    return desk.house.texts.say(f"role.{role}")


def _change(desk: Desk, visit: Visit, names: dict[int, str], change: SettingChange) -> Change:
    before, after = change.before or {}, change.after or {}
    name = names.get(after.get("member", 0), "")
    said = {
        members.LEFT: f"{name} a quitté l’équipe",
        members.BACK: f"{name} est de retour dans l’équipe",
    }
    if change.name == members.ROLE:
        what = f"{name} : {_role(desk, before['role'])} → {_role(desk, after['role'])}"
    else:
        what = said[change.name]
    return Change(at=desk.pages.when(change.at, visit.now), who=change.staff.display_name, what=what)
