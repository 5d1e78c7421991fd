"""Settings, read once from the environment or `.env`; every fault is named at once."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

TELEGRAM = "https://api.telegram.org"
_TOKEN = re.compile(r"^\d+:[\w-]{3,}$")
_MAIL_SERVER = re.compile(r"^smtps?://([^@/\s]+@)?[^@/:\s]+(:\d{1,5})?/?$")
_ADDRESS = re.compile(r"^[^@\s<>]+@[^@\s<>]+$")
_SECRET = re.compile(r"^[A-Za-z0-9_-]{1,256}$")


class SettingsRefused(Exception):
    """The settings do not allow a start; the message lists every fault, one a line."""


class Settings(BaseSettings):
    """The contract's settings. Secrets never appear in a `repr`."""

    model_config = SettingsConfigDict(env_prefix="PALIER_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///var/palier.sqlite3"
    telegram_token: SecretStr | None = None
    telegram_api: str = TELEGRAM
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str | None = None
    dialogue_url: str | None = None
    dialogue_secret: SecretStr | None = None
    duckling_url: str | None = None
    secret_key: SecretStr | None = None
    old_secret_key: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    timezone: str = "Europe/Paris"
    models: Path = Path("models")
    demo: bool = Field(default=False, validation_alias=AliasChoices("PALIER_DEMO"))

    @field_validator("telegram_token")
    @classmethod
    def _token_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.match(value.get_secret_value()):
            raise ValueError("un jeton de bot a la forme 123456:ABC…")
        return value

    @field_validator("telegram_api", "webhook_url", "public_url", "duckling_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("une adresse commence par http:// ou https://")
        return value.rstrip("/") if value else value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _MAIL_SERVER.match(value.get_secret_value()):
            raise ValueError("une adresse comme smtp://nom:motdepasse@serveur:587 ou smtps://serveur:465")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.match(value):
            raise ValueError("une adresse de courriel, par exemple palier@bailleur.fr")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + value.split("://", 1)[1]
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("une base SQLite (sqlite:///fichier) ou PostgreSQL (postgresql://…)")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("un fuseau horaire connu, par exemple Europe/Paris") from error
        return value

    @field_validator("secret_key", "old_secret_key")
    @classmethod
    def _key_length(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("au moins 16 caractères, par exemple `openssl rand -hex 32`")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _SECRET.match(value.get_secret_value()):
            raise ValueError("1 à 256 caractères parmi A-Z a-z 0-9 _ -")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def base_address(self) -> str:
        """Where a browser reaches the console."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def dialogue_addresses(self) -> list[str]:
        """The dialogue servers, sharded by chat; empty when Palier starts its own."""
        return [url.strip().rstrip("/") for url in (self.dialogue_url or "").split(",") if url.strip()]


def load(*required: str, **overrides: object) -> Settings:
    """Read the settings; `required` are the names that must be given. Raises SettingsRefused."""
    faults: list[str] = []
    settings: Settings | None = None
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        faults += [_fault(item["loc"], item["msg"]) for item in error.errors()]
    given = settings or Settings.model_construct(None, **_present(overrides))
    bad = {fault.split(" ", 1)[0] for fault in faults}
    faults += [
        f"PALIER_{name.upper()} manque"
        for name in required
        if getattr(given, name, None) is None and f"PALIER_{name.upper()}" not in bad
    ]
    if given.webhook_url and not given.webhook_secret and "PALIER_WEBHOOK_SECRET" not in bad:
        faults.append("PALIER_WEBHOOK_URL demande aussi PALIER_WEBHOOK_SECRET")
    if bool(given.smtp_url) != bool(given.mail_from) and not {"PALIER_SMTP_URL", "PALIER_MAIL_FROM"} & bad:
        faults.append("PALIER_SMTP_URL et PALIER_MAIL_FROM vont ensemble")
    if faults or settings is None:
        raise SettingsRefused("\n".join(faults))
    return settings


def _present(overrides: dict[str, object]) -> dict[str, object]:
    """What is given, unchecked: enough to tell a missing setting from a wrong one."""
    given = {**DotEnvSettingsSource(Settings).env_vars, **EnvSettingsSource(Settings).env_vars}
    names = {name: f"palier_{name}" for name in Settings.model_fields}
    return {name: given[key] for name, key in names.items() if key in given} | overrides


def _fault(where: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    name = f"PALIER_{str(where[0]).upper().removeprefix('PALIER_')} : " if where else ""
    return name + text
