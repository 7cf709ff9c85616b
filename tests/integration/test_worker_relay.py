"""Notifications: from outbox rows to the Celery worker of a queue."""

import socket
from collections.abc import Iterator

import pytest
from kombu.exceptions import OperationalError
from redis import Redis
from sqlalchemy import func, select

from services import outbox
from services.db.sessions import Database, open_database
from services.db.tables import OutboxRow
from shared.clock import FrozenClock
from shared.settings import Settings
from tests.servers.process import free_port
from tests.waiting import wait_until
from worker.broker.celery_app import EXPIRE_SECONDS, make_app, register
from worker.broker.threaded_worker import ThreadedWorker
from worker.relay import BATCH_SIZE, VISIBILITY_TIMEOUT_SECONDS, Relay

QUEUES = ["training.a", "generation.a"]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    database = open_database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def _relay_to(port: int, database: Database, clock: FrozenClock, socket_timeout: float | None = None) -> Relay:
    settings = Settings(broker_url=f"redis://127.0.0.1:{port}/0")
    return Relay(database, make_app(settings, socket_timeout=socket_timeout), clock)


def _add_rows(database: Database, clock: FrozenClock, *queues: str) -> None:
    with database.write() as session:
        for queue in queues:
            outbox.put(session, outbox.NOTIFY, {"queue": queue}, clock.now())


def _num_visible(database: Database, clock: FrozenClock) -> int:
    with database.write() as session:
        return len(outbox.take(session, outbox.NOTIFY, BATCH_SIZE, clock.now()))


def _num_rows(database: Database) -> int | None:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow))


@pytest.mark.parametrize("broker", ["memory", "redis"])
def test_a_queue_gets_one_message_for_all_its_rows(
    database: Database, clock: FrozenClock, broker: str, request: pytest.FixtureRequest
):
    url = "memory://" if broker == "memory" else request.getfixturevalue("redis_url")
    app, received = make_app(Settings(broker_url=url)), list[str]()
    register(app, received.append)
    worker = ThreadedWorker(app, QUEUES, concurrency=2)
    worker.start()
    _add_rows(database, clock, *QUEUES, QUEUES[0])
    relay = Relay(database, app, clock)
    assert relay.step()
    wait_until(lambda: len(received) >= 2)
    assert not relay.step()
    assert _num_rows(database) == 0
    _add_rows(database, clock, QUEUES[0])
    assert relay.step()
    wait_until(lambda: len(received) >= 3)
    worker.stop(10)
    assert sorted(received) == sorted([*QUEUES, QUEUES[0]])


def test_one_notification_waits_in_an_unserved_queue_and_it_expires(
    sqlite_database: Database, clock: FrozenClock, redis_url: str
):
    relay = Relay(sqlite_database, make_app(Settings(broker_url=redis_url)), clock)
    with Redis.from_url(redis_url) as client:
        for _ in range(3):
            _add_rows(sqlite_database, clock, *QUEUES * 50)
            assert relay.step()
            assert [client.llen(queue) for queue in QUEUES] == [1, 1]
        assert _num_rows(sqlite_database) == 0
        assert all(0 < client.ttl(queue) <= EXPIRE_SECONDS for queue in QUEUES)
        client.expire(QUEUES[0], 0)
        _add_rows(sqlite_database, clock, *QUEUES)
        assert relay.step()
        assert [client.llen(queue) for queue in QUEUES] == [1, 1]


def test_a_stopping_relay_releases_the_rows_that_it_has_not_sent(sqlite_database: Database, clock: FrozenClock):
    relay = _relay_to(free_port(), sqlite_database, clock)
    _add_rows(sqlite_database, clock, *QUEUES)
    relay.loop().request_stop()
    relay.step()
    assert _num_visible(sqlite_database, clock) == len(QUEUES)


@pytest.mark.parametrize("answers", ["refused", "silent"])
def test_an_idle_relay_notices_that_its_broker_is_unreachable(
    sqlite_database: Database, clock: FrozenClock, answers: str
):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if answers == "silent" else free_port()
        relaying, broker_check = _relay_to(port, sqlite_database, clock, socket_timeout=0.2).loops()
        for loop in (relaying, broker_check):
            loop.start()
        wait_until(lambda: relaying.problem is None, what="an iteration of the relay")
        wait_until(lambda: "OperationalError" in str(broker_check.problem), what="the broker check's error")
        for loop in (relaying, broker_check):
            loop.stop()


def test_a_poisoned_notification_waits_and_delays_no_other(
    sqlite_database: Database, clock: FrozenClock, redis_url: str
):
    relay = Relay(sqlite_database, make_app(Settings(broker_url=redis_url)), clock)
    with sqlite_database.write() as session:
        for payload in ({}, {"queue": None}, {"queue": {"a": 1}}):
            outbox.put(session, outbox.NOTIFY, payload, clock.now())
    _add_rows(sqlite_database, clock, *QUEUES)
    assert relay.step()
    with Redis.from_url(redis_url) as redis:
        assert [redis.llen(queue) for queue in QUEUES] == [1, 1]
    assert not relay.step()
    assert _num_rows(sqlite_database) == 3
    clock.advance(outbox.FIRST_PAUSE.total_seconds())
    assert _num_visible(sqlite_database, clock) == 3


@pytest.mark.parametrize(("setting", "value"), [("maxmemory", "1"), ("min-replicas-to-write", "1")])
def test_a_broker_that_answers_with_an_error_loses_no_notification(
    sqlite_database: Database, clock: FrozenClock, redis_url: str, setting: str, value: str
):
    relay = Relay(sqlite_database, make_app(Settings(broker_url=redis_url)), clock)
    _add_rows(sqlite_database, clock, *QUEUES)
    with Redis.from_url(redis_url) as redis:
        usual = redis.config_get(setting)[setting]
        redis.config_set(setting, value)
        try:
            with pytest.raises(OperationalError):
                relay.step()
        finally:
            redis.config_set(setting, usual)
        assert relay.step()
        clock.advance(VISIBILITY_TIMEOUT_SECONDS)
        assert relay.step()
        assert [redis.llen(queue) for queue in QUEUES] == [1, 1]


def test_an_unreachable_broker_loses_no_notification(sqlite_database: Database, clock: FrozenClock):
    relay = _relay_to(free_port(), sqlite_database, clock)
    _add_rows(sqlite_database, clock, "training.a")
    with pytest.raises(OperationalError):
        relay.step()
    assert _num_rows(sqlite_database) == 1
    clock.advance(VISIBILITY_TIMEOUT_SECONDS)
    assert _num_visible(sqlite_database, clock) == 1
