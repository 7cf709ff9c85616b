"""Test data: a tenant, a large number of ended jobs, and one job that produces events."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import httpx
from sqlalchemy import insert, inspect

from bench.api.load import Took, took
from services.accounts.service import create_key, create_tenant
from services.db.sessions import Database
from services.db.tables import JobRow
from services.jobs.lifecycle import attempts
from services.jobs.state.types import ClaimedJob
from shared.clock import SystemClock
from shared.ids import new_id
from shared.schemas.job import Progress

CLOCK = SystemClock()
BATCH = 5_000
LEASE_SECONDS = 3600.0
PATIENCE_SECONDS = 120.0


def new_tenant(database: Database, name: str) -> dict[str, str]:
    """The headers of a new tenant's key."""
    with database.write() as session:
        tenant = create_tenant(session, name, CLOCK.now())
        key = create_key(session, tenant.id, "bench", ("read", "train", "generate"), CLOCK.now())
    return {"Authorization": f"Bearer {key.token}"}


def fill(database: Database, job_id: str, num: int) -> None:
    """Copies a job `num` times, as jobs that were canceled before it, a millisecond apart."""
    with database.read() as session:
        row = session.get(JobRow, job_id)
        if row is None:
            raise LookupError(job_id)
        template = {one.columns[0].key: getattr(row, one.key) for one in inspect(JobRow).column_attrs}
    copies = _copies(template, num)
    while rows := list(islice(copies, BATCH)):
        with database.engine.begin() as connection:
            connection.execute(insert(JobRow), rows)


def _copies(template: dict[str, Any], num: int) -> Iterator[dict[str, Any]]:
    begun = template["created_at"] - timedelta(milliseconds=num + 1)
    for number in range(num):
        moment = begun + timedelta(milliseconds=number)
        ended = {"state": "canceled", "created_at": moment, "finished_at": moment, "notify_at": None}
        yield template | ended | {"id": new_id("job", moment)}


def fan_out(database: Database, url: str, headers: dict[str, str], *, listeners: int, num: int) -> Took:
    """How long after it was written each of `num` events of one job reaches each of its listeners."""
    with httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False) as client:
        job = _claimed(
            database, client.post("/v1/generations", json={"prompt": "a ball"}).raise_for_status().json()["id"]
        )
    written: dict[str, float] = {}
    received: list[tuple[str, float]] = []
    ready = threading.Barrier(listeners + 1, timeout=PATIENCE_SECONDS)
    threads = [
        threading.Thread(target=_listen, args=(url, headers, job.id, num, received, ready)) for _ in range(listeners)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    begun = time.perf_counter()
    for step in range(1, num + 1):
        progress = Progress(fraction=step / (num + 1), phase="sampling", step=step, total_steps=num + 1)
        with database.write() as session:
            attempts.beat(session, job.id, job.attempt, now=CLOCK.now(), lease_seconds=LEASE_SECONDS, progress=progress)
        written[str(step)] = time.perf_counter()
    for thread in threads:
        thread.join()
    return took([at - written[step] for step, at in received], time.perf_counter() - begun)


def _claimed(database: Database, job_id: str) -> ClaimedJob:
    """The job, running; others that are waiting run too then."""
    while True:
        with database.write() as session:
            job = attempts.claim(
                session, "generation.choreo-world", "bench", now=CLOCK.now(), lease_seconds=LEASE_SECONDS
            )
        if job is None:
            raise LookupError("there is no job to listen to")
        if job.id == job_id:
            return job


def _listen(
    url: str,
    headers: dict[str, str],
    job_id: str,
    num: int,
    received: list[tuple[str, float]],
    ready: threading.Barrier,
) -> None:
    with (
        httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False) as client,
        client.stream("GET", f"/v1/jobs/{job_id}/events") as response,
    ):
        lines = response.iter_lines()
        while not next(lines).startswith("event: generation.running"):
            pass
        ready.wait()
        rest = num
        while rest:
            line = next(lines)
            if line.startswith("data: ") and '"generation.progress"' in line:
                received.append((_step(line), time.perf_counter()))
                rest -= 1


def _step(line: str) -> str:
    return line.rpartition('"step":')[2].partition(",")[0].strip()
