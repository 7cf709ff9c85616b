"""Upload URLs outlive their clip: what comes by them afterwards is refused, or found, removed and counted."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from services.clips import expiring_uploads
from services.db.tables import ExpiringUploadRow
from services.storage.directory import DirectoryStore
from services.storage.port import StorageUnavailable
from tests.service import Service, running
from tests.waiting import wait_until
from worker.processes.runtime import Runtime
from worker.sweep import Sweep

POEM = b"this is a poem, not a video\n" * 40
PART = 5 * 2**20
LARGE = POEM + bytes(PART)
"""Two parts."""


@pytest.fixture
def on_s3(sqlite_url: str, s3_settings: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    """A service whose uploads go to a real S3 server, which knows nothing of clips."""
    with running(sqlite_url, tmp_path, upload_part_bytes=PART, **s3_settings) as service:
        yield service


def declare(caller: httpx.Client, content: bytes = POEM) -> dict:
    answer = caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": len(content)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(clip: dict, content: bytes | Iterator[bytes] = POEM) -> int:
    upload = clip["upload"]
    return httpx.put(upload["url"], content=content, headers=upload["headers"], trust_env=False).status_code


def send_part(clip: dict, number: int, content: bytes) -> int:
    part = clip["upload"]["parts"][number - 1]
    return httpx.put(part["url"], content=content, headers=part["headers"], trust_env=False).status_code


def reject(caller: httpx.Client, clip: dict) -> None:
    assert caller.post(f"/v1/clips/{clip['id']}/complete").json()["state"] == "rejected"


def delete(caller: httpx.Client, clip: dict) -> None:
    assert caller.delete(f"/v1/clips/{clip['id']}").status_code == 204


def stored(service: Service) -> list[int]:
    return [info.size for info in service.store.list("tenants")]


def sweep(service: Service, ago: timedelta = timedelta(0)) -> None:
    """A round of the sweep, as if every clip had ended so long ago."""
    with service.database.write() as session:
        for row in session.scalars(select(ExpiringUploadRow)):
            values = {
                "look_at": service.clock.now(),
                "ended_at": row.ended_at - ago,
                "expires_at": row.expires_at - ago,
            }
            here = ExpiringUploadRow.clip_id == row.clip_id
            session.execute(update(ExpiringUploadRow).where(here).values(values))
    sweep = Sweep(Runtime(service.settings, service.database, service.clock))
    while sweep.run_deletions():
        pass
    sweep.remove_late_uploads()


def rows(service: Service) -> list[ExpiringUploadRow]:
    with service.database.read() as session:
        return list(session.scalars(select(ExpiringUploadRow)))


@pytest.mark.parametrize("end", [reject, delete])
def test_the_folder_refuses_an_upload_that_no_clip_waits_for(service: Service, end):
    caller = service.caller()
    clip, again = declare(caller), declare(caller)
    assert send(clip) == 200
    end(caller, clip)
    sweep(service)
    assert (send(clip), send(again)) == (409, 200)
    assert stored(service) == [len(POEM)], "the other clip's"


def test_the_folder_refuses_parts_that_no_clip_waits_for(sqlite_url: str, tmp_path: Path):
    with running(sqlite_url, tmp_path, upload_part_bytes=PART) as service:
        caller = service.caller()
        clip = declare(caller, LARGE)
        assert send_part(clip, 1, LARGE[:PART]) == 200
        assert send(clip, LARGE) == 200, "whole as well"
        reject(caller, clip)
        assert (send_part(clip, 2, LARGE[PART:]), send(clip, LARGE), stored(service)) == (409, 409, [])


def test_the_folder_refuses_an_upload_whose_clip_went_meanwhile(sqlite_service: Service):
    caller = sqlite_service.caller()
    clip = declare(caller)

    def slow() -> Iterator[bytes]:
        yield POEM[:100]
        delete(caller, clip)
        yield POEM[100:]

    assert send(clip, slow()) == 409
    sweep(sqlite_service)
    assert stored(sqlite_service) == []


def test_on_s3_what_came_after_a_rejection_or_deletion_is_removed_and_counted(on_s3: Service):
    caller = on_s3.caller()
    rejected, deleted = declare(caller), declare(caller)
    for clip in (rejected, deleted):
        assert send(clip) == 200
    reject(caller, rejected)
    delete(caller, deleted)
    sweep(on_s3)
    assert stored(on_s3) == []
    for clip in (rejected, deleted):
        assert send(clip) == 200, "the store knows the signature only"
    assert stored(on_s3) == [len(POEM)] * 2
    sweep(on_s3)
    assert stored(on_s3) == []
    used = {quota["policy"]: quota["used"] for quota in caller.get("/v1/usage").json()["quotas"]}
    assert used["stored_bytes"] == 2 * len(POEM), "it may come again"
    [proof] = caller.get("/v1/deletions", params={"subject": deleted["id"]}).json()["data"]
    assert (proof["num_objects"], proof["num_bytes"]) == (2, 2 * len(POEM))
    sweep(on_s3, ago=timedelta(hours=2))
    used = {quota["policy"]: quota["used"] for quota in caller.get("/v1/usage").json()["quotas"]}
    assert used["stored_bytes"] == 0
    sweep(on_s3, ago=timedelta(days=1))
    assert rows(on_s3) == []


def test_on_s3_parts_of_an_ended_clip_are_discarded_and_refused(on_s3: Service):
    caller = on_s3.caller()
    rejected, deleted = declare(caller, LARGE), declare(caller, LARGE)
    for clip in (rejected, deleted):
        assert send_part(clip, 1, LARGE[:PART]) == 200
    assert send(rejected, LARGE) == 200
    reject(caller, rejected)
    delete(caller, deleted)
    assert send_part(rejected, 2, LARGE[PART:]) == 404
    assert expiring_uploads.remove(on_s3.store, rows(on_s3)[1].prefix, frozenset()) == (1, PART), "counted"
    sweep(on_s3)
    assert [send_part(clip, 1, LARGE[:PART]) for clip in (rejected, deleted)] == [404, 404]
    assert (on_s3.store.discard_parts("tenants"), stored(on_s3)) == ([], [])


def test_on_s3_urls_of_ended_clips_cannot_hold_more_than_the_quota_once_more(on_s3: Service):
    admin = on_s3.caller("operator", ("admin",))
    tenant = admin.post("/v1/admin/tenants", json={"name": "acme"}).json()["id"]
    admin.put(f"/v1/admin/tenants/{tenant}/limits", json={"stored_bytes": 3 * len(POEM)})
    caller, clips = on_s3.key_of(tenant), list[dict]()
    body = {"file_name": "a.mp4", "size_bytes": len(POEM)}
    while (answer := caller.post("/v1/clips", json=body)).status_code == 201:
        clips.append(answer.json())
        delete(caller, clips[-1])
        assert len(clips) < 20
    assert (answer.json()["code"], answer.json()["violated_policies"]) == ("quota_exceeded", ["stored_bytes"])
    assert [send(clip) for clip in clips] == [200] * len(clips)
    assert sum(stored(on_s3)) <= 2 * 3 * len(POEM)
    sweep(on_s3, ago=timedelta(hours=2))
    assert stored(on_s3) == []
    assert caller.post("/v1/clips", json=body).status_code == 201, "the URLs have expired"


def test_on_s3_a_renewed_url_is_watched_as_long_as_it_works(
    sqlite_url: str, s3_settings: dict[str, str], tmp_path: Path
):
    with running(sqlite_url, tmp_path, upload_url_seconds=1, **s3_settings) as service:
        caller, key = service.caller(), {"Idempotency-Key": "once"}
        body = {"file_name": "a.mp4", "size_bytes": len(POEM)}
        first = caller.post("/v1/clips", json=body, headers=key).json()
        expired = datetime.fromisoformat(first["upload"]["expires_at"])
        wait_until(lambda: service.clock.now() > expired, what="the URL's expiry")
        again = caller.post("/v1/clips", json=body, headers=key).json()
        assert again["id"] == first["id"]
        delete(caller, first)
        [row] = rows(service)
    assert row.expires_at >= datetime.fromisoformat(again["upload"]["expires_at"]) - timedelta(seconds=0.1) > expired


def test_checks_become_rarer_and_a_failing_store_delays_no_other(service: Service, monkeypatch: pytest.MonkeyPatch):
    caller = service.caller()
    bad, good = declare(caller), declare(caller)
    for clip in (bad, good):
        delete(caller, clip)
    sweep(service)
    list_of = DirectoryStore.list

    def fails(store: DirectoryStore, prefix: str):
        if bad["id"] in prefix:
            raise StorageUnavailable("no answer")
        return list_of(store, prefix)

    monkeypatch.setattr(DirectoryStore, "list", fails)
    looked = service.clock.now()
    with service.database.write() as session:
        changes = {"look_at": looked, "expires_at": looked + timedelta(hours=1)}
        session.execute(update(ExpiringUploadRow).values(changes | {"ended_at": looked - timedelta(minutes=5)}))
    sweep(service)
    pauses = {row.clip_id: round((row.look_at - looked) / timedelta(minutes=1)) for row in rows(service)}
    assert pauses == {bad["id"]: 1, good["id"]: 5}
