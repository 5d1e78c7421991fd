"""Find tenants by their names"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "person_word",
        sa.Column("word", sa.BigInteger(), nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("organisation_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_person_word_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_word_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_word")),
        sa.UniqueConstraint(
            "organisation_id", "word", "person_id", name=op.f("uq_person_word_organisation_id_word_person_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_person_word_person", "person_word", ["person_id"], unique=False)
    op.create_index(op.f("ix_person_word_organisation_id"), "person_word", ["organisation_id"], unique=False)
    op.add_column("person", sa.Column("found_by", sa.String(length=16), nullable=True))
    op.create_index("ix_person_referent", "person", ["referent_id"], unique=False)
    op.create_index("ix_lease_place", "lease", ["organisation_id", "residence"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_lease_place", table_name="lease")
    op.drop_index("ix_person_referent", table_name="person")
    op.drop_column("person", "found_by")
    op.drop_table("person_word")
