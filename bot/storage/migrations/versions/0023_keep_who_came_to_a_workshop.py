"""Keep who came to a workshop and what they thought of it"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One by one and in place: a copy of the table by SQLite would lose its CHECK constraints.
    op.add_column("workshop", sa.Column("walk_ins", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("workshop_place", sa.Column("present", sa.Boolean(), nullable=True))
    op.add_column("workshop_place", sa.Column("useful", sa.String(length=8), nullable=True))
    op.add_column("workshop_place", sa.Column("again", sa.String(length=8), nullable=True))


def downgrade() -> None:
    for column in ("again", "useful", "present"):
        op.drop_column("workshop_place", column)
    op.drop_column("workshop", "walk_ins")
