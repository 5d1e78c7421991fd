"""Keep whether a person chose pictures with the words"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("pictures", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "pictures")
