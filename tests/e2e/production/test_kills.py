"""kill -9 in the middle of trainings, with a prefork worker, Redis and PostgreSQL: no job is lost or done twice."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from deploy.demo.webhook_receiver import WebhookReceiver
from tests.e2e import processes
from tests.e2e.platform import ENDLESS, PATIENCE, Platform
from tests.e2e.production.workers import Worker, Workers
from tests.waiting import wait_until

RECIPE = {"steps": 50, "checkpoint_every": 5}

pytestmark = pytest.mark.timeout(900)


def _check_one_version(production: Platform, job: dict[str, Any]) -> None:
    assert [version["job_id"] for version in production.versions(job)] == [job["id"]]


def test_canceling_leaves_the_engine_warm(production: Platform, workers: Workers):
    engine = processes.engine(workers.serving().pid)  # before there is a job for it
    job_id = production.submit_training(**ENDLESS)
    production.wait_for_step(job_id, 3)
    production.client.post(f"/v1/jobs/{job_id}/cancel", {})
    job = production.wait_for(job_id, "canceled")
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["canceled"]

    after = production.wait_for(production.submit_training(), "succeeded")
    facts = production.manifest(after)["facts"]
    assert (facts["engine_pid"], facts["base_loads"]) == (engine, 1)


def _kill_engine(worker: Worker) -> None:
    processes.kill(processes.engine(worker.pid))


def _kill_child(worker: Worker) -> None:
    engine = processes.engine(worker.pid)
    processes.kill(processes.celery_child(worker.pid))
    wait_until(lambda: not processes.is_alive(engine), what="the engine's end after its supervisor's")


def _kill_worker(worker: Worker) -> None:
    engine, child = processes.engine(worker.pid), processes.celery_child(worker.pid)
    processes.kill(worker.pid)
    worker.wait()
    wait_until(lambda: not (processes.is_alive(child) or processes.is_alive(engine)), what="the end of all below it")


@pytest.mark.parametrize(("kill", "outcome"), [(_kill_engine, "failed"), (_kill_child, "lost"), (_kill_worker, "lost")])
def test_a_training_outlives(production: Platform, workers: Workers, kill: Callable[[Worker], None], outcome: str):
    job_id = production.submit_training(**RECIPE)
    worker = workers.serving()
    production.wait_for_step(job_id, 12)
    kill(worker)
    workers.serving()

    job = production.wait_for(job_id, "succeeded")
    assert [attempt["outcome"] for attempt in job["attempts"]] == [outcome, "succeeded"]
    assert job["attempts"][1]["resumed_from_step"] >= 10
    assert [attempt["refused_writes"] for attempt in job["attempts"]] == [[], []]
    _check_one_version(production, job)


def test_a_worker_that_was_suspended_is_refused(production: Platform, workers: Workers):
    """A worker is suspended during a training, its lease expires, and it resumes after the takeover."""
    with WebhookReceiver(production.webhook_secret) as receiver:
        job_id = production.submit_training(webhook_url=receiver.url, **RECIPE)
        frozen = _freeze_until_another_has_it(production, workers, job_id)
        wait_until(lambda: production.job(job_id)["attempts"][0]["refused_writes"], timeout=30, what="a refused write")
        job = production.wait_for(job_id, "succeeded")
        assert receiver.wait_for_job(job_id, "training.succeeded", PATIENCE)
        wait_until(lambda: len(receiver.deliveries) >= 4, timeout=30, what="all events, in any order")
        reported = Counter(delivery.body["type"] for delivery in receiver.deliveries)
    assert reported == {"training.running": 2, "concept.version.created": 1, "training.succeeded": 1}
    first, second = job["attempts"]
    assert (first["outcome"], second["outcome"]) == ("lost", "succeeded")
    refused = Counter(write["what"] for write in first["refused_writes"])
    assert refused.pop("beat") == 1
    assert refused in (Counter(), Counter({"keep a checkpoint": 1})), "one may have been on its way"
    assert second["refused_writes"] == []
    assert set(production.manifests(job)) == {2}
    _check_one_version(production, job)
    assert frozen.poll() is None


def _freeze_until_another_has_it(production: Platform, workers: Workers, job_id: str) -> Worker:
    frozen = workers.serving()
    production.wait_for_step(job_id, 12)
    family = [frozen.pid, processes.celery_child(frozen.pid), processes.engine(frozen.pid)]
    _signal(family, signal.SIGSTOP)
    production.wait_for(job_id, "queued")
    workers.another()
    production.wait_for_step(job_id, 15, attempt=2)
    _signal(family, signal.SIGCONT)
    return frozen


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)
