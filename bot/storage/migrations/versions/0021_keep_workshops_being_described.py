"""Keep workshops that are being described, their posters and series"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # One by one and in place: a copy of the table by SQLite would lose its CHECK constraints.
    for column in (
        sa.Column("interests", sa.JSON(), nullable=True),
        sa.Column("came_before", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("poster", bot.storage.types.EncryptedJson(), nullable=True),
        sa.Column("series", sa.String(length=64), nullable=True),
    ):
        op.add_column("workshop", column)
    op.create_table(
        "workshop_draft",
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("values", bot.storage.types.EncryptedJson(), nullable=False),
        sa.Column("touched_at", bot.storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_workshop_draft_staff_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_workshop_draft_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_draft")),
        sa.UniqueConstraint(
            "organisation_id", "staff_id", name=op.f("uq_workshop_draft_organisation_id_staff_id")
        ),
    )
    op.create_index(op.f("ix_workshop_draft_organisation_id"), "workshop_draft", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("workshop_draft")
    for column in ("series", "poster", "came_before", "interests"):
        op.drop_column("workshop", column)
