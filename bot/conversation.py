"""One inbox message in, outbox rows out. Danger is looked for before, and whatever, the dialogue does."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy.orm import Session

from bot import asking
from bot.asking import Ask
from bot.clock import Clock
from bot.content import pictograms
from bot.dialogue import Dialogue, DialogueDown, Heard
from bot.domain.incoming import Came, Incoming
from bot.domain.states import ChatState, Urgency
from bot.domain.words import Option, Reply
from bot.services import (
    danger,
    inbox,
    people,
    questions,
    reach,
    replies,
    situations,
    staff_desk,
    tenant_desk,
    thread,
)
from bot.services.around import Around, look
from bot.services.cases import handover
from bot.services.house import House
from bot.services.inbox import Work
from bot.services.one_by_one import spared
from bot.services.privacy import talk as privacy_talk
from bot.services.relay import desk as relay_desk
from bot.services.relay import talk as relay_talk
from bot.services.staff_desk import workshop_creation
from bot.storage import Database
from bot.storage.tables import Case, Chat, Outbox
from bot.verdict import brings_nobody, dangers, understood, worries

log = structlog.get_logger(__name__)

# What somebody in danger sends without words, in the history of the case.
_SIGNS = {Came.FILE: "file", Came.LOCATION: "location"}


class Outlet(Protocol):
    """The delivery of this process, if it has one."""

    def wake(self) -> None:
        """Something was committed to the outbox."""

    def hasten(self, session: Session, now: datetime, row: Outbox) -> None:
        """`row` is queued by the transaction of `session`: it may leave at its commit, without a round."""


class NoOutlet:
    """Another process delivers: NOTIFY or polling wakes it."""

    def wake(self) -> None:
        """Nobody to wake here."""

    def hasten(self, session: Session, now: datetime, row: Outbox) -> None:
        """The row waits for the other process."""


class Conversation:
    """Handles claimed messages, and tells `outlet` what it put in the outbox."""

    def __init__(
        self, database: Database, clock: Clock, house: House, dialogue: Dialogue, outlet: Outlet
    ) -> None:
        self._database = database
        self._clock = clock
        self._house = house
        self._dialogue = dialogue
        self._outlet = outlet

    def shows_danger(self, incoming: Incoming) -> bool:
        """Whether its words hold a sign of danger, whatever the model says later."""
        return bool(self._signs(incoming, unsure=True))

    def prepare(self, session: Session, around: Around, work: Work, incoming: Incoming) -> Ask | None:
        """What to ask the dialogue about a message; None: a rule of ours answers it. Changes nothing."""
        if incoming.came not in (Came.TEXT, Came.BUTTON) or self._signs(incoming, unsure=False):
            return None
        return asking.ask(session, self._clock.now(session), self._house, around, work, incoming)

    async def handle(self, work: Work, incoming: Incoming, ask: Ask | None = None) -> None:
        """Answer one message; when this returns, the inbox row is closed and its answer is in the outbox.

        `ask`: what was prepared with the transaction that took the message; it is prepared here otherwise.
        """
        ask = ask or await asyncio.to_thread(self._first, work, incoming)
        if ask is not None:
            heard = await self._hear(work, ask)
            await asyncio.to_thread(self._conclude, work, incoming, ask, heard)
        self._outlet.wake()

    async def give_up(self, work: Work, incoming: Incoming) -> None:
        """A message that failed every time goes to a person; with a sign of danger, as any danger does."""
        await asyncio.to_thread(self._give_up, work, incoming)
        self._outlet.wake()

    def _signs(self, incoming: Incoming, *, unsure: bool) -> list[str]:
        return self._house.content.lexicon.kinds(incoming.text, unsure=unsure)

    def _first(self, work: Work, incoming: Incoming) -> Ask | None:
        """What needs no dialogue is answered here; else what to ask it."""
        with self._database.reading() as session:
            ask = self.prepare(session, look(session, work.chat_id), work, incoming)
        if ask is not None:
            return ask
        with self._database.transaction() as session:
            if inbox.close(session, self._clock.real(), work.inbox_id):
                now = self._clock.now(session)
                chat = session.get_one(Chat, work.chat_id)
                signs = self._signs(incoming, unsure=True)
                self._by_rule(session, now, chat, work, incoming, signs)
        return None

    async def _hear(self, work: Work, ask: Ask) -> Heard | None:
        id = str(work.inbox_id)
        try:
            if ask.talks:
                return await self._dialogue.talk(
                    chat_id=ask.chat_id,
                    id=id,
                    conversation=ask.conversation,
                    context=ask.context,
                    text=ask.text,
                    intent=ask.intent,
                    entities=ask.entities,
                )
            return await self._dialogue.parse(
                chat_id=ask.chat_id, id=id, text=ask.text or "", context=ask.context
            )
        except DialogueDown as fault:
            log.warning("dialogue down", inbox=work.inbox_id, fault=str(fault))
            return None

    def _conclude(self, work: Work, incoming: Incoming, ask: Ask, heard: Heard | None) -> None:
        with self._database.transaction() as session:
            if not inbox.close(session, self._clock.real(), work.inbox_id):
                return
            now = self._clock.now(session)
            around = look(session, work.chat_id)
            chat = around.chat
            if chat.staff:
                self._send(session, now, chat, self._staff_reply(session, now, chat, incoming, heard), work)
                return
            if heard is None:
                kinds, source = self._signs(incoming, unsure=True), "lexicon"
            else:
                kinds, source = dangers(self._house.content, incoming.text, heard.parse), "model"
            intent = heard.intent if heard else None
            case = situations.followed(session, chat) if around.case else None
            secret = bool(kinds) or case is not None
            thread.heard(
                session,
                now,
                chat,
                work.inbox_id,
                ask.words,
                intent=intent,
                sensitive=secret,
                telegram_message=incoming.message,
            )
            thread.count_turn(session, now, chat, ask.conversation)
            if kinds:
                self._alarm(session, now, chat, kinds, work, source, ask.words)
            passed = ask.relayed and relay_talk.take(session, now, self._house, chat, work.inbox_id, incoming)
            if kinds and case is None:
                self._alarm_abroad(session, now, chat, work, ask.words)
            elif not kinds and not passed and ask.floods and case is None:
                handover.flooded(session, now, self._house, chat)
            elif not kinds and not passed:
                reply = self._reply(session, now, chat, ask, heard, case)
                self._send(session, now, chat, reply, work)

    def _staff_reply(
        self, session: Session, now: datetime, chat: Chat, incoming: Incoming, heard: Heard | None
    ) -> Reply:
        if chat.staff is None:
            raise ValueError("not a chat of the team")
        desk = (session, now, self._house, chat, chat.staff, incoming)
        entities = heard.parse.get("entities", ()) if heard else ()
        awaited = workshop_creation.listens(session, now, chat.staff.id)
        return relay_desk.respond(*desk, awaited=awaited) or staff_desk.respond(*desk, entities)

    def _send(self, session: Session, now: datetime, chat: Chat, reply: Reply, work: Work) -> None:
        row = replies.answer(session, now, self._house, chat, reply, work.inbox_id)
        self._outlet.hasten(session, now, row)

    def _reply(
        self,
        session: Session,
        now: datetime,
        chat: Chat,
        ask: Ask,
        heard: Heard | None,
        case: Case | None,
    ) -> Reply:
        if case is not None:
            return situations.add_message(session, now, self._house, chat, case)
        if ask.situation is not None and chat.person is not None:
            met = situations.met(session, now, self._house, chat, chat.person, ask.situation)
            if heard is not None and worries(heard.parse):
                return handover.worrying(session, now, self._house, chat, met)
            return met
        if not (heard and understood(heard.parse)) and self._house.content.languages.is_foreign(ask.words):
            return handover.foreign(session, now, self._house, chat)
        if heard is None:
            return handover.hand_over(
                session, now, self._house, chat, "unread", urgency=Urgency.NORMAL, text="dialogue.down"
            )
        worry = worries(heard.parse) and brings_nobody(self._house.content, heard.parse)
        if chat.person_id is None:
            # Unsure between meanings that a person must hear of, the model leaves the message to one.
            doubted = heard.parse.get("doubt") == "person"
            intent = heard.intent if doubted or not heard.hesitates else None
            return handover.stranger(session, now, self._house, chat, intent, worry=worry, doubted=doubted)
        if not ask.talks:
            # Danger, or the talk with a person, ended while the model looked: a person reads this too.
            return handover.hand_over(session, now, self._house, chat, "unread", urgency=Urgency.NORMAL)
        if not heard.replies:
            # A danger, left to people by the dialogue and too unlikely for the alarm: a person reads it.
            return handover.hand_over(
                session, now, self._house, chat, "unread", urgency=Urgency.HIGH, text="dialogue.down"
            )
        if ask.clarifies and not heard.hesitates:
            tenant_desk.forget_clarification(session, now, chat.person_id)
        answer = replies.joined(_dialogue_reply(reply) for reply in heard.replies)
        if worry:
            return handover.worrying(session, now, self._house, chat, None if heard.hesitates else answer)
        return answer

    def _by_rule(
        self,
        session: Session,
        now: datetime,
        chat: Chat,
        work: Work,
        incoming: Incoming,
        signs: list[str],
    ) -> None:
        if incoming.came in (Came.BLOCKED, Came.UNBLOCKED):
            reach.changed(session, now, self._house, chat, incoming.came is Came.UNBLOCKED)
            return
        if chat.staff:
            reply = self._staff_reply(session, now, chat, incoming, None)
        else:
            case = situations.followed(session, chat)
            self._keep(session, now, chat, work, incoming, sensitive=bool(signs) or case is not None)
            if signs:
                self._alarm(session, now, chat, signs, work, "lexicon", incoming.text)
            if incoming.came is Came.TEXT and privacy_talk.wipes(self._house, chat, incoming.text):
                self._send(session, now, chat, privacy_talk.wipe(session, now, self._house, chat), work)
                return
            if relay_talk.take(session, now, self._house, chat, work.inbox_id, incoming):
                return
            if signs and incoming.came not in (Came.COMMAND, Came.FILE):
                if case is None:
                    self._alarm_abroad(session, now, chat, work, incoming.text)
                return
            reply = self._followed_reply(session, now, chat, incoming, case) or self._tenant_reply(
                session, now, chat, incoming
            )
        self._send(session, now, chat, reply, work)

    def _followed_reply(
        self, session: Session, now: datetime, chat: Chat, incoming: Incoming, case: Case | None
    ) -> Reply | None:
        """Whom a person alone answers writes, presses or sends: into the case. Commands still work."""
        if case is None or incoming.came in (Came.COMMAND, Came.GROUP):
            return None
        button = questions.pressed(session, now, chat, incoming.button)
        if button is not None and tenant_desk.is_consent(session, button):
            return None
        what = _SIGNS.get(incoming.came, "message")
        return situations.add_message(session, now, self._house, chat, case, what)

    def _tenant_reply(self, session: Session, now: datetime, chat: Chat, incoming: Incoming) -> Reply:
        say, voice = self._house.texts.say, people.voice(chat.person)
        if incoming.came is Came.COMMAND:
            return tenant_desk.command(session, now, self._house, chat, incoming)
        if incoming.came is Came.BUTTON:
            button = questions.pressed(session, now, chat, incoming.button)
            if button is None or chat.person is None:
                return Reply(say("button.stale", voice))
            return tenant_desk.button(session, now, self._house, chat, chat.person, button)
        if incoming.came is Came.TEXT:
            return tenant_desk.words(session, now, self._house, chat, incoming)
        if chat.person is None and incoming.came not in (Came.GROUP, Came.FILE, Came.LOCATION):
            return Reply(say("link.unknown_person"))
        return tenant_desk.wordless(session, now, self._house, chat, incoming)

    def _keep(
        self, session: Session, now: datetime, chat: Chat, work: Work, incoming: Incoming, *, sensitive: bool
    ) -> None:
        # A command's text may be an invitation code: it is a secret until used, and useless after.
        words = f"/{incoming.command}" if incoming.came is Came.COMMAND else incoming.text
        attachment: dict[str, Any] | None = None
        if incoming.file_id:
            attachment = {"kind": incoming.file_kind, "id": incoming.file_id}
        elif incoming.place is not None:
            attachment = {"kind": "location", **asdict(incoming.place)}
        if incoming.came is Came.BUTTON:
            button = questions.pressed(session, now, chat, incoming.button)
            words = button.title if button else ""
        thread.heard(
            session,
            now,
            chat,
            work.inbox_id,
            words,
            sensitive=sensitive,
            attachment=attachment,
            telegram_message=incoming.message,
        )

    def _alarm(
        self,
        session: Session,
        now: datetime,
        chat: Chat,
        kinds: list[str],
        work: Work,
        source: str,
        words: str,
    ) -> None:
        occasion = str(work.inbox_id)
        person = chat.person
        for row in danger.raise_alarm(
            session, now, self._house, chat, person, kinds, occasion, source, words=words
        ):
            self._outlet.hasten(session, now, row)

    def _alarm_abroad(self, session: Session, now: datetime, chat: Chat, work: Work, words: str) -> None:
        """Safe words are French: who writes in another language is also told of 112 in English."""
        if self._house.content.languages.is_foreign(words):
            reply = handover.foreign(session, now, self._house, chat)
            replies.send(session, now, self._house, chat, reply, str(work.inbox_id))

    def _give_up(self, work: Work, incoming: Incoming) -> None:
        with self._database.transaction() as session:
            if not inbox.give_up(session, self._clock.real(), work):
                return
            now = self._clock.now(session)
            chat = session.get_one(Chat, work.chat_id)
            if not chat.staff_id and chat.state is not ChatState.UNREACHABLE:
                signs = self._signs(incoming, unsure=True)
                # Whoever reads it must find the words, unless it is they that can't be written down.
                with spared(session, inbox=work.inbox_id):
                    followed = situations.followed(session, chat) is not None
                    self._keep(session, now, chat, work, incoming, sensitive=bool(signs) or followed)
                if signs:
                    self._alarm(session, now, chat, signs, work, "lexicon", incoming.text)
                    return
                reply = handover.hand_over(
                    session, now, self._house, chat, "unread", urgency=Urgency.HIGH, text="dialogue.down"
                )
                self._send(session, now, chat, reply, work)


def _dialogue_reply(reply: dict[str, Any]) -> Reply:
    # Each button keeps the number of its own question in its values.
    options = (Option(b["title"], b["intent"], dict(b["entities"])) for b in reply.get("buttons") or [])
    picture = reply.get("picture")
    return Reply(reply["text"], tuple(options), picture=picture if picture in pictograms.names() else None)
