"""The schema's history. `upgrade` and `pending` are the only doors; there is no alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine


def upgrade(engine: Engine) -> None:
    """Bring the database to the current schema; does nothing when it is there."""
    with engine.begin() as connection:
        command.upgrade(config(connection), "head")


def pending(engine: Engine) -> bool:
    """Whether the database is behind (or ahead of) the code's schema."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() != head


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, on a connection that the caller opened."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    return settings
