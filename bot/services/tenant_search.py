"""Finding tenants by what one knows of them: names are encrypted, so their words are kept as keyed numbers.

A name is found by its beginning, a telephone number and a reference by the whole. What the table tells
somebody who steals it without the key: which tenants share a beginning of name, never which one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, false, insert, or_, select, union_all
from sqlalchemy.orm import Session

from bot.services.house import House
from bot.services.one_by_one import together, tried_lately
from bot.storage.secrets import Vault
from bot.storage.tables import Lease, LeasePerson, Person, PersonWord
from bot.texts.format import folded

# A word is found from its third letter on; letters past the tenth tell nothing more.
_SHORTEST, _LONGEST = 3, 10
# The last digits of a number, so that 06…, +33 6… and 0033 6… are one.
_PHONE_DIGITS = 9
_PHONE = re.compile(r"[\d\s.+()-]{9,}")
_WORD = re.compile(r"[a-z0-9]+")
_MOST_WORDS = 6
_BATCH, _JOB = 500, "tenants.words"


def index(session: Session, house: House, people: Iterable[Person]) -> int:
    """Write the words of those whose name, number or reference changed; returns how many there were."""
    mark = _mark(house.vault)
    stale = [person for person in people if person.found_by != mark]
    if not stale:
        return 0
    session.flush()
    session.execute(delete(PersonWord).where(PersonWord.person_id.in_([person.id for person in stale])))
    rows = [
        {"organisation_id": person.organisation_id, "person_id": person.id, "word": word}
        for person in stale
        for word in _words_of(house.vault, person)
    ]
    if rows:
        session.execute(insert(PersonWord), rows)
    for person in stale:
        person.found_by = mark
    session.flush()
    return len(stale)


def refresh(session: Session, now: datetime, house: House) -> int:
    """Index a batch of those who are not, or under an older key; returns how many there were. Whoever can't
    be read is left for a day, and holds up nobody."""
    stale = or_(Person.found_by.is_(None), Person.found_by != _mark(house.vault))
    found = select(Person.id).where(stale, Person.id.not_in(tried_lately(_JOB, now)))
    batch = session.scalars(found.order_by(Person.id).limit(_BATCH)).all()

    def index_some(ids: Sequence[int]) -> None:
        index(session, house, session.scalars(select(Person).where(Person.id.in_(ids))).all())

    together(session, now, _JOB, Person, batch, index_some)
    return len(batch)


def matching(house: House, organisation_id: int, asked: str) -> ColumnElement[bool]:
    """The condition on Person for what was typed: every word begins a name or is the whole of something.

    A lease's reference alone finds who is on it. Nothing legible finds nobody.
    """
    words = _asked_words(asked)
    if not words:
        return false()
    first, *others = map(house.vault.number, words)
    named = _having(organisation_id, first).where(
        *(PersonWord.person_id.in_(_having(organisation_id, number)) for number in others)
    )
    of_lease = (
        select(LeasePerson.person_id)
        .join(Lease, Lease.id == LeasePerson.lease_id)
        .where(Lease.organisation_id == organisation_id, Lease.reference == asked.strip().upper())
    )
    # One list of numbers: with an "or" between two, PostgreSQL reads every tenant.
    return Person.id.in_(union_all(named, of_lease))


def _having(organisation_id: int, number: int) -> Select[int]:
    return select(PersonWord.person_id).where(
        PersonWord.organisation_id == organisation_id, PersonWord.word == number
    )


def _asked_words(asked: str) -> list[str]:
    if _PHONE.fullmatch(asked.strip()):
        return [_phone(asked)]
    return [word[:_LONGEST] for word in _WORD.findall(folded(asked))][:_MOST_WORDS]


def _words_of(vault: Vault, person: Person) -> set[int]:
    words = {word[:_LONGEST] for word in _WORD.findall(folded(person.reference))}
    for name in _WORD.findall(folded(person.display_name)):
        words |= {name[:length] for length in range(min(_SHORTEST, len(name)), min(_LONGEST, len(name)) + 1)}
    if person.phone:
        words.add(_phone(person.phone))
    return {vault.number(word) for word in words}


def _phone(text: str) -> str:
    return "tel" + re.sub(r"\D", "", text)[-_PHONE_DIGITS:]


def _mark(vault: Vault) -> str:
    """Tells the key, and the way of indexing, under which the words were written."""
    return vault.fingerprint(f"words/{_SHORTEST}/{_LONGEST}")[:16]
