"""What surrounds every page of a member of the team: their name, and the pages open to their role."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import rights
from bot.domain.rights import Right
from bot.domain.states import Role
from bot.services.cases.cases import CaseRefused

# The addresses of the menu, in its order, and what each is called.
ENTRIES = (
    ("/dossiers", "Dossiers"),
    ("/appels", "À appeler"),
    ("/locataires", "Locataires"),
    ("/rendez-vous", "Rendez-vous"),
    ("/ateliers", "Ateliers"),
    ("/orientations", "Orientations"),
    ("/astreinte", "Équipe"),
    ("/contenus", "Conseils"),
    ("/imports", "Importer"),
    ("/membres", "Membres"),
    ("/reglages", "Réglages"),
)


@dataclass(frozen=True)
class Entry:
    path: str
    label: str
    current: bool


@dataclass(frozen=True)
class Shell:
    """`csrf` is the secret of the session's forms."""

    staff: str
    csrf: str
    menu: tuple[Entry, ...]
    alerts_leave: bool


def entries(role: Role, path: str = "") -> tuple[Entry, ...]:
    """The menu of that role; `path` is the page that is shown."""
    return tuple(Entry(entry, label, _is_under(path, entry)) for entry, label in _open_to(role))


def home(role: Role) -> str:
    """The first page open to that role. Raises CaseRefused when there is none."""
    for path, _ in _open_to(role):
        return path
    raise CaseRefused("forbidden_role")


def _open_to(role: Role) -> Iterable[tuple[str, str]]:
    for path, label in ENTRIES:
        right = rights.of_console("GET", path)
        if right is Right.REFER and rights.may(role, Right.READ_CASES):
            continue  # who works on cases opens one
        if right is not None and rights.may(role, right):
            yield path, label


def _is_under(path: str, entry: str) -> bool:
    return path == entry or path.startswith(f"{entry}/")
