"""PostgreSQL: one cluster for the session, one database per test."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.process import ServerProcess, as_user, free_port
from tests.servers.programs import path_of

UNPRIVILEGED = "postgres"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")


class PostgresServer:
    """A running cluster on loopback; trust authentication, superuser `choreo`."""

    def __init__(self, port: int, process: ServerProcess) -> None:
        self._port, self.process = port, process
        self._connection: psycopg.Connection | None = None

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://choreo@127.0.0.1:{self._port}/{database}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Create `database` as a copy of `template`, whose connections must be closed, and return its URL.

        A copy of the files costs half the processor time of PostgreSQL's default, a copy through its log.
        """
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._run(create.format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop `database` and end its connections."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def cut_connections(self) -> None:
        """End every connection but ours, as a failover does."""
        self._run(sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))

    def stop(self, *, crash: bool = False) -> None:
        """End the server: open transactions are rolled back, or, in a crash, found half done at the next start."""
        self._disconnect()
        self.process.stop(with_signal=signal.SIGQUIT if crash else signal.SIGINT)

    def start_again(self) -> None:
        """Start it again with all that was committed; returns once it answers."""
        self.process.start_again()
        self.process.wait_ready(self.answers)

    def answers(self) -> bool:
        """Whether the server accepts a connection."""
        try:
            self._run(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: sql.Composable) -> None:
        """Execute on one connection that stays open: each new one is a new process of the server."""
        if self._connection is None:
            dsn = f"host=127.0.0.1 port={self._port} user=choreo dbname=postgres connect_timeout=5"
            self._connection = psycopg.connect(dsn, autocommit=True)
        try:
            self._connection.execute(statement)
        except psycopg.OperationalError:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def postgresql(folder: Path) -> Iterator[PostgresServer]:
    """Run a fresh cluster below `folder`, as user `postgres` if we are root (PostgreSQL refuses root)."""
    data, log, port = folder / "data", folder / "postgresql.log", free_port()
    folder.mkdir()
    user = as_user(UNPRIVILEGED)
    if user:
        shutil.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
    initdb = [path_of("initdb"), "-D", str(data), "-U", "choreo", "--auth=trust", "-N", "-E", "UTF8", "--no-locale"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
    options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *FAST]
    argv = [path_of("postgres"), "-D", str(data), *(part for option in options for part in ("-c", option))]
    server = PostgresServer(port, ServerProcess(argv, log=log, user=UNPRIVILEGED))
    try:
        server.process.wait_ready(server.answers)
        yield server
    finally:
        server.stop()
