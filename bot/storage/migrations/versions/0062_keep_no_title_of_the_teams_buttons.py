"""Keep no title of the team's buttons: some name tenants"""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE button SET title = '' WHERE chat_id IN (SELECT id FROM chat WHERE person_id IS NULL)")


def downgrade() -> None:
    """What was on them is not known any more, and nothing reads it."""
