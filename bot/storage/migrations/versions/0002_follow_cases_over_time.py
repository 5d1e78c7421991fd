"""Follow cases over time: waiting, duplicates, absences, on-call"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = bot.storage.types.UtcDateTime(timezone=True)


def upgrade() -> None:
    _add_columns()
    op.create_table(
        "absence",
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stand_in_id", _ID, nullable=True),
        *_own("absence", "staff_id", "stand_in_id"),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_in_order")),
        sa.CheckConstraint(
            "stand_in_id IS NULL OR stand_in_id <> staff_id", name=op.f("ck_absence_somebody_else")
        ),
    )
    op.create_index("ix_absence_staff", "absence", ["staff_id", "ends_on"])
    op.create_index(op.f("ix_absence_organisation_id"), "absence", ["organisation_id"])
    op.create_table(
        "duty",
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=True),
        *_own("duty", "staff_id"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_duty_in_order")),
    )
    op.create_index("ix_duty_time", "duty", ["organisation_id", "starts_at"])
    op.create_index(op.f("ix_duty_organisation_id"), "duty", ["organisation_id"])


def _add_columns() -> None:
    """One by one and in place: a copy of the table by SQLite would lose its CHECK constraints."""
    for column in (
        sa.Column("taken_at", _INSTANT, nullable=True),
        sa.Column("waiting_until", _INSTANT, nullable=True),
        sa.Column("waiting_reason", sa.String(length=24), nullable=True),
        sa.Column("previous_id", _ID, _case("previous_id"), nullable=True),
        sa.Column("merged_into_id", _ID, _case("merged_into_id"), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("promised", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("case_file", column, inline_references=True)


def _case(column: str) -> sa.ForeignKey:
    return sa.ForeignKey("case_file.id", name=op.f(f"fk_case_file_{column}"))


def _own(table: str, *staff: str) -> list[sa.schema.SchemaItem]:
    """What every table has: its number, its organisation, and here the members of staff it names."""
    keys: list[sa.schema.SchemaItem] = [
        sa.ForeignKeyConstraint([column], ["staff.id"], name=op.f(f"fk_{table}_{column}")) for column in staff
    ]
    return [
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        *keys,
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    op.drop_table("duty")
    op.drop_table("absence")
    for column in (
        "promised",
        "round",
        "merged_into_id",
        "previous_id",
        "waiting_reason",
        "waiting_until",
        "taken_at",
    ):
        op.drop_column("case_file", column)
