"""What tenants answer to an invitation, and who is told of what: one morning, each with people of its own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot.domain.states import AppointmentState
from bot.domain.workshops import PlaceState
from bot.storage import tables
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Path
from tests.scenarios.town import Town, running_town


@pytest.fixture(scope="module")
def shared(
    dialogue: SharedDialogue, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("answers"), dialogue, samples) as town:
        yield town


@pytest.fixture
def town(shared: Town) -> Town:
    shared.world.forget()
    return shared


def test_perhaps_takes_no_seat_and_becomes_a_yes_in_plain_words(town: Town) -> None:
    (issouf,) = town.group("perhaps", "B-0102")
    title = town.workshop("Soupe d'hiver", "perhaps", "16/12/2026 10:00")
    town.invite(title)
    issouf.wait_for("workshop.invite")
    issouf.write("peut-être")
    issouf.wait_for("workshop.said.maybe")
    assert town.places(title) == {"Issouf": (PlaceState.MAYBE, 1)}
    assert town.seats_taken(title) == 0
    issouf.write("finalement on sera deux à l'atelier, ma femme et moi")
    assert "Nombre de places : 2" in issouf.wait_for("workshop.coming").text.replace("\u00a0", " ")
    assert town.seats_taken(title) == 2
    town.nothing_for(issouf)


def test_not_interested_refuses_one_workshop_and_hears_of_the_next(town: Town) -> None:
    (samira,) = town.group("refusing", "B-0103")
    title = town.workshop("Tricot", "refusing", "16/12/2026 14:00", theme="couture")
    town.invite(title)
    samira.wait_for("workshop.invite")
    samira.write("non merci, pas intéressée")
    samira.wait_for("workshop.said.no")
    assert town.places(title) == {"Samira": (PlaceState.DECLINED, 1)}
    again = town.workshop("Ourlets", "refusing", "17/12/2026 14:00", theme="couture")
    assert town.invite(again) == 1
    assert "Ourlets" in samira.wait_for("workshop.invite").text
    # The same theme, said to be enough: no more of it, and another theme still comes.
    samira.write("plus sur ce sujet s'il vous plaît")
    samira.wait_for("workshop.said.topic")
    third = town.workshop("Boutons", "refusing", "18/12/2026 14:00", theme="couture")
    assert town.invite(third) == 0
    other = town.workshop("Pain maison", "refusing", "18/12/2026 10:00")
    assert town.invite(other) == 1
    assert "Pain maison" in samira.wait_for("workshop.invite").text
    town.nothing_for(samira)


def test_a_party_larger_than_what_is_left_waits_and_a_smaller_one_passes(town: Town) -> None:
    aminata, bruno, orhan = town.group("seats", "B-0106", "B-0109", "B-0111")
    title = town.workshop("Confitures", "seats", "16/12/2026 16:00", seats=3)
    town.invite(title)
    for tenant in (aminata, bruno, orhan):
        tenant.wait_for("workshop.invite")
    aminata.write("on sera deux")
    aminata.wait_for("workshop.coming")
    bruno.write("nous serons quatre")
    assert "places voulues : 4" in bruno.wait_for("workshop.waiting").text.replace("\u00a0", " ")
    orhan.write("je viens, tout seul")
    orhan.wait_for("workshop.coming")
    assert town.seats_taken(title) == 3
    # Two seats are given back: not enough for four, who keep their rank and are told nothing.
    aminata.write("je ne peux plus venir à l'atelier")
    aminata.wait_for("workshop.left")
    assert town.places(title)["Bruno"] == (PlaceState.WAITING, 4)
    town.nothing_for(aminata, bruno, orhan)
    bruno.write("finalement on sera deux à l'atelier")
    bruno.wait_for("workshop.coming")
    assert town.seats_taken(title) == 3


def test_a_change_is_told_to_those_who_come_and_a_cancellation_to_all_who_answered(town: Town) -> None:
    coming, perhaps, silent = town.group("change", "B-0113", "B-0116", "B-0201")
    title = town.workshop("Cuisine du marché", "change", "02/12/2026 18:00")
    town.invite(title)
    coming.press(coming.wait_for("workshop.invite"), "Je viens")
    coming.wait_for("workshop.coming")
    perhaps.press(perhaps.wait_for("workshop.invite"), "Peut-être")
    perhaps.wait_for("workshop.said.maybe")
    silent.wait_for("workshop.invite")
    mediator = town.mediator
    mediator.press(town.open(title), "Changer le lieu")
    mediator.wait_for("staff.workshops.ask.place")
    mediator.write("la maison de quartier")
    assert "Inscrits prévenus : 1" in mediator.wait_for("staff.workshops.changed").text.replace("\u00a0", " ")
    changed = coming.wait_for("workshop.changed")
    assert "la maison de quartier" in changed.text
    town.nothing_for(perhaps, silent)
    coming.press(changed, "Je viens toujours")
    coming.wait_for("workshop.still")
    mediator.press(town.open(title), "Annuler l’atelier")
    mediator.press(mediator.wait_for("staff.workshops.cancel_sure"), "Oui, annuler")
    assert "Personnes prévenues : 2" in mediator.wait_for("staff.workshops.cancelled").text.replace(
        "\u00a0", " "
    )
    coming.wait_for("workshop.cancelled")
    perhaps.wait_for("workshop.cancelled")
    town.nothing_for(silent)
    # An answer to an invitation that is over says so and changes nothing.
    silent.write("je viens à l'atelier cuisine du marché")
    silent.wait_for()
    assert town.places(title)[silent.name] == (PlaceState.INVITED, 1)


def test_a_discreet_telephone_shows_no_title_no_place_and_no_theme(town: Town) -> None:
    (elodie,) = town.group("quiet", "B-0112")
    title = town.workshop("Sortir des violences", "quiet", "16/12/2026 09:00", theme="écoute")
    town.invite(title)
    invitation = elodie.wait_for("workshop.invite")
    elodie.press(invitation, "Je viens")
    elodie.wait_for("workshop.coming")
    elodie.write("c'est quand les ateliers ?")
    listed = elodie.wait_for("workshop.list")
    elodie.write("je ne peux plus venir à l'atelier")
    elodie.wait_for("workshop.left")
    for message in elodie.telegram.replies():
        shown = " ".join([message.text, *message.buttons])
        assert not {"violences", "écoute", "Clos"} & set(shown.replace(",", " ").split()), shown
    assert listed.buttons[0].startswith("Mercredi 16 décembre")
    assert town.places(title) == {"Élodie": (PlaceState.LEFT, 1)}


def test_the_preview_is_what_is_sent_and_a_danger_is_never_guessed(town: Town) -> None:
    ready = town.group("preview", "B-0203", "B-0206")
    paused, danger = town.group("preview", "B-0207", "B-0303")
    (unwilling,) = town.group("preview", "B-0212", willing=False)
    paused.write("/pause")
    paused.wait_for()
    danger.write("mon mari me frappe")
    danger.wait_for()
    town.world.settle()
    town.world.forget()
    title = town.workshop("Budget des fêtes", "preview", "02/12/2026 17:00", theme="budget")
    seen = town.open(title)
    counted = seen.text.replace("\u00a0", " ")
    assert "À inviter maintenant : 2\n" in counted
    for line in ("autre : 1", "messages en pause : 1", "n’ont pas demandé les invitations : 1"):
        assert f"• {line}" in counted
    assert "danger" not in counted
    invitation = counted.split("L’invitation :\n")[1]
    town.mediator.press(seen, "Inviter maintenant (2)")
    told = town.mediator.wait_for("staff.workshops.invited").text.replace("\u00a0", " ")
    assert "Invitations en route : 2" in told
    for tenant in ready:
        assert tenant.wait_for("workshop.invite").text.replace("\u00a0", " ") == invitation
    town.nothing_for(paused, danger, unwilling)
    assert set(town.places(title)) == {tenant.name for tenant in ready}


def test_a_draft_invites_nobody(town: Town) -> None:
    (nuno,) = town.group("draft", "B-0302")
    title = town.workshop("Vélo du samedi", "draft", "02/12/2026 16:00", theme="vélo")
    town.mediator.press(town.open(title), "Garder en brouillon")
    town.mediator.wait_for("staff.workshops.kept")
    assert town.places(title) == {}
    town.nothing_for(nuno)


def test_whom_a_neighbour_brings_asks_and_a_person_links_them(town: Town) -> None:
    stranger = town.world.stranger("Paulette")
    before = len(town.world.cases(kind="stranger"))
    stranger.write("bonjour, ma voisine m'a parlé de l'atelier cuisine, je peux venir ?")
    answer = stranger.wait_for("stranger.heard")
    # Neither who comes nor what there is: that telephone is nobody's yet.
    assert "Soupe" not in answer.text
    assert "Issouf" not in answer.text
    assert len(town.world.cases(kind="stranger")) == before + 1


def test_not_coming_any_more_is_about_the_one_thing_that_there_is(town: Town) -> None:
    lurdes, thenmozhi = town.group("one-thing", "B-0108", "B-0110")
    title = town.workshop("Chutney", "one-thing", "16/12/2026 11:00")
    town.invite(title)
    lurdes.press(lurdes.wait_for("workshop.invite"), "Je viens")
    lurdes.wait_for("workshop.coming")
    thenmozhi.press(thenmozhi.wait_for("workshop.invite"), "Pas intéressé")
    thenmozhi.wait_for("workshop.said.no")
    town.world.imports(
        "rendez-vous",
        "reference;reference_locataire;intervenant;motif;debut;duree_min;lieu;type",
        f"R9;{thenmozhi.reference};EQ01;Point sur le bail;10/12/2026 10:00;45;12 rue des Charmilles;bureau",
    )
    town.world.settle()
    town.world.forget()
    lurdes.write("c'est quand déjà ?")
    assert "Chutney" in lurdes.wait_for("workshop.mine").text
    lurdes.write("finalement je ne peux pas venir")
    lurdes.wait_for("workshop.left")
    thenmozhi.write("je me désinscris, je ne viendrai pas")
    thenmozhi.wait_for("rdv.cancelled")
    with town.world.reading() as session:
        kept = session.scalars(select(tables.Appointment).filter_by(reference="R9")).one()
        assert kept.state is AppointmentState.CANCELLED_BY_TENANT
