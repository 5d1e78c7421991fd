"""The settings of the organisation, each with its explanation and its default; changes keep their author."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.content.organisation_settings import OrganisationSetting, SettingKind
from bot.services import organisation_settings as settings
from bot.services.organisation_settings import SettingsRefused
from bot.storage.tables import Organisation
from bot.texts import format as say

_CHANGES = 20
_WRITTEN = 400


@dataclass(frozen=True)
class Field:
    """One setting of the form: `value` as it is written, `usual` the default in words."""

    setting: OrganisationSetting
    value: str
    usual: str
    fault: str


@dataclass(frozen=True)
class Section:
    title: str
    fields: list[Field]


@dataclass(frozen=True)
class Changed:
    at: str
    who: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class SettingsPage:
    shell: Shell
    organisation: str
    sections: list[Section]
    changes: list[Changed]
    faults: int


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/reglages")
    def show(request: Request, avis: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _page(desk, visit)
        return desk.pages.show("settings.html", page=page, notice=avis)

    @routes.post("/reglages")
    async def change(request: Request) -> Response:
        form = await request.form()
        return await run_in_threadpool(_change, request, form)

    def _change(request: Request, form: FormData) -> Response:
        written = _written(form)
        try:
            with desk.visit(request) as visit:
                desk.check_form(request, written.get("csrf", ""))
                count = settings.change(visit.session, visit.now, desk.house, visit.staff, written)
        except SettingsRefused as refused:
            with desk.visit(request, reading=True) as visit:
                page = _page(desk, visit, written, refused.faults)
            return desk.pages.show("settings.html", 422, page=page, notice="")
        return RedirectResponse(f"/reglages?avis={'change' if count else 'pareil'}", 303)

    return routes


def _written(form: FormData) -> dict[str, str]:
    """What the form says, several boxes of one name joined; nothing longer than a setting can be."""
    return {
        key: " ".join(value for value in form.getlist(key) if isinstance(value, str))[:_WRITTEN]
        for key in form.keys()  # noqa: SIM118 - the same key may be there twice
    }


def _page(
    desk: Desk, visit: Visit, written: dict[str, str] | None = None, faults: dict[str, str] | None = None
) -> SettingsPage:
    organisation = visit.session.get_one(Organisation, visit.staff.organisation_id)
    values, usual = settings.current(desk.house, organisation), settings.defaults(desk.house)
    faults = faults or {}
    labels = {setting.key: setting for setting in settings.every(desk.house)}

    def field(setting: OrganisationSetting) -> Field:
        key = setting.key
        value = settings.in_form(setting, values[key]) if written is None else written.get(key, "")
        return Field(setting, value, _in_words(setting, usual[key]), faults.get(key, ""))

    return SettingsPage(
        shell=visit.shell,
        organisation=organisation.name,
        sections=[
            Section(section.title, [field(setting) for setting in section.settings])
            for section in desk.house.content.organisation_settings
        ],
        changes=[
            Changed(
                at=desk.pages.when(change.at, visit.now),
                who=change.staff.display_name,
                label=labels[change.name].label,
                before=_in_words(labels[change.name], change.before),
                after=_in_words(labels[change.name], change.after),
            )
            for change in settings.changes(visit.session, visit.staff, _CHANGES)
            if change.name in labels
        ],
        faults=len(faults),
    )


def _in_words(setting: OrganisationSetting, value: Any) -> str:
    match setting.kind:
        case SettingKind.YES:
            return "oui" if value else "non"
        case SettingKind.EUROS:
            return say.euros(value)
        case SettingKind.NAMES:
            return ", ".join(setting.names[name] for name in value if name in setting.names) or "aucun"
        case SettingKind.WEEK:
            return settings.in_form(setting, value).replace("\n", ", ")
        case SettingKind.DAYS_OR_NEVER if value is None:
            return "jamais"
        case _:
            return f"{value} {setting.unit}"
