"""Hard deletion by request and by retention, with its proof, on both databases and a real store."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from services.db.tables import ClipRow, DeletionRow, JobRow, OutboxRow
from services.storage.directory import DirectoryStore
from services.storage.port import ObjectInfo
from tests.service import Service
from worker.processes.runtime import Runtime
from worker.sweep import Sweep

BALL = {"prompt": "a ball"}


class Sweeper:
    """The sweep's loops, one iteration at a time, with a clock that can be advanced."""

    def __init__(self, service: Service) -> None:
        self.clock = service.clock
        self.runtime = Runtime(service.settings, service.database, service.clock)
        self.sweep = Sweep(self.runtime)

    def run(self) -> None:
        """Everything that is due."""
        self.sweep.apply_retention()
        while self.sweep.run_deletions():
            pass


@pytest.fixture
def sweeper(service: Service) -> Sweeper:
    return Sweeper(service)


def generated(service: Service, caller: httpx.Client, **fields: object) -> dict:
    """A generation that has ended, with a video in storage."""
    job = caller.post("/v1/generations", json=BALL | fields)
    assert job.status_code == 202, job.text
    service.finish(service.claim(), {"video.mp4": b"a video", "report.json": b"{}"})
    return caller.get(f"/v1/jobs/{job.json()['id']}").json()


def life(job: dict) -> timedelta:
    """How long a job is kept after its end."""
    return datetime.fromisoformat(job["delete_at"]) - datetime.fromisoformat(job["finished_at"])


def proof(caller: httpx.Client, subject: str) -> dict:
    [found] = caller.get("/v1/deletions", params={"subject": subject}).json()["data"]
    return found


def test_a_job_is_deleted_with_its_files_and_says_so(service: Service, sweeper: Sweeper):
    caller, other = service.caller(), service.caller("other")
    job = generated(service, caller, metadata={"who": "someone@example.com"})
    used = caller.get("/v1/usage").json()["gpu_seconds"]
    here, video = f"/v1/jobs/{job['id']}", job["result"]["video"]["url"]
    waiting = caller.post("/v1/generations", json=BALL).json()["id"]
    refused = caller.delete(f"/v1/jobs/{waiting}")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_unfinished")
    assert other.delete(here).status_code == 404
    assert caller.delete(here).status_code == 204
    for method, path in (("GET", ""), ("GET", "/logs"), ("POST", "/retry"), ("DELETE", "")):
        assert caller.request(method, here + path).status_code == 404, (method, path)
    assert [one["id"] for one in caller.get("/v1/jobs").json()["data"]] == [waiting]
    assert proof(caller, job["id"])["completed_at"] is None
    sweeper.run()
    found = proof(caller, job["id"])
    assert (found["kind"], found["reason"], found["num_objects"], found["num_bytes"]) == ("job", "request", 2, 9)
    assert found["completed_at"] >= found["requested_at"]
    assert service.client().get(video).status_code == 404
    assert caller.get("/v1/usage").json()["gpu_seconds"] == used, "what was used is forgotten"
    events = caller.get("/v1/events").json()["data"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert "someone@example.com" not in str(events)
    assert other.get("/v1/deletions").json()["data"] == []


def test_a_version_outlives_the_job_that_made_it(service: Service, sweeper: Sweeper):
    caller = service.caller()
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    job = service.train(caller, concept)
    assert caller.delete(f"/v1/jobs/{job['id']}").status_code == 204
    sweeper.run()
    adapter = caller.get(f"/v1/concepts/{concept}/versions/1").json()["adapter"]["url"]
    assert service.client().get(adapter).content == b"weights"
    assert caller.delete(f"/v1/concepts/{concept}").status_code == 204
    sweeper.run()
    found = proof(caller, concept)
    assert (found["kind"], found["num_objects"], found["num_bytes"]) == ("concept", 2, len(b"weights{}"))
    assert service.client().get(adapter).status_code == 404


def test_jobs_are_kept_as_long_as_request_and_tenant_say(service: Service, sweeper: Sweeper):
    admin = service.caller("operator", ("admin",))
    tenant = admin.post("/v1/admin/tenants", json={"name": "acme"}).json()["id"]
    admin.put(f"/v1/admin/tenants/{tenant}/limits", json={"keep_jobs_days": 2})
    caller, free = service.key_of(tenant), service.caller("free")
    short, long = generated(service, caller, keep_days=1), generated(service, caller, keep_days=9)
    kept = generated(service, free)
    assert kept["delete_at"] is None
    assert (life(short), life(long)) == (timedelta(days=1), timedelta(days=2))
    assert caller.post("/v1/generations", json=BALL | {"keep_days": 0}).status_code == 422
    with service.database.write() as session:  # a day goes by
        session.execute(update(JobRow).where(JobRow.id == short["id"]).values(delete_at=service.clock.now()))
    sweeper.run()
    assert caller.get(f"/v1/jobs/{short['id']}").status_code == 404
    assert proof(caller, short["id"])["reason"] == "retention"
    assert caller.get(f"/v1/jobs/{long['id']}").status_code == 200
    assert free.get(f"/v1/jobs/{kept['id']}").status_code == 200


def test_a_clip_that_never_came_is_forgotten(sqlite_service: Service):
    service, caller = sqlite_service, sqlite_service.caller()
    old, new = (caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": 5}).json()["id"] for _ in range(2))
    with service.database.write() as session:
        long_ago = service.clock.now() - timedelta(days=1)
        session.execute(update(ClipRow).where(ClipRow.id == old).values(created_at=long_ago))
    Sweeper(service).run()
    assert (caller.get(f"/v1/clips/{old}").status_code, caller.get(f"/v1/clips/{new}").status_code) == (404, 200)
    assert proof(caller, old)["num_objects"] == 0


def test_an_interrupted_deletion_keeps_its_counts(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    service, caller = sqlite_service, sqlite_service.caller()
    job = generated(service, caller)
    caller.delete(f"/v1/jobs/{job['id']}")
    sweeper = Sweeper(service)
    real, listed = DirectoryStore.list, iter([2])

    def lists_once_more(store: DirectoryStore, prefix: str):
        """The first listing after the deletion still has an object."""
        found = list(real(store, prefix))
        if not found and next(listed, None):
            return iter([ObjectInfo(f"{prefix}left", 1, "x/y", service.clock.now())])
        return iter(found)

    monkeypatch.setattr(DirectoryStore, "list", lists_once_more)
    sweeper.sweep.run_deletions()
    assert "objects are left below" in caplog.text
    assert proof(caller, job["id"])["completed_at"] is None
    with service.database.write() as session:
        session.execute(update(OutboxRow).values(available_at=service.clock.now()))
    sweeper.run()
    found = proof(caller, job["id"])
    assert (found["num_objects"], found["num_bytes"]) == (2, 9)
    assert found["completed_at"] is not None
    with service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DeletionRow)) == 1
