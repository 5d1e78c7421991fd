"""A workshop, told from the telephones: invited, coming, waiting, a seat that is freed, the day before."""

from bot.imports import import_file
from tests.scenarios.story import SAMPLES, World


def test_a_bill_that_is_much_too_high_opens_a_case_and_offers_the_energy_workshop(world: World) -> None:
    import_file(world.parts.database, world.parts.house, world.now, "ateliers", SAMPLES / "ateliers.csv")
    issouf = world.tenant("B-0102").agrees()
    issouf.write("ma facture d'électricité a doublé ce mois ci, 340 euros, ce n'est pas normal")
    told = issouf.wait_for("workshop.energy")
    issouf.press(told, "Je viens")
    assert "l'énergie" in issouf.wait_for("workshop.coming").text.replace("’", "'")
    assert [case.kind for case in world.cases()] == ["report_high_bill"]


def test_from_the_invitation_to_the_day_before(world: World) -> None:
    import_file(world.parts.database, world.parts.house, world.now, "ateliers", SAMPLES / "ateliers.csv")
    mediator = world.caseworker("EQ03").joins()
    issouf = world.tenant("B-0102").agrees()
    issouf.write("c'est quand les ateliers ?")
    listed = issouf.wait_for("workshop.list")
    # Neither the one for seniors, nor the line that was refused.
    assert listed.buttons == [
        "Mon logement et moi, l'énergie", "Cuisine d'hiver", "Me prévenir des ateliers",
    ]  # fmt: skip
    issouf.press(listed, "Me prévenir des ateliers")
    issouf.wait_for("workshop.news")
    mediator.write("/atelier")
    mediator.press(mediator.wait_for("staff.workshops.title"), "Cuisine d'hiver")
    shown = mediator.wait_for("staff.workshops.one")
    assert "À inviter maintenant" in shown.text
    mediator.press(shown, "Inviter maintenant (1)")
    mediator.wait_for("staff.workshops.invited")
    invitation = issouf.wait_for("workshop.invite")
    issouf.press(invitation, "On sera plusieurs")
    issouf.press(issouf.wait_for("workshop.how_many"), "3")
    assert "Nombre de places" in issouf.wait_for("workshop.coming").text
    world.jump_to("2026-12-15T10:00")
    eve = issouf.wait_for("workshop.eve")
    issouf.press(eve, "Je ne peux plus venir")
    issouf.wait_for("workshop.left")
    assert not world.cases()


def test_a_mediator_describes_a_workshop_with_a_date_in_plain_words_and_a_poster(world: World) -> None:
    mediator = world.caseworker("EQ03").joins()
    mediator.write("/atelier")
    mediator.press(mediator.wait_for("staff.workshops.none"), "Nouvel atelier")
    mediator.wait_for("staff.workshops.ask.title")
    mediator.write("Réparer ses vêtements")
    mediator.press(mediator.wait_for("staff.workshops.ask.theme"), "Bricolage")
    mediator.wait_for("staff.workshops.ask.place")
    mediator.write("la salle du Clos")
    mediator.wait_for("staff.workshops.ask.start")
    mediator.write("jeudi 10 décembre à 14h")
    mediator.press(mediator.wait_for("staff.workshops.ask.minutes"), "120 minutes")
    mediator.press(mediator.wait_for("staff.workshops.ask.seats"), "8")
    mediator.press(mediator.wait_for("staff.workshops.ask.audience"), "Tout le monde")
    mediator.wait_for("staff.workshops.ask.poster")
    mediator.telegram.photo()
    mediator.press(mediator.wait_for("staff.workshops.ask.sessions"), "Une séance")
    summary = mediator.wait_for("staff.workshops.summary")
    assert "jeudi 10 décembre, 14 h" in summary.text.replace("\u00a0", " ")
    assert summary.kind == "photo"
    mediator.press(summary, "Créer l’atelier")
    mediator.press(mediator.wait_for("staff.workshops.created"), "Réparer ses vêtements")
    assert "Places prises" in mediator.wait_for("staff.workshops.one").text
    world.nothing_else_was_sent()


def test_the_mediator_sees_the_sending_go_in_one_message_and_the_answer_come(world: World) -> None:
    import_file(world.parts.database, world.parts.house, world.now, "ateliers", SAMPLES / "ateliers.csv")
    mediator = world.caseworker("EQ03").joins()
    issouf, kevin = world.tenant("B-0102").agrees(), world.tenant("B-0101").agrees()
    for tenant in (issouf, kevin):
        tenant.write("c'est quand les ateliers ?")
        tenant.press(tenant.wait_for("workshop.list"), "Me prévenir des ateliers")
        tenant.wait_for("workshop.news")
    kevin.telegram.block()
    world.settle()
    mediator.write("/atelier")
    mediator.press(mediator.wait_for("staff.workshops.title"), "Cuisine d'hiver")
    mediator.press(mediator.wait_for("staff.workshops.one"), "Inviter maintenant (1)")
    mediator.wait_for("staff.workshops.invited")
    issouf.wait_for("workshop.invite")
    issouf.write("on sera trois avec mes filles")
    issouf.wait_for("workshop.coming")
    world.settle()
    world.jump_to("2026-12-01T09:10")
    assert "Envoyées : 1 sur 1" in mediator.wait_for("staff.workshops.sending.done").text.replace(
        "\u00a0", " "
    )
