"""Files and places of a case: opened by whoever may read it, streamed from Telegram, each opening written."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from bot.chat.files import Files
from bot.console import create_console
from bot.domain.delivery import NotSent, Refused
from bot.domain.files import OpenFile
from bot.standin.people import Person
from bot.standin.server import StandIn, running_standin
from bot.storage.tables import CaseEvent, Chat, Message
from tests.console.conftest import Desk

PDF = b"%PDF-1.4 <script>alert(1)</script>"


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    with running_standin() as running:
        yield running


@pytest.fixture
def tenant(telegram: StandIn) -> Iterator[Person]:
    with telegram.client() as client:
        yield client.user(1001, first_name="Ginette")


class TelegramFiles:
    """The files of the stand-in, with a client for each opening: each request has its own event loop."""

    def __init__(self, telegram: StandIn) -> None:
        self._telegram = telegram

    async def open(self, file_id: str) -> OpenFile:
        files = Files(self._telegram.token, self._telegram.url)
        opened = await files.open(file_id)
        read = [chunk async for chunk in opened.chunks]
        await files.close()
        return OpenFile(opened.ending, _again(read), opened.close)


async def _again(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def sent(desk: Desk, person: int, now: datetime, attachment: dict[str, object], **more: object) -> int:
    with desk.database.transaction() as session:
        chat = session.scalars(select(Chat).filter_by(person_id=person)).one()
        message = Message(
            organisation_id=chat.organisation_id, chat_id=chat.id, person_id=person, direction="in",
            at=now, words="", attachment=attachment, **more,
        )  # fmt: skip
        session.add(message)
        session.flush()
        return message.id


def file_of(update: dict[str, object]) -> str:
    message = update["message"]
    assert isinstance(message, dict)
    found = message.get("document") or message["photo"][-1]
    return str(found["file_id"])


@pytest.fixture
def with_files(desk: Desk, telegram: StandIn) -> Desk:
    desk.app = create_console(
        desk.database, desk.clock, desk.house, lambda: desk.checks, files=TelegramFiles(telegram)  # type: ignore[arg-type]
    )  # fmt: skip
    return desk


def test_a_photo_is_shown_and_its_opening_written(with_files: Desk, tenant: Person, now: datetime) -> None:
    desk = with_files
    maelle, person = desk.staff("EQ01"), desk.tenant()
    case = desk.case(person, "document")
    update = tenant.photo(caption="")
    message = sent(desk, person, now, {"kind": "photo", "id": file_of(update)})
    browser = desk.browser(maelle)
    page = browser.get(f"/dossiers/{case}").text
    path = f"/dossiers/{case}/pieces/{message}"
    assert path in page
    assert file_of(update) not in page
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["cache-control"] == "no-store"
    assert ("file_opened", maelle) in desk.events(case)
    assert "a ouvert un fichier" in browser.get(f"/dossiers/{case}").text


def test_a_document_is_downloaded_and_never_run(with_files: Desk, tenant: Person, now: datetime) -> None:
    desk = with_files
    maelle, person = desk.staff("EQ01"), desk.tenant()
    case = desk.case(person, "document")
    update = tenant.document(name="page.html", content=PDF)
    message = sent(desk, person, now, {"kind": "document", "id": file_of(update)})
    answer = desk.browser(maelle).get(f"/dossiers/{case}/pieces/{message}")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_who_may_not_read_the_case_opens_nothing(with_files: Desk, tenant: Person, now: datetime) -> None:
    desk = with_files
    maelle, soraya, prisca = desk.staff("EQ01"), desk.staff("EQ02"), desk.staff("EQ03", "mediateur")  # type: ignore[arg-type]
    person, other = desk.tenant(referent=maelle), desk.tenant("Autre")
    danger = desk.taken(person, maelle, "report_violence")
    ordinary, others = desk.case(person, "document"), desk.case(other, "document")
    file = {"kind": "photo", "id": file_of(tenant.photo(caption=""))}
    message = sent(desk, person, now, file, sensitive=True)
    for who, case, status in (
        (None, danger, 403),
        (prisca, ordinary, 403),
        (soraya, danger, 403),
        # The words of danger are hidden in the other case of the same person: so is the file.
        (soraya, ordinary, 404),
        # A file is opened from a case of who sent it, only.
        (maelle, others, 404),
        (maelle, danger, 200),
    ):
        answer = desk.browser(who).get(f"/dossiers/{case}/pieces/{message}")
        assert answer.status_code == status, (who, case)
    page = desk.browser(soraya).get(f"/dossiers/{ordinary}").text
    assert "/pieces/" not in page
    with desk.database.reading() as session:
        opened = session.scalars(select(CaseEvent).filter_by(kind="file_opened")).all()
        assert [(event.case_id, event.actor_id) for event in opened] == [(danger, maelle)]


def test_without_the_bot_or_its_file_the_page_says_why(desk: Desk, now: datetime) -> None:
    maelle, person = desk.staff("EQ01"), desk.tenant()
    case = desk.case(person, "document")
    message = sent(desk, person, now, {"kind": "photo", "id": "F1"})
    path = f"/dossiers/{case}/pieces/{message}"
    answer = desk.browser(maelle).get(path)
    assert answer.status_code == 503
    assert "PALIER_TELEGRAM_TOKEN" in answer.text
    for fault, status, said in ((Refused("gone"), 404, "ne donne plus"), (NotSent("away"), 503, "Réessayez")):
        files = _Broken(fault)
        app = create_console(desk.database, desk.clock, desk.house, lambda: desk.checks, files=files)  # type: ignore[arg-type]
        desk.app = app
        answer = desk.browser(maelle).get(path)
        assert answer.status_code == status
        assert said in answer.text


class _Broken:
    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    async def open(self, file_id: str) -> object:
        raise self._fault


def test_a_place_is_shown(desk: Desk, now: datetime) -> None:
    maelle, person = desk.staff("EQ01"), desk.tenant()
    case = desk.case(person, "document")
    sent(desk, person, now, {"kind": "location", "latitude": 48.8566, "longitude": 2.352})
    page = desk.browser(maelle).get(f"/dossiers/{case}").text
    assert 'href="geo:48.85660,2.35200"' in page
    assert "A envoyé une position" in page


async def test_no_fault_tells_the_token(telegram: StandIn, tenant: Person) -> None:
    file_id = file_of(tenant.photo(caption=""))
    files = Files(telegram.token, telegram.url)
    opened = await files.open(file_id)
    assert b"".join([chunk async for chunk in opened.chunks]).startswith(b"\x89PNG")
    assert opened.ending == "png"
    await files.close()
    for token, api, kind in (
        (telegram.token, "http://127.0.0.1:9", NotSent),
        ("1:wrong", telegram.url, Refused),
        (telegram.token, telegram.url, Refused),
    ):
        broken = Files(token, api)
        with pytest.raises(kind) as fault:
            await broken.open("no such file")
        assert token not in str(fault.value)
        assert fault.value.__cause__ is None
        await broken.close()
