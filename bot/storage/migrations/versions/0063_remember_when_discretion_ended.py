"""Remember when discreet messages were turned off"""

import sqlalchemy as sa
from alembic import op
import bot.storage.types

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "person", sa.Column("discreet_until", bot.storage.types.UtcDateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("person", "discreet_until")
