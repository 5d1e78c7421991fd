"""Writing to a tenant from the page of a case: the same two steps and the same refusals as on Telegram."""

import re

import pytest
from sqlalchemy import select

from bot.domain.relay import DraftState
from bot.domain.states import ChatState, Urgency
from bot.services import outbox
from bot.services.relay import relay
from bot.storage.tables import Case, Chat, Draft, Outbox, Relay
from tests.console.browser import Browser
from tests.console.conftest import Desk

WORDS = "Bonjour Ginette. <b>Je vous appelle</b> demain."


@pytest.fixture
def staff(desk: Desk) -> int:
    return desk.staff("EQ01")


@pytest.fixture
def case(desk: Desk, staff: int) -> int:
    return desk.taken(desk.tenant(), staff)


@pytest.fixture
def browser(desk: Desk, staff: int) -> Browser:
    return desk.browser(staff)


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def previews(browser: Browser, case: int, words: str = WORDS, **more: str) -> str:
    """Type the words on the page of the case; the preview."""
    path = f"/dossiers/{case}"
    answer = browser.post(f"{path}/repondre", csrf=browser.csrf(path), words=words, **more)
    assert answer.status_code == 200
    return answer.text


def sends(browser: Browser, case: int, preview: str, **more: str) -> int:
    fields = {name: field(preview, name) for name in ("csrf", "draft", "fingerprint")}
    return browser.post(f"/dossiers/{case}/envoyer", **fields | more).status_code


def sent(desk: Desk) -> list[str]:
    """What leaves for tenants now."""
    with desk.database.transaction() as session:
        now = desk.clock.now(session)
        rows = session.scalars(select(Outbox.id).filter_by(kind="relay")).all()
        sendings = outbox.claim(session, now, desk.house, rows)
        for sending in sendings:
            outbox.sent(session, now, {sending.row_id: (1, sending.words.text)})
        return [sending.words.text for sending in sendings]


def test_the_words_are_read_again_before_they_leave(desk: Desk, browser: Browser, case: int) -> None:
    preview = previews(browser, case)
    assert "Envoyer ce message ?" in preview
    assert "À Ginette Delattre" in preview
    assert "&lt;b&gt;Je vous appelle&lt;/b&gt;" in preview
    assert sent(desk) == []
    assert sends(browser, case, preview) == 303
    (text,) = sent(desk)
    assert text.startswith("Maëlle, de l’équipe sociale, vous écrit par ici.")
    assert text.endswith(f"\n\n{WORDS}")
    page = browser.get(f"/dossiers/{case}?avis=envoye").text
    assert "Votre message part" in page
    assert "Maëlle Eq01, aujourd’hui" in page  # in the thread, under the name of who wrote


def test_the_same_preview_sends_once(desk: Desk, browser: Browser, case: int) -> None:
    preview = previews(browser, case)
    assert sends(browser, case, preview) == 303
    assert sends(browser, case, preview) == 409
    assert len(sent(desk)) == 1


@pytest.mark.parametrize(
    "forged", [{"csrf": "0" * 64}, {"fingerprint": "0" * 64}, {"draft": "999"}, {"draft": str(2**70)}]
)
def test_a_forged_confirmation_sends_nothing(
    desk: Desk, browser: Browser, case: int, forged: dict[str, str]
) -> None:
    assert sends(browser, case, previews(browser, case), **forged) in (403, 409)
    assert sent(desk) == []


def test_a_confirmation_belongs_to_its_case_and_its_author(
    desk: Desk, browser: Browser, case: int, staff: int
) -> None:
    other = desk.taken(desk.tenant("Autre"), staff)
    preview = previews(browser, case)
    assert sends(browser, other, preview) == 409
    colleague = desk.browser(desk.staff("EQ02"))
    csrf = colleague.csrf("/dossiers")
    assert sends(colleague, case, preview, csrf=csrf) == 409
    assert sent(desk) == []


def test_a_telegram_draft_is_not_confirmed_from_the_page(
    desk: Desk, browser: Browser, case: int, staff: int
) -> None:
    preview = previews(browser, case)
    with desk.database.transaction() as session:
        chat = Chat(organisation_id=1, bot_id=1, telegram_id=77, staff_id=staff)
        session.add(chat)
        session.flush()
        session.scalars(select(Draft)).one().chat_id = chat.id
    assert sends(browser, case, preview) == 409


def test_after_ten_minutes_it_is_too_late(desk: Desk, browser: Browser, case: int) -> None:
    preview = previews(browser, case)
    desk.move(minutes=10)
    assert sends(browser, case, preview) == 409
    assert sent(desk) == []


@pytest.mark.parametrize(("words", "sentence"), [("  ", "Tapez un texte"), ("a" * 3001, "trop long")])
def test_words_that_cannot_leave_come_back_in_the_form(
    desk: Desk, browser: Browser, case: int, words: str, sentence: str
) -> None:
    path = f"/dossiers/{case}"
    answer = browser.post(f"{path}/repondre", csrf=browser.csrf(path), words=words)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f">{words}</textarea>" in answer.text


def test_a_ready_answer_is_filled(browser: Browser, case: int) -> None:
    assert "Bonjour Ginette. Merci d’avoir prévenu" in previews(browser, case, "", answer="loyer_difficile")


@pytest.mark.parametrize("state", [ChatState.UNREACHABLE, ChatState.PAUSED, None])
def test_nobody_to_write_to_is_said_in_the_place_of_the_form(
    desk: Desk, browser: Browser, case: int, state: ChatState | None
) -> None:
    with desk.database.transaction() as session:
        chat = session.scalars(select(Chat).where(Chat.person_id.is_not(None))).one()
        if state is None:
            chat.person_id = None
        else:
            chat.state = state
    page = browser.get(f"/dossiers/{case}").text
    assert "Appelez-la." in page
    assert 'name="words"' not in page


def test_only_who_follows_the_case_has_the_form(desk: Desk, case: int) -> None:
    page = desk.browser(desk.staff("EQ02")).get(f"/dossiers/{case}").text
    assert "Répondre par Palier" not in page


def test_violence_asks_for_care_first(desk: Desk, staff: int, browser: Browser) -> None:
    case = desk.taken(desk.tenant(), staff, "report_violence")
    preview = previews(browser, case)
    assert "auteur des violences" in preview
    assert "Maëlle, de" not in preview.split("<main")[1]
    assert sends(browser, case, preview) == 422
    assert sent(desk) == []
    assert sends(browser, case, preview, warned="oui") == 303
    (text,) = sent(desk)
    assert text.startswith("Un membre de l’équipe vous écrit par ici.")


def test_the_talk_is_ended_from_the_page(desk: Desk, browser: Browser, case: int) -> None:
    sends(browser, case, previews(browser, case))
    path = f"/dossiers/{case}"
    page = browser.get(path).text
    assert "Échange en cours avec Ginette Delattre" in page
    ended = browser.post(f"{path}/terminer", csrf=field(page, "csrf"), relay=field(page, "relay"))
    assert ended.status_code == 303
    with desk.database.reading() as session:
        assert session.scalars(select(Relay)).one().ended_at is not None
    again = browser.post(f"{path}/terminer", csrf=field(page, "csrf"), relay=field(page, "relay"))
    assert again.status_code == 409


def test_drafts_of_the_page_expire_in_silence(desk: Desk, browser: Browser, case: int) -> None:
    from bot.services.relay import watch as relay_watch

    previews(browser, case)
    desk.move(minutes=11)
    with desk.database.transaction() as session:
        assert relay_watch.watch(session, desk.clock.now(session), desk.house) == 1
        assert session.scalars(select(Draft.state)).all() == [DraftState.EXPIRED]
        assert session.scalars(select(Outbox.kind).filter_by(kind="relay_notice")).all() == []


def test_an_urgent_case_is_written_to_at_night(desk: Desk, staff: int, browser: Browser) -> None:
    case = desk.taken(desk.tenant(), staff, "report_distress")
    with desk.database.transaction() as session:
        session.get_one(Case, case).urgency = Urgency.URGENT
        found = relay.of_case(session, session.get_one(Case, case))
    assert found is None
    desk.move(hours=13)
    browser = desk.browser(staff)
    sends(browser, case, previews(browser, case))
    assert len(sent(desk)) == 1
