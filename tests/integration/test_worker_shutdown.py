"""`python -m worker` on SIGTERM: an idle worker ends, and one whose job does not stop exits after its drain timeout."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from redis import Redis

from services.db.sessions import Database, open_database
from services.jobs.lifecycle import reaping
from services.jobs.scheduling import workers
from shared.clock import SystemClock
from shared.settings import Settings
from tests.e2e import processes
from tests.job_setup import BASE, TRAININGS, JobSetup
from tests.waiting import wait_until
from worker.broker.celery_app import make_app, notify

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds that a busy machine may take to start Celery."""
LEASE_SECONDS = 60.0

Worker = subprocess.Popen[bytes]


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = open_database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def worker(
    request: pytest.FixtureRequest, sqlite_url: str, redis_url: str, silent_port: int, tmp_path: Path
) -> Iterator[Worker]:
    """A worker with the drain timeout of the test's parameter, in seconds.

    Its storage never answers, so that a job with a clip waits for its download and does not stop.
    """
    settings = {
        "DATABASE_URL": sqlite_url,
        "BROKER_URL": redis_url,
        "STORAGE_URL": "s3://choreo",
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{silent_port}",
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": "secret",
        "S3_TIMEOUT_SECONDS": "600",
        "WORK_DIR": str(tmp_path / "work"),
        "BASE_MODELS": f'{{"{BASE}": "{tmp_path}"}}',
        "LEASE_SECONDS": f"{LEASE_SECONDS}",
        "CANCEL_GRACE_SECONDS": "0.1",
        "DRAIN_SECONDS": str(request.param),
    }
    environment = os.environ | {f"CHOREO_{name}": value for name, value in settings.items()}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.tied", "worker"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    yield process
    process.kill()
    process.wait()


def _blocked(redis: Redis) -> list[int]:
    """The clients that wait for messages."""
    return [int(client["id"]) for client in redis.client_list() if "b" in client["flags"]]


def _names(database: Database) -> list[str]:
    with database.read() as session:
        return [worker.row.name for worker in workers.list_workers(session, 10)]


@pytest.mark.parametrize("worker", [PATIENCE], indirect=True)
def test_an_idle_worker_outlives_errors_of_redis_and_ends_on_sigterm(
    database: Database, worker: Worker, redis_url: str, tmp_path: Path
):
    log = tmp_path / "worker.log"
    wait_until(lambda: _names(database), timeout=PATIENCE, what="the worker's registration")
    with Redis.from_url(redis_url) as redis:
        wait_until(lambda: _blocked(redis), timeout=PATIENCE, what="a consumer")
        redis.client_unblock(_blocked(redis)[0], error=True)  # as a failover does
        redis.replicaof("127.0.0.1", "1")
        try:
            wait_until(lambda: b"read only replica" in log.read_bytes(), timeout=PATIENCE, what="a refused command")
        finally:
            redis.replicaof("NO", "ONE")
        notify(make_app(Settings(broker_url=redis_url)), TRAININGS)
        wait_until(lambda: not redis.llen(TRAININGS), timeout=PATIENCE, what="the notification's consumption")
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert _names(database) == []


@pytest.mark.parametrize("worker", [0.5], indirect=True)
def test_a_worker_whose_job_does_not_stop_exits_and_the_lease_expires(
    database: Database, worker: Worker, redis_url: str
):
    jobs = JobSetup(database)
    job_id = jobs.train().id
    notify(make_app(Settings(broker_url=redis_url)), TRAININGS)
    wait_until(lambda: jobs.resource(job_id).state == "running", timeout=PATIENCE, what="the job's start")
    below = [process.pid for process in psutil.Process(worker.pid).children(recursive=True)]
    assert below

    worker.terminate()
    assert worker.wait(PATIENCE) == 1
    wait_until(lambda: not any(map(processes.is_alive, below)), timeout=30, what="the end of the worker's children")
    job = jobs.resource(job_id)
    assert (job.state, job.attempts[0].outcome) == ("running", "running")  # it was not released

    with database.write() as session:
        reaping.reap(session, now=SystemClock().now() + timedelta(seconds=LEASE_SECONDS))
    job = jobs.resource(job_id)
    assert (job.state, job.attempts[0].outcome) == ("queued", "lost")
