"""Column types: aware UTC instants, encrypted text and JSON."""

import json
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import DateTime, Dialect, Text, TypeDecorator

from bot.storage.secrets import Vault


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: every instant in the database is aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(TypeDecorator[str]):
    """Text that only the holder of PALIER_SECRET_KEY reads; the vault hangs on the engine's dialect."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _vault(dialect).encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _vault(dialect).decrypt(value)


class EncryptedJson(TypeDecorator[Any]):
    """A JSON value, encrypted as a whole."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _vault(dialect).encrypt(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(_vault(dialect).decrypt(value))


class PerhapsJson(EncryptedJson):
    """Reads an encrypted JSON value; None also where no key reads it: the other rows can still be read."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        try:
            return super().process_result_value(value, dialect)
        except (InvalidToken, ValueError):
            return None


def hang_vault(dialect: Dialect, vault: Vault) -> None:
    """Give the engine's dialect its vault: one key an engine, no global."""
    dialect.palier_vault = vault  # type: ignore[attr-defined]


def _vault(dialect: Dialect) -> Vault:
    vault: Vault = dialect.palier_vault  # type: ignore[attr-defined]
    return vault
