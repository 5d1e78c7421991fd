"""Note what the ticks leave undone"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0060"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "left_undone",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("at", bot.storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_left_undone_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_left_undone")),
        sa.UniqueConstraint(
            "organisation_id",
            "job",
            "what",
            "row",
            name=op.f("uq_left_undone_organisation_id_job_what_row"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_left_undone_organisation_id"), "left_undone", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("left_undone")
