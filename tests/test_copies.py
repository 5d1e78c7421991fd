"""The database copied and restored on both engines, and its key changed."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken
from sqlalchemy import Engine, inspect, select, text

from bot import erasures
from bot.clock import Clock
from bot.copies import backup, restore
from bot.rekey import rekey
from bot.services.house import House
from bot.services.privacy import erasure
from bot.settings import Settings, SettingsRefused
from bot.storage import Database
from bot.storage.tables import Case, CaseEvent, Message, Person
from bot.wiring import Parts
from tests.conftest import SECRET
from tests.postgres import Postgres
from tests.services.test_erasure import CANARY, seed

NEW = "another secret for tests"


@pytest.fixture
def held(database: Database, now: datetime) -> Database:
    """One row in every table."""
    with database.transaction() as session:
        seed(session, now)
    return database


@pytest.fixture
def fresh(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty place of the same kind."""
    if database.is_sqlite:
        return Database(f"sqlite:///{tmp_path / 'fresh.sqlite3'}", SECRET)
    server: Postgres = request.getfixturevalue("postgres")
    return Database(server.new_database(), SECRET)


def _rows(engine: Engine) -> dict[str, int]:
    names = sorted(inspect(engine).get_table_names())
    with engine.connect() as connection:
        return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


def test_a_copy_restores_every_row(held: Database, fresh: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.palier"
    backup(held, copy)
    assert copy.stat().st_mode & 0o077 == 0
    assert b"Zephyrine-" not in copy.read_bytes()
    restore(fresh, copy)
    try:
        assert _rows(fresh.engine) == _rows(held.engine)
        with fresh.reading() as session:
            assert session.scalars(select(Person)).one().last_name == CANARY
    finally:
        fresh.close()


def test_what_was_erased_after_the_copy_is_erased_again(
    held: Database, fresh: Database, house: House, clock: Clock, now: datetime, tmp_path: Path
) -> None:
    copy, listed = tmp_path / "copy.palier", tmp_path / "list"
    with held.transaction() as session:
        before = Person(organisation_id=1, reference="L-0", last_name="Avant", first_name="", profiles=[])
        session.add(before)
        session.flush()
        erasure.erase(session, now, house, before, "tenant")
        # The person came back before the copy: that erasure is not done again.
        before.last_name, before.reference = "Avant", "L-0"
    backup(held, copy)
    with held.transaction() as session:
        person = session.scalars(select(Person).filter_by(reference=f"{CANARY}1")).one()
        erasure.erase(session, now + timedelta(hours=1), house, person, "tenant")
    assert erasures.write(held, listed) == erasures.write(held, listed) == 2
    assert listed.stat().st_mode & 0o077 == 0
    assert CANARY not in listed.read_text()
    restore(fresh, copy)
    parts = Parts(Settings(), fresh, clock, house)
    try:
        with fresh.transaction() as session:
            clock.move_to(session, now + timedelta(hours=2))
        assert erasures.redo(parts, listed) == 1
        assert erasures.redo(parts, listed) == 0
        with fresh.reading() as session:
            assert session.scalar(select(Message.id)) is None
            assert session.scalars(select(Person).filter_by(reference="L-0")).one().last_name == "Avant"
        with pytest.raises(SettingsRefused, match="n'est pas une liste"):
            erasures.redo(parts, copy)
    finally:
        fresh.close()


def test_nothing_is_overwritten(held: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.palier"
    backup(held, copy)
    with pytest.raises(SettingsRefused, match="existe déjà"):
        backup(held, copy)
    with pytest.raises(SettingsRefused, match="pas vide"):
        restore(held, copy)
    with pytest.raises(SettingsRefused, match="n'existe pas"):
        restore(held, tmp_path / "nowhere")


@pytest.mark.slow
def test_the_key_is_changed_and_the_old_one_reads_nothing_any_more(held: Database) -> None:
    url = held.url.render_as_string(hide_password=False)
    both, new, old = Database(url, NEW, SECRET), Database(url, NEW), Database(url, SECRET)
    try:
        with both.reading() as session:  # both keys: Palier runs meanwhile
            assert session.scalars(select(Person)).one().last_name == CANARY
        with pytest.raises(SettingsRefused, match="PALIER_OLD_SECRET_KEY"):
            rekey(new)
        with both.transaction() as session:
            spoiled = session.scalars(select(Message.id)).first()
            token = session.execute(
                text("SELECT words FROM message WHERE id = :id"), {"id": spoiled}
            ).scalar_one()
            words = text("UPDATE message SET words = :words WHERE id = :id")
            session.execute(words, {"words": "spoiled", "id": spoiled})
        with pytest.raises(SettingsRefused, match=rf"message\.words n° {spoiled}$"):
            rekey(both)  # what can be read is written all the same
        with new.reading() as session:
            assert session.scalars(select(Person)).one().last_name == CANARY
        with both.transaction() as session:
            session.execute(words, {"words": token, "id": spoiled})
        written = rekey(both)
        assert written == rekey(both) > 20  # run again, it changes nothing that is read
        with new.reading() as session:
            assert session.scalars(select(Person)).one().last_name == CANARY
            assert session.scalars(select(CaseEvent)).one().detail == {"said": CANARY}
            assert session.scalars(select(Case)).all()
        with old.reading() as session, pytest.raises(InvalidToken):
            session.scalars(select(Person)).all()
    finally:
        for database in (both, new, old):
            database.close()
