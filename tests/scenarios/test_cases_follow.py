"""A case over time, told from the telephones: nobody takes it, leave, waiting, changing hands, mornings."""

import re

import httpx

from bot.domain.states import CaseState
from bot.standin.people import Message
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.story import Caseworker, Tenant, World

_FILE = re.compile(r"/dossiers/\d+/pieces/\d+")
HELP = "je voudrais parler à une personne"


def asks(world: World, lease: str = "B-0105") -> Tenant:
    """A tenant who asks for a person, on Tuesday 1 December at 9."""
    tenant = world.tenant(lease).agrees()
    tenant.write(HELP)
    tenant.wait_for("told.request_human")
    return tenant


def opened_by(member: Caseworker, number: int) -> Message:
    member.write("/file")
    member.press(member.wait_for("staff.queue.title"), f"Ouvrir n° {number}")
    return member.wait_for("case.link")


def test_nobody_takes_it_and_it_climbs_to_the_coordinator(world: World) -> None:
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    thibault = world.caseworker("EQ04").joins()
    asks(world)
    maelle.wait_for("case.alert.normal")
    (case,) = world.cases()
    world.bank_file("2026-12-07")
    # Its due day has passed: the team hears of it in the morning, the coordination on the next working day.
    world.move_to("2026-12-04T12:00")
    for member in (maelle, soraya):
        member.wait_for("case.alert.late")
    thibault.reads_digests()
    assert not thibault.unread()
    world.move_to("2026-12-07T12:00")
    alert = thibault.wait_for("case.alert.late")
    thibault.takes(alert)
    assert world.cases()[0].owner.reference == "EQ04"
    assert [member.reads_digests() for member in (maelle, soraya, thibault)] == [4, 4, 1]
    world.tenant("B-0105").wait_for("case.told.taken")
    assert case.due_at < world.now
    world.nothing_else_was_sent()


def test_the_referent_on_leave(world: World) -> None:
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    maelle.write("/absence")
    maelle.press(maelle.wait_for("staff.absence.ask"), "Pour deux semaines")
    maelle.press(maelle.wait_for("staff.absence.noted"), "Soraya Belkacem")
    maelle.wait_for("staff.absence.stand_in")

    asks(world)
    soraya.takes(soraya.wait_for("case.alert.normal"))
    world.tenant("B-0105").wait_for("case.told.taken")
    # And danger too: nobody writes to somebody who is away.
    world.tenant("B-0106").agrees().write("mon mari me frappe")
    world.tenant("B-0106").wait_for("3919")
    soraya.wait_for("case.alert.urgent")
    world.nothing_else_was_sent()


def test_a_photo_of_a_bailiffs_letter(make_world: MakeWorld) -> None:
    world = make_world(roles="bot,delivery,scheduler,console")
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    sent = kevin.telegram.photo(caption="")
    kevin.wait_for("file.received")
    link = maelle.takes(maelle.wait_for("case.alert.normal"))
    with httpx.Client(base_url=world.address, follow_redirects=True, trust_env=False) as browser:
        page = browser.post(link).text
        shown = browser.get(_FILE.findall(page)[0])
    assert shown.content == world.standin.file(sent["message"]["photo"][-1]["file_id"])
    kevin.wait_for("case.told.taken")
    (case,) = world.cases()
    assert case.kind == "document"
    assert [event.kind for event in case.history] == ["opened", "taken", "read", "file_opened"]
    # A second page joins the case: its owner hears of it.
    kevin.telegram.photo(caption="")
    assert "est prévenue" in kevin.wait_for("file.received").text
    maelle.wait_for("case.news.sign")
    world.nothing_else_was_sent()


def test_handing_over_to_a_colleague(world: World) -> None:
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    kevin = asks(world)
    maelle.takes(maelle.wait_for("case.alert.normal"))
    kevin.wait_for("case.told.taken")
    maelle.press(opened_by(maelle, 1), "Passer la main")
    maelle.press(maelle.wait_for("case.which_colleague"), "Soraya Belkacem")
    maelle.wait_for("case.given")
    news = soraya.wait_for("case.news.given")
    assert "Kévin" not in news.text
    soraya.press(news, "Ouvrir la page")
    soraya.wait_for("case.link")
    (case,) = world.cases()
    assert [event.kind for event in case.history] == ["opened", "taken", "handed_over"]
    assert case.owner.reference == "EQ02"
    world.nothing_else_was_sent()


def test_a_wait_that_comes_back(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    kevin = asks(world)
    maelle.takes(maelle.wait_for("case.alert.normal"))
    kevin.wait_for("case.told.taken")
    maelle.press(opened_by(maelle, 1), "En attente")
    maelle.press(maelle.wait_for("case.which_wait"), "Dans 3 jours")
    maelle.press(maelle.wait_for("case.waits"), "Réponse d’un partenaire")
    maelle.wait_for("case.waits_for")
    assert world.cases()[0].state is CaseState.WAITING
    world.move_to("2026-12-04T08:59")
    assert not maelle.reads_digests()
    world.move_to("2026-12-04T09:30")
    maelle.wait_for("case.news.back")
    assert world.cases()[0].state is CaseState.TAKEN

    # The next wait ends with a sign of the tenant.
    maelle.press(opened_by(maelle, 1), "En attente")
    maelle.press(maelle.wait_for("case.which_wait"), "Lundi")
    maelle.wait_for("case.waits")
    kevin.write(HELP)
    assert "est prévenue" in kevin.wait_for("told.request_human").text
    maelle.wait_for("case.news.sign")
    assert world.cases()[0].state is CaseState.TAKEN
    maelle.reads_digests()
    world.nothing_else_was_sent()


def test_a_digest_only_on_the_mornings_with_something_to_do(world: World) -> None:
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    world.move_to("2026-12-03T12:00")
    assert (maelle.reads_digests(), soraya.reads_digests()) == (0, 0)
    kevin = asks(world)
    alert = maelle.wait_for("case.alert.normal")
    world.move_to("2026-12-04T09:30")
    told = maelle.wait_for("case.digest")
    assert "À prendre : 1. Suivis par vous : 0." in told.text.replace("\u00a0", " ")
    assert "Kévin" not in told.text
    assert soraya.reads_digests() == 1
    maelle.takes(alert)
    kevin.wait_for("case.told.taken")
    # The weekend is quiet; on Monday only its owner has something to do.
    world.move_to("2026-12-07T09:30")
    assert (maelle.reads_digests(), soraya.reads_digests()) == (1, 0)
    maelle.closes(1, "Réglé")
    kevin.wait_for("case.told.done")
    world.move_to("2026-12-08T12:00")
    assert maelle.reads_digests() == 0
    world.nothing_else_was_sent()


def test_a_case_that_comes_again_is_linked_to_the_one_before(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    kevin = asks(world)
    maelle.takes(maelle.wait_for("case.alert.normal"))
    kevin.wait_for("case.told.taken")
    maelle.closes(1, "Personne rencontrée")
    kevin.wait_for("case.told.done")
    kevin.write(HELP)
    kevin.wait_for("told.request_human")
    maelle.wait_for("case.alert.normal")
    first, second = world.cases()
    assert (second.previous_id, first.state) == (first.id, CaseState.CLOSED)
    world.nothing_else_was_sent()


def test_a_tenant_in_discreet_mode_reads_neither_name_nor_motive(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    kevin = world.tenant("B-0105").agrees()
    kevin.write("/discret")
    kevin.wait_for("discreet.on")
    kevin.write(HELP)
    kevin.wait_for("handover.done")
    maelle.takes(maelle.wait_for("case.alert.normal"))
    told = kevin.wait_for("Une personne s’en occupe")
    assert "Maëlle" not in told.text
    maelle.closes(1, "Réglé")
    assert "demande" not in kevin.wait_for("C’est fait").text
    world.nothing_else_was_sent()
