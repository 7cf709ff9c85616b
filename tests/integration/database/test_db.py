"""Sessions and migrations on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.db.migrations import check, upgrade
from services.db.sessions import Database, ReadSession, is_disconnect, open_database
from services.db.tables import Table, TenantRow
from shared.errors import ConfigurationError, Fenced, NotFound
from tests.waiting import wait_until

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def tenant(id: str = "ten_1") -> TenantRow:
    return TenantRow(id=id, name=id, event_seq=0, created_at=NOON)


def names(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(TenantRow.name).order_by(TenantRow.name)))


def test_the_migrations_make_exactly_the_tables(db: Database):
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata) == []


def test_many_processes_may_migrate_at_once(db: Database, database_url: str):
    Table.metadata.drop_all(db.engine)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    failures: list[BaseException] = []

    def run() -> None:
        try:
            upgrade(database_url)
        except BaseException as error:  # noqa: BLE001  (a thread hands its failure to the test)
            failures.append(error)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert names(db) == []


def test_a_write_session_commits_at_its_end(db: Database):
    with db.write() as session:
        session.add(tenant())
        assert names(db) == []
    assert names(db) == ["ten_1"]


def test_a_read_session_sees_one_moment(db: Database):
    with db.read() as session:
        assert session.scalars(select(TenantRow.id)) == []
        with db.write() as other:
            other.add(tenant())
        assert session.scalars(select(TenantRow.id)) == []
    assert names(db) == ["ten_1"]


def add_and_raise(db: Database, id: str, error: type[Exception]) -> None:
    with db.write() as session:
        session.add(tenant(id))
        raise error


def test_an_error_undoes_everything_unless_it_is_a_recorded_fact(db: Database):
    with pytest.raises(NotFound):
        add_and_raise(db, "ten_lost", NotFound)
    with pytest.raises(ZeroDivisionError):
        add_and_raise(db, "ten_lost", ZeroDivisionError)
    with pytest.raises(Fenced):
        add_and_raise(db, "ten_kept", Fenced)
    assert names(db) == ["ten_kept"]


def test_a_transaction_that_was_frozen_may_go_well_again(postgresql_url: str):
    """PostgreSQL ends it, and psycopg raises no OperationalError for that."""
    database, other = open_database(postgresql_url), open_database(postgresql_url)

    def freeze() -> None:
        with database.write() as session:
            pid = session._session.scalar(text("SELECT pg_backend_pid()"))
            session._session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
            gone = text("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = :pid").bindparams(pid=pid)
            with other.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                wait_until(lambda: connection.scalar(gone), what="the end of the frozen transaction")
            session.scalars(select(TenantRow.id))

    with pytest.raises(DBAPIError) as raised:
        freeze()
    assert is_disconnect(raised.value)
    database.close()
    other.close()


def test_the_database_refuses_to_write_through_a_read_session(db: Database):
    values = {"id": "ten_1", "name": "x", "event_seq": 0, "created_at": NOON}
    with db.read() as session:
        inner: Session = session._session
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            inner.execute(insert(TenantRow).values(values))
    with db.write() as session:  # the same pooled connection writes again
        session.add(tenant())
    assert not hasattr(ReadSession, "add")


def test_moments_keep_their_instant(db: Database):
    elsewhere = datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with db.write() as session:
        session.add(TenantRow(id="ten_1", name="x", event_seq=0, created_at=elsewhere))
    with db.read() as session:
        row = session.get(TenantRow, "ten_1")
        assert row is not None
        assert (row.created_at, row.created_at.tzinfo) == (NOON, UTC)


def test_a_schema_newer_than_the_code_serves_it_and_an_empty_database_does_not(db: Database, tmp_path: Path):
    """In a rolling migration the old code runs on the new schema."""
    check(db.engine)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of a later release'"))
    check(db.engine)
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(ConfigurationError, match=r"empty, not at .*services\.db\.migrations"):
        check(empty.engine)
    empty.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str):
    with pytest.raises(ConfigurationError, match="not a database"):
        open_database(url)
