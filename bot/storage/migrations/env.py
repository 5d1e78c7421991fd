"""Alembic's entry: always on a connection that the caller opened."""

from alembic import context

from bot.storage.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite can't alter most things in place: the table is copied.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
