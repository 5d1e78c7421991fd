"""The team's side: who takes a case, and what a role does not see."""

from tests.scenarios.story import World


def test_two_press_at_the_same_second_and_one_wins(world: World) -> None:
    franck = world.tenant("B-0201").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    franck.write("j'ai peur il m'a menacée avec un couteau")
    franck.wait_for("3919")
    alerts = [member.wait_for("case.alert.urgent") for member in (maelle, soraya)]

    world.standin.hold()
    for member, alert in zip((maelle, soraya), alerts, strict=True):
        member.press(alert, "Prendre le dossier")
    world.standin.release()

    told = {member: member.wait_for("n° 1") for member in (maelle, soraya)}
    (case,) = world.cases()
    winner, loser = (maelle, soraya) if case.owner.reference == "EQ01" else (soraya, maelle)
    assert "est à vous" in told[winner].text
    assert told[loser].text == f"Le dossier n° 1 est déjà suivi par {case.owner.display_name}."
    assert "lien" not in told[loser].text
    assert [event.kind for event in case.history] == ["opened", "taken"]
    world.nothing_else_was_sent()


def test_a_mediator_sees_no_case(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    prisca = world.caseworker("EQ03").joins()
    kevin.write("je ne pourrai pas payer mon loyer")
    kevin.wait_for("rent.difficulty")
    maelle.wait_for("case.alert.high")

    prisca.write("/file")
    prisca.wait_for("case.refused.forbidden")
    # What a member of staff types is sent to nobody.
    maelle.write("bonjour Kévin, comment allez-vous ?")
    maelle.wait_for("staff.help")
    world.nothing_else_was_sent()
