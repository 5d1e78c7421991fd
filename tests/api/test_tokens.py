"""`palier token`: shown once, listed by number, ended by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.states import Role
from bot.services.people import ensure_default_organisation
from bot.storage import Database
from bot.storage.tables import Staff
from tests.conftest import SECRET

# Each command loads what a process loads.
pytestmark = pytest.mark.slow


@pytest.fixture
def command(empty_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The command on a database of its own, which it opens itself, with one caseworker."""
    path = tmp_path / "palier.sqlite3"
    path.write_bytes(empty_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}", SECRET)
    with database.transaction() as session:
        ensure_default_organisation(session)
        session.add(Staff(organisation_id=1, reference="EQ01", last_name="Nom", role=Role.CASEWORKER))
    database.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PALIER_DATABASE_URL", str(database.url))
    monkeypatch.setenv("PALIER_SECRET_KEY", SECRET)
    yield CliRunner()
    structlog.reset_defaults()  # the command writes its log on the runner's own standard error


def test_made_listed_and_revoked(command: CliRunner) -> None:
    made = command.invoke(app, ["token", "create", "--role", "intervenant", "--member", "EQ01"])
    assert (made.exit_code, made.stdout[:7]) == (0, "palier_")
    command.invoke(app, ["token", "create", "--role", "administrateur", "--days", "2"])
    listed = command.invoke(app, ["token", "list"]).stdout
    assert made.stdout.strip() not in listed
    first, second = listed.splitlines()
    assert first.startswith("1 : intervenant, EQ01, valable")
    assert second.startswith("2 : administrateur, sans membre, valable")
    assert "n° 1" in command.invoke(app, ["token", "revoke", "1"]).stdout
    assert "révoqué" in command.invoke(app, ["token", "list"]).stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (["create", "--role", "chef"], 2, "partenaire"),
        (["create", "--role", "coordinateur", "--member", "EQ01"], 1, "n'a pas le rôle"),
        (["create", "--role", "intervenant", "--member", "EQ99"], 1, "n'est pas dans l'équipe"),
        (["create", "--role", "intervenant", "--organisation", "autre"], 1, "organisation inconnue"),
        (["revoke", "7"], 1, "aucun jeton n° 7"),
    ],
)
def test_a_mistake_is_one_clear_line(command: CliRunner, given: list[str], status: int, said: str) -> None:
    answer = command.invoke(app, ["token", *given])
    assert answer.exit_code == status
    assert said in answer.output
