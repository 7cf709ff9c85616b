"""Checkpoints requested of a running training, and versions made of them, once for each step."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from services import outbox
from services.db.tables import OutboxRow
from services.storage.directory import DirectoryStore
from services.storage.port import StorageUnavailable
from shared.clock import FrozenClock
from tests.integration.training_jobs import BAD_CLIP, keep, refusal, train
from tests.service import Service
from worker.processes.runtime import Runtime
from worker.sweep import Sweep

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MADE = {"adapter.safetensors": b"w", "report.json": b"{}"}


def copies(service: Service) -> list[str]:
    return [info.key for info in service.store.list("tenants") if "/promoted/" in info.key]


def test_a_checkpoint_becomes_a_version_while_the_training_continues(service: Service):
    caller = service.caller()
    here = train(service, caller)
    assert refusal(caller.post(f"{here}/checkpoint")) == (409, "job_not_running")
    claimed = service.claim("training")
    assert refusal(caller.post(f"{here}/promote")) == (409, "no_checkpoint")
    assert service.beat(claimed, 1).checkpoints_asked == 0
    response = caller.post(f"{here}/checkpoint")
    assert (response.status_code, response.json()["checkpoint"]) == (202, None)
    assert service.beat(claimed, 2).checkpoints_asked == 1
    keep(service, claimed, step=7)
    assert caller.get(here).json()["checkpoint"] == {"step": 7, "attempt": 1}

    promoted = caller.post(f"{here}/promote", headers={"traceparent": TRACE})
    assert promoted.status_code == 202, promoted.text
    job = promoted.json()
    assert promoted.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["retry_of"], job["promoted_step"]) == (here.rpartition("/")[2], 7)
    assert job["spec"]["recipe"]["steps"] == 7
    assert [warning["pointer"] for warning in job["warnings"]] == ["/clips/0/caption"]
    service.store.delete_prefix(claimed.prefix)  # what becomes of the first one's files is no matter
    again = service.claim("training")
    assert (again.id, again.traceparent, again.checkpoint and again.checkpoint.step) == (job["id"], TRACE, 7)
    assert [service.store.read(file.key) for file in again.checkpoint.files] == [b"state 7"]
    service.finish(again, MADE)
    assert caller.get(f"/v1/jobs/{job['id']}").json()["result"]["version"] == 1
    service.finish(claimed, MADE)
    assert caller.get(here).json()["result"]["version"] == 2
    assert refusal(caller.post(f"{here}/promote")) == (409, "no_checkpoint")
    generation = caller.post("/v1/generations", json={"prompt": "a ball"}).json()["id"]
    for call in ("checkpoint", "promote", "preview"):
        assert refusal(caller.post(f"/v1/jobs/{generation}/{call}")) == (409, "not_a_training")


def test_a_step_is_promoted_once(service: Service):
    caller = service.caller()
    here = train(service, caller)
    claimed = service.claim("training")
    keep(service, claimed, step=7)
    start = Barrier(4)

    def promote(_: int) -> str:
        start.wait(timeout=60)
        return caller.post(f"{here}/promote").raise_for_status().json()["id"]

    with ThreadPoolExecutor(4) as pool:
        (first,) = set(pool.map(promote, range(4)))
    keep(service, claimed, step=9)
    assert caller.post(f"{here}/promote", json={"step": 7}).json()["id"] == first
    assert refusal(caller.post(f"{here}/promote", json={"step": 8})) == (409, "no_checkpoint")
    second = caller.post(f"{here}/promote", json={"step": 9}).json()
    assert (second["promoted_step"], second["id"] != first) == (9, True)
    caller.post(f"/v1/jobs/{second['id']}/cancel")
    third = caller.post(f"{here}/promote").json()
    assert (third["promoted_step"], third["id"] != second["id"]) == (9, True)
    service.fail(claimed, BAD_CLIP)
    assert caller.post(f"{here}/promote").json()["id"] == third["id"]


def test_a_retry_is_no_promotion(sqlite_service: Service):
    service, caller = sqlite_service, sqlite_service.caller()
    here = train(service, caller)
    service.fail(service.claim("training"), BAD_CLIP)
    caller.post(f"{here}/retry").raise_for_status()
    assert refusal(caller.post(f"{here}/promote")) == (409, "no_checkpoint")


def test_a_checkpoint_that_is_gone_is_not_promoted(sqlite_service: Service):
    service, caller = sqlite_service, sqlite_service.caller()
    here = train(service, caller)
    claimed = service.claim("training")
    keep(service, claimed, step=7)
    service.fail(claimed, BAD_CLIP)
    service.store.delete_prefix(claimed.prefix)
    assert refusal(caller.post(f"{here}/promote")) == (409, "no_checkpoint")
    assert len(caller.get("/v1/jobs").json()["data"]) == 1


def test_a_copy_that_no_job_claims_is_deleted(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch):
    """As if the process died between the two: the response of the storage is lost after it has copied."""
    service, caller = sqlite_service, sqlite_service.caller()
    here = train(service, caller)
    keep(service, service.claim("training"), step=7)
    copy = DirectoryStore.copy

    def copies_and_is_away(store: DirectoryStore, key: str, to: str) -> None:
        copy(store, key, to)
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryStore, "copy", copies_and_is_away)
        assert refusal(caller.post(f"{here}/promote")) == (503, "storage_unavailable")
    (left,) = copies(service)
    kept = caller.post(f"{here}/promote").raise_for_status().json()
    assert len(copies(service)) == 2
    with service.database.read() as session:
        due = max(session.scalars(select(OutboxRow.available_at).where(OutboxRow.topic == outbox.DELETE)))
    assert due > service.clock.now()
    sweep = Sweep(Runtime(service.settings, service.database, FrozenClock(due + timedelta(seconds=1))))
    while sweep.run_deletions():
        pass
    assert left not in copies(service)
    assert [kept["id"] in key for key in copies(service)] == [True]


def test_a_copy_that_came_too_late_is_not_trained_from(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch):
    service, caller = sqlite_service, sqlite_service.caller()
    here = train(service, caller)
    keep(service, service.claim("training"), step=7)
    copy = DirectoryStore.copy

    def copies_for_an_hour(store: DirectoryStore, key: str, to: str) -> None:
        copy(store, key, to)
        with service.database.write() as session:
            session.execute(update(OutboxRow).values(available_at=service.clock.now()))
        Sweep(Runtime(service.settings, service.database, service.clock)).run_deletions()

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryStore, "copy", copies_for_an_hour)
        assert refusal(caller.post(f"{here}/promote")) == (409, "place_lost")
    assert caller.post(f"{here}/promote").status_code == 202
