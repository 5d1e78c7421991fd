"""Permanences: when a partner receives, asked in a few plain words, announced to those who asked."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import instant, may_disturb
from bot.domain.states import OccurrenceState
from bot.domain.words import Drop, Reply, Words
from bot.services import outbox, people
from bot.services.appointments.messages import to_tenant
from bot.services.house import House
from bot.services.kinds import Attention
from bot.services.one_by_one import one_by_one
from bot.storage.tables import DropIn, DropInWish, Lease, LeasePerson, Occurrence, Outbox, Person
from bot.texts import Voice
from bot.texts import format as say

SOON = "drop_in.soon"
_AT = time(10)
_SHOWN = 3
# Whoever asked hears of it for this long.
_WISH_LASTS = timedelta(days=180)
# "Quand passe la CAF ?" and nothing else: every word is one of these or the partner's name.
_WHEN = {"quand", "jour", "heure", "date", "prochaine", "prochain", "permanence", "permanences"}
_COMES = {
    "passe", "passent", "passera", "vient", "viennent", "viendra", "recoit", "recoivent", "la", "presente",
    "permanence", "permanences",
}  # fmt: skip
_SMALL = {
    "est", "ce", "que", "qu", "c", "quel", "quelle", "a", "le", "les", "l", "de", "du", "des", "d", "il", "y",
    "bonjour", "svp", "merci", "au", "quartier", "dans", "mon", "notre", "sera", "sont", "elle", "t", "on",
    "s", "vous", "plait", "et", "ici", "prochainement",
}  # fmt: skip


def asked(session: Session, person: Person, text: str) -> str | None:
    """The partner whose drop-in the whole text asks for; None when it says anything else."""
    words = "".join(char if char.isalnum() else " " for char in say.folded(text)).split()
    if not words or len(words) > 12 or not set(words) & _WHEN or not set(words) & _COMES:
        return None
    known = session.scalars(
        select(DropIn.partner)
        .where(DropIn.organisation_id == person.organisation_id)
        .distinct()
        .order_by(DropIn.partner)
    )
    for partner in known:
        named = set(_words(partner))
        if named <= set(words) and set(words) <= _WHEN | _COMES | _SMALL | named:
            return partner
    return None


def _words(partner: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in say.folded(partner)).split()


def answer(session: Session, now: datetime, house: House, person: Person, partner: str) -> Reply:
    """The next times in the person's district; they are told of the next one on the day before."""
    voice = people.voice(person)
    _note(session, now, person, partner)
    found = _next(session, now, person, partner)
    if not found:
        return Reply(house.texts.say("rdv.drop_in.none", voice, partner=partner))
    lines = "\n".join(f"• {_line(house, drop_in, voice)}" for drop_in in found)
    return Reply(house.texts.say("rdv.drop_in.next", voice, partner=partner, lines=lines))


def _next(session: Session, now: datetime, person: Person, partner: str) -> list[DropIn]:
    ahead = session.scalars(
        select(DropIn)
        .where(
            DropIn.organisation_id == person.organisation_id,
            DropIn.partner == partner,
            DropIn.starts_at > now,
        )
        .order_by(DropIn.starts_at, DropIn.id)
    )
    districts = _districts(session, person)
    return [drop_in for drop_in in ahead if _is_near(drop_in, districts)][:_SHOWN]


def _districts(session: Session, person: Person) -> set[str]:
    return set(
        session.scalars(
            select(Lease.district)
            .join(LeasePerson, LeasePerson.lease_id == Lease.id)
            .where(LeasePerson.person_id == person.id)
        )
    )


def _is_near(drop_in: DropIn, districts: set[str]) -> bool:
    return not drop_in.districts or bool(districts & set(drop_in.districts))


def _line(house: House, drop_in: DropIn, voice: Voice) -> str:
    local = drop_in.starts_at.astimezone(house.zone)
    until = drop_in.starts_at + timedelta(minutes=drop_in.minutes)
    return house.texts.say(
        "rdv.drop_in.line",
        voice,
        day=say.day(local.date()),
        start=say.hour(drop_in.starts_at, house.zone),
        end=say.hour(until, house.zone),
        place=drop_in.place,
    )


def _note(session: Session, now: datetime, person: Person, partner: str) -> None:
    key = {"organisation_id": person.organisation_id, "person_id": person.id, "partner": partner}
    wish = session.scalar(select(DropInWish).filter_by(**key))
    if wish is None:
        wish = DropInWish(**key, asked_at=now)
        session.add(wish)
    wish.asked_at = now
    session.flush()


def plan(session: Session, house: House, drop_in: DropIn) -> None:
    """Announce it on the day before, at 10 h; on the last day before that may be disturbed."""
    day = drop_in.starts_at.astimezone(house.zone).date() - timedelta(days=1)
    while not may_disturb(day, house.holidays):
        day -= timedelta(days=1)
    key = {"organisation_id": drop_in.organisation_id, "rule": SOON, "object": f"drop_in:{drop_in.id}"}
    planned = session.scalar(select(Occurrence).filter_by(**key, state=OccurrenceState.PLANNED))
    if planned is None:
        planned = Occurrence(**key)
        session.add(planned)
    planned.due_on, planned.due_at = day, instant(day, _AT, house.zone)


def announce_due(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: tell those who asked of the drop-ins of tomorrow. Returns how many drop-ins."""
    rows = session.scalars(
        select(Occurrence)
        .where(Occurrence.state == OccurrenceState.PLANNED, Occurrence.due_at <= now, Occurrence.rule == SOON)
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
    ).all()

    def tell(row: Occurrence) -> None:
        _announce(session, now, house, row)
        row.state = OccurrenceState.DONE

    return one_by_one(session, now, rows, tell)


def _announce(session: Session, now: datetime, house: House, row: Occurrence) -> None:
    drop_in = session.get_one(DropIn, int(row.object.removeprefix("drop_in:")))
    wishes = session.scalars(
        select(DropInWish)
        .where(
            DropInWish.organisation_id == drop_in.organisation_id,
            DropInWish.partner == drop_in.partner,
            DropInWish.asked_at > now - _WISH_LASTS,
        )
        .order_by(DropInWish.asked_at, DropInWish.id)
    )
    for wish in wishes:
        person = session.get_one(Person, wish.person_id)
        chat = people.active_chat(session, person)
        if chat is not None and _is_near(drop_in, _districts(session, person)):
            outbox.enqueue(session, now, house, chat, ANNOUNCED, object=row.object, occasion=str(row.due_on))


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    drop_in = session.get_one(DropIn, int(row.object.removeprefix("drop_in:")))
    if now > drop_in.starts_at:
        return Drop("late")
    voice = people.voice(row.chat.person)
    line = _line(house, drop_in, voice)
    return Words(house.texts.say("rdv.drop_in.soon", voice, partner=drop_in.partner, line=line))


ANNOUNCED = to_tenant("drop_in_soon", _render, timedelta(days=2), Attention.FREE)
