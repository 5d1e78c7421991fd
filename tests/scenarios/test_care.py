"""What Palier says first, told from the telephones of one residence: tips and check-ins, in every voice.

One world for all of these, on its first morning; each with a tenant of their own.
"""

from collections.abc import Iterator

import pytest

from bot.domain.states import OccurrenceState
from bot.storage import tables
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Caseworker, Path, Tenant, World, running_world

# In the sample files B-0112 is discreet, B-0208 reads pictures, B-0211 simple sentences.
LEASES = ("B-0102", "B-0106", "B-0109", "B-0111", "B-0112", "B-0113", "B-0208", "B-0211")


@pytest.fixture(scope="module")
def residence(
    dialogue: SharedDialogue, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("care"), dialogue, samples=samples) as world:
        for worker in ("EQ01", "EQ02"):
            world.caseworker(worker).joins()
        tenants = [world.tenant(lease) for lease in LEASES]
        for tenant in tenants:
            tenant.start()
        for tenant in tenants:
            tenant.press(tenant.wait_for("consent.ask"), "D’accord")
        for tenant in tenants:
            tenant.wait_for("consent.given")
        yield world


@pytest.fixture
def world(residence: World) -> Iterator[World]:
    residence.forget()
    yield residence
    residence.nothing_else_was_sent()


@pytest.fixture
def maelle(world: World) -> Caseworker:
    return world.caseworker("EQ01")


def rhythm_of(world: World, tenant: Tenant) -> tuple[int, int]:
    """The weekday (0: Monday) and the local hour of the tenant's next tip."""
    with world.reading() as session:
        person = session.query(tables.Person).filter_by(reference=tenant.reference).one()
        step = (
            session.query(tables.Occurrence)
            .filter_by(rule="tip", object=f"person:{person.id}", state=OccurrenceState.PLANNED)
            .one()
        )
        return step.due_on.weekday(), step.due_at.astimezone(world.parts.house.zone).hour


def opened_for(world: World, tenant: Tenant) -> list[str]:
    return [case.kind for case in world.cases() if case.person.reference == tenant.reference]


def test_the_day_and_the_hour_of_the_tips_change_in_plain_words(world: World) -> None:
    issouf = world.tenant("B-0102")
    issouf.write("je voudrais un conseil toutes les semaines")
    issouf.wait_for("tips.when")
    issouf.write("le samedi matin")
    issouf.wait_for("tips.rhythm")
    assert rhythm_of(world, issouf) == (5, 9)
    issouf.write("envoyez-moi les conseils le mardi soir plutôt")
    assert "chaque mardi vers 18" in issouf.wait_for("tips.rhythm").text
    assert rhythm_of(world, issouf) == (1, 18)
    issouf.write("les conseils le dimanche")
    issouf.wait_for("tips.no_sunday")
    issouf.write("Vendredi")
    issouf.wait_for("tips.hour")
    issouf.write("15 h")
    issouf.wait_for("tips.rhythm")
    assert rhythm_of(world, issouf) == (4, 15)


def test_the_answers_to_a_tip_can_be_written(world: World) -> None:
    aminata = world.tenant("B-0106")
    aminata.write("un conseil pour l'eau svp")
    aminata.wait_for("tips.asked")
    aminata.write("Déjà fait !")
    aminata.wait_for("tips.answer.done")
    aminata.write("non merci")
    aminata.wait_for("tips.refused")
    aminata.write("encore un conseil pour l'eau")
    aminata.wait_for("tips.asked")
    aminata.write("pas chez nous")
    aminata.wait_for("tips.answer.not_here")
    assert not opened_for(world, aminata)


def test_tips_are_stopped_and_put_back_and_nothing_else_is_touched(world: World) -> None:
    bruno = world.tenant("B-0109")
    bruno.write("les conseils le lundi à 9h")
    bruno.wait_for("tips.rhythm")
    bruno.write("plus de conseils s'il vous plaît")
    bruno.wait_for("tips.stopped")
    bruno.write("remettez les conseils")
    bruno.wait_for("tips.when")
    bruno.write("jeudi soir")
    bruno.wait_for("tips.rhythm")
    assert rhythm_of(world, bruno) == (3, 18)


def test_how_to_lower_a_bill_gets_the_best_gesture_and_a_high_bill_a_person(
    world: World, maelle: Caseworker
) -> None:
    orhan = world.tenant("B-0111")
    orhan.write("comment baisser ma facture ?")
    tip = orhan.wait_for("tips.asked")
    # The best gesture comes with its figure.
    assert any(char.isdigit() for char in tip.text)
    orhan.write("j'ai reçu une facture d'électricité de 680 euros, ce n'est pas normal")
    orhan.wait_for("told.report_high_bill")
    maelle.wait_for("case.alert.normal")
    assert opened_for(world, orhan) == ["report_high_bill"]


def test_a_discreet_tenant_reads_nothing_of_home_or_money(world: World) -> None:
    elodie = world.tenant("B-0112")
    elodie.write("comment baisser ma facture ?")
    tip = elodie.wait_for("tips.asked")
    assert not any(word in tip.text.lower() for word in ("loyer", "logement", "facture", "bailleur"))
    elodie.press(tip, "Un conseil chaque semaine")
    elodie.press(elodie.wait_for("tips.when"), "Non merci")
    elodie.wait_for("tips.refused")


def test_who_reads_pictures_is_shown_drawings_one_idea_a_message(world: World) -> None:
    jean = world.tenant("B-0208")
    jean.write("un conseil pour le chauffage")
    tip = jean.wait_for("tips.asked")
    assert tip.kind == "photo"
    assert tip.file().startswith(b"\x89PNG")
    assert tip.buttons == [
        "Je vais essayer",
        "Pas chez moi",
        "J’ai une question",
        "Un conseil chaque semaine",
    ]
    jean.press(tip, "Je vais essayer")
    noted = jean.wait_for("tips.answer.will_try")
    assert (noted.kind, noted.buttons) == ("text", [])
    when = jean.wait_for("tips.when")
    assert (when.kind, when.buttons) == (
        "photo",
        ["Non merci", "Lundi matin", "Mercredi matin", "Vendredi matin"],
    )
    jean.press(when, "Mercredi matin")
    jean.wait_for("tips.rhythm")
    assert rhythm_of(world, jean) == (2, 9)


def test_simple_sentences_take_the_kit(world: World) -> None:
    valbona, soraya = world.tenant("B-0211"), world.caseworker("EQ02")
    valbona.write("c'est quoi le kit éco ?")
    offer = valbona.wait_for("kit.offer")
    assert max(len(line.split()) for line in offer.text.splitlines()) <= 12
    valbona.press(offer, "Oui")
    valbona.wait_for("kit.asked")
    soraya.wait_for("case.alert.normal")
    (case,) = world.cases(kind="eco_kit")
    alert_of = soraya.telegram.replies()[-1]
    soraya.takes(alert_of)
    valbona.wait_for("case.told.taken")
    soraya.closes(case.id, "Réglé")
    valbona.wait_for("case.told.done")
    valbona.write("je voudrais encore un kit")
    valbona.press(valbona.wait_for("kit.again"), "Non")
    valbona.wait_for("kit.refused")


def test_cold_at_home_closes_the_tips_to_heat_less(world: World, maelle: Caseworker) -> None:
    prosper = world.tenant("B-0113")
    prosper.write("ça va pas trop en ce moment")
    worry = prosper.wait_for("checkin.worry")
    maelle.wait_for("case.alert.normal")
    prosper.write("La santé, le moral")
    prosper.wait_for("checkin.worry.noted")
    assert worry.buttons[0] == "La santé, le moral"
    prosper.write("un conseil pour le chauffage ?")
    assert "°C" not in prosper.wait_for("tips.asked").text


def test_pictures_are_asked_for_and_the_buttons_stay_below_the_last_idea(world: World) -> None:
    orhan = world.tenant("B-0111")
    orhan.write("je veux des images, je lis mal")
    assert orhan.wait_for("pictures.on").kind == "photo"
    orhan.write("pas trop le moral en ce moment")
    messages = [orhan.wait_for(), orhan.wait_for()]
    assert [bool(message.buttons) for message in messages] == [False, True]
    assert messages[1].kind == "photo"
    orhan.write("écrivez-moi autrement")
    orhan.press(orhan.wait_for("told.change_preference"), "Sans images")
    assert orhan.wait_for("pictures.off").kind == "text"
    for caseworker in ("EQ01", "EQ02"):
        world.caseworker(caseworker).forget()
