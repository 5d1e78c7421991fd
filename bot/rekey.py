"""`palier rekey`: every encrypted value written again under the current key."""

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, Text, literal, select, type_coerce, update
from sqlalchemy import Table as SqlTable

from bot.settings import SettingsRefused
from bot.storage import Database
from bot.storage.tables import Table
from bot.storage.types import EncryptedJson, EncryptedText

_BATCH = 500


def rekey(database: Database) -> int:
    """Returns how many values were written. Each batch is a transaction, and a value that changes meanwhile
    is left to who changes it: Palier may run, with both keys in its settings; killed, it is run again.

    Raises SettingsRefused when neither key reads a value.
    """
    try:
        return sum(
            _column(database, table, column)
            for table in Table.metadata.sorted_tables
            for column in table.columns
            if isinstance(column.type, EncryptedText | EncryptedJson)
        )
    except InvalidToken as error:
        raise SettingsRefused("ni PALIER_SECRET_KEY ni PALIER_OLD_SECRET_KEY ne lit la base") from error


def _column(database: Database, table: SqlTable, column: Column[str]) -> int:
    raw, last, total = type_coerce(column, Text()), 0, 0
    while True:
        with database.transaction() as session:
            chosen = select(table.c.id, raw).where(table.c.id > last, raw.is_not(None))
            rows = session.execute(chosen.order_by(table.c.id).limit(_BATCH)).all()
            for id, written in rows:
                anew = literal(database.vault.rotate(written), Text())
                session.execute(
                    update(table)
                    .where(table.c.id == id, raw == literal(written, Text()))
                    .values({column.name: anew})
                )
        if not rows:
            return total
        last, total = rows[-1][0], total + len(rows)
