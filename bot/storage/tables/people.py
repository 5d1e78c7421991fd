"""Who: organisations, tenants, staff, their chats, invitations and consents."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from bot.domain.states import ChatState, Register, Role
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.types import EncryptedText


class Organisation(Table):
    """A landlord (or a shared cell). The first one is where unlinked people's cases go."""

    __tablename__ = "organisation"

    reference: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The last bank day that the landlord's file covers; nothing is asked for a later day.
    bank_covered_until: Mapped[date | None]
    # The settings by which the steps of its terms were planned: others mean a new plan.
    planned_by: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Staff(OfOrganisation, Table):
    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("organisation_id", "reference"),)

    reference: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(EncryptedText)
    first_name: Mapped[str] = mapped_column(EncryptedText, default="")
    role: Mapped[Role] = mapped_column(choice(Role))
    email: Mapped[str | None] = mapped_column(EncryptedText)
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    on_call: Mapped[bool] = mapped_column(default=False)
    # Since when this person no longer works here: they get in nowhere, and nothing is sent to them.
    left_at: Mapped[datetime | None]

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Person(OfOrganisation, Table):
    """A tenant: one row a person, even when several share a lease."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        Index("ix_person_referent", "referent_id"),
    )

    reference: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(12), default="")
    last_name: Mapped[str] = mapped_column(EncryptedText)
    first_name: Mapped[str] = mapped_column(EncryptedText, default="")
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    email: Mapped[str | None] = mapped_column(EncryptedText)
    born_on: Mapped[str | None] = mapped_column(EncryptedText)
    profiles: Mapped[list[str]] = mapped_column(JSON, default=list)
    register: Mapped[Register] = mapped_column(choice(Register), default=Register.ORDINARY)
    # Whether the person chose drawings with the words; unknown: as the landlord's file says (a profile).
    pictures: Mapped[bool | None]
    discreet: Mapped[bool] = mapped_column(default=False)
    # When whoever held the telephone last turned discreet messages off.
    discreet_until: Mapped[datetime | None]
    resources_cents: Mapped[str | None] = mapped_column(EncryptedText)
    # What the landlord's file said before, and the day on which it changed.
    resources_before_cents: Mapped[str | None] = mapped_column(EncryptedText)
    resources_changed_on: Mapped[date | None]
    household_size: Mapped[int | None]
    referent_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # When this person had everything erased; what had to wait for its end follows at night.
    erased_at: Mapped[datetime | None]
    # Under which key the words that find this person were written; None when they must be anew.
    found_by: Mapped[str | None] = mapped_column(String(16))

    referent: Mapped[Staff | None] = relationship()

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @validates("reference", "last_name", "first_name", "phone")
    def _find_anew(self, _name: str, value: str | None) -> str | None:
        self.found_by = None
        return value


class PersonWord(OfOrganisation, Table):
    """A word by which a tenant is found, as a keyed number: names are encrypted, no index could hold them."""

    __tablename__ = "person_word"
    __table_args__ = (
        UniqueConstraint("organisation_id", "word", "person_id"),
        Index("ix_person_word_person", "person_id"),
    )

    word: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Chat(OfOrganisation, Table):
    """A private Telegram chat: a tenant's, a staff member's, or (both empty) an unknown person's.

    Telegram's own numbers are unique over all organisations, so their key carries none.
    """

    __tablename__ = "chat"
    __table_args__ = (
        UniqueConstraint("bot_id", "telegram_id"),
        CheckConstraint("person_id IS NULL OR staff_id IS NULL", name="one_owner"),
        Index("ix_chat_person", "person_id"),
        Index("ix_chat_staff", "staff_id"),
    )

    bot_id: Mapped[int] = mapped_column(BigInteger)
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[ChatState] = mapped_column(choice(ChatState), default=ChatState.ACTIVE)
    # The talk with the dialogue server: its id is rotated, because long talks slow Rasa down.
    conversation: Mapped[str | None] = mapped_column(String(40))
    turns: Mapped[int] = mapped_column(default=0)
    last_message_at: Mapped[datetime | None]
    # Since when nothing is written first, until the person writes: the telephone may be in other hands.
    quiet_since: Mapped[datetime | None]
    # The keyed fingerprint of the word that clears the chat.
    code_word: Mapped[str | None] = mapped_column(String(64))

    person: Mapped[Person | None] = relationship()
    staff: Mapped[Staff | None] = relationship()


class Invitation(OfOrganisation, Table):
    """A one-time code that links a chat to a tenant or a member of staff; only its fingerprint is kept."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_guest"),
        UniqueConstraint("fingerprint"),
    )

    fingerprint: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))


class Consent(OfOrganisation, Table):
    """One row a change: the last row of a kind is what holds. `wording` names the text that was shown."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_kind", "person_id", "kind", "id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    wording: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
