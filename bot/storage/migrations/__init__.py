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
    return _revision(engine) != ScriptDirectory.from_config(config()).get_current_head()


def made_by_a_later_version(engine: Engine) -> bool:
    """Whether the database is ahead: its revision is none of the code's."""
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    revision = _revision(engine)
    return revision is not None and revision not in known


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, on a connection that the caller opened."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    return settings
