"""Invitations: one-time codes that link a chat to a tenant or a member of staff, and the first contact."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.rights import Right
from bot.domain.situations import SECOND_PHONE
from bot.domain.states import ChatState, OutboxState, Urgency
from bot.domain.words import Option, Reply
from bot.services import people, questions, replies
from bot.services.appointments import messages as appointment_messages
from bot.services.cases import cases, merging
from bot.services.house import House
from bot.storage.secrets import new_code
from bot.storage.tables import Button, Chat, Invitation, Organisation, Outbox, Person, Question, Staff
from bot.texts import format as say
from bot.texts.letter import Letter

# The kinds of message that a tenant agrees to at the first contact.
FIRST_CONSENTS = ("rent", "appointments")
_CONSENT_WAITS = timedelta(days=30)
# What a member of the team is first told of: the first of these that they may do.
_FIRST_USE = (Right.READ_CASES, Right.LEAD_WORKSHOPS, Right.REFER)


def invite(
    session: Session, now: datetime, house: House, guest: Person | Staff, code: str | None = None
) -> str:
    """A fresh one-time code for `guest`, or that one; those given before stay valid until used or expired."""
    code = code or new_code()
    session.add(
        Invitation(
            organisation_id=guest.organisation_id,
            fingerprint=house.vault.fingerprint(code),
            person_id=guest.id if isinstance(guest, Person) else None,
            staff_id=guest.id if isinstance(guest, Staff) else None,
            expires_at=now + house.content.invitation_life,
        )
    )
    return code


def letter(session: Session, now: datetime, house: House, bot: str, guest: Person | Staff) -> Letter:
    """A fresh invitation of `guest` to the bot of that username, to be put on paper."""
    return letter_with(session, house, bot, guest, invite(session, now, house, guest))


def letter_with(session: Session, house: House, bot: str, guest: Person | Staff, code: str) -> Letter:
    """The letter of an invitation that was made with that code. Raises NoResultFound when it is no more."""
    made = select(Invitation.expires_at).filter_by(fingerprint=house.vault.fingerprint(code))
    return Letter(
        name=guest.display_name,
        link=f"https://t.me/{bot}?start={code}",
        organisation=session.get_one(Organisation, guest.organisation_id).name,
        expires=say.day_with_year(session.scalars(made).one().astimezone(house.zone).date()),
    )


def link(session: Session, now: datetime, house: House, chat: Chat, code: str) -> Reply:
    """Use the code for `chat`. A used, expired or unknown code gets a polite answer that tells nothing.

    So does that of a tenant whose telephone is linked already: whoever found the letter would else get the
    tenant's messages, and answer for them. A person makes sure first.
    """
    fingerprint = house.vault.fingerprint(code)
    invitation = session.scalar(select(Invitation).filter_by(fingerprint=fingerprint))
    if invitation is None:
        return start_without_code(house, chat)
    if invitation.used_by_chat_id == chat.id and (chat.person_id or chat.staff_id):
        return Reply(house.texts.say("link.again", people.voice(chat.person)))
    if chat.person_id or chat.staff_id:
        return Reply(house.texts.say("link.already_someone", people.voice(chat.person)))
    if not _use(session, now, invitation, chat):
        return Reply(house.texts.say("link.spent"))
    if invitation.person_id and _has_telephone(session, invitation.person_id):
        _make_sure(session, now, house, session.get_one(Person, invitation.person_id))
        return Reply(house.texts.say("link.spent"))
    # What was offered here to whoever had the chat before is theirs no more.
    session.execute(delete(Button).where(Button.chat_id == chat.id))
    chat.organisation_id = invitation.organisation_id
    chat.state = ChatState.ACTIVE
    if invitation.staff_id:
        return _welcome_staff(session, now, house, chat, invitation.staff_id)
    return _welcome_tenant(session, now, house, chat, session.get_one(Person, invitation.person_id))


def start_without_code(house: House, chat: Chat) -> Reply:
    """`/start` alone, or with a code that means nothing: how to get one, and emergency numbers."""
    if chat.person_id or chat.staff_id:
        return Reply(house.texts.say("link.again", people.voice(chat.person)))
    return Reply(house.texts.say("link.no_code"))


def answer_consent(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """The answer to the first contact: given, refused, or asked what it means."""
    voice = people.voice(person)
    if meaning == "ask_bot":
        return Reply(house.texts.say("consent.more", voice), _consent_options(house), question.id)
    if meaning not in ("affirm", "resume", "deny", "stop"):
        return Reply(house.texts.say("consent.unclear", voice), _consent_options(house), question.id)
    given = meaning in ("affirm", "resume")
    for kind in FIRST_CONSENTS:
        people.set_consent(session, now, person, kind, given, "consent.ask")
    questions.close(session, now, question, "given" if given else "refused")
    if given:
        appointment_messages.catch_up(session, now, house, person)
    return Reply(house.texts.say("consent.given" if given else "consent.refused", voice))


def stop(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """No more messages that Palier starts; what is already queued is dropped when its turn comes.

    Every consent is withdrawn: taking the messages up again does not bring back the others by itself.
    """
    for kind in sorted({*FIRST_CONSENTS, *people.consents(session, person)}):
        people.set_consent(session, now, person, kind, False, "stop")
    chat.state = ChatState.PAUSED
    return Reply(house.texts.say("stop.done", people.voice(person)))


def resume(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """The person asked for the messages again, in so many words."""
    for kind in FIRST_CONSENTS:
        people.set_consent(session, now, person, kind, True, "resume")
    chat.state = ChatState.ACTIVE
    session.flush()
    appointment_messages.catch_up(session, now, house, person)
    return Reply(house.texts.say("resume.done", people.voice(person)))


def unlink(session: Session, chat: Chat) -> None:
    """The chat is nobody's from now on; what was queued for it is dropped. A new code links it again."""
    session.execute(
        update(Outbox)
        .where(Outbox.chat_id == chat.id, Outbox.state == OutboxState.QUEUED)
        .values(state=OutboxState.DROPPED, reason="unlinked")
        .execution_options(synchronize_session=False)
    )
    chat.person_id = chat.conversation = chat.code_word = None
    session.flush()
    session.expire(chat, ["person"])


def _use(session: Session, now: datetime, invitation: Invitation, chat: Chat) -> bool:
    """Single use, held by one conditional UPDATE."""
    used = session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(used_at=now, used_by_chat_id=chat.id)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


def _has_telephone(session: Session, person_id: int) -> bool:
    """Whether a telephone of that tenant is linked; one that has blocked Palier or is gone does not count."""
    reached = Chat.state.in_((ChatState.ACTIVE, ChatState.PAUSED))
    return session.scalar(select(Chat.id).where(Chat.person_id == person_id, reached).limit(1)) is not None


def _make_sure(session: Session, now: datetime, house: House, person: Person) -> None:
    cases.open_case(
        session,
        now,
        house,
        kind=SECOND_PHONE,
        urgency=Urgency.HIGH,
        reason=house.texts.say("case.reason.second_phone"),
        person=person,
    )


def _welcome_staff(session: Session, now: datetime, house: House, chat: Chat, staff_id: int) -> Reply:
    # Whoever had the telephone before learns of it there: somebody else may have used their link.
    for before in session.scalars(select(Chat).filter_by(staff_id=staff_id).order_by(Chat.id)).all():
        words = Reply(house.texts.say("link.staff.another"))
        replies.send(session, now, house, before, words, f"link:{chat.id}")
    chat.staff_id = staff_id
    staff = session.get_one(Staff, staff_id)
    theirs = next(right for right in _FIRST_USE if rights.may(staff.role, right))
    todo = house.texts.say(f"link.staff.{theirs}")
    return Reply(house.texts.say("link.staff", name=staff.first_name or staff.last_name, todo=todo))


def _welcome_tenant(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    chat.person_id = person.id
    merging.join_person(session, now, house, chat, person)
    organisation = session.get_one(Organisation, person.organisation_id)
    question = questions.ask(session, now, person, "consent", "rent", now + _CONSENT_WAITS)
    text = house.texts.say("consent.ask", people.voice(person), organisation=organisation.name)
    return Reply(text, _consent_options(house), question.id)


def _consent_options(house: House) -> tuple[Option, ...]:
    return (
        Option(house.texts.say("consent.button.yes"), "affirm"),
        Option(house.texts.say("consent.button.no"), "deny"),
        Option(house.texts.say("consent.button.more"), "ask_bot"),
    )
