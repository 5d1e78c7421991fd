"""Keep what is asked of others for a case"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0038"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_request",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "collegue",
                "fsl",
                "commission",
                name="requestkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("commission", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=True),
        sa.Column("asked_at", bot.storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "repondu",
                "accorde",
                "refuse",
                "examine",
                "retire",
                name="requestoutcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("closed_at", bot.storage.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'collegue') = (asked_of_id IS NOT NULL)",
            name=op.f("ck_case_request_a_colleague_is_asked"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (closed_at IS NULL)", name=op.f("ck_case_request_outcome_when_closed")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["staff.id"], name=op.f("fk_case_request_asked_by_id")),
        sa.ForeignKeyConstraint(["asked_of_id"], ["staff.id"], name=op.f("fk_case_request_asked_of_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_request_case_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_case_request_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_request")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("case_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_request_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_case_request_colleague", ["asked_of_id", "closed_at"], unique=False)
        batch_op.create_index("ix_case_request_due", ["organisation_id", "kind", "due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_request_organisation_id"), ["organisation_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("case_request")
