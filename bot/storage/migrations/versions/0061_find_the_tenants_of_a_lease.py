"""Find the tenants of a lease by an index"""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_lease_person_lease_id"), "lease_person", ["lease_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_lease_person_lease_id"), "lease_person")
