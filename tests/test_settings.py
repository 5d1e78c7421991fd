"""Settings: every fault is named at once, and a secret never shows."""

from pathlib import Path

import pytest

from bot.app import ROLES, check
from bot.settings import Settings, SettingsRefused, load

GOOD = {
    "PALIER_SECRET_KEY": "0123456789abcdef",
    "PALIER_TELEGRAM_TOKEN": "1000001:a-token-of-a-bot",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the developer's environment nor a `.env`."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PALIER_{name.upper()}", raising=False)


def faults(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], *required: str) -> list[str]:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refused:
        load(*required)
    return str(refused.value).splitlines()


def test_good_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    settings = load("secret_key", "telegram_token")
    assert settings.database_url == "sqlite:///var/palier.sqlite3"
    assert settings.base_address == "http://127.0.0.1:8080"
    assert settings.dialogue_addresses == []
    assert not settings.demo


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = faults(
        monkeypatch,
        {
            "PALIER_TELEGRAM_TOKEN": "not a token",
            "PALIER_DATABASE_URL": "mysql://x",
            "PALIER_TIMEZONE": "Europe/Nowhere",
            "PALIER_PORT": "99999",
            "PALIER_PUBLIC_URL": "palier.example",
            "PALIER_WEBHOOK_URL": "https://palier.example",
        },
        "secret_key",
        "telegram_token",
    )
    named = {line.split(" ")[0] for line in found}
    assert named == {
        "PALIER_TELEGRAM_TOKEN",
        "PALIER_DATABASE_URL",
        "PALIER_TIMEZONE",
        "PALIER_PORT",
        "PALIER_PUBLIC_URL",
        "PALIER_WEBHOOK_URL",
        "PALIER_SECRET_KEY",
    }
    assert len(found) == len(named)
    assert not any("not a token" in line for line in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PALIER_SECRET_KEY", "short"),
        ("PALIER_TELEGRAM_API", "api.telegram.org"),
        ("PALIER_WEBHOOK_SECRET", "with a space"),
        ("PALIER_DEMO", "perhaps"),
        ("PALIER_PORT", "-1"),
        ("PALIER_DATABASE_URL", "palier.sqlite3"),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    (fault,) = faults(monkeypatch, GOOD | {name: value})
    assert fault.startswith(f"{name} : ")
    assert value not in fault.removeprefix(name)


def test_a_secret_never_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"PALIER_DIALOGUE_SECRET": "dialogue-secret"}).items():
        monkeypatch.setenv(name, value)
    shown = repr(load("secret_key"))
    for secret in (*GOOD.values(), "dialogue-secret"):
        assert secret not in shown


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PALIER_PORT=1111\nPALIER_HOST=0.0.0.0\n", encoding="utf-8")
    monkeypatch.setenv("PALIER_PORT", "2222")
    settings = load()
    assert (settings.port, settings.host) == (2222, "0.0.0.0")


def test_what_the_file_gives_is_not_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another setting that is wrong changes nothing to what was read."""
    written = GOOD | {"PALIER_WEBHOOK_URL": "https://palier.example", "PALIER_WEBHOOK_SECRET": "s3cret"}
    lines = "".join(f"{name}={value}\n" for name, value in written.items())
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    (fault,) = faults(monkeypatch, {"PALIER_PORT": "x"}, "secret_key", "telegram_token")
    assert fault.startswith("PALIER_PORT : ")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////var/lib/palier.sqlite3", "sqlite:////var/lib/palier.sqlite3"),
    ],
)
def test_a_database_address_is_made_ours(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    monkeypatch.setenv("PALIER_DATABASE_URL", given)
    assert load().database_url == used


def test_several_dialogue_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALIER_DIALOGUE_URL", "http://a:1/, http://b:2")
    assert load().dialogue_addresses == ["http://a:1", "http://b:2"]


def test_what_a_role_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    check(load(), {"console", "scheduler", "dialogue"})
    with pytest.raises(SettingsRefused) as refused:
        check(load(), {"bot"})
    assert len(str(refused.value).splitlines()) == 2
    monkeypatch.setenv("PALIER_DIALOGUE_URL", "http://a:1,http://b:2")
    with pytest.raises(SettingsRefused) as refused:
        check(load(), set(ROLES))
    assert len(str(refused.value).splitlines()) == 3
