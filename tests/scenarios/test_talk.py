"""What tenants write about, from the telephone to the case: each matter, several at once, and doubt."""

from bot.domain.states import Urgency
from tests.scenarios.story import World

# Of each tenant's messages, one after the other: what is answered, and the case that opens.
TALKS = {
    "B-0105": [
        ("il y a une fuite sous l'évier de la cuisine", "told.report_repair", "report_repair"),
        ("les voisins du dessus font du bruit toute la nuit", "told.report_neighbour", "report_neighbour"),
        ("j'ai reçu une facture d'électricité de 400 euros", "told.report_high_bill", "report_high_bill"),
        ("il me faut une quittance de loyer", "told.ask_receipt", None),
    ],
    "B-0106": [
        ("un huissier m'a laissé un papier", "told.report_eviction_notice", "report_eviction_notice"),
        ("je voudrais un logement plus grand", "told.ask_relocation", "ask_relocation"),
        ("est-ce que j'ai droit au FSL ?", "told.ask_housing_aid", None),
        ("je n'ai pas compris, vous pouvez répéter ?", "repeat.again", None),
    ],
    "B-0104": [
        ("j'ai perdu mon travail la semaine dernière", "told.report_life_change", "report_life_change"),
        ("je suis tombée et je marche avec des béquilles", "told.report_health", "report_health"),
        ("je me sens très seule, je ne vois personne", "told.report_isolation", "report_isolation"),
        ("pouvez-vous m'aider à remplir un formulaire ?", "told.ask_admin_help", "ask_admin_help"),
    ],
    "B-0103": [
        (
            "je voudrais un rendez-vous avec l'assistante sociale",
            "told.request_appointment",
            "request_appointment",
        ),
        ("vous êtes nuls, personne ne répond jamais", "told.complain", "complain"),
        ("je veux qu'on efface mes données", "told.erase_data", "erase_data"),
        ("écrivez-moi avec des mots plus simples", "told.change_preference", None),
    ],
}


def test_every_matter_is_answered_and_reaches_who_must_read_it(world: World) -> None:
    tenants = {lease: world.tenant(lease).agrees() for lease in TALKS}
    for turn in range(4):
        for lease, talk in TALKS.items():
            tenants[lease].write(talk[turn][0])
        for lease, talk in TALKS.items():
            answer = tenants[lease].wait_for(talk[turn][1])
            assert answer.buttons or talk[turn][2] in ("complain", "erase_data")
    opened = {(case.person.reference, case.kind) for case in world.cases()}
    assert opened == {
        (tenants[lease].reference, kind) for lease, talk in TALKS.items() for _, _, kind in talk if kind
    }
    world.nothing_else_was_sent()


def test_two_matters_get_two_answers_and_neither_is_lost(world: World) -> None:
    kevin, aminata = world.tenant("B-0105").agrees(), world.tenant("B-0106").agrees()
    kevin.write("je paie vendredi et y a une fuite dans la cuisine")
    answer = kevin.wait_for("handover.also")
    assert "vous pensez payer" in answer.text or "vendredi" in answer.text
    assert "Un problème dans le logement" in answer.text
    (case,) = world.cases()
    assert (case.kind, case.person.reference) == ("report_repair", kevin.reference)

    aminata.write("il me faut une quittance. sinon l'ascenseur est encore en panne")
    answer = aminata.wait_for("told.report_repair")
    assert answer.buttons == ["Il me faut une quittance"]
    aminata.press(answer, "Il me faut une quittance")
    aminata.wait_for("told.ask_receipt")
    mine = [case for case in world.cases() if case.person.reference == aminata.reference]
    assert [(case.kind, case.urgency) for case in mine] == [("report_repair", Urgency.NORMAL)]
    world.nothing_else_was_sent()


def test_the_questions_of_a_repair_lead_to_its_case_or_to_safe_words(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("il y a une fuite sous l'évier de la cuisine")
    safety = kevin.wait_for("told.report_repair")
    maelle.wait_for("case.alert.normal")
    kevin.write("non")
    where = kevin.wait_for("ask.repair.where")
    kevin.press(where, "Cuisine")
    kevin.wait_for("ask.repair.since")
    # In words of one's own, about the same matter.
    kevin.write("la fuite sous l'évier coule depuis lundi matin")
    kevin.wait_for("detail.added")
    # The first button, late: the question is over.
    kevin.press(safety, "Oui")
    kevin.wait_for("answer.late")
    (case,) = world.cases()
    reasons = [event.detail["reason"] for event in case.history if event.detail and "reason" in event.detail]
    assert "Lieu : Cuisine" in reasons
    world.nothing_else_was_sent()


def test_what_is_not_understood_is_asked_once_then_read_by_a_person(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    kevin.write("bzzt grmbl loyer porte")
    asked = kevin.wait_for("clarify.ask")
    assert 2 <= len(asked.buttons) <= 4
    assert asked.buttons[-1] == "Parler à une personne"
    kevin.write("non rien de tout ça")
    kevin.wait_for("clarify.person")
    (case,) = world.cases()
    assert case.kind == "unclear"
    world.nothing_else_was_sent()
