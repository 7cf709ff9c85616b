"""The schema's history (Alembic). `upgrade(engine)` brings a database up to date; safe to run from many processes."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from services.db.engine import make_engine

_LOCK = 0x63686F72656F  # any number that only this program uses


def upgrade(target: Engine | str, revision: str = "head") -> None:
    """Migrate the database at this engine or URL, in one transaction under a lock."""
    if isinstance(target, Engine):
        _upgrade(target, revision)
        return
    engine = make_engine(target)
    try:
        _upgrade(engine, revision)
    finally:
        engine.dispose()


def config(connection: Connection) -> Config:
    """Alembic's configuration on an open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _upgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:  # on SQLite, BEGIN IMMEDIATE is the lock
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(config(connection), revision)
