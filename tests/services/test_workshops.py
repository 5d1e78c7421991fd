"""Workshops: seats never oversold, the waiting list in its order, and only those concerned are told."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.states import ChatState, OutboxState, Role, Urgency
from bot.domain.words import Drop, Words
from bot.domain.workshops import HOLDS_SEATS, PlaceState, next_offers
from bot.services import outbox, people
from bot.services.cases import cases
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.staff_desk import workshop_menu
from bot.services.staff_desk.press import Press
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import talk as workshop_talk
from bot.services.workshops import workshops
from bot.storage import Database
from bot.storage.tables import Lease, LeasePerson, Outbox, Person, Workshop, WorkshopPlace
from tests.services.race import race
from tests.services.team import chat_of, other_landlord, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def make(session: Session, now: datetime, seats: int = 12, days: int = 10, **values: object) -> Workshop:
    workshop = Workshop(
        **{
            "organisation_id": 1, "reference": f"AT{session.scalar(select(func.count(Workshop.id)))}",
            "title": "Cuisine d'hiver", "theme": "cuisine", "starts_at": now + timedelta(days=days),
            "minutes": 120, "place": "la maison de quartier", "seats": seats,
        } | values
    )  # fmt: skip
    session.add(workshop)
    session.flush()
    return workshop


def people_of(session: Session, count: int) -> list[Person]:
    return [tenant(session, f"L-{n}") for n in range(count)]


def states(session: Session) -> dict[str, PlaceState]:
    session.flush()
    return {place.person.reference: place.state for place in session.scalars(select(WorkshopPlace))}


def leaving(session: Session, kind: str) -> list[Outbox]:
    return list(session.scalars(select(Outbox).filter_by(kind=kind).order_by(Outbox.id)))


def worded(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    render = REGISTRY[row.kind].render
    assert render is not None
    return render(session, now, house, row)


@given(st.integers(0, 30), st.lists(st.integers(1, 6), max_size=20))
def test_offers_fit_keep_the_order_and_leave_nothing_that_would_fit(free: int, groups: list[int]) -> None:
    chosen = next_offers(free, enumerate(groups))
    assert chosen == sorted(chosen)
    left = free - sum(groups[n] for n in chosen)
    assert left >= 0
    # Nobody was passed over who could have had a seat.
    for n, seats in enumerate(groups):
        assert n in chosen or seats > free - sum(groups[m] for m in chosen if m < n)


def test_the_list_moves_up_when_somebody_leaves_and_seats_are_held_a_day(
    session: Session, now: datetime, house: House
) -> None:
    workshop = make(session, now, seats=3)
    ana, ben, chloe, dan = people_of(session, 4)
    assert workshops.register(session, now, house, workshop, ana, 3) is PlaceState.COMING
    assert workshops.register(session, now, house, workshop, ben, 4) is PlaceState.WAITING
    assert workshops.register(session, now, house, workshop, chloe, 2) is PlaceState.WAITING
    assert workshops.register(session, now, house, workshop, dan, 1) is PlaceState.WAITING
    workshops.leave(session, now, house, workshop, ana)
    # Ben's four do not fit: those behind pass, and he keeps his rank.
    assert states(session) == {
        "L-0": PlaceState.LEFT, "L-1": PlaceState.WAITING,
        "L-2": PlaceState.OFFERED, "L-3": PlaceState.OFFERED,
    }  # fmt: skip
    assert workshop.seats_taken == 3
    offers = leaving(session, "workshop_offer")
    assert [type(worded(session, now, house, row)) for row in offers] == [Words, Words]
    assert workshops.register(session, now, house, workshop, chloe, 2) is PlaceState.COMING
    assert workshops.expire_offers(session, now + timedelta(hours=23), house) == 0
    assert workshops.expire_offers(session, now + timedelta(hours=24), house) == 1
    assert states(session)["L-3"] is PlaceState.LEFT
    assert workshop.seats_taken == 2


def test_the_number_changes_and_what_is_held_is_never_lost(
    session: Session, now: datetime, house: House
) -> None:
    workshop = make(session, now, seats=4)
    ana, ben = people_of(session, 2)
    workshops.register(session, now, house, workshop, ana, 2)
    assert workshops.register(session, now, house, workshop, ana, 4) is PlaceState.COMING
    assert workshops.register(session, now, house, workshop, ana, 5) is PlaceState.WAITING
    assert states(session)["L-0"] is PlaceState.COMING
    assert workshops.register(session, now, house, workshop, ben, 2) is PlaceState.WAITING
    assert workshops.register(session, now, house, workshop, ana, 1) is PlaceState.COMING
    assert states(session)["L-1"] is PlaceState.OFFERED
    assert workshop.seats_taken == 3


@pytest.mark.slow
def test_two_hundred_people_for_twelve_seats(postgres_only: Database, now: datetime, house_pg: House) -> None:
    with postgres_only.transaction() as session:
        workshop_id = make(session, now).id
        ids = [person.id for person in people_of(session, 200)]
    became: list[PlaceState] = []

    def come(mine: list[int]) -> None:
        for person_id in mine:
            with postgres_only.transaction() as session:
                person = session.get_one(Person, person_id)
                workshop = session.get_one(Workshop, workshop_id)
                became.append(workshops.register(session, now, house_pg, workshop, person, 1))

    race([lambda mine=ids[start::10]: come(mine) for start in range(10)])
    assert became.count(PlaceState.COMING) == 12
    assert became.count(PlaceState.WAITING) == 188
    with postgres_only.transaction() as session:
        assert session.get_one(Workshop, workshop_id).seats_taken == 12
        coming = [p.person_id for p in session.scalars(select(WorkshopPlace)) if p.state is PlaceState.COMING]

    def go(person_id: int) -> None:
        with postgres_only.transaction() as session:
            workshop = session.get_one(Workshop, workshop_id)
            workshops.leave(session, now, house_pg, workshop, session.get_one(Person, person_id))

    race([lambda person_id=person_id: go(person_id) for person_id in coming[:8]])
    with postgres_only.reading() as session:
        offered = session.scalars(select(WorkshopPlace).filter_by(state=PlaceState.OFFERED)).all()
        assert session.get_one(Workshop, workshop_id).seats_taken == 4 + len(offered)
        assert len(offered) == 8
        assert len(leaving(session, "workshop_offer")) == 8


@pytest.mark.slow
def test_whatever_is_said_at_once_seats_are_counted_right_and_none_stays_idle(
    postgres_only: Database, now: datetime, house_pg: House
) -> None:
    """Parties of several, the same person twice at once, offers taken up as they expire."""
    with postgres_only.transaction() as session:
        workshop_id = make(session, now).id
        ids = [person.id for person in people_of(session, 30)]

    def act(chance: random.Random) -> None:
        with postgres_only.transaction() as session:
            workshop = session.get_one(Workshop, workshop_id)
            who = session.get_one(Person, chance.choice(ids))
            # What the conversation has read before it acts may be old by then.
            place = workshops.place_of(session, workshop, who)
            kind = chance.random()
            if kind < 0.45:
                workshops.register(session, now, house_pg, workshop, who, chance.randint(1, 3))
            elif kind < 0.7 and place is not None and place.state is PlaceState.OFFERED:
                workshops.register(session, now, house_pg, workshop, who, place.seats)
            elif kind < 0.9:
                workshops.leave(session, now, house_pg, workshop, who)
            else:
                workshops.expire_offers(session, now + timedelta(days=2), house_pg)

    def acts(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            act(chance)

    race([lambda seed=seed: acts(seed) for seed in range(8)])
    with postgres_only.reading() as session:
        workshop = session.get_one(Workshop, workshop_id)
        places = session.scalars(select(WorkshopPlace)).all()
        held = sum(place.seats for place in places if place.state in HOLDS_SEATS)
        assert workshop.seats_taken == held <= workshop.seats
        waiting = [place.seats for place in places if place.state is PlaceState.WAITING]
        assert all(seats > workshop.seats - held for seats in waiting)
        offered = {place.person_id for place in places if place.state is PlaceState.OFFERED}
        told = {row.chat.person_id for row in leaving(session, "workshop_offer")}
        assert offered <= told


def household(session: Session, person: Person, district: str) -> None:
    lease = Lease(
        organisation_id=1, reference=f"B{person.id}", starts_on=date(2018, 1, 1), due_day=5,
        first_import_on=date(2026, 12, 1), district=district,
    )  # fmt: skip
    session.add(lease)
    session.flush()
    session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=person.id))
    session.flush()


def test_the_preview_is_what_is_sent_and_tells_nobody_s_danger(
    session: Session, now: datetime, house: House
) -> None:
    workshop = make(session, now, districts=["Les Charmilles"])
    persons = people_of(session, 8)
    for person in persons:
        household(session, person, "Les Charmilles")
        people.set_consent(session, now, person, "workshops", True, "workshop.button.news")
    elsewhere = tenant(session, "L-9")
    household(session, elsewhere, "Ailleurs")
    _, refuses, pauses, gone, danger, comes, silent, _ = persons
    people.set_consent(session, now, refuses, "workshops", False, "workshop.stop")
    chat_of(session, pauses).state = ChatState.PAUSED
    chat_of(session, gone).state = ChatState.UNREACHABLE
    cases.open_case(
        session, now, house, kind="report_violence", urgency=Urgency.URGENT, reason="x", person=danger
    )
    workshops.register(session, now, house, workshop, comes, 1)
    session.delete(chat_of(session, silent))
    session.flush()
    preview = workshop_audience.preview(session, now, workshop)
    assert preview.left_out == {"no_consent": 1, "paused": 1, "other": 2, "already": 1, "no_telegram": 1}
    wanted = {person.id for person in preview.invited}
    assert workshop_audience.invite(session, now, house, workshop, "sending:1") == len(wanted) == 2
    rows = leaving(session, "workshop_invite")
    assert {row.chat.person_id for row in rows} == wanted
    claimed = outbox.claim(session, now, house, [row.id for row in rows])
    assert len(claimed) == 2
    # Pressed again, nobody is invited twice.
    assert workshop_audience.invite(session, now, house, workshop, "sending:2") == 0


def test_a_change_and_a_cancellation_are_told_to_those_concerned_alone(
    session: Session, now: datetime, house: House
) -> None:
    workshop = make(session, now, seats=1)
    ana, ben, _ = people_of(session, 3)
    workshop_audience.plan_steps(session, house, workshop)
    workshops.register(session, now, house, workshop, ana, 1)
    workshops.register(session, now, house, workshop, ben, 1)
    workshop.place = "la salle du Clos"
    workshop_audience.changed(session, now, house, workshop)
    (row,) = leaving(session, "workshop_changed")
    said = worded(session, now, house, row)
    assert isinstance(said, Words)
    assert "la salle du Clos" in said.text
    assert workshop_audience.remind_due(session, workshop.starts_at - timedelta(hours=20), house) == 1
    assert [row.chat.person_id for row in leaving(session, "workshop_eve")] == [ana.id]
    assert workshop_audience.cancel(session, now, house, workshop) == 2
    told = {row.chat.person_id for row in leaving(session, "workshop_cancelled")}
    assert told == {ana.id, ben.id}
    assert isinstance(worded(session, now, house, leaving(session, "workshop_eve")[0]), Drop)
    assert workshop_audience.cancel(session, now, house, workshop) == 0


def test_in_plain_words(session: Session, now: datetime, house: House) -> None:
    ana = tenant(session, "L-1")
    household(session, ana, "")
    assert "pas d’atelier" in workshop_talk.ask(session, now, house, ana).text
    cuisine = make(session, now)
    couture = make(session, now, title="Couture", theme="couture")
    listed = workshop_talk.ask(session, now, house, ana)
    assert [option.title for option in listed.options] == [
        "Cuisine d'hiver", "Couture", "Me prévenir des ateliers",
    ]  # fmt: skip
    assert "Lequel" in workshop_talk.register(session, now, house, ana, "je viens", 2).text
    reply = workshop_talk.register(session, now, house, ana, "on sera trois à la couture", 3)
    assert "Nombre de places\u00a0: 3" in reply.text
    assert (cuisine.seats_taken, couture.seats_taken) == (0, 3)
    assert (
        "combien" in workshop_talk.register(session, now, house, ana, "inscris moi à la couture", None).text
    )
    assert "vous ne venez pas" in workshop_talk.unregister(session, now, house, ana).text
    session.refresh(couture)
    assert couture.seats_taken == 0
    assert "Je ne trouve pas" in workshop_talk.unregister(session, now, house, ana).text


def test_the_mediator_sees_counts_invites_and_cancels(session: Session, now: datetime, house: House) -> None:
    mediator = staff(session, "EQ03", Role.MEDIATOR)
    ana = tenant(session, "L-1")
    household(session, ana, "")
    people.set_consent(session, now, ana, "workshops", True, "workshop.button.news")
    mediator.phone = "06 39 98 70 03"
    workshop = make(session, now, led_by=mediator)
    asked = Press(session, now, house, mediator)
    option, _new = workshop_menu.show(asked).options
    press = Press(session, now, house, mediator, dict(option.values))
    shown = workshop_menu.ACTS["workshop.open"](press)
    assert "À inviter maintenant\u00a0: 1" in shown.text
    assert "Voulez-vous venir" in shown.text
    workshop_menu.ACTS["workshop.invite"](press)
    workshops.register(session, now, house, workshop, ana, 2)
    assert "Kévin Lemoine (2)" in workshop_menu.ACTS["workshop.list"](press).text
    workshop_menu.ACTS["workshop.cancel_sure"](press)
    assert [row.state for row in leaving(session, "workshop_cancelled")] == [OutboxState.QUEUED]
    elsewhere = staff(session, "EQ10", Role.MEDIATOR, organisation=other_landlord(session))
    shown = workshop_menu.show(Press(session, now, house, elsewhere))
    assert [option.intent for option in shown.options] == ["workshop.new"]
