"""Accords, STOP, silence, code words, copies and erasures: one world, a tenant each; other days come last."""

import pytest
from sqlalchemy import select

from bot.domain.states import ChatState
from bot.services import people
from bot.storage import tables
from tests.scenarios.story import Caseworker, Tenant, World


@pytest.fixture(scope="module")
def maelle(shared_world: World) -> Caseworker:
    return shared_world.caseworker("EQ01").joins()


def accords(world: World, tenant: Tenant) -> set[str]:
    """What the tenant agrees to now."""
    with world.reading() as session:
        person = session.scalars(select(tables.Person).filter_by(reference=tenant.reference)).one()
        return people.consents(session, person)


def changes(world: World, tenant: Tenant) -> list[tuple[bool, str]]:
    """Every change of the accord on the rent: given or not, and what was answered; each has its date."""
    with world.reading() as session:
        rows = select(tables.Consent).join(tables.Person, tables.Person.id == tables.Consent.person_id)
        mine = rows.where(tables.Person.reference == tenant.reference, tables.Consent.kind == "rent")
        return [
            (row.given, row.wording) for row in session.scalars(mine.order_by(tables.Consent.id)) if row.at
        ]


def test_refused_nothing_is_given_and_a_question_is_still_answered(shared_world: World) -> None:
    tenant = shared_world.tenant("B-0101")
    tenant.start()
    tenant.press(tenant.wait_for("consent.ask"), "Non merci")
    tenant.wait_for("consent.refused")
    tenant.write("combien je dois ?")
    tenant.wait_for("rent.info.person")
    assert accords(shared_world, tenant) == set()
    assert changes(shared_world, tenant) == [(False, "consent.ask")]


def test_a_question_is_no_accord_and_neither_is_a_thank_you(shared_world: World) -> None:
    tenant = shared_world.tenant("B-0102")
    tenant.start()
    tenant.wait_for("consent.ask")
    for words in ("combien je dois ?", "merci beaucoup", "bonjour"):
        tenant.write(words)
        tenant.wait_for()
    shared_world.settle()
    tenant.forget()
    assert accords(shared_world, tenant) == set()


def test_withdrawn_then_given_again_in_so_many_words(shared_world: World) -> None:
    tenant = shared_world.tenant("B-0103").agrees()
    tenant.write("STOP")
    tenant.wait_for("stop.done")
    assert accords(shared_world, tenant) == set()
    # An answer is no new accord.
    tenant.write("combien je dois ?")
    tenant.wait_for("rent.info.person")
    tenant.write("oui")
    tenant.wait_for()
    assert accords(shared_world, tenant) == set()
    assert tenant.chat_state() is ChatState.PAUSED
    tenant.write("reprendre")
    tenant.wait_for("resume.done")
    assert accords(shared_world, tenant) == {"rent", "appointments"}
    assert changes(shared_world, tenant) == [(True, "consent.ask"), (False, "stop"), (True, "resume")]


@pytest.mark.parametrize(
    ("lease", "words"),
    [
        ("B-0104", "stooop"),
        ("B-0106", "ARRÊTEZ svp"),
        ("B-0108", "plus de messages"),
        ("B-0109", "je veux plus recevoir vos messages"),
        ("B-0110", "laissez-moi tranquille"),
    ],
)
def test_stop_in_any_words_stops_at_once(shared_world: World, lease: str, words: str) -> None:
    tenant = shared_world.tenant(lease).agrees()
    tenant.write(words)
    tenant.wait_for("stop.done")
    assert tenant.chat_state() is ChatState.PAUSED
    assert accords(shared_world, tenant) == set()


def test_after_stop_a_danger_is_answered_all_the_same(shared_world: World, maelle: Caseworker) -> None:
    tenant = shared_world.tenant("B-0111").agrees()
    tenant.write("stop")
    tenant.wait_for("stop.done")
    tenant.write("il me frappe, j'ai peur")
    said = tenant.wait_for("Votre sécurité")
    assert "17" in said.text
    maelle.wait_for("case.alert.urgent")
    # Discreet messages and the empty screen are offered in the answer to the next message, not before.
    tenant.write("vous êtes là ?")
    assert "/discret" in tenant.wait_for("danger.follow").text
    tenant.write("/discret")
    tenant.wait_for("discreet.on")
    tenant.write("merci")
    assert "danger" not in tenant.wait_for("danger.follow").text.lower()


def test_stop_for_one_kind_leaves_the_others(shared_world: World) -> None:
    tenant = shared_world.tenant("B-0112").agrees()
    tenant.write("arrêtez les conseils")
    tenant.wait_for("tips.stopped")
    assert {"rent", "appointments"} <= accords(shared_world, tenant)
    assert tenant.chat_state() is ChatState.ACTIVE


def test_the_copy_says_what_was_agreed_and_a_mistake_goes_to_a_person(
    shared_world: World, maelle: Caseworker
) -> None:
    tenant = shared_world.tenant("B-0113").agrees()
    tenant.write("/mesinfos")
    answer = tenant.wait_for("mine.done")
    text = answer.file().decode()
    assert "VOS ACCORDS" in text
    assert "Accord\u00a0: oui" in text
    tenant.press(answer, "Parler à une personne")
    tenant.wait_for("told.request_human")
    maelle.wait_for("case.alert.normal")
    tenant.forget()


def test_a_discreet_tenant_gets_the_copy_from_a_person(shared_world: World, maelle: Caseworker) -> None:
    tenant = shared_world.tenant("B-0114").agrees()
    tenant.write("/discret")
    tenant.wait_for("discreet.on")
    tenant.write("/mesinfos")
    tenant.wait_for("handover.done")
    maelle.wait_for("case.alert.normal")


def test_an_erasure_is_asked_once_and_may_be_refused(shared_world: World) -> None:
    tenant = shared_world.tenant("B-0115").agrees()
    tenant.write("/effacer")
    tenant.press(tenant.wait_for("erase.ask"), "Non")
    tenant.wait_for("erase.refused")
    assert accords(shared_world, tenant) == {"rent", "appointments"}
    tenant.write("combien je dois ?")
    tenant.wait_for("rent.info.person")


def test_the_code_word_clears_the_screen_and_no_longer_one_works(shared_world: World) -> None:
    tenant = shared_world.tenant("B-0116").agrees()
    tenant.write("/discret abc")
    tenant.wait_for("code_word.short")
    tenant.write("/discret mirabelle")
    tenant.wait_for("code_word.set")
    tenant.write("Mirabelle")
    last = tenant.wait_for("wipe.done")
    assert [message.text for message in tenant.telegram.messages()] == [last.text]


def test_nothing_of_a_violence_is_ever_said_first(shared_world: World, maelle: Caseworker) -> None:
    """The last one: a week passes for everybody above, and nobody who said stop or was hit hears a word."""
    silent = [shared_world.tenant(lease) for lease in ("B-0101", "B-0104", "B-0110", "B-0111", "B-0116")]
    for tenant in silent:
        tenant.forget()
    shared_world.jump_to("2026-12-08T09:00")
    unpaid = tuple(f"B-01{number:02}" for number in range(1, 17))
    shared_world.bank_file("2026-12-08", unpaid=unpaid)
    shared_world.jump_to("2026-12-08T12:00")
    shared_world.settle()
    assert [message.text for tenant in silent for message in tenant.unread()] == []
    # Those who agreed are reminded.
    shared_world.tenant("B-0112").wait_for("rent.reminder")
