"""The field that names a tenant in a form: a reference, or what the search of tenants understands."""

from dataclasses import dataclass

from bot.console.desk import Desk, Visit
from bot.services import tenants
from bot.storage.tables import Person

_MOST = 8
_NOBODY = "Aucun locataire ne répond à cela. Écrivez le début de son nom, son téléphone ou sa référence."
_SEVERAL = "Plusieurs personnes répondent à cela : choisissez la bonne dans la liste."
_MANY = f"Plus de {_MOST} personnes répondent à cela : ajoutez le prénom, ou la référence."


@dataclass(frozen=True)
class Choice:
    reference: str
    label: str


class NotOne(Exception):
    """Nobody, or several people: the message is shown, and `choices` are those to choose from."""

    def __init__(self, message: str, choices: tuple[Choice, ...] = ()) -> None:
        super().__init__(message)
        self.choices = choices


def tenant_of(desk: Desk, visit: Visit, asked: str, chosen: str) -> Person:
    """The tenant chosen by reference, else the only one that `asked` finds. For who may read tenants.

    Raises NotOne.
    """
    found = tenants.named(visit.session, desk.house, visit.staff, chosen or asked, _MOST + 1)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotOne(_NOBODY)
    if len(found) > _MOST:
        raise NotOne(_MANY)
    homes = tenants.homes(visit.session, found)
    raise NotOne(_SEVERAL, tuple(Choice(one.reference, _label(one, homes)) for one in found))


def _label(person: Person, homes: tenants.Homes) -> str:
    home = homes.get(person.id)
    parts = (
        f"{person.title} {person.display_name}".strip(),
        person.reference,
        home.residence if home else "",
    )
    return ", ".join(filter(None, parts))
