"""Keep the term that a payment names"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The labels of older payments are encrypted: they are read when a file brings them again.
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("names_month", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_column("names_month")
