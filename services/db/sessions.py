"""Two kinds of session: read-only and read-write. Functions take the weaker one that suffices.

Services take a session and never commit; the edge opens it and commits once, at the end of its `with` block.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import CursorResult, Delete, Engine, Insert, Row, Select, Update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate

from services.db.engine import BUSY_SECONDS, READ, make_engine
from services.db.tables import Table
from shared.errors import ChoreoError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Entity = TypeVar("Entity", bound=Table)
Returning = ReturningInsert[T] | ReturningUpdate[T] | ReturningDelete[T]

# on SQLite every transaction sees one moment
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"access": READ},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
_FRESH = {"populate_existing": True, "synchronize_session": False}


class ReadSession:
    """A read-only session; the database enforces it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._session.get_bind().dialect.name

    def get(self, entity: type[Entity], key: Any) -> Entity | None:
        """The row with this primary key (a tuple for several columns), read from the database."""
        return self._session.get(entity, key, populate_existing=True)

    def scalar(self, statement: Select[T]) -> T | None:
        """The first column of the first row."""
        return self._session.scalar(statement, execution_options=_FRESH)

    def scalars(self, statement: Select[T]) -> Sequence[T]:
        """The first column of every row."""
        return self._session.scalars(statement, execution_options=_FRESH).all()

    def rows(self, statement: Select[*Ts]) -> Sequence[Row[*Ts]]:
        """Every row."""
        return self._session.execute(statement, execution_options=_FRESH).all()


class WriteSession(ReadSession):
    """A session that reads and writes."""

    def add(self, *rows: Table) -> None:
        """Insert rows and flush, so that a violated constraint raises here."""
        self._session.add_all(rows)
        self._session.flush()

    def execute(self, statement: Insert | Update | Delete) -> int:
        """Execute an INSERT, UPDATE or DELETE; returns the number of rows."""
        result = self._session.execute(statement, execution_options=_FRESH)
        return result.rowcount if isinstance(result, CursorResult) else 0

    def returning(self, statement: "Returning[T]") -> Sequence[T]:
        """Execute a statement with RETURNING; returns the first column of the rows."""
        return self._session.scalars(statement, execution_options=_FRESH).all()

    @contextmanager
    def savepoint(self) -> Generator[None]:
        """Undo the writes of the block when it raises; the transaction goes on, and rows are read again when used."""
        try:
            with self._session.begin_nested():
                yield
        except Exception:
            self._session.expire_all()
            raise

    def flush(self) -> None:
        """Flush pending changes of loaded rows."""
        self._session.flush()


class Database:
    """Opens sessions on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._read_engine = engine.execution_options(**_READING[engine.dialect.name])
        self._writing = Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Generator[ReadSession]:
        """A read-only session on one snapshot."""
        with Session(self._read_engine, autoflush=False, expire_on_commit=False) as session:
            yield ReadSession(session)

    @contextmanager
    def write(self) -> Generator[WriteSession]:
        """One transaction: committed at the end, rolled back by an exception, except one that must be committed.

        It begins at once, so that a moment asked for inside is not older than a slow connection made it.
        """
        with self._write_lock(), Session(self.engine, expire_on_commit=False) as session:
            session.connection()
            try:
                yield WriteSession(session)
            except ChoreoError as error:
                if error.is_a_fact:
                    session.commit()
                raise
            session.commit()

    @contextmanager
    def _write_lock(self) -> Generator[None]:
        """Serializes this process's write transactions on SQLite, whose busy handler polls and can starve a writer.

        A wait for the same thread or for another process ends with SQLite's own error.
        """
        has_write_lock = self._writing is not None and self._writing.acquire(timeout=BUSY_SECONDS)
        try:
            yield
        finally:
            if self._writing is not None and has_write_lock:
                self._writing.release()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """A `Database` for this URL; its schema is brought up to date by `services.db.migrations.upgrade`."""
    return Database(make_engine(url))


def is_disconnect(error: Exception) -> bool:
    """Whether the database did not answer or closed the connection, so that a retry on a new connection may succeed.

    PostgreSQL ends the transaction of a process that was frozen in its middle, and psycopg calls that an InternalError.
    """
    if not isinstance(error, DBAPIError):
        return False
    has_exceeded_limit = str(getattr(error.orig, "sqlstate", "")).startswith("54")  # of the statement, not the server
    return error.connection_invalidated or (
        isinstance(error, OperationalError | InterfaceError) and not has_exceeded_limit
    )
