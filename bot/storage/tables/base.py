"""What every table has."""

import enum
from datetime import datetime
from typing import ClassVar, cast

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    event,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.storage.types import UtcDateTime

# SQLite gives automatic numbers to INTEGER keys only.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime()}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


@event.listens_for(sqlalchemy.Table, "after_parent_attach")
def _numbers_once(table: sqlalchemy.Table, _parent: object) -> None:
    """No number serves twice, as on PostgreSQL: SQLite gives that of a deleted last row again, and what is
    kept of the first (the occasion of an answer, the object of a case) would be taken for the second's."""
    if table.name != "alembic_version":
        table.dialect_options["sqlite"]["autoincrement"] = True


def written(value: enum.StrEnum | str) -> ColumnElement[str]:
    """A value of ours (never one that came from outside) written into the statement itself: SQLite uses a
    partial index only where it reads the condition, and SQLAlchemy puts a list of parameters together again
    at each run."""
    return literal_column("'" + value.replace("'", "''") + "'", String)


def plain(mapped: type[Table]) -> sqlalchemy.Table:
    """The table without its mapping, for the statements on the way of every message: they cost a third."""
    return cast(sqlalchemy.Table, mapped.__table__)


class OfOrganisation:
    """Mixin: the row belongs to one landlord's installation and is seen by it alone."""

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)


def choice(kind: type[enum.StrEnum]) -> Enum:
    """A column that holds one of the enum's values, checked by the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )
