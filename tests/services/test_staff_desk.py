"""The team on Telegram: `/file`, and every act in two taps from the alert or from it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.domain.incoming import Came, Incoming
from bot.domain.states import CaseState, Outcome, Role, Urgency
from bot.domain.words import Option, Reply
from bot.services import questions, staff_desk
from bot.services.cases import cases, rota
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Person, Staff
from tests.services.team import chat, chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


class Phone:
    """What one member of the team types and presses."""

    def __init__(self, session: Session, now: datetime, house: House, member: Staff) -> None:
        self.session, self.now, self.house, self.member = session, now, house, member
        self.chat = chat_of(session, member)

    def types(self, command: str, words: str = "") -> Reply:
        return self._say(Incoming(1, Came.COMMAND, 1, self.now, command=command, text=words))

    def presses(self, reply: Reply, title: str) -> Reply:
        option = next(option for option in reply.options if option.title == title)
        return self._say(Incoming(1, Came.BUTTON, 1, self.now, button=self._key(option)))

    def _key(self, option: Option) -> str:
        given = (option.title, option.intent, option.values)
        ((choice,),) = questions.choices(self.session, self.now, self.chat, None, [given])
        assert choice.key is not None
        return choice.key

    def _say(self, incoming: Incoming) -> Reply:
        self.session.flush()
        return self._plain(
            staff_desk.respond(self.session, self.now, self.house, self.chat, self.member, incoming)
        )

    def _plain(self, reply: Reply) -> Reply:
        options = tuple(replace(option, title=plain(option.title)) for option in reply.options)
        return replace(reply, text=plain(reply.text), options=options)


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def titles(reply: Reply) -> list[str]:
    return [option.title for option in reply.options]


def opened(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    urgency: Urgency = Urgency.HIGH,
    kind: str = "complain",
) -> Case:
    case = cases.open_case(session, now, house, kind=kind, urgency=urgency, reason="x", person=person)
    session.flush()
    return case


@pytest.fixture
def phone(session: Session, now: datetime, house: House) -> Phone:
    return Phone(session, now, house, staff(session, "EQ1"))


@pytest.fixture
def mine(phone: Phone, now: datetime, house: House) -> Case:
    case = opened(phone.session, now, house, tenant(phone.session, referent=phone.member))
    cases.claim(phone.session, now, house, case.id, phone.member)
    return case


# /file


def test_nothing_to_do(phone: Phone) -> None:
    assert phone.types("file").text == "Aucun dossier n’attend."


def test_the_cases_of_a_person_are_together_without_a_name(
    session: Session, now: datetime, house: House, phone: Phone
) -> None:
    one, two = tenant(session, "L-1"), tenant(session, "L-2")
    calm = opened(session, now, house, one, Urgency.NORMAL, "document")
    other = opened(session, now, house, two)
    urgent = opened(session, now, house, one, Urgency.URGENT, "report_violence")
    lines = phone.types("file").text.splitlines()[1:]
    assert [line.split("·")[0].strip() for line in lines] == [
        f"n° {urgent.id}",
        f"↳ dossier lié : n° {calm.id}",
        f"n° {other.id}",
    ]
    assert "à prendre maintenant" in lines[0]
    assert "avant" in lines[2]
    assert "Lemoine" not in "".join(lines)


def test_an_urgent_one_is_never_hidden(session: Session, now: datetime, house: House, phone: Phone) -> None:
    for number in range(40):
        opened(session, now, house, tenant(session, f"N-{number}"), Urgency.NORMAL)
    urgent = [
        opened(session, now, house, tenant(session, f"U-{n}"), Urgency.URGENT, "report_hazard")
        for n in range(25)
    ]
    reply = phone.types("file")
    assert len(reply.text) < 4096
    for case in urgent:
        assert f"n° {case.id} · URGENT" in reply.text
        assert f"Prendre n° {case.id}" in titles(reply)
    assert "Et 40 autres dossiers, moins pressés" in reply.text


def test_an_urgent_one_is_not_hidden_by_the_other_cases_of_somebody(
    session: Session, now: datetime, house: House, phone: Phone
) -> None:
    """One person has many cases; thirty others are in danger."""
    crowded = tenant(session, "L-0")
    urgent = [opened(session, now, house, crowded, Urgency.URGENT, "report_violence")]
    for number in range(38):
        cases.open_case(session, now, house, kind="complain", urgency=Urgency.NORMAL, reason="x",
                        person=crowded, object=str(number))  # fmt: skip
    urgent += [
        opened(session, now, house, tenant(session, f"U-{n}"), Urgency.URGENT, "report_hazard")
        for n in range(30)
    ]
    reply = phone.types("file")
    assert len(reply.text) < 4096
    for case in urgent:
        assert f"n° {case.id} · URGENT" in reply.text
        assert f"Prendre n° {case.id}" in titles(reply)
    assert "Et 38 autres dossiers, moins pressés" in reply.text


def test_when_even_the_urgent_ones_are_too_many_it_says_so(
    session: Session, now: datetime, house: House, phone: Phone
) -> None:
    for number in range(45):
        opened(session, now, house, tenant(session, f"U-{number}"), Urgency.URGENT, "report_hazard")
    reply = phone.types("file")
    assert "Et 5 autres dossiers, dont 5 URGENTS" in reply.text
    assert len(reply.text) < 4096


def test_long_lines_still_fit_and_the_least_pressing_are_left_out(
    session: Session, now: datetime, house: House, phone: Phone
) -> None:
    """Each of many people has several cases, with long words."""
    urgent = []
    for number in range(13):
        person = tenant(session, f"U-{number}")
        urgent.append(opened(session, now, house, person, Urgency.URGENT, "report_distress"))
        for kind in ("rent_arrears", "lease_left"):
            opened(session, now, house, person, Urgency.HIGH, kind)
    reply = phone.types("file")
    assert len(reply.text) < 4096
    for case in urgent:
        assert f"n° {case.id} · URGENT" in reply.text
    assert "autres dossiers, moins pressés" in reply.text


def test_a_mediator_sees_no_case(session: Session, now: datetime, house: House) -> None:
    phone = Phone(session, now, house, staff(session, "EQ3", Role.MEDIATOR))
    for command in ("file", "absence"):
        assert phone.types(command).text == house.texts.say("case.refused.forbidden")


# Two taps


def test_take_then_wait(phone: Phone, now: datetime, house: House) -> None:
    case = opened(phone.session, now, house, tenant(phone.session))
    taken = phone.presses(phone.types("file"), f"Prendre n° {case.id}")
    assert "/lien/" in taken.text
    assert "En attente" in titles(taken)
    when = phone.presses(taken, "En attente")
    assert titles(when) == ["Demain, 9 h", "Dans 3 jours", "Lundi"]
    waits = phone.presses(when, "Demain, 9 h")
    assert "mercredi 2 décembre, 9" in waits.text
    assert (case.state, case.waiting_reason) == (CaseState.WAITING, "autre")
    phone.presses(waits, "Réponse d’un partenaire")
    assert case.waiting_reason == "partenaire"
    listed = phone.types("file")
    assert "en attente jusqu’à mercredi 2 décembre" in listed.text
    assert titles(listed) == [f"Ouvrir n° {case.id}"]


def test_hand_over_in_two_taps(session: Session, phone: Phone, mine: Case) -> None:
    colleague = staff(session, "EQ2")
    away = staff(session, "EQ5")
    rota.be_absent(session, phone.now, phone.house, away, phone.now.date())
    page = phone.presses(phone.types("file"), f"Ouvrir n° {mine.id}")
    whom = phone.presses(page, "Passer la main")
    assert titles(whom) == [colleague.display_name, "Rendre à l’équipe"]
    phone.presses(whom, colleague.display_name)
    assert mine.owner_id == colleague.id


def test_give_back_in_two_taps(phone: Phone, mine: Case) -> None:
    page = phone.presses(phone.types("file"), f"Ouvrir n° {mine.id}")
    phone.presses(phone.presses(page, "Passer la main"), "Rendre à l’équipe")
    assert (mine.state, mine.owner_id) == (CaseState.NEW, None)


def test_close_in_two_taps(phone: Phone, mine: Case) -> None:
    page = phone.presses(phone.types("file"), f"Ouvrir n° {mine.id}")
    outcomes = phone.presses(page, "Clore")
    assert len(outcomes.options) == len(Outcome)
    phone.presses(outcomes, "Réglé")
    assert mine.outcome is Outcome.SETTLED
    # A button pressed again says so.
    assert phone.presses(page, "En attente").text == "Ce dossier est déjà clos."


def test_a_danger_case_of_a_colleague_is_not_acted_on(
    session: Session, now: datetime, house: House, phone: Phone
) -> None:
    colleague = staff(session, "EQ2")
    case = opened(session, now, house, tenant(session), Urgency.URGENT, "report_violence")
    page = phone.types("file")
    cases.claim(session, now, house, case.id, colleague)
    told = phone.presses(page, f"Prendre n° {case.id}")
    assert told.text == f"Le dossier n° {case.id} est déjà suivi par {colleague.display_name}."
    for act in ("open", "wait", "hand_over", "close"):
        option = Option("x", f"case.{act}", {"case": case.id})
        assert "Ce dossier concerne un danger" in phone.presses(Reply("", (option,)), "x").text


# On-call and absences


def test_who_coordinates_changes_the_on_call_in_two_taps(
    session: Session, now: datetime, house: House
) -> None:
    member = staff(session, "EQ1", on_call=True)
    other = staff(session, "EQ2")
    phone = Phone(session, now, house, staff(session, "EQ4", Role.COORDINATOR))
    shown = phone.types("astreinte")
    assert shown.text.startswith(f"D’astreinte : {member.display_name}.")
    until = phone.presses(shown, other.display_name)
    assert rota.on_duty(session, now, 1) == {other.id}
    phone.presses(until, "Jusqu’à lundi, 9 h")
    assert rota.on_duty(session, datetime.fromisoformat("2026-12-07T08:59+01:00"), 1) == {other.id}
    assert rota.on_duty(session, datetime.fromisoformat("2026-12-07T09:00+01:00"), 1) == set()


def test_a_caseworker_only_sees_who_is_on_call(session: Session, phone: Phone) -> None:
    assert titles(phone.types("astreinte")) == []
    option = Option("x", "duty.who", {"staff": phone.member.id})
    assert "coordination" in phone.presses(Reply("", (option,)), "x").text
    assert rota.on_duty(session, phone.now, 1) == set()


def test_an_absence_with_a_stand_in_and_back(session: Session, phone: Phone, mine: Case) -> None:
    colleague = staff(session, "EQ2")
    noted = phone.presses(phone.types("absence"), "Jusqu’à la fin de la semaine")
    assert "dimanche 6 décembre" in noted.text
    phone.presses(noted, colleague.display_name)
    absence = rota.absences(session, phone.now.date(), [phone.member.id])[phone.member.id]
    assert absence.stand_in_id == colleague.id
    assert mine.owner_id == phone.member.id  # not urgent: it waits
    phone.presses(phone.types("absence"), "Je suis de retour")
    assert not rota.is_absent(session, phone.now, phone.house, phone.member)


def test_urgent_cases_do_not_leave_with_their_owner(
    session: Session, now: datetime, house: House, phone: Phone
) -> None:
    case = opened(session, now, house, tenant(session), Urgency.URGENT, "report_violence")
    cases.claim(session, now, house, case.id, phone.member)
    noted = phone.presses(phone.types("absence"), "Pour deux semaines")
    assert "Rendus à l’équipe, car urgents : 1." in noted.text
    assert (case.state, case.owner_id) == (CaseState.NEW, None)


def test_a_button_of_somebody_else_is_stale(
    session: Session, now: datetime, phone: Phone, mine: Case
) -> None:
    other = chat(session)
    ((choice,),) = questions.choices(session, now, other, None, [("x", "case.close", {"case": mine.id})])
    reply = staff_desk.respond(
        session, now, phone.house, phone.chat, phone.member,
        Incoming(1, Came.BUTTON, 1, now, button=choice.key or ""),
    )  # fmt: skip
    assert reply.text == phone.house.texts.say("staff.button.stale")
