"""Who a tenant is and how they are reached, for the pages that show one."""

from dataclasses import dataclass

from bot.console.desk import Desk, Visit
from bot.domain.states import ChatState
from bot.services import people, tenants
from bot.storage.tables import Person

# What a tenant may agree to, in the order of the page.
_CONSENTS = ("rent", "appointments", "tips", "checkins", "workshops")


@dataclass(frozen=True)
class PersonCard:
    """`agrees` and `refuses` name kinds of messages; what was never asked is in neither."""

    number: int
    reference: str
    phone: str
    email: str
    referent: str
    discreet: bool
    simple_words: bool
    telegram: str
    agrees: list[str]
    refuses: list[str]


def read(desk: Desk, visit: Visit, person: Person) -> PersonCard:
    session = visit.session
    given = people.consents(session, person)
    asked = [kind for kind in _CONSENTS if people.was_asked(session, person, kind)]
    return PersonCard(
        number=person.id,
        reference=person.reference,
        phone=person.phone or "",
        email=person.email or "",
        referent=person.referent.display_name if person.referent else "",
        discreet=person.discreet,
        simple_words=person.register != "ordinary",
        telegram=telegram(tenants.chat_states(session, [person]).get(person.id, set())),
        agrees=[_kind(desk, kind) for kind in asked if kind in given],
        refuses=[_kind(desk, kind) for kind in asked if kind not in given],
    )


def telegram(states: set[ChatState]) -> str:
    """Whether Palier can write to somebody whose chats are in these states, in words."""
    if not states:
        return "non relié : Palier ne peut pas lui écrire"
    if ChatState.ACTIVE in states:
        return "relié"
    return "en pause, à sa demande" if ChatState.PAUSED in states else "injoignable (bot bloqué)"


def _kind(desk: Desk, kind: str) -> str:
    return desk.pages.label(f"console.consent.{kind}", kind)
