"""All processes that share a database use its clock, whatever their own clocks say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from services.db import clock as database_clock
from services.db.clock import DatabaseClock, clock_of
from services.db.engine import make_engine
from shared.clock import SystemClock
from tests.servers.postgresql import PostgresServer


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    engine = make_engine(postgresql_url)
    yield engine
    engine.dispose()


def now_of(engine: Engine) -> datetime:
    with engine.connect() as connection:
        return connection.execute(text("SELECT clock_timestamp()")).scalar_one()


def test_it_is_the_databases_time_whatever_the_machine_says(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime(2000, 1, 1, tzinfo=UTC))
    clock = clock_of(engine)
    before, now, after = now_of(engine), clock.now(), now_of(engine)
    assert before <= now <= after
    assert now.tzinfo is UTC


def test_it_continues_by_a_monotonic_clock_without_a_query(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    clock = DatabaseClock(engine)
    first, steady = clock.now(), database_clock._steady()
    monkeypatch.setattr(clock, "_ask", lambda: pytest.fail("it asked"))
    monkeypatch.setattr(database_clock, "_steady", lambda: steady + 30.0)
    assert timedelta(seconds=29) < clock.now() - first <= timedelta(seconds=31)


def test_it_outlives_its_database_and_corrects_itself_when_that_is_back(
    engine: Engine, postgresql_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
):
    clock = DatabaseClock(engine)
    known = clock.now()
    clock._known = (known - timedelta(hours=1), database_clock._steady())
    away = make_engine(postgresql_server.url("nowhere"))
    clock._engine, there = away, clock._engine
    clock._ask_at = 0.0
    assert clock.now() < known
    clock._engine, clock._ask_at = there, 0.0
    assert clock.now() >= known
    away.dispose()


def test_a_database_that_never_answered_is_an_error(postgresql_server: PostgresServer):
    engine = make_engine(postgresql_server.url("nowhere"))
    with pytest.raises(Exception, match="nowhere"):
        DatabaseClock(engine).now()
    engine.dispose()


def test_sqlite_is_on_the_machine_that_asks(sqlite_url: str):
    engine = make_engine(sqlite_url)
    assert isinstance(clock_of(engine), SystemClock)
    engine.dispose()
