"""Hand over when an absence begins"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0035"
branch_labels = None
depends_on = None

_GIVES = sa.Enum("tout", "urgent", name="gives", native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gives", _GIVES, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_constraint("ck_absence_gives", type_="check")
        batch_op.drop_column("gives")
