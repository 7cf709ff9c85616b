"""Each dependency of a deployment fails in turn: accepted jobs are done once, and workers survive."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from redis import Redis
from sqlalchemy import select, text, update

from choreo import ProblemError
from deploy.demo.webhook_receiver import WebhookReceiver
from services import outbox
from services.db.sessions import Database, open_database
from services.db.tables import JobRow, OutboxRow
from services.storage.factory import open_store
from shared.clock import SystemClock
from tests.disk import filled, small_disk
from tests.e2e import processes
from tests.e2e.platform import ENDLESS, PATIENCE, Platform, is_ready, platform
from tests.servers.faulty import Fault, FaultyProxy, faulty_proxy
from tests.servers.postgresql import PostgresServer, postgresql
from tests.servers.process import free_port
from tests.servers.programs import POSTGRESQL, REDIS
from tests.servers.redis import RedisServer, redis
from tests.servers.required import require
from tests.servers.s3 import S3Server
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

MAX_ATTEMPTS = 2
Worker = subprocess.Popen[bytes]


@dataclass
class Broken:
    """A separate platform on servers that may fail."""

    platform: Platform
    database_server: PostgresServer
    redis_server: RedisServer
    proxy: FaultyProxy
    database: Database

    def run_sql(self, statement: str) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="module")
def broken(
    servers_folder: Path, s3_server: S3Server, tiny_base: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broken]:
    require(POSTGRESQL, REDIS)
    with (
        postgresql(servers_folder / "faults-postgresql") as database_server,
        redis(servers_folder / "faults-redis") as broker,
        faulty_proxy(s3_server.endpoint_url) as faulty,
    ):
        places: dict[str, Any] = {
            "database_url": database_server.create("faults"),
            "broker_url": broker.url,
            **s3_server.settings("faults"),
            "s3_endpoint_url": faulty.url,
            "s3_public_endpoint_url": s3_server.endpoint_url,
            "s3_timeout_seconds": 1.0,
            "max_attempts": MAX_ATTEMPTS,
            "cancel_grace_seconds": 1.0,
            "orphaned_objects_seconds": 1.0,
        }
        with platform(tmp_path_factory.mktemp("faults"), tiny_base, clip, places) as running:
            database = open_database(places["database_url"])
            yield Broken(running, database_server, broker, faulty, database)
            database.close()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A small file system for work folders, or None without the right to mount one."""
    place = tmp_path_factory.mktemp("scratch")
    with small_disk(place) as mounted:
        yield place if mounted else None


@pytest.fixture(scope="module")
def worker(broken: Broken, scratch: Path | None) -> Iterator[Worker]:
    """One worker for all tests but the first; none of the faults may end it."""
    changes = {"CHOREO_WORK_DIR": str(scratch)} if scratch else {}
    worker = broken.platform.worker(**changes)
    yield worker
    assert worker.poll() is None, "the worker did not live"
    worker.terminate()
    worker.wait(60)


@contextmanager
def stuck_between_send_and_mark(broken: Broken) -> Iterator[None]:
    """A statement that marks an outbox row as done blocks for ever."""
    broken.run_sql(
        "CREATE FUNCTION wait_for_ever() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(3600); RETURN OLD; END $$"
    )
    broken.run_sql(
        "CREATE TRIGGER stuck BEFORE DELETE ON outbox FOR EACH ROW "
        "WHEN (OLD.topic = 'ring') EXECUTE FUNCTION wait_for_ever()"
    )
    yield
    broken.database_server.cut_connections()  # the dead relay's would hold its lock to the end of its sleep
    broken.run_sql("DROP TRIGGER stuck ON outbox")


def submit_and_kill(broken: Broken) -> str:
    """A generation that an API accepts right before it is killed."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    api = broken.platform.start("api", CHOREO_HTTP_PORT=str(port))
    wait_until(lambda: is_ready(url), timeout=PATIENCE, what="a second API")
    key = {"authorization": f"Bearer {broken.platform.token}"}
    answer = httpx.post(f"{url}/v1/generations", json={"prompt": "a ring", "seed": 1}, headers=key, trust_env=False)
    api.kill()
    api.wait()
    assert answer.status_code == 202
    return answer.json()["id"]


def num_notifications(broken: Broken) -> int:
    with Redis.from_url(broken.redis_server.url) as client:
        return int(client.llen("generation.choreo-world"))


def num_unmarked(broken: Broken) -> int:
    with broken.database.read() as session:
        return len(session.scalars(select(OutboxRow.id).where(OutboxRow.topic == outbox.NOTIFY)))


def test_what_was_accepted_survives_api_relay_and_broker(broken: Broken, request: pytest.FixtureRequest):
    platform = broken.platform
    with WebhookReceiver(platform.webhook_secret) as receiver:
        accepted = [submit_and_kill(broken)]
        wait_until(
            lambda: num_notifications(broken) == 1 and not num_unmarked(broken), timeout=PATIENCE, what="a notification"
        )
        broken.redis_server.flush()  # one notification waits at most: the next is sent when it is gone
        with stuck_between_send_and_mark(broken):
            accepted.append(platform.submit_generation(webhook_url=receiver.url))
            wait_until(
                lambda: num_notifications(broken) == 1, timeout=PATIENCE, what="a notification that is not marked"
            )
            relay = platform.programs["worker.relay"]
            relay.kill()
            relay.wait()
            assert num_unmarked(broken) >= 1  # the sweep may have added one
        broken.redis_server.flush()
        accepted.append(platform.submit_generation())
        broken.redis_server.process.stop()
        platform.programs["worker.relay"] = platform.start("worker.relay")
        accepted.append(platform.submit_generation())
        broken.redis_server.start_again()

        request.getfixturevalue("worker")
        for job_id in accepted:
            job = platform.wait_for(job_id, "succeeded")
            assert [attempt["outcome"] for attempt in job["attempts"]] == ["succeeded"]
        assert receiver.wait_for_job(accepted[1], "generation.succeeded", PATIENCE)
        wait_until(lambda: len(receiver.deliveries) >= 2, timeout=30, what="all events, in any order")
        assert Counter(one.body["type"] for one in receiver.deliveries) == {
            "generation.running": 1,
            "generation.succeeded": 1,
        }


def test_a_database_that_restarts(broken: Broken, worker: Worker):
    platform = broken.platform
    job_id = platform.submit_training(steps=80, checkpoint_every=5)
    platform.wait_for_step(job_id, 6)
    broken.database_server.stop(crash=True)
    refused = httpx.get(
        f"{platform.settings.public_url}/v1/jobs/{job_id}",
        headers={"authorization": f"Bearer {platform.token}"},
        trust_env=False,
        timeout=60,
    )
    assert (refused.status_code, refused.json()["retryable"]) == (503, True)
    assert int(refused.headers["retry-after"]) > 0
    broken.database_server.start_again()
    job = wait_until(lambda: ended(platform, job_id), timeout=PATIENCE, what="the end of the job")
    assert job["state"] == "succeeded"
    broken.database_server.cut_connections()
    platform.wait_for(wait_until(lambda: submitted(platform), timeout=PATIENCE, what="a 202"), "succeeded")
    assert [version["job_id"] for version in platform.versions(job)] == [job_id]


def submitted(platform: Platform) -> str | None:
    """Submit a generation; None if the API answers with a retryable error."""
    try:
        return platform.submit_generation()
    except ProblemError as refused:
        if not refused.retryable:
            raise
        return None


def ended(platform: Platform, job_id: str) -> dict[str, Any] | None:
    job = platform.job(job_id)
    return job if job["state"] in ("succeeded", "failed", "canceled") else None


def test_storage_that_dies_in_the_middle_of_each_upload(broken: Broken, worker: Worker):
    platform = broken.platform
    broken.proxy.set(Fault.CUT_REQUEST, only="PUT")
    job_id = platform.submit_training(steps=4)
    job = platform.wait_for(job_id, "failed")
    broken.proxy.set(Fault.NONE)
    assert (job["error"]["code"], job["error"]["retryable"]) == ("storage_unavailable", True)
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["failed"] * MAX_ATTEMPTS
    assert platform.versions(job) == []
    store = open_store(platform.settings)
    prefix = f"tenants/{tenant_of(job, store)}/concepts/{job['spec']['concept_id']}/versions/{job_id}"
    wait_until(lambda: not list(store.list(prefix)), timeout=PATIENCE, what="nothing left in storage")

    heir = platform.client.post(f"/v1/jobs/{job_id}/retry", {})["id"]
    assert [version["job_id"] for version in platform.versions(platform.wait_for(heir, "succeeded"))] == [heir]


def tenant_of(job: dict[str, Any], store: Any) -> str:
    return next(info.key.split("/")[1] for info in store.list("tenants"))


def test_an_engine_that_aborts_each_time_ends_as_a_dead_letter(broken: Broken, worker: Worker):
    platform = broken.platform
    job_id = platform.submit_training(**ENDLESS)
    child = processes.celery_child(worker.pid)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        platform.wait_for_step(job_id, 2, attempt=attempt)
        os.kill(processes.engine(worker.pid), signal.SIGABRT)
    job = platform.wait_for(job_id, "failed")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("engine_died", True)
    assert f"exit code {-signal.SIGABRT}" in job["error"]["message"]
    assert "services/motion/engine/server.py" in job["error"]["message"]  # where it was, from the engine's own log
    lines = [line["message"] for line in platform.client.get(f"/v1/jobs/{job_id}/logs?limit=100")["data"]]
    assert "engine: Fatal Python error: Aborted" in lines
    assert len(job["attempts"]) == MAX_ATTEMPTS
    assert processes.celery_child(worker.pid) == child


def test_an_engine_that_will_not_listen_is_killed_alone(broken: Broken, worker: Worker):
    platform = broken.platform
    job_id = platform.submit_training(**ENDLESS)
    platform.wait_for_step(job_id, 2)
    child, engine = processes.celery_child(worker.pid), processes.engine(worker.pid)
    os.kill(engine, signal.SIGSTOP)
    platform.client.post(f"/v1/jobs/{job_id}/cancel", {})
    job = platform.wait_for(job_id, "canceled")
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["canceled"]
    assert not processes.is_alive(engine)
    assert processes.celery_child(worker.pid) == child
    platform.wait_for(platform.submit_generation(), "succeeded")


def test_finish_by_ends_a_job_that_runs(broken: Broken, worker: Worker):
    platform = broken.platform
    job_id = platform.submit_training(**ENDLESS)
    platform.wait_for_step(job_id, 2)
    with broken.database.write() as session:  # the deadline comes now, however long the start took
        session.execute(
            update(JobRow).where(JobRow.id == job_id).values(finish_by=SystemClock().now() - timedelta(seconds=1))
        )
    job = platform.wait_for(job_id, "failed")
    assert job["error"]["code"] == "finish_by_missed"
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["failed"]
    platform.wait_for(platform.submit_generation(), "succeeded")


@contextmanager
def no_more_memory(engine: int) -> Iterator[None]:
    process = psutil.Process(engine)
    before = process.rlimit(psutil.RLIMIT_AS)
    process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms, before[1]))
    yield
    if process.is_running():
        process.rlimit(psutil.RLIMIT_AS, before)


def fails(platform: Platform) -> dict[str, Any]:
    """A training whose retries fail while the fault lasts, and would succeed afterwards."""
    return platform.wait_for(platform.submit_training(steps=4), "failed")["error"]


def test_a_full_disk_has_a_name(broken: Broken, worker: Worker, scratch: Path | None):
    if scratch is None:
        pytest.skip("only root may mount a small file system")
    with filled(scratch):
        error = fails(broken.platform)
    assert (error["code"], error["retryable"], error["fault"]) == ("disk_full", True, "service")
    broken.platform.wait_for(broken.platform.submit_training(steps=4), "succeeded")


def test_an_engine_without_memory_says_so_or_dies_and_is_replaced(broken: Broken, worker: Worker):
    broken.platform.wait_for(broken.platform.submit_generation(), "succeeded")
    with no_more_memory(processes.engine(worker.pid)):
        job = broken.platform.job(broken.platform.submit_training(steps=4, num_frames=8, height=64, width=64))
        job = wait_until(lambda: ended(broken.platform, job["id"]), timeout=PATIENCE, what="the end of the job")
    codes = {(one["error"] or {}).get("code") for one in job["attempts"] if one["outcome"] == "failed"}
    assert codes
    assert codes <= {"out_of_memory", "engine_died"}
    broken.platform.wait_for(broken.platform.submit_generation(), "succeeded")
