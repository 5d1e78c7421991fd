"""Plan only what is due"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# The lease's number in "lease:12/2026-12".
_LEASE = {
    "sqlite": "CAST(substr(object, 7, instr(object, '/') - 7) AS INTEGER)",
    "postgresql": "CAST(substring(object FROM 'lease:([0-9]+)/') AS BIGINT)",
}


def upgrade() -> None:
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned_until", sa.Date(), nullable=True))

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned_by", sa.JSON(), nullable=True))

    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ranked_on", sa.Date(), nullable=True))

    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lease_id", _NUMBER, nullable=True))
        batch_op.add_column(sa.Column("needs_cents", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_occurrence_lease_id"), "lease", ["lease_id"], ["id"])
        batch_op.create_index(op.f("ix_occurrence_lease_id"), ["lease_id"], unique=False)

    lease = _LEASE[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE occurrence SET lease_id = {lease} "  # noqa: S608
        "WHERE rule IN ('rent.reminder', 'rent.question', 'rent.case') AND object LIKE 'lease:%/%'"
    )


def downgrade() -> None:
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_occurrence_lease_id"))
        batch_op.drop_constraint(op.f("fk_occurrence_lease_id"), type_="foreignkey")
        batch_op.drop_column("needs_cents")
        batch_op.drop_column("lease_id")

    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_column("ranked_on")

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("planned_by")

    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.drop_column("planned_until")
