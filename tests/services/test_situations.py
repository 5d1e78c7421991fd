"""A death, a child, a new number, a home left, a shared telephone: nothing shows, and a person goes on."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content import load
from bot.content.next_steps import load_next_steps
from bot.content.situations import load_situations
from bot.content.source import FOLDER
from bot.domain import situations as rules
from bot.domain.states import CaseState, ChatState, Outcome, Register, Urgency
from bot.services import answers, people, situations
from bot.services.cases import acts, cases
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Lease, LeasePerson, Person
from bot.texts import Texts, Voice
from tests.services.team import chat_of, staff, tenant

SITUATIONS = load().situations.all


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mon mari est décédé le mois dernier", "death"),
        ("ma mere est morte hier", "death"),
        ("Mme Lefèvre est décédée, je suis sa fille", "death"),
        ("suite au décès de mon père, que dois-je faire ?", "death"),
        ("Ma grand-mère s'est éteinte dimanche", "death"),
        ("j'ai perdu ma femme", "death"),
        ("je suis mort de fatigue", None),
        ("mon fils est mort de rire", None),
        ("mon père est mort quand j'avais dix ans", None),
        ("la chaudière est morte", None),
        ("j'ai perdu mon emploi", None),
        ("mon voisin est mort", None),
        ("J'ai 13 ans", "minor"),
        ("bonjour j'ai treize ans et je suis tout seul", "minor"),
        ("je suis mineure", "minor"),
        ("je suis en 5e", "minor"),
        ("j'ai 15 ans de bail", None),
        ("j'ai 75 ans", None),
        ("mon fils a 14 ans", None),
        ("j'ai changé de numéro", "number_changed"),
        ("jai changé de num c le 06 de ma copine mtn", "number_changed"),
        ("mon nouveau numéro est le 06 39 98 00 12", "number_changed"),
        ("j'ai changé de numéro de compte", None),
        ("J'ai déménagé le 3", "moved_out"),
        ("j'ai rendu les clés", "moved_out"),
        ("je n'habite plus là", "moved_out"),
        ("je vais déménager en mars", None),
        ("j'ai déménagé ici il y a peu et je ne connais personne", None),
        ("ma fille lit mes messages", "shared_phone"),
        ("on partage le téléphone avec ma sœur", "shared_phone"),
        ("c'est le téléphone de ma mère", "shared_phone"),
        ("est-ce que le bailleur lit mes messages ?", None),
    ],
)
def test_what_the_words_tell(house: House, text: str, kind: str | None) -> None:
    found = situations.said(house, text)
    assert (found and found.name) == kind


@pytest.mark.parametrize("kind", SITUATIONS)
def test_each_is_answered_in_every_voice_with_a_person_and_without_the_lease(kind: str, texts: Texts) -> None:
    for register in Register:
        for discreet in (False, True):
            text = texts.say(f"situation.{kind}", Voice(register, discreet=discreet), promise="[délai]")
            assert "[délai]" in text
            assert not any(word in text.lower() for word in ("loyer", "bail", "€", "dette"))
    steps = load_next_steps()
    assert steps.of(kind) is not steps.default


@pytest.mark.parametrize("kind", SITUATIONS)
def test_a_case_opens_and_what_must_stop_stops(
    session: Session, now: datetime, house: House, kind: str
) -> None:
    person, other, stranger = tenant(session), tenant(session, "L-2"), tenant(session, "L-3")
    _household(session, person, other)
    chat, found = chat_of(session, person), SITUATIONS[kind]
    reply = situations.met(session, now, house, chat, person, found)
    (case,) = session.scalars(select(Case))
    assert (case.kind, case.urgency, case.person_id) == (kind, found.urgency, person.id)
    assert person.last_name not in reply.text
    assert people.left_in_peace(session, person) is (kind in rules.SILENCE)
    assert people.left_in_peace(session, other) is (kind in rules.SILENCE_HOUSEHOLD)
    assert not people.left_in_peace(session, stranger)
    assert (situations.followed(session, chat) is not None) is (kind in rules.HELD)
    case.state, case.outcome = CaseState.CLOSED, Outcome.SETTLED
    session.flush()
    assert not people.left_in_peace(session, person)
    assert situations.followed(session, chat) is None


def test_what_is_written_during_a_death_or_by_a_child_goes_to_the_person(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    chat = chat_of(session, person)
    situations.met(session, now, house, chat, person, SITUATIONS["death"])
    case = situations.followed(session, chat)
    assert case is not None
    reply = situations.add_message(session, now, house, chat, case)
    assert "Une personne de l’équipe le lit" in reply.text
    assert case.urgency is Urgency.HIGH
    assert [event.kind for event in case.history] == ["opened", "sign"]


def test_a_danger_goes_before_a_held_case(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    chat = chat_of(session, person)
    cases.open_case(
        session, now, house, kind="report_violence", urgency=Urgency.URGENT, reason="x", person=person
    )
    situations.met(session, now, house, chat, person, SITUATIONS["minor"])
    followed = situations.followed(session, chat)
    assert followed is not None
    assert followed.kind == "report_violence"


@pytest.mark.parametrize(("meaning", "discreet"), [("affirm", True), ("deny", False)])
def test_a_shared_telephone_is_offered_discreet_messages(
    session: Session, now: datetime, house: House, meaning: str, discreet: bool
) -> None:
    person = tenant(session)
    chat = chat_of(session, person)
    reply = situations.met(session, now, house, chat, person, SITUATIONS["shared_phone"])
    answers.answer(session, now, house, chat, person, meaning, question_id=reply.question_id)
    assert person.discreet is discreet
    again = situations.met(session, now, house, chat, person, SITUATIONS["shared_phone"])
    assert bool(again.options) is not discreet


def test_the_link_ends_once_a_person_has_made_sure(session: Session, now: datetime, house: House) -> None:
    worker, colleague = staff(session, "EQ01"), staff(session, "EQ02")
    person = tenant(session)
    chat = chat_of(session, person)
    situations.met(session, now, house, chat, person, SITUATIONS["number_changed"])
    (case,) = session.scalars(select(Case))
    assert not acts.may_unlink(session, case, worker)
    cases.claim(session, now, house, case.id, worker)
    assert acts.may_unlink(session, case, worker)
    with pytest.raises(CaseRefused, match="not_owner"):
        acts.unlink(session, now, case.id, colleague)
    acts.unlink(session, now, case.id, worker)
    assert (chat.person_id, chat.state) == (None, ChatState.ACTIVE)
    assert case.history[-1].kind == "unlinked"
    with pytest.raises(CaseRefused, match="no_link"):
        acts.unlink(session, now, case.id, worker)


@pytest.mark.parametrize(
    "wrong", [("death:", "dead:"), ("\\\\bje suis (un )?mineur", "(mineur"), ("{telephone}", "{nothing}")]
)
def test_a_broken_file_is_refused(tmp_path_factory: pytest.TempPathFactory, wrong: tuple[str, str]) -> None:
    whole = (FOLDER / "situations.yml").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("content") / "situations.yml"
    path.write_text(whole.replace(*wrong), encoding="utf-8")
    with pytest.raises(ValueError, match=r"situations\.yml"):
        load_situations(path)


def _household(session: Session, *persons: Person) -> None:
    lease = Lease(
        organisation_id=1,
        reference="B-1",
        starts_on=date(2020, 1, 1),
        first_import_on=date(2026, 10, 31),
        due_day=5,
    )
    session.add(lease)
    session.flush()
    for person in persons:
        session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=person.id))
    session.flush()
