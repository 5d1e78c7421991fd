"""Words of danger and health, names and telephones: encrypted at rest, and in no metric."""

import asyncio
from datetime import datetime

import httpx
from sqlalchemy import JSON, Enum, String, Text, text

from bot.clock import Clock
from bot.console import create_console
from bot.console.metrics import DatabaseMetrics
from bot.content import load
from bot.services import questions
from bot.services.house import House
from bot.storage import Database
from bot.storage.secrets import Vault
from bot.storage.tables import Table
from bot.storage.types import EncryptedJson, EncryptedText
from tests.services.team import chat as team_chat
from tests.services.team import chat_of, staff, tenant
from tests.services.test_erasure import CANARY, seed

# What may stay readable without the key, and why. Any other text that the register gives to a person is
# encrypted: a new column must be encrypted or find its place here.
READABLE = {
    "the landlord's own references and files, looked up by them": {
        "person.reference", "person.title", "person.profiles", "lease.reference", "lease.residence",
        "lease.district", "lease.town", "lease.typology", "lease.heating", "lease.payment_method",
        "payment.method", "payment.reference", "movement.kind", "movement.reference", "appointment.reference",
    },
    "names of kinds and numbers of rows, written by the code": {
        "occurrence.rule", "occurrence.object", "occurrence.reason", "call_line.object", "call_line.rule",
        "message.intent", "outbox.recipient", "outbox.kind", "outbox.object", "outbox.occasion",
        "button.meaning", "question.kind", "question.object", "question.answer", "consent.kind",
        "consent.wording", "case_file.kind", "case_file.subject", "case_file.object",
        "case_file.waiting_reason", "case_request.commission", "appointment.refusal", "home_trait.name",
        "tip_given.tip", "workshop_place.useful", "workshop_place.again", "drop_in_wish.partner",
        "appointment_offer.slots",
    },
    # Those of the team's buttons, which name tenants, are not kept.
    "the code's own sentences": {"button.title"},
    "keyed fingerprints": {
        "chat.code_word", "invitation.fingerprint", "access_link.fingerprint", "web_session.fingerprint",
        "api_token.fingerprint", "api_answer.key", "api_answer.fingerprint",
    },
}  # fmt: skip


def test_every_text_of_the_register_is_encrypted_but_the_stated_ones() -> None:
    declared = load().personal_data.tables
    readable = {
        f"{name}.{column}"
        for name, table in declared.items()
        if table.is_personal
        for column in (*table.told, *table.held)
        if _is_plain(Table.metadata.tables[name].c[column].type)
    }
    stated = set().union(*READABLE.values())
    assert readable - stated == set()
    assert {name.split(".")[0] for name in stated} <= declared.keys()


def _is_plain(kind: object) -> bool:
    if isinstance(kind, EncryptedText | EncryptedJson | Enum):
        return False
    return isinstance(kind, String | Text | JSON)


def test_the_rows_themselves_hold_no_word(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        seed(session, now)
    encrypted = [
        (table.name, column.name)
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText | EncryptedJson)
    ]
    assert len(encrypted) > 25
    with database.reading() as session:
        for table, column in encrypted:
            for (stored,) in session.execute(text(f'SELECT "{column}" FROM "{table}"')):
                assert stored is None or (CANARY not in str(stored)), (table, column)


def test_the_buttons_of_the_team_keep_nobodys_name(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = tenant(session)
        person.last_name = CANARY
        chats = [
            chat_of(session, person),
            team_chat(session, staff_id=staff(session, "EQ1", linked=False).id),
        ]
        for chat in chats:
            rows = questions.choices(session, now, chat, None, [(CANARY, "rdv.who", {"person": person.id})])
            assert rows[0][0].title == CANARY
        session.flush()
        kept = session.execute(text("SELECT chat_id, title FROM button ORDER BY id")).all()
        assert [tuple(row) for row in kept] == [(chats[0].id, CANARY), (chats[1].id, "")]


def test_half_a_character_costs_no_message() -> None:
    vault = Vault("a key of some length")
    assert vault.decrypt(vault.encrypt("moisi \ud83d\udca7 partout \ud83d")) == "moisi ?? partout ?"


def test_metrics_name_nobody(database: Database, clock: Clock, house: House, now: datetime) -> None:
    with database.transaction() as session:
        seed(session, now)
    app = create_console(database, clock, house, dict, collectors=[DatabaseMetrics(database, clock, house)])

    async def scrape() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get("/metrics")).text

    said = asyncio.run(scrape())
    assert "palier_cases_open" in said
    assert CANARY not in said
