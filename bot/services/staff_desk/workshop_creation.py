"""A workshop made from Telegram: one question after another, taken up again later, given up at any time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.incoming import Came, Incoming
from bot.domain.words import Attachment, Option, Reply
from bot.services.staff_desk.press import Act, Press
from bot.services.staff_desk.workshop_steps import LISTS, STEPS, Entities
from bot.services.workshops import creation
from bot.services.workshops.creation import NewWorkshop
from bot.storage.tables import Workshop, WorkshopDraft

# After that, words are no longer taken for an answer; `/atelier` takes the questions up again.
_LISTENS = timedelta(hours=2)
_SUMMARY = "summary"
# What can be changed of a workshop that is made, each by its own question.
CHANGES = ("start", "place", "seats", "poster")


def draft_of(session: Session, staff_id: int) -> WorkshopDraft | None:
    """The workshop that this member of staff is describing."""
    return session.scalar(select(WorkshopDraft).filter_by(staff_id=staff_id))


def listens(session: Session, now: datetime, staff_id: int) -> bool:
    """Whether the next words of that member of staff answer a question about a workshop."""
    draft = draft_of(session, staff_id)
    return draft is not None and draft.step != _SUMMARY and now - draft.touched_at < _LISTENS


def reads_time(session: Session, now: datetime, staff_id: int) -> bool:
    """Whether the next words of that member of staff are a date to read."""
    draft = draft_of(session, staff_id)
    return draft is not None and draft.step == "start" and listens(session, now, staff_id)


def written(press: Press, incoming: Incoming, entities: Entities) -> Reply | None:
    """The answer to words or a photo while a question waits; None when none does.

    Raises WorkshopRefused when it does not answer the question: the question still waits.
    """
    draft = draft_of(press.session, press.staff.id)
    if draft is None or not listens(press.session, press.now, press.staff.id):
        return None
    if incoming.came not in (Came.TEXT, Came.FILE):
        return None
    return _answered(press, draft, STEPS[draft.step].read(press, incoming, entities))


def _new(press: Press) -> Reply:
    return _begin(press, next(iter(STEPS)), {})


def _change(press: Press) -> Reply:
    """One thing of a workshop that is made: those who come are told."""
    return _begin(press, str(press.values["what"]), {"workshop": press.values["workshop"]})


def _begin(press: Press, step: str, values: dict[str, Any]) -> Reply:
    draft = draft_of(press.session, press.staff.id)
    if draft is None:
        mine = {"organisation_id": press.staff.organisation_id, "staff_id": press.staff.id}
        draft = WorkshopDraft(**mine, step=step, values=values, touched_at=press.now)
        press.session.add(draft)
    draft.step, draft.values, draft.touched_at = step, values, press.now
    press.session.flush()
    return _question(press, draft)


def _resume(press: Press) -> Reply:
    draft = draft_of(press.session, press.staff.id)
    if draft is None:
        return Reply(press.say("staff.button.stale"))
    draft.touched_at = press.now
    return _question(press, draft)


def _drop(press: Press) -> Reply:
    draft = draft_of(press.session, press.staff.id)
    if draft is not None:
        press.session.delete(draft)
    return Reply(press.say("staff.workshops.dropped"))


def _answer(press: Press) -> Reply:
    """A button answers its own question only."""
    draft = draft_of(press.session, press.staff.id)
    if draft is None:
        return Reply(press.say("staff.button.stale"))
    if draft.step != press.values["step"]:
        return _question(press, draft)
    return _answered(press, draft, press.values["value"])


def _answered(press: Press, draft: WorkshopDraft, value: Any) -> Reply:
    values, step = dict(draft.values), draft.step
    stays = False
    if step == "audience":
        stays = _narrow(values, value)
    elif step == "start" and isinstance(value, list):
        values["starts"], values["start"] = value, value[0]
        stays = len(value) > 1
    else:
        values[step] = value
    draft.values, draft.touched_at = values, press.now
    if stays:
        return _question(press, draft)
    if "workshop" in values:
        return _changed(press, draft)
    order = [*STEPS, _SUMMARY]
    draft.step = order[order.index(step) + 1]
    return _question(press, draft)


def _narrow(values: dict[str, Any], value: Mapping[str, Any]) -> bool:
    """Whom it is for: open a list, take from it, or be done. Whether there is more to ask."""
    opened = values.pop("list", None)
    if "list" in value:
        values["list"] = value["list"]
    elif "add" in value and opened:
        values[opened] = [*values.get(opened, []), value["add"]]
    elif "came_before" in value:
        values["came_before"] = True
    return "done" not in value


def _question(press: Press, draft: WorkshopDraft) -> Reply:
    drop = Option(press.say("staff.workshops.button.drop"), "workshop.drop")
    if draft.step == _SUMMARY:
        create = Option(press.say("staff.workshops.button.create"), "workshop.create")
        poster = draft.values.get("poster")
        return Reply(
            _summary(press, draft.values), (create, drop), attachment=Attachment(**poster) if poster else None
        )
    offers = STEPS[draft.step].offers(press, draft.values)
    options = tuple(
        Option(title[:64], "workshop.answer", {"step": draft.step, "value": value}) for title, value in offers
    )
    several = draft.step == "start" and offers
    key = "which_start" if several else draft.values.get("list") or draft.step
    return Reply(press.say(f"staff.workshops.ask.{key}"), (*options, drop))


def _summary(press: Press, values: Mapping[str, Any]) -> str:
    audience = [name for field in LISTS for name in values.get(field, [])]
    if values.get("came_before"):
        audience.append(press.say("staff.workshops.for.came_before").lower())
    return press.say(
        "staff.workshops.summary",
        title=values["title"],
        theme=values["theme"] or "—",
        place=values["place"] or "—",
        when=press.when(datetime.fromisoformat(values["start"])),
        minutes=values["minutes"],
        seats=values["seats"],
        audience=", ".join(audience) or press.say("staff.workshops.for.everybody").lower(),
        sessions=press.say(f"staff.workshops.sessions.{values['sessions']}").lower(),
    )


def _create(press: Press) -> Reply:
    draft = draft_of(press.session, press.staff.id)
    if draft is None or draft.step != _SUMMARY:
        return Reply(press.say("staff.button.stale"))
    values, poster = draft.values, draft.values.get("poster")
    new = NewWorkshop(
        title=values["title"],
        theme=values["theme"],
        place=values["place"],
        starts_at=datetime.fromisoformat(values["start"]),
        minutes=values["minutes"],
        seats=values["seats"],
        districts=tuple(values.get("districts", ())),
        residences=tuple(values.get("residences", ())),
        profiles=tuple(values.get("profiles", ())),
        interests=tuple(values.get("interests", ())),
        came_before=values.get("came_before", False),
        poster=Attachment(**poster) if poster else None,
        sessions=values["sessions"],
    )
    made = creation.create(
        press.session, press.now, press.house, press.staff.organisation_id, press.staff, new
    )
    press.session.delete(draft)
    options = tuple(Option(one.title[:64], "workshop.open", {"workshop": one.id}) for one in made)
    return Reply(press.say("staff.workshops.created"), options)


def _changed(press: Press, draft: WorkshopDraft) -> Reply:
    values = draft.values
    workshop = press.session.scalars(
        select(Workshop).filter_by(id=values["workshop"], organisation_id=press.staff.organisation_id)
    ).one()
    if "poster" in values:
        poster = Attachment(**values["poster"]) if values["poster"] else None
        creation.give_poster(press.session, press.now, workshop, poster)
        said = press.say(f"staff.workshops.poster.{'kept' if poster else 'removed'}")
    else:
        told = creation.change(
            press.session,
            press.now,
            press.house,
            workshop,
            starts_at=datetime.fromisoformat(values["start"]) if "start" in values else None,
            place=values.get("place"),
            seats=values.get("seats"),
        )
        said = press.say("staff.workshops.changed", count=told)
    press.session.delete(draft)
    opened = Option(workshop.title[:64], "workshop.open", {"workshop": workshop.id})
    return Reply(said, (opened,))


ACTS: dict[str, Act] = {
    "workshop.new": _new,
    "workshop.change": _change,
    "workshop.resume": _resume,
    "workshop.drop": _drop,
    "workshop.answer": _answer,
    "workshop.create": _create,
}
