"""The doorbell: from outbox rows to a worker that answers."""

import socket
from collections.abc import Iterator

import pytest
from kombu.exceptions import OperationalError
from sqlalchemy import func, select

from services import outbox
from services.db.sessions import Database, open_database
from services.db.tables import OutboxRow
from shared.clock import FrozenClock
from shared.settings import Settings
from tests.servers.process import free_port
from tests.waiting import wait_until
from worker.broker.celery_app import make_app
from worker.broker.tasks import install
from worker.broker.threaded_worker import ThreadedWorker
from worker.relay import BATCH, HOLD_SECONDS, Relay

QUEUES = ["training.a", "generation.a"]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def _ask(database: Database, clock: FrozenClock, *queues: str) -> None:
    with database.write() as session:
        for queue in queues:
            outbox.put(session, outbox.NOTIFY, {"queue": queue}, clock.now())


def _num_waiting(database: Database) -> int | None:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow))


@pytest.mark.parametrize("broker", ["memory", "redis"])
def test_every_row_rings_once_on_its_queue(
    database: Database, clock: FrozenClock, broker: str, request: pytest.FixtureRequest
):
    url = "memory://" if broker == "memory" else request.getfixturevalue("redis_url")
    app, heard = make_app(Settings(broker_url=url)), list[str]()
    install(app, heard.append)
    worker = ThreadedWorker(app, QUEUES, concurrency=2)
    worker.start()
    _ask(database, clock, *QUEUES, QUEUES[0])
    relay = Relay(database, app, clock)
    assert relay.step()
    wait_until(lambda: len(heard) >= 3)
    assert not relay.step()
    assert _num_waiting(database) == 0
    worker.stop(10)
    assert sorted(heard) == sorted([*QUEUES, QUEUES[0]])


def test_a_relay_that_leaves_hands_back_what_it_has_not_rung(sqlite_url: str, clock: FrozenClock):
    database = open_database(sqlite_url)
    relay = Relay(database, make_app(Settings(broker_url=f"redis://127.0.0.1:{free_port()}/0")), clock)
    _ask(database, clock, *QUEUES)
    relay.loop().leave()
    relay.step()
    with database.write() as session:
        assert len(outbox.take(session, outbox.NOTIFY, BATCH, clock.now())) == len(QUEUES)
    database.close()


@pytest.mark.parametrize("answers", ["refused", "silent"])
def test_a_relay_with_nothing_to_ring_notices_that_its_broker_is_away(
    sqlite_url: str, clock: FrozenClock, answers: str
):
    database = open_database(sqlite_url)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1] if answers == "silent" else free_port()
        relay = Relay(database, make_app(Settings(broker_url=f"redis://127.0.0.1:{port}/0"), patience=0.2), clock)
        ringing, greeting = relay.loops()
        for loop in (ringing, greeting):
            loop.start()
        wait_until(lambda: ringing.trouble is None, what="a round of the relay")
        wait_until(lambda: "OperationalError" in str(greeting.trouble), what="a word about the broker")
        for loop in (ringing, greeting):
            loop.stop()
    database.close()


def test_a_broker_that_is_away_loses_nothing(sqlite_url: str, clock: FrozenClock):
    database = open_database(sqlite_url)
    relay = Relay(database, make_app(Settings(broker_url=f"redis://127.0.0.1:{free_port()}/0")), clock)
    _ask(database, clock, "training.a")
    with pytest.raises(OperationalError):
        relay.step()
    assert _num_waiting(database) == 1
    clock.advance(HOLD_SECONDS)
    with database.write() as session:
        assert len(outbox.take(session, outbox.NOTIFY, BATCH, clock.now())) == 1
    database.close()
