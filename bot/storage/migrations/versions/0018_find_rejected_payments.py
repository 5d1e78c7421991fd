"""Find rejected payments"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0026"
branch_labels = None
depends_on = None

_REJECTED = sa.text("amount_cents < 0")


def upgrade() -> None:
    op.create_index(
        "ix_payment_rejected", "payment", ["on_day"], postgresql_where=_REJECTED, sqlite_where=_REJECTED
    )


def downgrade() -> None:
    op.drop_index("ix_payment_rejected", "payment")
