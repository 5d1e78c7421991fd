"""Know who has left a lease"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lease_person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("absent_since", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lease_person", schema=None) as batch_op:
        batch_op.drop_column("absent_since")
