"""The only memory: engine, transactions, tables, encrypted columns, migrations."""

from bot.storage.engine import Database, after_commit, if_broken, is_away

__all__ = ["Database", "after_commit", "if_broken", "is_away"]
