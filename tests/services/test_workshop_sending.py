"""The sending of invitations: checked before, followed while it goes, stopped for good."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.delivery import Refused, Uncertain, Unreachable
from bot.domain.states import OutboxState, Role, Urgency
from bot.domain.words import Drop, Words
from bot.domain.workshops import PlaceState, SendingState
from bot.services import outbox, people
from bot.services.cases import cases
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.workshops import audience, sending, workshops
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops import talk as workshop_talk
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage import Database
from bot.storage.tables import Outbox, Person, Staff, Workshop, WorkshopPlace
from tests.services.team import chat_of, staff, tenant
from tests.services.test_staff_desk import Phone, plain, titles
from tests.services.test_workshops import household, leaving, make


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def mediator(session: Session) -> Staff:
    member = staff(session, "EQ03", Role.MEDIATOR)
    member.phone = "06 39 98 70 03"
    return member


@pytest.fixture
def workshop(session: Session, now: datetime, mediator: Staff) -> Workshop:
    return make(session, now, led_by=mediator)


def willing(session: Session, now: datetime, count: int) -> list[Person]:
    """Tenants who agreed to be invited."""
    persons = [tenant(session, f"L-{number}") for number in range(count)]
    for person in persons:
        household(session, person, "Les Charmilles")
        people.set_consent(session, now, person, "workshops", True, "workshop.button.news")
    session.flush()
    return persons


def leave(session: Session, now: datetime, house: House, rows: list[Outbox]) -> None:
    """The rows are sent, all of them."""
    for claimed in outbox.claim(session, now, house, [row.id for row in rows]):
        outbox.sent(session, now, {claimed.row_id: (500 + claimed.row_id, claimed.words.text)})
    session.flush()


def shown(session: Session, now: datetime, house: House) -> Words:
    """What the mediator's message says now; it is sent."""
    row = leaving(session, "workshop_progress")[-1]
    render = REGISTRY[row.kind].render
    assert render is not None
    said = render(session, now, house, row)
    assert isinstance(said, Words)
    leave(session, now, house, [row])
    return said


def test_what_forbids_and_what_warns_is_named(
    session: Session, now: datetime, house: House, mediator: Staff
) -> None:
    assert sending.checks(session, now, house, make(session, now, led_by=mediator)) == sending.Checks([], [])
    bare = make(session, now, seats=1, days=1, place="", districts=["La Gare"])
    workshops.register(session, now, house, bare, tenant(session), 1)
    found = sending.checks(session, now, house, bare)
    assert found == sending.Checks(["no_seats", "no_place", "no_contact"], ["soon"])
    sunday = datetime(2026, 12, 20, 14, tzinfo=house.zone)
    one = make(session, now, led_by=mediator, starts_at=sunday, districts=["La Gare", "Bas-Canal"])
    assert sending.checks(session, now, house, one).warnings == ["holiday"]
    make(session, now, starts_at=sunday + timedelta(minutes=90), districts=["Bas-Canal"])
    assert sending.checks(session, now, house, one).warnings == ["holiday", "clash"]
    with pytest.raises(WorkshopRefused, match="no_seats"):
        sending.send(session, now, house, bare, mediator)
    audience.cancel(session, now, house, one)
    with pytest.raises(WorkshopRefused, match="over"):
        sending.send(session, now, house, one, mediator)


def test_one_message_follows_it_to_the_end(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    first, *_ = willing(session, now, 5)
    going = sending.send(session, now, house, workshop, mediator)
    with pytest.raises(WorkshopRefused, match="sending"):
        sending.send(session, now, house, workshop, mediator)
    began = shown(session, now, house)
    assert began.edits is None
    assert "Envoyées : 0 sur 5. En attente : 5." in plain(began.text)
    assert [row[0].title for row in began.rows] == ["Arrêter l’envoi"]
    rows = leaving(session, "workshop_invite")
    leave(session, now, house, rows[:2])
    claimed = outbox.claim(session, now, house, [row.id for row in rows[2:]])
    for sent, fault in zip(claimed, (Unreachable("forbidden"), Refused("x"), Uncertain("x")), strict=True):
        outbox.failed(session, now, sent.row_id, fault)
    session.flush()
    workshops.register(session, now, house, workshop, first, 1)
    assert sending.follow(session, now, house) == 1
    ended = shown(session, now, house)
    # The same message, with other words.
    assert ended.edits == leaving(session, "workshop_progress")[0].message_id
    assert plain(ended.text).split("\n")[1:] == [
        "Envoyées : 2 sur 5.",
        "Échecs : 1 ont bloqué Palier ou fermé leur compte, 1 refusées par Telegram.",
        "Inconnues : 1. Autre : 0.",
        "Réponses : 1.",
    ]
    assert not ended.rows
    assert going.state is SendingState.DONE
    assert sending.follow(session, now, house) == 0


def test_it_stops_for_good_and_those_not_reached_can_be_invited_again(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    told, *others = willing(session, now, 4)
    going = sending.send(session, now, house, workshop, mediator)
    rows = leaving(session, "workshop_invite")
    leave(session, now, house, [row for row in rows if row.chat.person_id == told.id])
    assert sending.stop(session, now, house, going) == 3
    session.expire_all()
    assert {row.state for row in rows} == {OutboxState.SENT, OutboxState.DROPPED}
    assert not outbox.due(session, now + timedelta(days=3), rows[0].bot_id)[1:]
    assert [place.person_id for place in session.scalars(select(WorkshopPlace))] == [told.id]
    with pytest.raises(WorkshopRefused, match="sending_over"):
        sending.stop(session, now, house, going)
    again = sending.send(session, now, house, workshop, mediator)
    assert again.invited == len(others)
    leave(session, now, house, leaving(session, "workshop_invite"))
    assert sending.counts(session, again).sent == 3
    # A claim that had read the row before the stop finds nobody invited.
    sending.stop(session, now, house, again)
    render = REGISTRY["workshop_invite"].render
    assert render is not None
    session.delete(session.scalars(select(WorkshopPlace).filter_by(person_id=told.id)).one())
    session.flush()
    assert render(session, now, house, rows[0]) == Drop("gone")


def test_at_an_hour_it_begins_by_itself_and_what_became_impossible_is_shown(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    willing(session, now, 2)
    phone = Phone(session, now, house, mediator)
    opened = phone.presses(phone.types("atelier"), "Cuisine d'hiver")
    assert "personne n’est invité" in phone.presses(opened, "Garder en brouillon").text
    hours = phone.presses(opened, "Inviter plus tard")
    assert titles(hours)[:2] == ["mardi 1er décembre, 18 h", "mercredi 2 décembre, 9 h"]
    planned = phone.presses(hours, "mercredi 2 décembre, 9 h")
    assert planned.text == "Les invitations partiront mercredi 2 décembre, 9 h."
    at = datetime(2026, 12, 2, 9, tzinfo=house.zone)
    assert sending.begin_due(session, at - timedelta(minutes=1), house) == 0
    assert not leaving(session, "workshop_invite")
    assert sending.begin_due(session, at, house) == 1
    assert len(leaving(session, "workshop_invite")) == 2
    other = make(session, now, title="Couture", led_by=mediator)
    sending.send(session, now, house, other, mediator, at)
    other.place = ""
    assert sending.begin_due(session, at, house) == 1
    assert "Envoi arrêté : « Couture »" in plain(shown(session, at, house).text)
    with pytest.raises(WorkshopRefused, match="too_late"):
        sending.send(session, now, house, make(session, now, led_by=mediator), mediator, now + timedelta(40))


def test_the_preview_tells_those_who_wait_or_want_no_more_of_the_theme(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    busy, tired, danger, _ = willing(session, now, 4)
    for number in range(3):
        row = Outbox(
            organisation_id=1, bot_id=7, chat_id=chat_of(session, busy).id, kind="workshop_invite",
            recipient=f"chat:{chat_of(session, busy).id}", object="x", occasion=str(number), lane=4,
            not_before=now, state=OutboxState.SENT, sent_at=now - timedelta(hours=1), created_at=now,
        )  # fmt: skip
        session.add(row)
    people.set_consent(session, now, tired, workshop_messages.theme_consent("cuisine"), False, "x")
    cases.open_case(
        session, now, house, kind="report_distress", urgency=Urgency.URGENT, reason="x", person=danger
    )
    session.flush()
    found = audience.preview(session, now, workshop)
    assert (len(found.invited), found.left_out, found.later) == (2, {"theme": 1, "other": 1}, 1)
    soon = make(session, now, days=5, led_by=mediator)
    found = audience.preview(session, now, soon)
    assert (len(found.invited), found.left_out) == (1, {"theme": 1, "other": 1, "attention": 1})
    going = sending.send(session, now, house, soon, mediator)
    assert {row.chat.person_id for row in leaving(session, "workshop_invite") if row.object != "x"} == {
        person.id for person in found.invited
    }
    assert going.invited == 1


def test_words_that_name_no_workshop_answer_the_invitation_that_waits(
    session: Session, now: datetime, house: House, workshop: Workshop
) -> None:
    (ana,) = willing(session, now, 1)
    make(session, now, title="Couture", theme="couture")
    assert "Lequel" in workshop_talk.register(session, now, house, ana, "on sera trois", 3).text
    workshop_messages.invitation(session, now, house, ana, workshop)
    said = workshop_talk.register(session, now, house, ana, "on sera trois avec mes filles", 3).text
    assert "Cuisine d’hiver" in said
    assert workshop.seats_taken == 3


def test_who_says_nothing_is_asked_once_more_and_never_again(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    ana, ben, chloe = willing(session, now, 3)
    sending.send(session, now, house, workshop, mediator)
    rows = leaving(session, "workshop_invite")
    # Chloé's invitation has not left yet: nothing to remind her of.
    leave(session, now, house, [row for row in rows if row.chat.person_id != chloe.id])
    workshops.leave(session, now, house, workshop, ben, PlaceState.MAYBE)
    session.flush()
    due = datetime(2026, 12, 4, 10, tzinfo=house.zone)
    assert audience.ask_again_due(session, due - timedelta(minutes=1), house) == 0
    assert audience.ask_again_due(session, due, house) == 1
    (again,) = leaving(session, "workshop_again")
    assert again.chat.person_id == ana.id
    assert audience.ask_again_due(session, due + timedelta(days=3), house) == 0
    render = REGISTRY["workshop_again"].render
    assert render is not None
    assert isinstance(render(session, due, house, again), Words)
    assert render(session, workshop.starts_at - timedelta(days=1), house, again) == Drop("over")
    workshops.register(session, now, house, workshop, ana, 1)
    assert render(session, due, house, again) == Drop("answered")


def test_no_reminder_without_two_days_or_a_seat(
    session: Session, now: datetime, house: House, mediator: Staff
) -> None:
    _ana, ben = willing(session, now, 2)
    due = datetime(2026, 12, 4, 10, tzinfo=house.zone)
    sending.send(session, now, house, make(session, now, days=4, led_by=mediator), mediator)
    assert audience.ask_again_due(session, due, house) == 0
    full = make(session, now, seats=1, led_by=mediator)
    sending.send(session, now, house, full, mediator)
    leave(session, now, house, leaving(session, "workshop_invite"))
    workshops.register(session, now, house, full, ben, 1)
    assert audience.ask_again_due(session, due, house) == 1
    assert not leaving(session, "workshop_again")


def test_no_reminder_of_a_workshop_that_wants_none(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    willing(session, now, 1)
    workshop.asks_again = False
    sending.send(session, now, house, workshop, mediator)
    leave(session, now, house, leaving(session, "workshop_invite"))
    assert audience.ask_again_due(session, datetime(2026, 12, 4, 10, tzinfo=house.zone), house) == 1
    assert not leaving(session, "workshop_again")


def test_no_more_of_a_theme_leaves_the_others(
    session: Session, now: datetime, house: House, workshop: Workshop
) -> None:
    ana, ben = willing(session, now, 2)
    for person in (ana, ben):
        shown = workshop_messages.invitation(session, now, house, person, workshop)
    assert "Plus sur ce sujet" in [option.title for option in shown.options]
    assert workshop_talk.tired_of_theme(session, now, house, ana, "plus de messages") is None
    said = workshop_talk.tired_of_theme(session, now, house, ana, "plus sur ce sujet svp")
    assert said is not None
    assert "plus d’invitation sur ce sujet" in said.text
    other = make(session, now, title="Couture", theme="couture")
    assert audience.preview(session, now, make(session, now)).left_out == {"theme": 1}
    assert {person.id for person in audience.preview(session, now, other).invited} == {ana.id, ben.id}
