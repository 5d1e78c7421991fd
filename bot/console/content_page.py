"""What Palier says of its own accord, to read with its sources: tips and check-ins, each on or off."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.console.case_routes import CsrfField
from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.domain import rights
from bot.domain.states import Register
from bot.services import switches
from bot.services.switches import Kind, Switch, UnknownSwitch

_PAGE = "/contenus"


@dataclass(frozen=True)
class Item:
    """A tip, a series of check-ins, or a gift: `words` as a tenant reads them, ordinary then simple."""

    switch: Switch
    title: str
    words: list[str]
    simple: list[str]
    source: str


@dataclass(frozen=True)
class Theme:
    switch: Switch
    tips: list[Item]

    @property
    def on(self) -> int:
        return sum(item.switch.on for item in self.tips)


@dataclass(frozen=True)
class ContentPage:
    shell: Shell
    may_switch: bool
    themes: list[Theme]
    series: list[Item]
    gifts: list[Item]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/contenus")
    def show(request: Request) -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _page(desk, visit)
        return desk.pages.show("content.html", page=page)

    @routes.post("/contenus/{kind}/{name}")
    def turn(
        request: Request, kind: str, name: str, csrf: CsrfField = "", on: Annotated[str, Form()] = ""
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            try:
                own = visit.staff.organisation_id
                switches.turn(visit.session, desk.house, own, Kind(kind), name, on == "oui")
            except (UnknownSwitch, ValueError) as error:
                raise HTTPException(404) from error
        return RedirectResponse(f"{_PAGE}#{kind}-{name}", 303)

    return routes


def _page(desk: Desk, visit: Visit) -> ContentPage:
    listed = switches.listed(visit.session, desk.house, visit.staff.organisation_id)
    right = rights.of_console("POST", "/contenus/{kind}/{name}")
    return ContentPage(
        shell=visit.shell,
        may_switch=right is not None and rights.may(visit.staff.role, right),
        themes=[
            Theme(
                theme, [_tip(desk, one) for one in listed if one.kind is Kind.TIP and one.theme == theme.name]
            )
            for theme in listed
            if theme.kind is Kind.THEME
        ],
        series=[_series(desk, one) for one in listed if one.kind is Kind.SERIES],
        gifts=[_gift(desk, one) for one in listed if one.kind is Kind.GIFT],
    )


def _tip(desk: Desk, switch: Switch) -> Item:
    entry = desk.house.content.tips.entries[switch.name]
    simple = entry.words.get(Register.SIMPLE, "")
    return Item(
        switch=switch,
        title=switch.title[:1].upper() + switch.title[1:],
        words=[entry.words[Register.ORDINARY]],
        simple=simple.splitlines(),
        source=f"{entry.source} ({entry.dated})",
    )


def _series(desk: Desk, switch: Switch) -> Item:
    found = desk.house.content.checkins.named(switch.name)
    questions = dict.fromkeys(name for visit in (found.visits if found else ()) for name in visit.questions)
    return Item(
        switch=switch,
        title=switch.title,
        words=[desk.house.texts.say(f"checkin.ask.{name}") for name in questions],
        simple=[],
        source="",
    )


def _gift(desk: Desk, switch: Switch) -> Item:
    """What is said of it, to whoever asks."""
    key = {switches.ECO_KIT: "kit.offer"}[switch.name]
    return Item(switch=switch, title=switch.title, words=[desk.house.texts.say(key)], simple=[], source="")
