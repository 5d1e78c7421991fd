"""A PostgreSQL of the tests' own: Debian's packages, a fresh cluster, a Unix socket, no network."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, text

_numbers = count(1)
SMALL_DISK = 64 * 2**20
# Much faster than TRUNCATE on scores of tables that are nearly all empty.
_EMPTY = text("""
    DO $$
    DECLARE
        it record;
    BEGIN
        SET LOCAL session_replication_role = replica;  -- in any order: no foreign key is checked
        FOR it IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP
            EXECUTE format('DELETE FROM %I', it.tablename);
        END LOOP;
        PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
            FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$
""")


class NoSmallDisk(Exception):
    """This machine lets nobody mount one; says why."""


@dataclass(frozen=True)
class Postgres:
    socket: Path
    user: str

    def new_database(self, *, small_disk: bool = False) -> str:
        """Create an empty database; returns its SQLAlchemy address.

        `small_disk`: its tables and indexes lie on a disk of their own, of SMALL_DISK bytes (the log of the
        server does not). Only root can mount one: NoSmallDisk for anybody else.
        """
        name = f"palier_{next(_numbers)}"
        where = self._mount_small_disk(name) if small_disk else []
        _run([_binary("createdb"), "-h", str(self.socket), "-U", self.user, *where, name])
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.socket}"

    def _mount_small_disk(self, name: str) -> list[str]:
        """The options of createdb."""
        disk = self.small_disks / name
        disk.mkdir(parents=True)
        options = f"size={SMALL_DISK},uid={self.user},gid={self.user},mode=700"
        try:
            _run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)])
        except RuntimeError as error:
            said = " ".join(f"{error}".split())
            raise NoSmallDisk(f"seul root peut monter un petit disque pour PostgreSQL ({said})") from error
        place = f"CREATE TABLESPACE {name} LOCATION '{disk}'"
        _run([_binary("psql"), "-h", str(self.socket), "-U", self.user, "-d", "postgres", "-c", place])
        return ["-D", name]

    @property
    def small_disks(self) -> Path:
        return self.socket / "disks"

    def log(self) -> str:
        """What the server has written so far."""
        return (self.socket / "log").read_text(encoding="utf-8", errors="replace")

    def restart(self) -> None:
        """As after a crash: nothing is finished, the log is replayed."""
        _run([*_as_owner(self.user), _binary("pg_ctl"), "-D", str(self.socket / "data"),
              "-m", "immediate", "-w", "-l", str(self.socket / "log"), "restart"])  # fmt: skip


def empty(engine: Engine) -> None:
    """Delete every row of the migrated database; its numbers begin again at 1."""
    with engine.begin() as connection:
        connection.execute(_EMPTY)


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    """Start a cluster in `folder`, stop it at the end. A missing PostgreSQL is an error, not a skip."""
    # PostgreSQL refuses to run as root: then its own system user runs it, in a folder it may enter.
    as_root = os.geteuid() == 0
    user = "postgres" if as_root else pwd.getpwuid(os.geteuid()).pw_name
    home = Path("/tmp" if as_root else folder) / f"palier-pg-{os.getpid()}"
    home.mkdir(mode=0o700)
    if as_root:
        shutil.chown(home, user)
    prefix = _as_owner(user)
    data = home / "data"
    try:
        _run(
            [
                *prefix,
                _binary("initdb"),
                "-D",
                str(data),
                "-U",
                user,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ]
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c max_connections=300"
        )
        _run(
            [
                *prefix,
                _binary("pg_ctl"),
                "-D",
                str(data),
                "-w",
                "-l",
                str(home / "log"),
                "-o",
                options,
                "start",
            ]
        )
        try:
            yield Postgres(home, user)
        finally:
            _run([*prefix, _binary("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        for disk in Postgres(home, user).small_disks.glob("*"):
            subprocess.run(["umount", str(disk)], check=False, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


def _as_owner(user: str) -> list[str]:
    """What a command of the cluster begins with."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[-1]}: {done.stdout}{done.stderr}")


def _binary(name: str) -> str:
    """The newest installed PostgreSQL's program; its error says how to get one."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    direct = shutil.which(name)
    if found:
        return str(found[-1])
    if direct:
        return direct
    raise RuntimeError(
        f"PostgreSQL is missing ({name}): `make test` installs it, or apt-get install postgresql"
    )
