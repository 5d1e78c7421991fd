"""The process, the page and the client's own promises."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from telegram import Bot

from bot.standin.client import StandInClient
from bot.standin.files import image_size, sample
from bot.standin.people import Person
from bot.standin.server import StandIn, running_standin


def test_a_standin_leaves_nothing_behind() -> None:
    before = threading.enumerate()
    with running_standin(users=[{"id": 5, "first_name": "Zoé"}], panel_url="http://127.0.0.1:1/x") as standin:
        with standin.client() as tg:
            assert [person.name for person in tg.users()] == ["Zoé"]
        page = httpx.get(standin.url, trust_env=False)
        assert "frame-src http://127.0.0.1:1;" in page.headers["content-security-policy"]
        # An open stream must not hold the stop back.
        stream = httpx.Client(trust_env=False)
        response = stream.send(stream.build_request("GET", f"{standin.url}/control/events"), stream=True)
        start = time.monotonic()
    assert time.monotonic() - start < 2
    response.close()
    stream.close()
    assert threading.enumerate() == before


def test_the_process_says_where_it_is_and_stops_on_sigterm(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    users.write_text(json.dumps([{"id": 7, "first_name": "Léa"}]), encoding="utf-8")
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"effect": "blocked"}]), encoding="utf-8")
    command = [sys.executable, "-m", "bot.standin", "--users", str(users), "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with StandInClient(ready["url"]) as tg:
            assert tg.users()[0].name == "Léa"
            assert tg.faults()[0]["effect"] == "blocked"
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_bad_script_is_refused_in_one_line(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('[{"effect": "boum"}]', encoding="utf-8")
    command = [sys.executable, "-m", "bot.standin", "--script", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1


def test_the_page_and_its_files_come_from_here(server: StandIn) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        page = http.get("/")
        assert "default-src 'self'" in page.headers["content-security-policy"]
        static = Path(sys.modules["bot.standin.page"].__file__ or "").parent / "static"
        for path in static.iterdir():
            content = http.get(f"/static/{path.name}")
            assert content.status_code == 200
            assert "innerHTML" not in content.text
        assert http.get("/static/..%2Fpage.py").status_code == 404
        assert http.get("/nulle-part").status_code == 404


def test_pages_of_other_sites_are_refused(server: StandIn, tg: StandInClient) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        assert http.get("/control/users", headers={"Origin": "https://ailleurs.example"}).status_code == 403
        assert http.get("/control/users", headers={"Origin": server.url}).status_code == 200


def test_only_harmless_files_open_in_the_page(server: StandIn, marie: Person) -> None:
    page = marie.document("page.html", b"<script>")["message"]["document"]["file_id"]
    photo = marie.photo()["message"]["photo"][0]["file_id"]
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        shown = http.get(f"/control/files/{page}")
        assert shown.headers["content-disposition"].startswith("attachment")
        assert shown.headers["content-type"] == "application/octet-stream"
        assert http.get(f"/control/files/{photo}").headers["content-type"] == "image/png"


def test_dates_follow_the_clock(tg: StandInClient, marie: Person) -> None:
    tg.clock(86_400)
    assert marie.write("demain")["message"]["date"] == pytest.approx(time.time() + 86_400, abs=2)


async def test_waiting_fails_with_the_talk_in_it(bot: Bot, marie: Person) -> None:
    marie.write("y a-t-il quelqu'un ?")
    with pytest.raises(AssertionError, match="y a-t-il quelqu'un"):
        marie.wait_for("réponse", timeout=0.1)
    marie.expect_silence(0.05)
    await bot.send_message(marie.id, "réponse")
    with pytest.raises(AssertionError, match="should have received nothing"):
        marie.expect_silence(0.05)
    assert marie.wait_for("réponse", timeout=1).text == "réponse"
    marie.expect_silence(0.05)


async def test_a_message_is_returned_once_and_again_after_an_edit(bot: Bot, marie: Person) -> None:
    sent = await bot.send_message(marie.id, "version 1")
    assert marie.wait_for().text == "version 1"
    with pytest.raises(AssertionError):
        marie.wait_for("version", timeout=0.05)
    await bot.edit_message_text("version 2", marie.id, sent.message_id)
    assert marie.wait_for(lambda message: message.edited).text == "version 2"


def test_people_without_an_account_cannot_act(marie: Person) -> None:
    marie.block()
    with pytest.raises(AssertionError, match="blocked the bot"):
        marie.write("coucou")
    marie.unblock()
    marie.deactivate()
    with pytest.raises(AssertionError, match="no account"):
        marie.write("coucou")


def test_the_samples_are_real_files() -> None:
    assert image_size(sample("photo")[2]) == (480, 320)
    assert image_size(sample("sticker")[2]) == (128, 128)
    assert sample("voice")[2].startswith(b"OggS")
    assert sample("document")[2].startswith(b"%PDF")
    assert image_size(b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x20") == (32, 16)
    assert image_size(b"GIF89a") is None
