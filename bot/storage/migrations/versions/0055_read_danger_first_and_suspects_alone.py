"""Read danger first, and alone what was in work when a worker died"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("urgent", "suspect"):
        op.add_column("inbox", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for name in ("urgent", "suspect"):
        op.drop_column("inbox", name)
