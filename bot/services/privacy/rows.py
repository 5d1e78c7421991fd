"""Which rows of which tables are about a person: found from the keys, table by table."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from bot.storage.tables import ActionRun, Person, Table

Found = dict[str, set[int]]


def rows_of(session: Session, person: Person) -> Found:
    """The numbers of every row about that person, by table; tables without any are left out.

    A row that names a person belongs to that person alone: what a co-tenant said of the same lease is
    not found. A row that names nobody belongs to its chat, case, lease, appointment or plan; one of a chat
    that was somebody else's before stays theirs when a row of theirs tells of it.
    """
    found: Found = {"person": {person.id}}
    tables = {table.name: table for table in Table.metadata.sorted_tables}
    _look(session, tables["lease_person"], found)
    links = tables["lease_person"].c
    leases = session.scalars(select(links.lease_id).where(links.person_id == person.id))
    if lease_ids := set(leases):
        found["lease"] = lease_ids
    for name, table in tables.items():
        if name not in ("person", "lease", "lease_person", "action_run"):
            _look(session, table, found)
    runs = select(ActionRun.id).where(ActionRun.inbox_id.in_(found.get("inbox", ())))
    if run_ids := set(session.scalars(runs)):
        found["action_run"] = run_ids
    return found


def _look(session: Session, table: SqlTable, found: Found) -> None:
    mine = _mine(table, found)
    if mine is not None and (ids := set(session.scalars(select(table.c.id).where(mine)))):
        found[table.name] = ids


def _mine(table: SqlTable, found: Found) -> ColumnElement[bool] | None:
    """The rows of `table` that belong to what is found already; None when nothing can."""
    if "person_id" in table.c:
        named = table.c.person_id.in_(found["person"])
        if "chat_id" in table.c and table.c.person_id.nullable and "chat" in found:
            return or_(named, and_(table.c.person_id.is_(None), table.c.chat_id.in_(found["chat"])))
        return named
    parents = [
        column.in_(found[key.column.table.name])
        for column in table.c
        for key in column.foreign_keys
        if key.column.table is not table and key.column.table.name in found
    ]
    return and_(or_(*parents), *_nobody_elses(table, found)) if parents else None


def _nobody_elses(table: SqlTable, found: Found) -> Iterator[ColumnElement[bool]]:
    """No row that names somebody else refers to it."""
    for other in Table.metadata.sorted_tables:
        for column in other.c if "person_id" in other.c else ():
            if column.references(table.c.id):
                named = other.c.person_id.not_in(found["person"])
                yield ~exists().where(column == table.c.id, named)
