"""`/atelier`: the workshops to come, whom an invitation would reach, and who comes."""

from collections import Counter
from datetime import datetime, time, timedelta

from sqlalchemy import select

from bot.domain.calendar import instant, may_disturb
from bot.domain.words import Option, Reply
from bot.domain.workshops import PlaceState, WorkshopState
from bot.services.staff_desk import workshop_creation, workshop_day
from bot.services.staff_desk.press import Act, Press
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops import sending as workshop_sending
from bot.services.workshops import workshops
from bot.services.workshops.audience import Preview
from bot.services.workshops.sending import Checks
from bot.storage.tables import Workshop, WorkshopPlace, WorkshopSending
from bot.texts import PLAIN

_SHOWN = 8
# When invitations may be sent later, and how many such hours are shown.
_LATER, _HOURS = (time(9), time(18)), 6


def show(asked: Press) -> Reply:
    """The workshops to come, one button each."""
    words = str(asked.values.get("words", "")).strip()
    if words:
        return workshop_day.link(asked, words, _today(asked))
    found = workshops.coming_up(asked.session, asked.now, asked.staff.organisation_id)
    found = [*(one for one in _today(asked) if one not in found), *found]
    options = [Option(one.title[:40], "workshop.open", {"workshop": one.id}) for one in found[:_SHOWN]]
    begun = workshop_creation.draft_of(asked.session, asked.staff.id)
    for act in ("resume", "drop") if begun else ("new",):
        options.append(Option(asked.say(f"staff.workshops.button.{act}"), f"workshop.{act}"))
    return Reply(asked.say("staff.workshops.title" if found else "staff.workshops.none"), tuple(options))


def _today(press: Press) -> list[Workshop]:
    """Today's workshops and yesterday's: those of which presence is said."""
    since = instant(press.today - timedelta(days=1), time(), press.house.zone)
    until = instant(press.today + timedelta(days=1), time(), press.house.zone)
    return list(
        press.session.scalars(
            select(Workshop)
            .filter_by(organisation_id=press.staff.organisation_id, state=WorkshopState.OPEN)
            .where(Workshop.starts_at >= since, Workshop.starts_at < until)
            .order_by(Workshop.starts_at, Workshop.id)
        )
    )


def _open(press: Press) -> Reply:
    """The seats, whom an invitation would reach and who is left out, in counts, and how it will look."""
    workshop = workshop_day.of_press(press)
    states = Counter(
        press.session.scalars(select(WorkshopPlace.state).filter_by(workshop_id=workshop.id)).all()
    )
    preview = workshop_audience.preview(press.session, press.now, workshop)
    found = workshop_sending.checks(press.session, press.now, press.house, workshop)
    sending = workshop_sending.open_one(press.session, workshop)
    invitation = workshop_messages.invitation_text(press.house, PLAIN, workshop)
    if workshop.poster:
        invitation = f"{invitation}\n{press.say('staff.workshops.with_poster')}"
    text = press.say(
        "staff.workshops.one",
        **workshop_messages.values(press.house, workshop),
        taken=workshop.seats_taken,
        seats=workshop.seats,
        maybe=states[PlaceState.MAYBE],
        waiting=states[PlaceState.WAITING],
        audience=_audience(press, preview, found),
        invitation=invitation,
    )
    options = [
        _option(press, workshop, "list"),
        *(_change(press, workshop, what) for what in workshop_creation.CHANGES),
        _option(press, workshop, "cancel"),
    ]
    if workshop in _today(press):
        options.insert(0, _option(press, workshop, "presence"))
    if sending is not None:
        stop = press.say("staff.workshops.button.stop")
        options.insert(0, Option(stop, "workshop.stop", {"sending": sending.id}))
    elif preview.invited and not found.blockers:
        options[:0] = [
            _option(press, workshop, "invite", count=len(preview.invited)),
            _option(press, workshop, "later"),
            _option(press, workshop, "keep"),
        ]
    return Reply(text, tuple(options))


def _audience(press: Press, preview: Preview, found: Checks) -> str:
    """How many are invited; on a line each, how many are left out and why, what is missing, what to know."""
    counted = preview.left_out | ({"later": preview.later} if preview.later else {})
    lines = [press.say(f"staff.workshops.left_out.{why}", count=n) for why, n in sorted(counted.items())]
    lines += [press.say(f"staff.workshops.blocked.{code}") for code in found.blockers]
    lines += [press.say(f"staff.workshops.warned.{code}") for code in found.warnings]
    return "\n• ".join([str(len(preview.invited)), *lines])


def _invite(press: Press) -> Reply:
    """Send now, or at the hour of the button."""
    at = datetime.fromisoformat(press.values["at"]) if "at" in press.values else None
    if at is not None and at <= press.now:
        at = None
    sending = workshop_sending.send(
        press.session, press.now, press.house, workshop_day.of_press(press), press.staff, at
    )
    if at is None:
        return Reply(press.say("staff.workshops.invited", count=sending.invited))
    stop = Option(press.say("staff.workshops.button.stop"), "workshop.stop", {"sending": sending.id})
    return Reply(press.say("staff.workshops.planned", when=press.when(at)), (stop,))


def _later(press: Press) -> Reply:
    """The next decent hours before the workshop."""
    workshop = workshop_day.of_press(press)
    days = (press.today + timedelta(days=number) for number in range(7))
    zone, holidays = press.house.zone, press.house.holidays
    hours = [instant(day, at, zone) for day in days if may_disturb(day, holidays) for at in _LATER]
    free = [at for at in hours if press.now < at < workshop.starts_at][:_HOURS]
    options = tuple(
        Option(press.when(at), "workshop.invite", {"workshop": workshop.id, "at": at.isoformat()})
        for at in free
    )
    return Reply(press.say("staff.workshops.when" if free else "staff.workshops.refused.too_late"), options)


def _keep(press: Press) -> Reply:
    return Reply(press.say("staff.workshops.kept", title=workshop_day.of_press(press).title))


def _stop(press: Press) -> Reply:
    sending = press.session.scalars(
        select(WorkshopSending).filter_by(
            id=press.values["sending"], organisation_id=press.staff.organisation_id
        )
    ).one()
    count = workshop_sending.stop(press.session, press.now, press.house, sending)
    return Reply(press.say("staff.workshops.stopped", count=count))


def _list(press: Press) -> Reply:
    """Who comes, for whoever leads the workshop; a seat held by an offer is not shown as coming."""
    workshop = workshop_day.of_press(press)
    places = press.session.scalars(
        select(WorkshopPlace)
        .filter_by(workshop_id=workshop.id, state=PlaceState.COMING)
        .order_by(WorkshopPlace.since, WorkshopPlace.id)
    )
    names = [
        press.say("staff.workshops.list.line", name=place.person.display_name, count=place.seats)
        for place in places
    ]
    text = press.say(
        "staff.workshops.list",
        **workshop_messages.values(press.house, workshop),
        names="\n".join(names) or press.say("staff.workshops.list.none"),
    )
    return Reply(text)


def _cancel(press: Press) -> Reply:
    workshop = workshop_day.of_press(press)
    return Reply(
        press.say("staff.workshops.cancel_sure", title=workshop.title),
        (_option(press, workshop, "cancel_sure"),),
    )


def _cancel_sure(press: Press) -> Reply:
    count = workshop_audience.cancel(press.session, press.now, press.house, workshop_day.of_press(press))
    return Reply(press.say("staff.workshops.cancelled", count=count))


def _change(press: Press, workshop: Workshop, what: str) -> Option:
    title = press.say(f"staff.workshops.button.change.{what}")
    return Option(title, "workshop.change", {"workshop": workshop.id, "what": what})


def _option(press: Press, workshop: Workshop, act: str, **values: object) -> Option:
    title = press.say(f"staff.workshops.button.{act}", **values)
    return Option(title, f"workshop.{act}", {"workshop": workshop.id})


ACTS: dict[str, Act] = {
    "workshop.open": _open,
    "workshop.invite": _invite,
    "workshop.later": _later,
    "workshop.keep": _keep,
    "workshop.stop": _stop,
    "workshop.list": _list,
    "workshop.cancel": _cancel,
    "workshop.cancel_sure": _cancel_sure,
}
