"""The relay: what is shown is what is sent, to whom it was shown; who holds a talk, and how it ends."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from bot.domain.relay import DraftState
from bot.domain.states import CaseState, ChatState, OutboxState, Outcome, Register, Role, Urgency
from bot.services import linking
from bot.services.cases import acts as case_acts
from bot.services.cases import cases
from bot.services.house import House
from bot.services.privacy import erasure
from bot.services.relay import drafts, relay
from bot.storage import Database
from bot.storage.tables import Case, Draft, Message, Organisation, Outbox, Person, Relay, Staff
from tests.services.relay_world import World, make_world

WORDS = "Bonjour Ana. J'ai lu votre message, je vous appelle demain."


@pytest.fixture
def world(database: Database, house: House, now: datetime) -> Iterator[World]:
    with database.transaction() as session:
        yield make_world(session, house, now)


@pytest.fixture
def maelle(world: World) -> Staff:
    return world.staff("Maëlle")


@pytest.fixture
def ana(world: World) -> Person:
    return world.tenant("Ana")


@pytest.fixture
def case(world: World, maelle: Staff, ana: Person) -> Case:
    case = world.case(ana, maelle)
    world.told.clear()
    return case


# From the button to the tenant


def test_nothing_leaves_before_envoyer(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.writes(maelle, case, WORDS)
    opened, shown = world.hears(maelle)
    assert opened.startswith(f"Vous écrivez à Ana (dossier n° {case.id}).")
    assert shown == f"À Ana (dossier n° {case.id})\u00a0:\n\n«\u00a0{WORDS}\u00a0»\n\nEnvoyer\u202f?"
    assert world.hears(ana) == []


def test_what_was_shown_is_sent_and_the_tenant_knows_who_writes(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.sends(maelle, case, WORDS)
    (said,) = world.hears(ana)
    assert said == (
        "Maëlle, de l’équipe sociale, vous écrit par ici. Pour reparler à Palier, écrivez PALIER.\n\n" + WORDS
    )
    world.sends(maelle, case, "À demain.")
    assert world.hears(ana) == ["Maëlle\u00a0:\nÀ demain."]


@pytest.mark.parametrize("register", list(Register))
def test_a_discreet_tenant_reads_no_name(world: World, maelle: Staff, register: Register) -> None:
    nour = world.tenant("Nour", discreet=True, register=register)
    case = world.case(nour, maelle)
    world.sends(maelle, case, "Bonjour.")
    world.sends(maelle, case, "À demain.")
    first, second = world.hears(nour)
    assert "Maëlle" not in first
    assert "sociale" not in first
    assert first.endswith("\n\nBonjour.")
    assert second == "À demain."
    assert not [text for text in world.hears(maelle) if "Nour" in text]


def test_words_with_braces_and_marks_arrive_as_they_are(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    text = 'C\'est {prenom} ? 50 % … << "ok" >> {0} & <b>'
    world.sends(maelle, case, text)
    assert world.hears(ana)[0].endswith(f"\n\n{text}")


def test_cancelled_words_are_never_sent(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.writes(maelle, case, WORDS)
    shown = world.last(maelle)
    world.presses(maelle, "Annuler")
    world.presses(maelle, "Envoyer", shown)
    assert "rien n’est parti" in world.hears(maelle)[-1]
    assert world.hears(ana) == []


def test_modified_words_replace_the_first_ones(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.writes(maelle, case, "Premier texte")
    first = world.last(maelle)
    world.presses(maelle, "Modifier")
    world.types(maelle, "Second texte")
    second = world.last(maelle)
    world.presses(maelle, "Envoyer", first)
    assert world.hears(ana) == []
    world.presses(maelle, "Envoyer", second)
    assert world.hears(ana)[0].endswith("\n\nSecond texte")


def test_envoyer_twice_sends_once(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.writes(maelle, case, WORDS)
    shown = world.last(maelle)
    world.presses(maelle, "Envoyer", shown)
    world.presses(maelle, "Envoyer", shown)
    assert len(world.hears(ana)) == 1
    assert "rien n’est parti" in world.hears(maelle)[-1]


def test_after_ten_minutes_nothing_leaves_and_the_worker_knows(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.writes(maelle, case, WORDS)
    shown = world.last(maelle)
    world.hears(maelle)
    world.passes(minutes=10)
    (told,) = world.hears(maelle)
    assert told.startswith("10 minutes sont passées")
    world.presses(maelle, "Envoyer", shown)
    world.types(maelle, "et puis ceci")
    assert world.hears(ana) == []
    assert open_draft(world).words is None


def test_before_the_tick_too_ten_minutes_are_ten_minutes(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.writes(maelle, case, WORDS)
    shown = world.last(maelle)
    world.now = open_draft(world).expires_at
    world.presses(maelle, "Envoyer", shown)
    assert world.hears(maelle)[-1].startswith("10 minutes sont passées")
    assert world.hears(ana) == []


def open_draft(world: World) -> Draft:
    return world.session.scalars(select(Draft)).one()


def test_what_is_typed_outside_a_draft_goes_nowhere(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.types(maelle, "Bonjour Ana")
    assert "n’est envoyé à personne" in world.hears(maelle)[0]
    world.sends(maelle, case, WORDS)
    world.hears(ana)
    world.hears(maelle)
    world.types(maelle, "Vous êtes là ?")
    assert world.hears(maelle)[0].startswith("Rien n’est parti")
    assert world.hears(ana) == []


def test_one_draft_at_a_time_in_a_chat(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    bob = world.tenant("Bob")
    other = world.case(bob, maelle)
    world.writes(maelle, case, WORDS)
    world.starts_writing(maelle, other)
    assert f"Vous écrivez déjà à Ana (dossier n° {case.id})" in world.hears(maelle)[-1]
    world.types(maelle, "Bonjour Bob")
    world.presses(maelle, "Envoyer")
    assert world.hears(bob) == []
    assert world.hears(ana)[0].endswith("Bonjour Bob")  # to the one who was shown


@pytest.mark.parametrize("change", ["closed", "handed over", "unlinked", "another telephone", "blocked"])
def test_a_draft_of_a_case_that_changed_is_refused(
    world: World, maelle: Staff, ana: Person, case: Case, change: str
) -> None:
    ana.referent_id = maelle.id  # she may still read the case: it is not enough
    soraya, chat = world.staff("Soraya"), world.chat(ana)
    world.writes(maelle, case, WORDS)
    shown = world.last(maelle)
    if change == "closed":
        cases.close(world.session, world.now, world.house, case.id, maelle, Outcome.SETTLED)
    elif change == "handed over":
        case.owner_id = soraya.id
    elif change == "blocked":
        chat.state = ChatState.UNREACHABLE
    else:
        chat.person_id = None if change == "unlinked" else world.tenant("Eve").id
    world.session.flush()
    world.told.clear()
    world.presses(maelle, "Envoyer", shown)
    assert "Rien n’est parti" in world.hears(maelle)[-1]
    assert chat.telegram_id not in world.told
    assert open_draft(world).words is None


def test_a_message_confirmed_for_a_telephone_does_not_reach_its_next_owner(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.at(1, 22)
    world.sends(maelle, case, WORDS)
    chat = world.chat(ana)
    chat.person_id = world.tenant("Eve").id
    world.at(2, 8)
    world.told.clear()
    world.passes(minutes=1)
    assert chat.telegram_id not in world.told
    world.passes(seconds=20)
    assert any("n’est pas parti" in text for text in world.hears(maelle))


@pytest.mark.parametrize("who", ["nobody", "a colleague", "the référent", "a mediator", "another landlord"])
def test_only_who_follows_the_case_writes(world: World, maelle: Staff, ana: Person, who: str) -> None:
    case = world.case(ana, None if who == "nobody" else maelle)
    role = Role.MEDIATOR if who == "a mediator" else Role.CASEWORKER
    other = world.staff("Soraya", role)
    if who == "the référent":
        ana.referent_id = other.id
    if who == "another landlord":
        world.session.add(Organisation(id=2, reference="b", name="B", settings={}))
        world.session.flush()
        other.organisation_id = 2
    world.session.flush()
    world.starts_writing(other, case)
    may = who == "the référent"
    assert world.hears(other)[-1].startswith("Vous écrivez à Ana") is may
    assert bool(world.session.scalars(select(Draft)).all()) is may


def test_after_stop_only_an_answer_may_be_written(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    linking.stop(world.session, world.now, world.house, world.chat(ana), ana)
    world.starts_writing(maelle, case)
    assert "STOP" in world.hears(maelle)[-1]
    world.passes(minutes=5)
    world.types(ana, "je voudrais parler à quelqu'un")
    world.passes(minutes=5)
    world.sends(maelle, case, WORDS)
    assert world.hears(ana)[0].endswith(WORDS)


@pytest.mark.parametrize(("length", "accepted"), [(3000, True), (3001, False)])
def test_a_message_too_long_is_refused_whole(
    world: World, maelle: Staff, ana: Person, case: Case, length: int, accepted: bool
) -> None:
    world.writes(maelle, case, "a" * length)
    assert ("Envoyer\u202f?" in world.last(maelle).text) is accepted
    if accepted:
        world.presses(maelle, "Envoyer")
    assert bool(world.hears(ana)) is accepted


def test_ready_answers_are_filled_and_confirmed(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.starts_writing(maelle, case)
    world.presses(maelle, "Réponses toutes prêtes")
    world.presses(maelle, "Mois difficile : merci d'avoir prévenu")
    assert "«\u00a0Bonjour Ana. Merci d’avoir prévenu" in world.last(maelle).text
    assert world.hears(ana) == []
    world.presses(maelle, "Envoyer")
    assert world.hears(ana)[0].endswith(" Maëlle")


@pytest.mark.slow
def test_every_ready_answer_can_be_said_in_every_voice(world: World, maelle: Staff) -> None:
    for discreet in (False, True):
        for register in Register:
            person = world.tenant(f"T{discreet}{register}", discreet=discreet, register=register)
            for answer in world.house.content.answers.all:
                kind = min(answer.kinds, default="unclear")
                case = world.case(person, maelle, kind)
                draft = drafts.start(world.session, world.now, world.house, case.id, maelle, None)
                words = drafts.ready_words(world.session, world.now, world.house, draft, answer.id)
                assert 20 < len(words) < 400
                assert "{" not in words
                if discreet:
                    assert not [w for w in ("loyer", "logement", "huissier", "Maëlle") if w in words], words


# The talk


def test_the_tenant_answers_and_only_the_holder_gets_it(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    soraya = world.staff("Soraya")
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.types(ana, "merci, demain matin")
    assert world.taken
    assert world.hears(maelle) == [f"De Ana (dossier n° {case.id})\u00a0:\n\nmerci, demain matin"]
    assert world.hears(soraya) == []
    assert world.hears(ana) == []


def test_photos_pass_both_ways(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.writes(maelle, case, "le formulaire", file="F1")
    shown = world.last(maelle)
    assert shown.attachment
    assert shown.attachment.id == "F1"
    world.presses(maelle, "Envoyer")
    sent = world.last(ana)
    assert sent.attachment == shown.attachment
    assert sent.text.endswith("\n\nle formulaire")
    world.types(ana, "", file="F2", kind="document")
    back = world.last(maelle)
    assert back.attachment
    assert (back.attachment.kind, back.attachment.id) == ("document", "F2")
    assert back.text == f"De Ana (dossier n° {case.id})\u00a0:"
    kept = world.session.scalars(select(Message).filter_by(person_id=ana.id).order_by(Message.id)).all()
    assert kept[0].attachment == {"kind": "photo", "id": "F1"}


def test_a_long_caption_leaves_before_its_file(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.sends(maelle, case, "mot " * 200, file="F1")
    first, second = world.told[world.chat(ana).telegram_id]
    assert first.attachment is None
    assert (second.text, second.attachment and second.attachment.id) == ("", "F1")


def test_a_text_longer_than_telegram_allows_arrives_whole(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.types(ana, "bla " * 5000)
    parts = world.hears(maelle)
    assert all(len(part) < 4000 for part in parts)
    assert sum(part.count("bla") for part in parts) == 5000


@pytest.mark.parametrize("text", ["🙂" * 2048, "a" * 2900 + "🙂" * 500, "🙂 " * 1300])
def test_pictures_count_double_for_telegram(
    world: World, maelle: Staff, ana: Person, case: Case, text: str
) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.types(ana, text)
    parts = world.hears(maelle)
    assert all(len(part.encode("utf-16-le")) // 2 <= 4096 for part in parts)
    assert sum(part.count("🙂") for part in parts) == text.count("🙂")


def test_words_that_have_arrived_are_kept_in_the_thread_only(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.sends(maelle, case, WORDS)
    world.passes(seconds=5)
    draft = open_draft(world)
    assert (draft.state, draft.words) == (DraftState.DELIVERED, None)
    kept = world.session.scalars(select(Message).filter_by(person_id=ana.id)).one()
    assert kept.words.endswith(WORDS)


def test_what_was_passed_on_goes_with_the_person(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.sends(maelle, case, WORDS)
    world.passes(seconds=5)
    world.types(ana, "mon secret")
    world.deliver()
    assert "mon secret" in world.told[world.chat(maelle).telegram_id][-1].text
    world.types(ana, "et encore mon secret")
    erasure.erase(world.session, world.now, world.house, ana, "tenant")
    before = len(world.told[world.chat(maelle).telegram_id])
    world.deliver()
    assert len(world.told[world.chat(maelle).telegram_id]) == before
    kept = [str(row.words) for table in (Message, Outbox) for row in world.session.scalars(select(table))]
    assert [words for words in kept if "secret" in words or "Ana" in words] == []


def test_a_colleague_cannot_join_a_talk(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    soraya = world.staff("Soraya")
    other = world.case(ana, soraya, "report_repair")
    world.writes(soraya, other, "Le plombier vient demain.")
    shown = world.last(soraya)
    world.sends(maelle, case, WORDS)
    world.hears(ana)
    world.presses(soraya, "Envoyer", shown)
    assert "Rien n’est parti" in world.hears(soraya)[-1]
    world.starts_writing(soraya, other)
    assert "déjà en cours" in world.hears(soraya)[-1]
    assert world.hears(ana) == []


def test_a_hand_over_moves_the_talk(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    soraya = world.staff("Soraya")
    world.sends(maelle, case, WORDS)
    world.told.clear()
    case.owner_id = soraya.id
    world.passes(seconds=20)
    assert "continue avec Soraya" in world.hears(maelle)[0]
    assert "continue avec vous" in world.hears(soraya)[0]
    assert world.hears(ana)[0].startswith("Soraya, de l’équipe sociale, prend la suite")
    world.types(ana, "bonjour Soraya")
    assert world.hears(maelle) == []
    assert "bonjour Soraya" in world.hears(soraya)[0]


def test_a_message_just_after_a_hand_over_goes_to_the_new_owner(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    soraya = world.staff("Soraya")
    world.sends(maelle, case, WORDS)
    world.told.clear()
    case.owner_id = soraya.id
    world.types(ana, "vous êtes là ?")
    assert "vous êtes là" in world.hears(soraya)[-1]
    assert not [text for text in world.hears(maelle) if "vous êtes là" in text]


# Its end


@pytest.mark.parametrize("word", ["PALIER", "palier", " Palier ! "])
def test_the_tenant_asks_for_palier(world: World, maelle: Staff, ana: Person, case: Case, word: str) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.types(ana, word)
    assert world.hears(ana)[0].startswith("C’est de nouveau Palier")
    assert "a demandé à reparler à Palier" in world.hears(maelle)[0]
    world.types(ana, "combien je dois ?")
    assert not world.taken


@pytest.mark.parametrize("word", ["STOP", "/stop", "/pause"])
def test_stop_ends_the_talk_and_the_messages(
    world: World, maelle: Staff, ana: Person, case: Case, word: str
) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    if word.startswith("/"):
        world.types(ana, command=word[1:])
        assert not world.taken  # the command itself is Palier's to answer
    else:
        world.types(ana, word)
        assert world.chat(ana).state is ChatState.PAUSED
        assert len(world.hears(ana)) == 1
    assert "STOP" in world.hears(maelle)[0]
    assert relay.held(world.session, world.now, world.chat(ana)) is None


def test_the_worker_ends_it(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.sends(maelle, case, WORDS)
    world.told[world.chat(ana).telegram_id].clear()
    world.presses(maelle, "Terminer")
    assert "est terminé" in world.hears(maelle)[-1]
    assert world.hears(ana)[0].startswith("L’échange avec Maëlle est terminé")
    world.types(ana, "bonjour")
    assert not world.taken


@pytest.mark.parametrize(
    ("begins", "still", "over"),
    [((1, 10, 0), (1, 11, 59), (1, 12, 1)), ((1, 19, 0), (2, 6, 59), (2, 8, 1))],
)
def test_silence_gives_the_talk_back(
    world: World,
    maelle: Staff,
    ana: Person,
    case: Case,
    begins: tuple[int, int, int],
    still: tuple[int, int, int],
    over: tuple[int, int, int],
) -> None:
    world.at(*begins)
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.at(*still)
    world.passes(seconds=0)
    assert relay.held(world.session, world.now, world.chat(ana))
    world.at(*over)
    world.passes(seconds=0)
    world.passes(minutes=5)
    assert relay.held(world.session, world.now, world.chat(ana)) is None
    assert "personne n’a écrit" in world.hears(maelle)[0]
    assert "de nouveau Palier" in world.hears(ana)[0]


def test_words_put_silence_off(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.sends(maelle, case, WORDS)
    for _ in range(3):
        world.passes(minutes=110)
        world.types(ana, "un instant")
        assert world.taken


def test_the_end_is_not_told_in_the_middle_of_the_next_talk(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.at(1, 16)
    world.sends(maelle, case, WORDS)
    world.hears(ana)
    world.at(1, 21)
    world.passes(seconds=0)  # over since 18 h; at 21 h nobody is disturbed
    assert world.hears(ana) == []
    world.types(ana, "combien je dois ?")
    world.at(2, 9)
    world.passes(seconds=0)
    assert world.hears(ana) == []


def test_a_closed_case_ends_it(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    cases.close(world.session, world.now, world.house, case.id, maelle, Outcome.SETTLED)
    world.types(ana, "merci")
    assert not world.taken
    world.passes(seconds=20)
    assert "le dossier est clos" in world.hears(maelle)[0]
    kinds = [event.kind for event in world.session.get_one(Case, case.id).history]
    assert [kind for kind in kinds if kind.startswith("relay")] == ["relay_opened", "relay_ended"]


# Hours, losses, violence


def test_the_first_message_waits_for_a_decent_hour(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    world.at(1, 22)
    world.sends(maelle, case, WORDS)
    assert "mercredi 2 décembre à 8\u00a0h" in world.hears(maelle)[-1]
    world.types(ana, "bonsoir")
    assert not world.taken  # she was told nothing yet: it is Palier's to answer
    world.sends(maelle, case, "Et bonne nuit.")
    assert world.hears(ana) == []
    world.at(2, 8)
    world.passes(seconds=0)
    first, second = world.hears(ana)
    assert first.endswith(WORDS)
    assert second == "Maëlle\u00a0:\nEt bonne nuit."
    world.at(2, 19, 30)
    world.types(ana, "merci")
    world.at(2, 21)
    world.sends(maelle, case, "De rien.")  # she answers: nobody is woken
    assert world.hears(ana) == ["Maëlle\u00a0:\nDe rien."]


def test_a_message_that_waits_can_be_taken_back(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.at(1, 22)
    world.sends(maelle, case, WORDS)
    world.presses(maelle, "Terminer")
    world.at(2, 8)
    world.passes(seconds=0)
    assert world.hears(ana) == []


def test_an_urgent_case_waits_for_no_hour(world: World, maelle: Staff, ana: Person) -> None:
    case = world.case(ana, maelle, "report_distress", Urgency.URGENT)
    world.at(1, 23)
    world.sends(maelle, case, WORDS)
    assert world.hears(ana)[-1].endswith(WORDS)


@pytest.mark.parametrize("follows", [True, False])
def test_violence_asks_for_care_first_and_the_opening_is_discreet(
    world: World, maelle: Staff, ana: Person, case: Case, follows: bool
) -> None:
    owner = maelle if follows else world.staff("Soraya")
    world.case(ana, owner, "report_violence", Urgency.URGENT)
    world.hears(ana)
    world.sends(maelle, case, "Bonjour, tout va bien ?")
    assert world.hears(ana) == []
    warned = world.last(maelle).text
    assert ("L’auteur des violences" in warned) is follows
    assert "lit peut-être" in warned
    world.presses(maelle, "Envoyer malgré tout")
    (said,) = world.hears(ana)
    assert said.startswith("Un membre de l’équipe")
    world.sends(maelle, case, "À demain.")
    assert world.hears(ana) == ["À demain."]


def test_words_of_a_danger_case_are_sensitive(world: World, maelle: Staff, ana: Person) -> None:
    case = world.case(ana, maelle, "report_violence", Urgency.URGENT)
    world.sends(maelle, case, "Bonjour.")
    world.presses(maelle, "Envoyer malgré tout")
    world.types(ana, "il est parti")
    kept = world.session.scalars(select(Message).where(Message.words != "")).all()
    assert all(m.sensitive for m in kept if "il est parti" in m.words or m.words.endswith("Bonjour."))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (OutboxState.UNKNOWN, "Je ne sais pas si votre message"),
        (OutboxState.FAILED, "n’est pas arrivé"),
        (OutboxState.DROPPED, "n’est pas parti"),
    ],
)
def test_the_worker_knows_what_did_not_arrive(
    world: World, maelle: Staff, ana: Person, case: Case, state: OutboxState, told: str
) -> None:
    world.sends(maelle, case, WORDS)
    world.loses("relay", state)
    world.told.clear()
    world.passes(seconds=20)
    assert told in world.hears(maelle)[0]
    world.passes(seconds=20)
    assert world.hears(maelle) == []
    # A talk that never began is over: the tenant's next words are Palier's.
    assert (open_or_none(world) is None) is (state is not OutboxState.UNKNOWN)


def open_or_none(world: World) -> Relay | None:
    return world.session.scalars(select(Relay).filter_by(ended_at=None)).one_or_none()


def test_a_worker_off_telegram_makes_a_sign_and_an_alert(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    soraya = world.staff("Soraya", on_call=True)
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.chat(maelle).state = ChatState.UNREACHABLE
    world.types(ana, "c'est urgent")
    assert world.taken
    (alert,) = world.hears(soraya)
    assert f"n° {case.id}" in alert
    assert "Ana" not in alert
    assert world.hears(ana)[0].startswith("Votre message est bien gardé. Maëlle ne peut pas le lire")
    kinds = [event.kind for event in world.session.get_one(Case, case.id).history]
    assert kinds[-3:] == ["sign", "released", "relay_ended"]
    # The case is the team's again: so is what she writes next.
    world.types(ana, "vous êtes là ?")
    assert not world.taken


def test_an_answer_that_the_worker_never_got_is_seen_by_the_team(
    world: World, maelle: Staff, ana: Person, case: Case
) -> None:
    soraya = world.staff("Soraya", on_call=True)
    world.sends(maelle, case, WORDS)
    world.types(ana, "merci")
    world.loses("relay_back", OutboxState.FAILED)
    world.chat(maelle).state = ChatState.UNREACHABLE
    world.passes(seconds=20)
    assert len(world.hears(soraya)) == 1
    world.passes(seconds=20)
    assert world.hears(soraya) == []


def test_a_case_given_back_to_the_team_ends_it(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    case_acts.release(world.session, world.now, world.house, case.id, maelle)
    world.types(ana, "vous êtes là ?")
    assert not world.taken
    world.passes(seconds=20)
    assert "rendu à l’équipe" in world.hears(maelle)[-1]


def test_a_tenant_who_blocks_the_bot_ends_it(world: World, maelle: Staff, ana: Person, case: Case) -> None:
    world.sends(maelle, case, WORDS)
    world.told.clear()
    world.chat(ana).state = ChatState.UNREACHABLE
    world.passes(seconds=20)
    assert "n’arrivent plus" in world.hears(maelle)[0]
    assert case.state is CaseState.TAKEN
