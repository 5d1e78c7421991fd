"""Keep files to import and changed settings, and know who has left the team"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0037"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = bot.storage.types.UtcDateTime(timezone=True)
    op.create_table(
        "uploaded_file",
        sa.Column("staff_id", number, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("content", bot.storage.types.EncryptedText(), nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("organisation_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_uploaded_file_organisation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_uploaded_file_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_file")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_uploaded_file_organisation_id"), "uploaded_file", ["organisation_id"])
    op.create_index(op.f("ix_uploaded_file_staff_id"), "uploaded_file", ["staff_id"])
    op.create_table(
        "setting_change",
        sa.Column("staff_id", number, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("organisation_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_setting_change_organisation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_setting_change_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_setting_change_organisation_id"), "setting_change", ["organisation_id"])
    op.create_index("ix_setting_change_latest", "setting_change", ["organisation_id", "id"])
    op.add_column("staff", sa.Column("left_at", instant, nullable=True))


def downgrade() -> None:
    op.drop_column("staff", "left_at")
    op.drop_table("setting_change")
    op.drop_table("uploaded_file")
