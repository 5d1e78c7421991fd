"""What the doctor says of the server that reads days and amounts, without which Palier still runs."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import text

from bot import model
from bot.children import free_port
from bot.doctor import key_reads, reads_times
from bot.settings import Settings
from bot.storage import Database
from tests.services.team import tenant


class _Duckling(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'[{"dim": "time"}]' if self.path == "/parse" else b"[]")

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def duckling() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Duckling) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_server_of_the_settings_is_asked(duckling: str) -> None:
    assert reads_times(Settings(duckling_url=duckling)).good
    away = reads_times(Settings(duckling_url=f"http://127.0.0.1:{free_port()}"))
    assert not away.good
    assert "PALIER_DUCKLING_URL" in away.advice


@pytest.mark.parametrize("installed", [True, False])
def test_our_own_must_be_installed(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    monkeypatch.setattr(model, "has_duckling", lambda: installed)
    finding = reads_times(Settings())
    assert finding.good is installed
    assert installed or "avec des boutons" in finding.advice


def test_one_spoiled_name_is_no_wrong_key(database: Database) -> None:
    assert key_reads(database)  # nothing is encrypted yet
    with database.transaction() as session:
        for reference in ("L-1", "L-2"):
            tenant(session, reference)
        session.execute(text("UPDATE person SET last_name = 'gAAAAAB-not-ours' WHERE reference = 'L-1'"))
    other = Database(database.url.render_as_string(hide_password=False), "another key, long enough")
    assert (key_reads(database), key_reads(other)) == (True, False)
    other.close()
