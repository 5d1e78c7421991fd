"""Two caseworkers, three tenants and their chats, for the tests of the relay."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.incoming import Came, Incoming
from bot.domain.states import CaseState, OutboxState, Register, Role, Urgency
from bot.domain.words import Words
from bot.services import inbox, outbox, people, questions, replies, staff_desk
from bot.services.cases import cases
from bot.services.house import House
from bot.services.inbox import Received
from bot.services.relay import desk as relay_desk
from bot.services.relay import talk as relay_talk
from bot.services.relay import watch as relay_watch
from bot.storage.tables import Case, Chat, Inbox, Message, Outbox, Person, Staff

_UPDATES = count(1)


@dataclass
class World:
    session: Session
    house: House
    now: datetime
    # What reached each Telegram chat, in order.
    told: dict[int, list[Words]] = field(default_factory=dict)

    def staff(self, name: str, role: Role = Role.CASEWORKER, *, on_call: bool = False) -> Staff:
        member = Staff(
            organisation_id=1, reference=name, last_name="Test", first_name=name, role=role, on_call=on_call
        )
        self.session.add(member)
        self.session.flush()
        self._chat(staff_id=member.id)
        return member

    def tenant(
        self,
        name: str,
        *,
        discreet: bool = False,
        register: Register = Register.ORDINARY,
        referent: Staff | None = None,
    ) -> Person:
        person = Person(
            organisation_id=1,
            reference=name,
            last_name="Test",
            first_name=name,
            discreet=discreet,
            register=register,
            referent_id=referent.id if referent else None,
        )
        self.session.add(person)
        self.session.flush()
        self._chat(person_id=person.id)
        return person

    def _chat(self, **owner: int) -> None:
        number = next(_UPDATES)
        self.session.add(Chat(organisation_id=1, bot_id=1, telegram_id=10_000 + number, **owner))
        self.session.flush()

    def chat(self, who: Person | Staff) -> Chat:
        mine = {"person_id": who.id} if isinstance(who, Person) else {"staff_id": who.id}
        return self.session.scalars(select(Chat).filter_by(**mine)).one()

    def case(
        self,
        person: Person,
        owner: Staff | None = None,
        kind: str = "payment_difficulty",
        urgency: Urgency = Urgency.HIGH,
    ) -> Case:
        case = cases.open_case(
            self.session, self.now, self.house, kind=kind, urgency=urgency, reason="un signe", person=person
        )
        self.session.flush()
        if owner is not None:
            case.state, case.owner_id, case.escalate_at = CaseState.TAKEN, owner.id, None
            self.session.flush()
        self.deliver()
        return case

    # What people do

    def types(
        self, who: Person | Staff, text: str = "", *, file: str = "", kind: str = "photo", command: str = ""
    ) -> None:
        came = Came.FILE if file else Came.COMMAND if command else Came.TEXT
        more = {"file_id": file, "file_kind": kind} if file else {}
        self._comes(who, came, text=text, command=command, **more)

    def presses(self, who: Person | Staff, title: str, message: Words | None = None) -> None:
        """Press a button of the last message that has one of this title (or of the given one)."""
        said = [message] if message else list(reversed(self.told[self.chat(who).telegram_id]))
        key = next(c.key for words in said for row in words.rows for c in row if c.title == title)
        assert key
        self._comes(who, Came.BUTTON, button=key)

    def _comes(self, who: Person | Staff, came: Came, **more: str) -> None:
        chat = self.chat(who)
        update = next(_UPDATES)
        inbox.receive(self.session, self.now, 1, [Received(update, chat.telegram_id, {})])
        row = self.session.scalars(select(Inbox).filter_by(update_id=update)).one()
        incoming = Incoming(update, came, chat.telegram_id, self.now, **more)
        desk = (self.session, self.now, self.house, chat)
        if isinstance(who, Staff):
            reply = relay_desk.respond(*desk, who, incoming) or staff_desk.respond(*desk, who, incoming)
            replies.send(*desk, reply, str(row.id))
        else:
            words = incoming.text
            self.session.add(
                Message(
                    organisation_id=1, chat_id=chat.id, person_id=who.id, direction="in", at=self.now,
                    words=words, inbox_id=row.id,
                )
            )  # fmt: skip
            self.session.flush()
            self.taken = relay_talk.take(self.session, self.now, self.house, chat, row.id, incoming)
        inbox.close(self.session, self.now, row.id)
        self.deliver()

    def passes(self, **time: float) -> None:
        """So much time, and whatever it makes due."""
        self.now += timedelta(**time)
        while relay_watch.watch(self.session, self.now, self.house):
            pass
        self.deliver()

    def at(self, day: int, hour: int, minute: int = 0) -> None:
        """Move to that local time in December 2026."""
        self.now = datetime(2026, 12, day, hour, minute, tzinfo=self.house.zone).astimezone(UTC)

    # What reaches them

    def deliver(self) -> None:
        """Everything that may leave now does, in order."""
        self.session.flush()
        while due := outbox.due(self.session, self.now, 1):
            for sending in outbox.claim(self.session, self.now, self.house, [one.row_id for one in due]):
                self.told.setdefault(sending.telegram_chat, []).append(sending.words)
                outbox.sent(self.session, self.now, {sending.row_id: (sending.row_id, sending.words.text)})
            self.session.flush()

    def hears(self, who: Person | Staff) -> list[str]:
        """What reached them since the last look."""
        return [words.text for words in self.told.pop(self.chat(who).telegram_id, [])]

    def last(self, who: Person | Staff) -> Words:
        return self.told[self.chat(who).telegram_id][-1]

    def row(self, kind: str) -> Outbox:
        rows = self.session.scalars(select(Outbox).filter_by(kind=kind).order_by(Outbox.id)).all()
        return rows[-1]

    def loses(self, kind: str, state: OutboxState) -> None:
        """The last message of that kind did not arrive after all."""
        self.row(kind).state = state
        self.session.flush()

    # Short ways

    def writes(self, staff: Staff, case: Case, text: str, *, file: str = "") -> None:
        """Press *Répondre*, type, and look at "Envoyer ?"."""
        self.starts_writing(staff, case)
        self.types(staff, text, file=file)

    def sends(self, staff: Staff, case: Case, text: str, *, file: str = "") -> None:
        self.writes(staff, case, text, file=file)
        self.presses(staff, "Envoyer")

    def starts_writing(self, staff: Staff, case: Case) -> None:
        chat = self.chat(staff)
        reply = relay_desk.respond(self.session, self.now, self.house, chat, staff, self._button(chat, case))
        assert reply is not None
        replies.send(self.session, self.now, self.house, chat, reply, f"write:{next(_UPDATES)}")
        self.deliver()

    def _button(self, chat: Chat, case: Case) -> Incoming:
        ((choice,),) = questions.choices(
            self.session, self.now, chat, None, [("Répondre", "relay.write", {"case": case.id})]
        )
        assert choice.key
        self.session.flush()
        return Incoming(next(_UPDATES), Came.BUTTON, chat.telegram_id, self.now, button=choice.key)


def make_world(session: Session, house: House, now: datetime) -> World:
    people.ensure_default_organisation(session)
    return World(session, house, now)
