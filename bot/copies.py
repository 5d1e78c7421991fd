"""`palier backup`, `palier restore`: the whole database in one file, on SQLite and on PostgreSQL."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect

from bot.settings import SettingsRefused
from bot.storage import Database


def backup(database: Database, file: Path) -> None:
    """Write a consistent copy while Palier runs, readable by this user alone. Raises SettingsRefused."""
    if file.exists():
        raise SettingsRefused(f"{file} existe déjà : donnez un autre nom")
    file.touch(mode=0o600)
    try:
        if database.is_sqlite:
            _copy_sqlite(_path(database.url), file)
        else:
            _postgres("pg_dump", database.url, "--format=custom", f"--file={file}")
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def restore(database: Database, file: Path) -> None:
    """Fill an empty database from a copy of the same kind. Raises SettingsRefused when it is not empty."""
    if not file.is_file():
        raise SettingsRefused(f"{file} n'existe pas")
    if inspect(database.engine).get_table_names():
        raise SettingsRefused("la base n'est pas vide : une copie se restaure dans une base neuve")
    if database.is_sqlite:
        database.close()
        _copy_sqlite(file, _path(database.url))
    else:
        _postgres(
            "pg_restore", database.url, "--exit-on-error", "--no-owner", "--single-transaction", str(file)
        )


def _path(url: URL) -> Path:
    if not url.database:
        raise SettingsRefused("PALIER_DATABASE_URL ne nomme pas de fichier")
    return Path(url.database)


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
    except sqlite3.DatabaseError as error:
        raise SettingsRefused(f"la copie a échoué : {error}") from error


def _postgres(program: str, url: URL, *options: str) -> None:
    """The password goes by the environment: arguments are seen by every user of the machine."""
    found = shutil.which(program)
    if found is None:
        raise SettingsRefused(f"{program} manque : installez le client de PostgreSQL")
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(
        [found, f"--dbname={address}", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SettingsRefused(f"{program} a refusé : {done.stderr.strip().splitlines()[-1]}")
