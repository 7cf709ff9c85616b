"""Runs migrations on a database that is in use.

On PostgreSQL each migration is a transaction that waits for a lock for `LOCK_SECONDS` at most: everything that asks for
a lock after it waits behind it, readers too. A migration that has waited in vain is rolled back and tried again.

Indexes of tables that exist already are no part of a migration's `upgrade`. Its module lists them in `indexes`, by
name, as `table (column, ...)`, or None for one that is dropped. They are built afterwards without blocking writers
(CREATE INDEX CONCURRENTLY). Each run builds what is missing of them, or was left invalid by a run that was interrupted.
"""

import logging
import random
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from shared.errors import Unavailable

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
LOCK_SECONDS = 2.0
PAUSE_SECONDS = (1.0, 10.0)
"""Between two tries of a migration: the first pause and the longest one."""
PATIENCE_SECONDS = 900.0
"""In all, for the locks of one migration."""
_LOCK = 0x63686F72656F  # any number that only this program uses
_LOCKED = ("55P03", "40P01")  # lock_not_available, deadlock_detected


class TableLocked(Unavailable):
    """Transactions of other programs have kept a table locked for too long; migrate again when they have ended."""

    code, title = "table_locked", "Table is locked"


def config(connection: Connection) -> Config:
    """Alembic's configuration on an open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def run(engine: Engine, revision: str) -> None:
    """Migrate up to `revision`. Raises TableLocked."""
    if engine.dialect.name == "postgresql":
        with _lock(engine) as connection:
            for step in _steps(engine, revision):
                _migrate_patiently(engine, step)
            _build_concurrently(connection, _indexes(revision))
        return
    with engine.begin() as connection:  # on SQLite, BEGIN IMMEDIATE is the lock
        command.upgrade(config(connection), revision)
        for name, place in _indexes(revision).items():
            change = f"CREATE INDEX IF NOT EXISTS {name} ON {place}" if place else f"DROP INDEX IF EXISTS {name}"
            connection.execute(text(change))


def _steps(engine: Engine, revision: str) -> list[str]:
    """The revisions that are missing, oldest first."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    missing = ScriptDirectory(str(FOLDER)).iterate_revisions(revision, found or "base")
    return [script.revision for script in missing][::-1]


def _indexes(revision: str) -> dict[str, str | None]:
    """The indexes that the migrations up to `revision` list: name to `table (column, ...)`, None for a dropped one."""
    found: dict[str, str | None] = {}
    for script in reversed(list(ScriptDirectory(str(FOLDER)).iterate_revisions(revision, "base"))):
        found |= getattr(script.module, "indexes", {})
    return found


@contextmanager
def _lock(engine: Engine) -> Generator[Connection]:
    """Hold the lock of migrations on a connection of its own, which commits each statement.

    It is polled: a statement that waits for it has a snapshot, for whose end CREATE INDEX CONCURRENTLY would wait.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        number = {"lock": _LOCK}
        while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), number).scalar_one():
            Event().wait(0.2)
        try:
            yield connection
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), number)


def _migrate_patiently(engine: Engine, revision: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    for pause in _pauses():
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = {int(LOCK_SECONDS * 1000)}"))
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                command.upgrade(config(connection), revision)
                return
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _LOCKED:
                raise
            if time.monotonic() + pause > until:
                raise TableLocked(f"revision {revision}: {error.orig}; {_oldest(engine)}") from error
            log.warning("revision %s waits for a lock, next try in %.0f s: %s", revision, pause, _oldest(engine))
        Event().wait(pause)


def _pauses() -> Iterator[float]:
    pause, longest = PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.75, 1.25)
        pause = min(2 * pause, longest)


def _oldest(engine: Engine) -> str:
    """Who probably holds the lock."""
    query = "SELECT pid, round(extract(epoch FROM now() - xact_start)) FROM pg_stat_activity"
    query += " WHERE xact_start < now() AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
    with engine.connect() as connection:
        found = connection.execute(text(query)).one_or_none()
    return f"process {found[0]} has been in a transaction for {found[1]} s" if found else "no transaction is open"


def _build_concurrently(connection: Connection, indexes: dict[str, str | None]) -> None:
    query = text(
        "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
        " WHERE relname = ANY(:names) AND pg_table_is_visible(oid)"
    )
    is_valid = {row.relname: row.indisvalid for row in connection.execute(query, {"names": list(indexes)})}
    for name, place in indexes.items():
        if name in is_valid and not (place and is_valid[name]):
            connection.execute(text(f"DROP INDEX CONCURRENTLY {name}"))
        if place and not is_valid.get(name):
            log.info("building index %s on %s", name, place)
            connection.execute(text(f"CREATE INDEX CONCURRENTLY {name} ON {place}"))
