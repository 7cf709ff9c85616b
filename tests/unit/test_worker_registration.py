"""A worker's registration, as the scheduling queries see it."""

from collections.abc import Iterator

import pytest

from services.db.sessions import Database, open_database
from services.jobs.scheduling import workers
from services.motion.engine.messages import MAX_CACHED_BASE_MODELS
from shared.clock import FrozenClock
from shared.schemas.job import JobKind
from shared.schemas.worker import Drain
from worker.store.registration import WorkerRegistration

BASE_MODELS = ["a", "b", "c"]
KINDS: tuple[JobKind, ...] = ("training", "generation", "evaluation")
QUEUES = [f"{kind}.{base_model}" for kind in KINDS for base_model in BASE_MODELS]
NAME = "worker-1"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = open_database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def registration(database: Database) -> WorkerRegistration:
    return WorkerRegistration(database, FrozenClock(), worker=NAME, queues=QUEUES)


def _cached(database: Database) -> set[str]:
    with database.read() as session:
        readiness = workers.readiness(session, BASE_MODELS, FrozenClock().now())
    return {base_model for base_model, state in readiness.items() if state == "warm"}


def _names(database: Database) -> list[str]:
    with database.read() as session:
        return [worker.row.name for worker in workers.list_workers(session, 10)]


def _drain(database: Database, how: Drain) -> None:
    with database.write() as session:
        workers.drain(session, NAME, how)


def test_a_check_in_registers_the_worker_and_closing_removes_it(database: Database, registration: WorkerRegistration):
    registration.check_in()
    assert _names(database) == [NAME]
    with database.read() as session:
        assert workers.get(session, NAME).row.queues == sorted(QUEUES)
        assert workers.accepts_jobs(session, NAME)
    registration.close()
    assert _names(database) == []


def test_the_most_recently_used_base_models_are_registered_as_cached(
    database: Database, registration: WorkerRegistration
):
    assert MAX_CACHED_BASE_MODELS == 2
    for base_model in ("a", "b", "a", "c"):
        registration.on_base_model_used(base_model)
    registration.check_in()
    assert _cached(database) == {"a", "c"}


def test_a_cleared_cache_is_registered(database: Database, registration: WorkerRegistration):
    registration.on_base_model_used("a")
    registration.check_in()
    registration.on_cache_cleared()
    registration.check_in()
    assert _cached(database) == set()


@pytest.mark.parametrize(("how", "should_hand_over"), [(Drain.HAND_OVER, True), (Drain.FINISH, False)])
def test_a_check_in_reads_the_drain_request(
    database: Database, registration: WorkerRegistration, how: Drain, should_hand_over: bool
):
    registration.check_in()
    assert not registration.should_hand_over
    _drain(database, how)
    registration.check_in()
    assert registration.should_hand_over is should_hand_over


def test_a_claim_proves_that_the_drain_was_ended(database: Database, registration: WorkerRegistration):
    registration.check_in()
    _drain(database, Drain.HAND_OVER)
    registration.check_in()
    registration.on_claim()
    assert not registration.should_hand_over
