"""`/atelier`: the workshops to come, whom an invitation would reach, and who comes."""

from collections import Counter

from sqlalchemy import select

from bot.domain.words import Option, Reply
from bot.domain.workshops import PlaceState
from bot.services.staff_desk import workshop_creation
from bot.services.staff_desk.press import Act, Press
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops import workshops
from bot.storage.tables import Workshop, WorkshopPlace
from bot.texts import PLAIN

_SHOWN = 8


def show(asked: Press) -> Reply:
    """The workshops to come, one button each."""
    found = workshops.coming_up(asked.session, asked.now, asked.staff.organisation_id)
    options = [Option(one.title[:40], "workshop.open", {"workshop": one.id}) for one in found[:_SHOWN]]
    begun = workshop_creation.draft_of(asked.session, asked.staff.id)
    for act in ("resume", "drop") if begun else ("new",):
        options.append(Option(asked.say(f"staff.workshops.button.{act}"), f"workshop.{act}"))
    return Reply(asked.say("staff.workshops.title" if found else "staff.workshops.none"), tuple(options))


def _open(press: Press) -> Reply:
    """The seats, whom an invitation would reach and who is left out, in counts, and how it will look."""
    workshop = _workshop(press)
    states = Counter(
        press.session.scalars(select(WorkshopPlace.state).filter_by(workshop_id=workshop.id)).all()
    )
    preview = workshop_audience.preview(press.session, workshop)
    left_out = [
        press.say(f"staff.workshops.left_out.{why}", count=count)
        for why, count in sorted(preview.left_out.items())
    ]
    text = press.say(
        "staff.workshops.one",
        **workshop_messages.values(press.house, workshop),
        taken=workshop.seats_taken,
        seats=workshop.seats,
        maybe=states[PlaceState.MAYBE],
        waiting=states[PlaceState.WAITING],
        count=len(preview.invited),
        left_out="".join(f"\n• {line}" for line in left_out),
        invitation=workshop_messages.invitation_text(press.house, PLAIN, workshop),
    )
    options = [
        _option(press, workshop, "list"),
        *(_change(press, workshop, what) for what in workshop_creation.CHANGES),
        _option(press, workshop, "cancel"),
    ]
    if preview.invited and workshop.seats_taken < workshop.seats:
        options.insert(0, _option(press, workshop, "invite", count=len(preview.invited)))
    return Reply(text, tuple(options))


def _invite(press: Press) -> Reply:
    workshop = _workshop(press)
    if workshop.seats_taken >= workshop.seats:
        return Reply(press.say("staff.workshops.full"))
    count = workshop_audience.invite(press.session, press.now, press.house, workshop)
    return Reply(press.say("staff.workshops.invited", count=count))


def _list(press: Press) -> Reply:
    """Who comes, for whoever leads the workshop; a seat held by an offer is not shown as coming."""
    workshop = _workshop(press)
    places = press.session.scalars(
        select(WorkshopPlace)
        .filter_by(workshop_id=workshop.id, state=PlaceState.COMING)
        .order_by(WorkshopPlace.since)
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
    workshop = _workshop(press)
    return Reply(
        press.say("staff.workshops.cancel_sure", title=workshop.title),
        (_option(press, workshop, "cancel_sure"),),
    )


def _cancel_sure(press: Press) -> Reply:
    count = workshop_audience.cancel(press.session, press.now, press.house, _workshop(press))
    return Reply(press.say("staff.workshops.cancelled", count=count))


def _change(press: Press, workshop: Workshop, what: str) -> Option:
    title = press.say(f"staff.workshops.button.change.{what}")
    return Option(title, "workshop.change", {"workshop": workshop.id, "what": what})


def _option(press: Press, workshop: Workshop, act: str, **values: object) -> Option:
    title = press.say(f"staff.workshops.button.{act}", **values)
    return Option(title, f"workshop.{act}", {"workshop": workshop.id})


def _workshop(press: Press) -> Workshop:
    """The button's workshop; buttons are the chat's own, so it is one of this landlord."""
    return press.session.scalars(
        select(Workshop).filter_by(id=press.values["workshop"], organisation_id=press.staff.organisation_id)
    ).one()


ACTS: dict[str, Act] = {
    "workshop.open": _open,
    "workshop.invite": _invite,
    "workshop.list": _list,
    "workshop.cancel": _cancel,
    "workshop.cancel_sure": _cancel_sure,
}
