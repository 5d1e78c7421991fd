"""The closed lists of states and kinds that the database, the rules and the reports share."""

from enum import StrEnum


class Role(StrEnum):
    CASEWORKER = "intervenant"
    MEDIATOR = "mediateur"
    COORDINATOR = "coordinateur"
    ADMINISTRATOR = "administrateur"
    PARTNER = "partenaire"


class Register(StrEnum):
    ORDINARY = "ordinary"
    SIMPLE = "simple"


class ChatState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # by the tenant: nothing unsolicited leaves
    UNREACHABLE = "unreachable"  # blocked the bot, or the account is gone


class InboxState(StrEnum):
    NEW = "new"
    WORKING = "working"
    HANDLED = "handled"
    FAILED = "failed"  # given up after several tries; a person has been told


class OutboxState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class CaseState(StrEnum):
    NEW = "new"
    TAKEN = "taken"
    WAITING = "waiting"
    CLOSED = "closed"


class Urgency(StrEnum):
    URGENT = "urgent"  # now, whatever the hour
    HIGH = "high"  # within the working day
    NORMAL = "normal"  # within three working days


class Outcome(StrEnum):
    """How a case ended (mandatory to close)."""

    SETTLED = "regle"
    PLAN = "plan"
    AID = "aide_demandee"
    MET = "rencontre"
    REFERRED = "oriente"
    SAFE = "mis_en_securite"
    NO_NEED = "sans_suite"
    UNREACHED = "injoignable"


class OccurrenceState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    REPLACED = "replaced"  # by the next word of the same person


class PlanState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DISCUSSED = "discussed"  # the tenant would like another one
    KEPT = "kept"
    ENDED = "ended"  # by a person, or in favour of another plan


class InstalmentState(StrEnum):
    PLANNED = "planned"
    PAID = "paid"
    MISSED = "missed"


class CallState(StrEnum):
    OPEN = "open"
    DONE = "done"  # somebody called
    OVER = "over"  # it was paid, or a person follows it, before anybody called


class AppointmentKind(StrEnum):
    OFFICE = "bureau"
    HOME = "domicile"
    PHONE = "telephone"
    DROP_IN = "permanence"  # at a partner's


class AppointmentState(StrEnum):
    TO_CONFIRM = "a_confirmer"
    CONFIRMED = "confirme"
    MOVED = "deplace"  # by the service, and the tenant has not answered yet
    CANCELLED_BY_TENANT = "annule_locataire"
    CANCELLED_BY_SERVICE = "annule_service"
    TO_SETTLE = "a_renseigner"  # its hour is past, and nobody said what became of it
    HONOURED = "honore"
    EXCUSED = "absent_excuse"
    ABSENT = "absent"


class OfferState(StrEnum):
    OPEN = "ouverte"
    TAKEN = "prise"
    DECLINED = "declinee"  # none of the times suits
    WITHDRAWN = "retiree"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Gives(StrEnum):
    """What somebody who goes away hands over on the day of leaving."""

    EVERYTHING = "tout"
    URGENT = "urgent"
