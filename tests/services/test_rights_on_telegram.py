"""The table of rights over every command and every button of the team on Telegram."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.incoming import Came, Incoming
from bot.domain.rights import RIGHTS
from bot.domain.states import Role
from bot.domain.words import Reply
from bot.services import questions, staff_desk
from bot.services.house import House
from bot.services.people import ensure_default_organisation
from bot.services.relay import desk as relay_desk
from bot.storage import Database
from bot.storage.tables import Staff
from tests.services.team import chat_of, staff

DONE = Reply("fait")
COMMANDS = {f"/{name}" for name in staff_desk.COMMANDS}
DESKS = (staff_desk, relay_desk)


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Rights are the same on both engines."""
    with sqlite.transaction() as session:
        ensure_default_organisation(session)
    return sqlite


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def test_every_command_and_button_has_its_right_and_no_other() -> None:
    named = [name for row in RIGHTS.values() for name in row.telegram]
    assert len(named) == len(set(named))
    assert set(named) == COMMANDS | set(staff_desk.ACTS) | set(relay_desk.ACTS)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_can_do_what_the_table_says_and_nothing_else(
    role: Role, session: Session, now: datetime, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = staff(session, "EQ1", role)
    for name in staff_desk.COMMANDS:
        monkeypatch.setitem(staff_desk.COMMANDS, name, lambda _press: DONE)
    for desk in DESKS:
        for name in desk.ACTS:
            monkeypatch.setitem(desk.ACTS, name, lambda *_asked: DONE)
    may = {
        name
        for name in COMMANDS | set(staff_desk.ACTS) | set(relay_desk.ACTS)
        if _asks(session, now, house, member, name).text == DONE.text
    }
    assert may == {name for row in RIGHTS.values() if role in row.roles for name in row.telegram}


@pytest.mark.parametrize("name", ["/astreinte", "workshop.open", "relay.send", "case.take"])
def test_a_refusal_says_so(session: Session, now: datetime, house: House, name: str) -> None:
    reply = _asks(session, now, house, staff(session, "EQ9", Role.PARTNER), name)
    assert "votre rôle" in reply.text.lower()
    assert not reply.options


def test_what_is_in_no_row_is_nobodys() -> None:
    assert rights.of_telegram("case.forget") is None
    assert rights.of_console("GET", "/nulle-part") is None


def _asks(session: Session, now: datetime, house: House, member: Staff, name: str) -> Reply:
    chat = chat_of(session, member)
    if name.startswith("/"):
        incoming = Incoming(1, Came.COMMAND, 1, now, command=name[1:])
    else:
        ((choice,),) = questions.choices(session, now, chat, None, [("x", name, {})])
        assert choice.key is not None
        incoming = Incoming(1, Came.BUTTON, 1, now, button=choice.key)
    session.flush()
    desk = (session, now, house, chat, member, incoming)
    return relay_desk.respond(*desk) or staff_desk.respond(*desk)
