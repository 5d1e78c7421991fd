"""`palier rekey`: every encrypted value written again under the current key."""

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, Text, literal, select, type_coerce, update
from sqlalchemy import Table as SqlTable

from bot.settings import SettingsRefused
from bot.storage import Database
from bot.storage.tables import Table
from bot.storage.types import EncryptedJson, EncryptedText

_BATCH, _MOST_NAMED = 500, 10


def rekey(database: Database) -> int:
    """Returns how many values were written. Each batch is a transaction, and a value that changes meanwhile
    is left to who changes it: Palier may run, with both keys in its settings; killed, it is run again.

    A value that neither key reads is left as it is, and the others are written all the same. Raises
    SettingsRefused then, once all is done, naming where these values are.
    """
    written, unread = 0, []
    for table in Table.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, EncryptedText | EncryptedJson):
                done, left = _column(database, table, column)
                written += done
                unread += [f"{table.name}.{column.name} n° {id}" for id in left]
    if unread and not written:
        raise SettingsRefused("ni PALIER_SECRET_KEY ni PALIER_OLD_SECRET_KEY ne lit la base")
    if unread:
        where = ", ".join(unread[:_MOST_NAMED]) + (", …" if len(unread) > _MOST_NAMED else "")
        raise SettingsRefused(
            f"{written} valeurs réécrites ; ni PALIER_SECRET_KEY ni PALIER_OLD_SECRET_KEY ne lit les "
            f"{len(unread)} autres, laissées telles quelles : {where}"
        )
    return written


def _column(database: Database, table: SqlTable, column: Column[str]) -> tuple[int, list[int]]:
    """How many values were written, and the rows of those that no key reads."""
    raw, last, total, unread = type_coerce(column, Text()), 0, 0, []
    while True:
        with database.transaction() as session:
            chosen = select(table.c.id, raw).where(table.c.id > last, raw.is_not(None))
            rows = session.execute(chosen.order_by(table.c.id).limit(_BATCH)).all()
            for id, written in rows:
                try:
                    anew = literal(database.vault.rotate(written), Text())
                except (InvalidToken, UnicodeError):  # spoiled, perhaps by other than letters
                    unread.append(id)
                    continue
                total += 1
                session.execute(
                    update(table)
                    .where(table.c.id == id, raw == literal(written, Text()))
                    .values({column.name: anew})
                )
        if not rows:
            return total, unread
        last = rows[-1][0]
