"""The day of a workshop on Telegram: presence in one tap each, people who came without a word."""

from sqlalchemy import select

from bot.domain.words import Option, Reply
from bot.services.staff_desk.press import Act, Press
from bot.services.workshops import day
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Person, Workshop
from bot.texts.format import folded

# Telegram shows a long keyboard badly.
_MOST = 40


def of_press(press: Press) -> Workshop:
    """The button's workshop; buttons are the chat's own, so it is one of this landlord."""
    return press.session.scalars(
        select(Workshop).filter_by(id=press.values["workshop"], organisation_id=press.staff.organisation_id)
    ).one()


def presence(press: Press) -> Reply:
    """Everybody expected, one button each: pressed, they are there; pressed again, they are not."""
    workshop = of_press(press)
    places = day.expected(press.session, workshop)
    options = [
        Option(
            f"{'✓ ' if place.present else ''}{place.person.display_name} ({place.seats})"[:64],
            "workshop.came",
            {"workshop": workshop.id, "place": place.id, "present": not place.present},
        )
        for place in places[:_MOST]
    ]
    options.append(
        Option(press.say("staff.workshops.button.walk_in"), "workshop.walk_in", {"workshop": workshop.id})
    )
    said = day.opinions(press.session, workshop)
    lines = [
        press.say(f"staff.workshops.opinion.{name}", count=count) for name, count in sorted(said.items())
    ]
    text = press.say(
        "staff.workshops.presence",
        title=workshop.title,
        there=sum(place.seats for place in places if place.present),
        walk_ins=workshop.walk_ins,
    )
    return Reply("\n".join([text, *lines]), tuple(options))


def _came(press: Press) -> Reply:
    workshop, values = of_press(press), press.values
    day.mark(press.session, press.now, press.house, workshop, values["place"], values["present"])
    return presence(press)


def _walk_in(press: Press) -> Reply:
    day.add_walk_ins(press.session, press.now, press.house, of_press(press), 1)
    return presence(press)


def link(asked: Press, words: str, workshops: list[Workshop]) -> Reply:
    """`/atelier LOC-012`: the tenant of that reference came to one of these workshops."""
    wanted = folded(words)
    own = select(Person).filter_by(organisation_id=asked.staff.organisation_id)
    found = asked.session.scalar(own.where(Person.reference.in_((words.strip(), wanted.upper()))))
    if found is None:
        raise WorkshopRefused("nobody")
    options = tuple(
        Option(one.title[:64], "workshop.link", {"workshop": one.id, "person": found.id}) for one in workshops
    )
    key = "staff.workshops.link" if options else "staff.workshops.none_today"
    return Reply(asked.say(key, reference=found.reference), options)


def _link(press: Press) -> Reply:
    person = press.session.get_one(Person, press.values["person"])
    if person.organisation_id != press.staff.organisation_id:
        raise WorkshopRefused("nobody")
    day.came_unexpected(press.session, press.now, press.house, of_press(press), person)
    return presence(press)


ACTS: dict[str, Act] = {
    "workshop.presence": presence,
    "workshop.came": _came,
    "workshop.walk_in": _walk_in,
    "workshop.link": _link,
}
