"""The only memory: engine, transactions, tables, encrypted columns, migrations."""

from bot.storage.engine import Database

__all__ = ["Database"]
