"""Keep accounts of purges and erasures"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0029"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_run",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("ended_at", bot.storage.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_retention_run_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
        sa.UniqueConstraint("organisation_id", "night", name=op.f("uq_retention_run_organisation_id_night")),
    )
    with op.batch_alter_table("retention_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_retention_run_organisation_id"), ["organisation_id"], unique=False
        )
    op.create_table(
        "erasure",
        sa.Column("at", bot.storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=24), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_erasure_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_fingerprint"), ["fingerprint"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasure_organisation_id"), ["organisation_id"], unique=False)
    instant = bot.storage.types.UtcDateTime(timezone=True)
    op.add_column("person", sa.Column("erased_at", instant, nullable=True))
    op.add_column("chat", sa.Column("quiet_since", instant, nullable=True))
    op.add_column("chat", sa.Column("code_word", sa.String(length=64), nullable=True))
    op.add_column("message", sa.Column("telegram_message", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "telegram_message")
    op.drop_column("chat", "code_word")
    op.drop_column("chat", "quiet_since")
    op.drop_column("person", "erased_at")
    op.drop_table("erasure")
    op.drop_table("retention_run")
