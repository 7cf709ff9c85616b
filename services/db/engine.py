"""SQLAlchemy engines, with the connection settings of SQLite and PostgreSQL."""

import json
import os
import re
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from shared.errors import ConfigurationError, Unavailable
from shared.files import PRIVATE_FILE, PRIVATE_FOLDER, make_folder, sync_folder

BUSY_SECONDS = 30
FROZEN_SECONDS = 10
"""PostgreSQL ends a transaction that is idle this long, so that a frozen worker cannot keep a job locked."""
CONNECT_SECONDS = 10
READ = "read"
_MISCONFIGURED = re.compile(
    "does not exist|authentication failed|no password supplied|no pg_hba.conf entry|permission denied|invalid .*"
    "(value|port|option)|does not support SSL|unable to open database file|not a database|readonly database"
)
_JSON = partial(json.dumps, allow_nan=False)
"""NaN is no JSON: PostgreSQL refuses it, and SQLite would store it."""


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://...`. Raises ConfigurationError for anything else.

    SQLite runs in WAL mode with foreign keys on; a transaction takes the write lock at once (BEGIN IMMEDIATE),
    so that it never fails halfway, unless the connection carries the execution option `access="read"`. A commit is on
    the disk when it returns (`synchronous=FULL`), and a new file belongs to its user alone.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its message may hold a password
        raise ConfigurationError("CHOREO_DATABASE_URL is not a database URL") from None
    if parsed.get_backend_name() == "postgresql":
        frees_locks = f"-c idle_in_transaction_session_timeout={FROZEN_SECONDS * 1000}"
        arguments = {"options": frees_locks, "connect_timeout": CONNECT_SECONDS}
        return create_engine(parsed, pool_pre_ping=True, connect_args=arguments, json_serializer=_JSON)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError(f"not a database that Choreo supports: {parsed.render_as_string()}")
    try:
        _create_private(Path(parsed.database))
    except OSError as error:
        raise ConfigurationError(f"CHOREO_DATABASE_URL: {error}") from error
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(parsed, connect_args=arguments, json_serializer=_JSON)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def unusable(error: DBAPIError) -> ConfigurationError | Unavailable:
    """What it means that a database does not let a program begin: wrong settings, or a server to wait for.

    A failed connection has no code, only the server's text, so that one in another language counts as unavailable.
    """
    if _MISCONFIGURED.search(str(error.orig)):
        return ConfigurationError(f"the database cannot be used: {error.orig}")
    return Unavailable(f"the database does not answer: {error.orig}")


def _create_private(file: Path) -> None:
    """Create a missing database with mode 0600, which SQLite gives to its journals too, and folders with 0700."""
    make_folder(file.parent, PRIVATE_FOLDER)
    if not file.exists():
        os.close(os.open(file, os.O_RDONLY | os.O_CREAT, PRIVATE_FILE))
        sync_folder(file.parent)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would open transactions on its own terms
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("access") == READ
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
