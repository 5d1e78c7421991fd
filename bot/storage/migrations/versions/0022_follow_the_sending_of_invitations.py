"""Follow the sending of invitations"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0022"
down_revision = "0029"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = bot.storage.types.UtcDateTime(timezone=True)
_OPEN = sa.text("state IN ('planned', 'going')")
_INVITATION = sa.text("kind = 'workshop_invite'")


def upgrade() -> None:
    op.create_table(
        "workshop_sending",
        sa.Column("workshop_id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=True),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "going",
                "stopped",
                "done",
                name="sendingstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_workshop_sending_workshop_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_workshop_sending_staff_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_workshop_sending_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_sending")),
    )
    op.create_index(op.f("ix_workshop_sending_organisation_id"), "workshop_sending", ["organisation_id"])
    op.create_index(op.f("ix_workshop_sending_workshop_id"), "workshop_sending", ["workshop_id"])
    op.create_index(
        "uq_workshop_sending_open",
        "workshop_sending",
        ["organisation_id", "workshop_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_outbox_invitation",
        "outbox",
        ["object", "occasion"],
        sqlite_where=_INVITATION,
        postgresql_where=_INVITATION,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_invitation", table_name="outbox")
    op.drop_table("workshop_sending")
