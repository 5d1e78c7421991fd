"""A number names one row for ever, even when the row is erased."""

from sqlalchemy import delete, insert, inspect

from bot.storage import Database
from bot.storage.tables import Organisation, Table


def test_a_number_never_serves_twice(database: Database) -> None:
    rows = insert(Organisation).values(reference="O", name="Bailleur", settings={}).returning(Organisation.id)
    with database.transaction() as session:
        first = session.scalars(rows).one()
        session.execute(delete(Organisation).filter_by(id=first))
        assert session.scalars(rows).one() > first


def test_so_it_is_in_every_table_of_sqlite(sqlite: Database) -> None:
    with sqlite.engine.connect() as connection:
        made = dict(
            connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
        )
    assert set(inspect(sqlite.engine).get_table_names()) >= set(Table.metadata.tables)
    assert [name for name in Table.metadata.tables if "AUTOINCREMENT" not in made[name]] == []
