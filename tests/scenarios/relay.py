"""The words of the scenarios in which a caseworker and a tenant talk through Palier."""

from bot.standin.people import Message
from bot.storage import tables
from tests.scenarios.story import Caseworker, Tenant, World


def in_difficulty(tenant: Tenant, worker: Caseworker) -> Message:
    """The tenant cannot pay, the worker takes the case; the message from which she may answer."""
    tenant.write("je ne pourrai pas payer mon loyer ce mois-ci")
    tenant.wait_for("rent.difficulty")
    worker.press(worker.wait_for("case.alert.high"), "Prendre le dossier")
    tenant.wait_for("case.told.taken")
    return worker.wait_for("case.taken.you")


def begins(worker: Caseworker, case: Message) -> None:
    """Press *Répondre*: from now on, for ten minutes, what the worker types is shown back."""
    worker.press(case, "Répondre")
    worker.wait_for("relay.draft.open")


def writes(worker: Caseworker, case: Message, text: str) -> Message:
    """Type a message; it is shown above "Envoyer ?"."""
    begins(worker, case)
    worker.write(text)
    shown = worker.wait_for("relay.draft.send")
    assert text in shown.text
    return shown


def sends(worker: Caseworker, tenant: Tenant, case: Message, text: str) -> Message:
    """Type a message, confirm it; the tenant has it. The worker's last message, with *Terminer*."""
    shown = writes(worker, case, text)
    assert not tenant.unread()
    worker.press(shown, "Envoyer")
    sent = worker.wait_for("relay.sent")
    assert tenant.wait_for(text)
    return sent


def last_relay(world: World) -> tables.Relay:
    with world.reading() as session:
        relay: tables.Relay = session.query(tables.Relay).order_by(tables.Relay.id.desc()).first()
        _ = (relay.staff, relay.case)
        return relay
