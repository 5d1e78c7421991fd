"""A workshop made from Telegram, question by question, and by the service that programs call."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.incoming import Came, Incoming
from bot.domain.states import Role
from bot.domain.words import Attachment, Reply
from bot.domain.workshops import PlaceState
from bot.services import staff_desk
from bot.services.house import House
from bot.services.staff_desk import workshop_creation
from bot.services.workshops import audience, creation, day, workshops
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops import talk as workshop_talk
from bot.services.workshops.creation import NewWorkshop
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage import Database
from bot.storage.tables import Outbox, Workshop, WorkshopDraft
from tests.services.team import other_landlord, staff, tenant
from tests.services.test_staff_desk import Phone, titles
from tests.services.test_workshops import household


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


class Mediator(Phone):
    """A mediator who also writes and sends photos; `entities` is what the time layer read."""

    def writes(self, text: str, *entities: Mapping[str, Any]) -> Reply:
        return self._sends(Incoming(1, Came.TEXT, 1, self.now, text=text), *entities)

    def shows(self, kind: str) -> Reply:
        return self._sends(Incoming(1, Came.FILE, 1, self.now, file_id="F1", file_kind=kind))

    def _sends(self, incoming: Incoming, *entities: Mapping[str, Any]) -> Reply:
        self.session.flush()
        desk = (self.session, self.now, self.house, self.chat, self.member)
        return self._plain(staff_desk.respond(*desk, incoming, entities))


@pytest.fixture
def mediator(session: Session, now: datetime, house: House) -> Mediator:
    return Mediator(session, now, house, staff(session, "EQ03", Role.MEDIATOR))


def at(text: str) -> dict[str, Any]:
    """A time of day as the time layer gives it."""
    return {"entity": "time", "value": {"type": "value", "value": text, "grain": "minute"}}


def test_a_series_with_its_poster_from_the_first_question_to_the_last(
    session: Session, house: House, mediator: Mediator
) -> None:
    household(session, tenant(session), "Les Charmilles")
    title = mediator.presses(mediator.types("atelier"), "Nouvel atelier")
    assert "titre" in title.text
    theme = mediator.writes("  Mon logement   et moi ")
    place = mediator.presses(theme, "Énergie")
    assert mediator.presses(place, "Pas encore de lieu").text.startswith("Quel jour")
    minutes = mediator.writes("jeudi 10 à 14h", at("2026-12-10T14:00:00+01:00"))
    seats = mediator.presses(minutes, "90 minutes")
    audience = mediator.presses(seats, "12")
    districts = mediator.presses(audience, "Un quartier")
    assert titles(districts) == ["Les Charmilles", "Abandonner"]
    poster = mediator.presses(mediator.presses(districts, "Les Charmilles"), "C’est tout")
    assert "affiche" in poster.text
    sessions = mediator.shows("photo")
    summary = mediator.presses(sessions, "Trois séances, une par semaine")
    assert summary.attachment == Attachment("photo", "F1")
    assert "Pour : Les Charmilles" in summary.text
    made = mediator.presses(summary, "Créer l’atelier")
    assert titles(made) == [f"Mon logement et moi ({n}/3)" for n in (1, 2, 3)]
    rows = session.scalars(select(Workshop).order_by(Workshop.starts_at)).all()
    assert [row.starts_at.astimezone(house.zone).isoformat() for row in rows] == [
        "2026-12-10T14:00:00+01:00", "2026-12-17T14:00:00+01:00", "2026-12-24T14:00:00+01:00",
    ]  # fmt: skip
    assert len({row.series for row in rows}) == 1
    assert rows[0].districts == ["Les Charmilles"]
    assert not session.scalars(select(Outbox)).all()
    assert workshop_creation.draft_of(session, mediator.member.id) is None


def test_what_does_not_answer_the_question_keeps_it_open(house: House, mediator: Mediator) -> None:
    mediator.presses(mediator.types("atelier"), "Nouvel atelier")
    assert "trop long" in mediator.writes("x" * 121).text
    assert "Il manque le titre" in mediator.writes("   ").text
    theme = mediator.writes("Couture")
    place = mediator.presses(theme, "Sans thème")
    # A button of an earlier question changes nothing: the open one is asked again.
    assert mediator.presses(theme, "Eau").text == place.text
    start = mediator.writes("le local à vélos")
    assert "pas lu un jour" in mediator.writes("bientôt").text
    assert "déjà passé" in mediator.writes("hier", at("2026-11-30T14:00:00+01:00")).text
    # A day without its hour is not enough; the written form needs no time layer.
    day = {"entity": "time", "value": {"value": "2026-12-10T00:00:00+01:00", "grain": "day"}}
    assert "pas lu un jour" in mediator.writes("jeudi", day).text
    which = mediator.writes("mardi 14h", at("2026-12-08T14:00:00+01:00"), at("2026-12-15T14:00:00+01:00"))
    assert "plusieurs façons" in which.text
    assert start.text
    assert "minutes" in mediator.writes("10/12/2026 14h30").text
    assert "de 10 à 720" in mediator.writes("toute la journée").text
    mediator.writes("90")
    assert "de 1 à 500" in mediator.writes("0").text
    mediator.writes("6 places")
    assert "un des boutons" in mediator.writes("tout le monde").text


def test_it_is_taken_up_again_or_given_up(session: Session, mediator: Mediator) -> None:
    mediator.presses(mediator.types("atelier"), "Nouvel atelier")
    mediator.writes("Couture")
    mediator.now += timedelta(days=2)
    # Words are not taken for an answer days later; the questions are one button away.
    assert "/atelier" in mediator.writes("bonjour").text
    resumed = mediator.presses(mediator.types("atelier"), "Reprendre l’atelier commencé")
    assert "thème" in resumed.text
    assert "rien n’a été créé" in mediator.presses(resumed, "Abandonner").text
    assert not session.scalars(select(WorkshopDraft)).all()
    assert titles(mediator.types("atelier")) == ["Nouvel atelier"]


def new(now: datetime, **values: Any) -> NewWorkshop:
    return NewWorkshop(
        **{"title": "Couture", "starts_at": now + timedelta(days=9), "minutes": 90, "seats": 8} | values
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": " "}, "title_missing"), ({"title": "x" * 121}, "title_long"), ({"seats": 0}, "seats"),
        ({"minutes": 5}, "minutes"), ({"sessions": 13}, "sessions"), ({"every_days": 0}, "every_days"),
        ({"place": "x" * 201}, "place_long"), ({"theme": "x" * 61}, "theme_long"),
        ({"poster": Attachment("document", "F1")}, "poster"), ({"came_before": True}, "came_before"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_made(
    session: Session, now: datetime, house: House, wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(WorkshopRefused, match=code):
        creation.create(session, now, house, 1, None, new(now, **wrong))
    assert creation.faults(now, new(now, **wrong)) == [code]
    assert house.texts.say(f"staff.workshops.refused.{code}")
    assert not session.scalars(select(Workshop)).all()


def test_nobody_of_elsewhere_leads_and_the_past_is_refused(
    session: Session, now: datetime, house: House
) -> None:
    stranger = staff(session, "EQ10", Role.MEDIATOR, organisation=other_landlord(session))
    with pytest.raises(WorkshopRefused, match="leader"):
        creation.create(session, now, house, 1, stranger, new(now))
    assert creation.faults(now, new(now, starts_at=now)) == ["past"]
    assert creation.faults(now, new(now, starts_at=now + timedelta(days=800))) == ["far"]


def test_a_series_keeps_its_hour_when_the_clocks_change(
    session: Session, now: datetime, house: House
) -> None:
    first = datetime(2027, 3, 24, 14, tzinfo=house.zone)
    made = creation.create(session, now, house, 1, None, new(now, starts_at=first, sessions=2))
    assert [one.starts_at.astimezone(house.zone).hour for one in made] == [14, 14]


def test_a_change_is_told_to_those_who_come_alone(session: Session, house: House, mediator: Mediator) -> None:
    now = mediator.now
    (workshop,) = creation.create(session, now, house, 1, mediator.member, new(now, place="la salle du Clos"))
    ana, ben = tenant(session, "L-1"), tenant(session, "L-2")
    workshops.register(session, now, house, workshop, ana, 2)
    workshops.leave(session, now, house, workshop, ben)
    opened = mediator.presses(mediator.types("atelier"), "Couture")
    mediator.presses(opened, "Changer le lieu")
    assert "Inscrits prévenus : 1" in mediator.writes("la maison de quartier").text
    (row,) = session.scalars(select(Outbox).filter_by(kind=workshop_messages.CHANGED.name))
    assert row.chat.person_id == ana.id
    seats = mediator.presses(opened, "Changer les places")
    assert "déjà prises" in mediator.writes("1").text
    assert "prévenus : 0" in mediator.presses(seats, "20").text
    assert (workshop.place, workshop.seats) == ("la maison de quartier", 20)


def test_the_poster_of_a_series_is_changed_or_removed_on_telegram(
    session: Session, house: House, mediator: Mediator
) -> None:
    wanted = new(mediator.now, sessions=2, poster=Attachment("photo", "OLD"))
    first, second = creation.create(session, mediator.now, house, 1, mediator.member, wanted)
    opened = mediator.presses(mediator.types("atelier"), first.title)
    asked = mediator.presses(opened, "Changer l’affiche")
    assert "Envoyez l’affiche comme une photo" in mediator.writes("la voici").text
    assert first.poster == {"kind": "photo", "id": "OLD"}
    assert "L’affiche est changée" in mediator.shows("photo").text
    assert first.poster == second.poster == {"kind": "photo", "id": "F1"}
    asked = mediator.presses(opened, "Changer l’affiche")
    assert "plus d’affiche" in mediator.presses(asked, "Sans affiche").text
    assert first.poster is second.poster is None
    assert not session.scalars(select(Outbox)).all()


def test_the_poster_leaves_with_the_invitation_but_not_to_a_discreet_telephone(
    session: Session, now: datetime, house: House
) -> None:
    (workshop,) = creation.create(session, now, house, 1, None, new(now, poster=Attachment("photo", "F1")))
    open_one, discreet = tenant(session, "L-1"), tenant(session, "L-2", discreet=True)
    shown = workshop_messages.invitation(session, now, house, open_one, workshop)
    assert shown.attachment == Attachment("photo", "F1")
    assert workshop_messages.invitation(session, now, house, discreet, workshop).attachment is None


def test_interest_and_earlier_presence_choose_the_audience(
    session: Session, now: datetime, house: House
) -> None:
    ana, ben, eve = (tenant(session, name) for name in ("L-1", "L-2", "L-3"))
    for person in (ana, ben, eve):
        household(session, person, "Les Charmilles")
    (before,) = creation.create(session, now, house, 1, None, new(now, theme="couture"))
    workshops.register(session, now, house, before, ana, 1)
    day.came_unexpected(session, before.starts_at, house, before, ana)
    workshops.leave(session, now, house, before, ben, PlaceState.MAYBE)
    workshops.leave(session, now, house, before, eve, PlaceState.DECLINED)
    soon = now + timedelta(days=20)
    wanted = new(now, theme="couture", starts_at=soon, interests=("couture",))
    (interested,) = creation.create(session, now, house, 1, None, wanted)
    assert audience.known_to(session, interested) == {ana.id, ben.id}
    (again,) = creation.create(session, now, house, 1, None, replace(wanted, interests=(), came_before=True))
    assert audience.known_to(session, again) == {ana.id}
    assert audience.known_to(session, before) is None
    assert interested in workshop_talk.for_person(session, now, ben)
    assert again not in workshop_talk.for_person(session, now, ben)
