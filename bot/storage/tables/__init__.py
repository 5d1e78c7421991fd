"""The mapped tables. Every row but the machine's own belongs to an organisation."""

from bot.storage.tables.advice import HomeTrait, TipGiven
from bot.storage.tables.api import ApiAnswer, ApiToken
from bot.storage.tables.appointments import (
    Appointment,
    AppointmentEvent,
    AppointmentOffer,
    AppointmentSeries,
    DropIn,
    DropInWish,
)
from bot.storage.tables.base import Table, plain, written
from bot.storage.tables.case_requests import CaseRequest
from bot.storage.tables.cases import AccessLink, Case, CaseEvent, WebSession
from bot.storage.tables.duty import Absence, Duty
from bot.storage.tables.office import SettingChange, UploadedFile
from bot.storage.tables.people import Chat, Consent, Invitation, Organisation, Person, PersonWord, Staff
from bot.storage.tables.privacy import Erasure, RetentionRun
from bot.storage.tables.referrals import Referral
from bot.storage.tables.relay import Draft, Relay
from bot.storage.tables.rent import (
    CallLine,
    Lease,
    LeaseAmount,
    LeasePerson,
    Movement,
    Occurrence,
    Payment,
    Plan,
    PlanInstalment,
    Promise,
)
from bot.storage.tables.system import ClockOffset, DeliveryLease, LeftUndone
from bot.storage.tables.talk import ActionRun, Button, Inbox, Message, Outbox, Question
from bot.storage.tables.workshops import Workshop, WorkshopDraft, WorkshopPlace, WorkshopSending

__all__ = [
    "Absence",
    "AccessLink",
    "ActionRun",
    "ApiAnswer",
    "ApiToken",
    "Appointment",
    "AppointmentEvent",
    "AppointmentOffer",
    "AppointmentSeries",
    "Button",
    "CallLine",
    "Case",
    "CaseEvent",
    "CaseRequest",
    "Chat",
    "ClockOffset",
    "Consent",
    "DeliveryLease",
    "Draft",
    "DropIn",
    "DropInWish",
    "Duty",
    "Erasure",
    "HomeTrait",
    "Inbox",
    "Invitation",
    "Lease",
    "LeaseAmount",
    "LeasePerson",
    "LeftUndone",
    "Message",
    "Movement",
    "Occurrence",
    "Organisation",
    "Outbox",
    "Payment",
    "Person",
    "PersonWord",
    "Plan",
    "PlanInstalment",
    "Promise",
    "Question",
    "Referral",
    "Relay",
    "RetentionRun",
    "SettingChange",
    "Staff",
    "Table",
    "TipGiven",
    "UploadedFile",
    "WebSession",
    "Workshop",
    "WorkshopDraft",
    "WorkshopPlace",
    "WorkshopSending",
    "plain",
    "written",
]
