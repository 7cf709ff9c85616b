"""Clips over HTTP: declared, uploaded by the signed URL, completed; and refusals on the way."""

from pathlib import Path

import httpx
import pytest

from services.storage.directory import DirectoryStore
from services.storage.port import StorageUnavailable
from tests.service import Service, running
from tests.videos import write_video


def declare(caller: httpx.Client, content: bytes, **fields: object) -> dict:
    response = caller.post("/v1/clips", json={"file_name": "ball.mp4", "size_bytes": len(content)} | fields)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/v1/clips/{response.json()['id']}"
    return response.json()


def upload(service: Service, clip: dict, content: bytes) -> httpx.Response:
    """Sends the bytes to the URL, without a key."""
    to = clip["upload"]
    return service.client().request(to["method"], to["url"], content=content, headers=to["headers"])


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return write_video(tmp_path / "ball.mp4").read_bytes()


def test_a_clip_from_declaration_to_training(service: Service, video: bytes):
    caller = service.caller()
    clip = declare(caller, video)
    assert (clip["state"], clip["upload"]["method"]) == ("awaiting_upload", "PUT")
    assert upload(service, clip, video).status_code == 200
    done = caller.post(f"/v1/clips/{clip['id']}/complete")
    assert (done.status_code, done.json()["state"]) == (200, "ready"), done.text
    assert (done.json()["num_frames"], done.json()["width"], done.json()["height"]) == (16, 64, 48)
    read = caller.get(f"/v1/clips/{clip['id']}").json()
    assert (read["state"], read["upload"]) == ("ready", None)
    assert service.client().get(read["thumbnail_url"]).headers["content-type"].startswith("image/")

    concept = caller.post("/v1/concepts", json={"name": "moving right"}).json()
    body = {"concept": concept["id"], "clips": [{"clip_id": clip["id"], "caption": "a square moving right"}]}
    assert caller.post("/v1/trainings", json=body).status_code == 202


def test_a_file_that_is_no_video_is_rejected_with_a_reason(service: Service):
    caller = service.caller()
    content = b"this is a poem, not a video\n" * 40
    clip = declare(caller, content)
    upload(service, clip, content)
    done = caller.post(f"/v1/clips/{clip['id']}/complete").json()
    assert (done["state"], done["rejection"]["code"]) == ("rejected", "not_a_video")
    concept = caller.post("/v1/concepts", json={"name": "poetry"}).json()
    body = {"concept": concept["id"], "clips": [{"clip_id": clip["id"], "caption": "a poem"}]}
    refused = caller.post("/v1/trainings", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "clip_not_ready")


def test_completing_before_uploading_is_refused_and_leaves_the_key_free(service: Service, video: bytes):
    caller, key = service.caller(), {"Idempotency-Key": "complete-1"}
    clip = declare(caller, video)
    early = caller.post(f"/v1/clips/{clip['id']}/complete", headers=key)
    assert (early.status_code, early.json()["code"]) == (409, "upload_missing")
    upload(service, clip, video)
    done = caller.post(f"/v1/clips/{clip['id']}/complete", headers=key)
    again = caller.post(f"/v1/clips/{clip['id']}/complete", headers=key)
    assert (done.status_code, done.json()["state"]) == (200, "ready")
    assert (again.content, again.headers["idempotency-replayed"]) == (done.content, "true")


def test_an_upload_has_the_size_and_the_time_it_was_signed_for(sqlite_service: Service):
    caller = sqlite_service.caller()
    clip = declare(caller, b"12345")
    plain = {"url": clip["upload"]["url"], "method": "PUT", "headers": {}}
    for content in (b"1234", b"123456"):
        refused = upload(sqlite_service, {"upload": plain}, content)
        assert (refused.status_code, refused.json()["code"]) == (400, "size_mismatch")
    tampered = plain | {"url": plain["url"].replace("size=5", "size=6")}
    refused = upload(sqlite_service, {"upload": tampered}, b"123456")
    assert (refused.status_code, refused.json()["code"]) == (403, "signature_refused")
    assert sqlite_service.client().get(plain["url"]).status_code == 403
    assert caller.post(f"/v1/clips/{clip['id']}/complete").json()["code"] == "upload_missing"


def test_a_clip_over_the_limit_is_not_even_declared(sqlite_service: Service):
    body = {"file_name": "a.mp4", "size_bytes": sqlite_service.settings.max_clip_bytes + 1}
    refused = sqlite_service.caller().post("/v1/clips", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/size_bytes")


def test_clips_are_listed_and_deleted(service: Service):
    caller = service.caller()
    clips = [declare(caller, b"12345")["id"] for _ in range(3)]
    first = caller.get("/v1/clips?limit=2").json()
    second = caller.get("/v1/clips", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert {clip["id"] for clip in first["data"] + second["data"]} == set(clips)
    assert caller.delete(f"/v1/clips/{clips[0]}").status_code == 204
    assert caller.get(f"/v1/clips/{clips[0]}").status_code == 404


def test_another_tenants_clip_does_not_exist(service: Service):
    clip, other = declare(service.caller(), b"12345"), service.caller("other")
    for method, path in (("GET", ""), ("POST", "/complete"), ("DELETE", "")):
        response = other.request(method, f"/v1/clips/{clip['id']}{path}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
    assert other.get("/v1/clips").json()["data"] == []


@pytest.mark.parametrize("part_bytes", [2**30, 5 * 2**20])
def test_a_replayed_declaration_has_urls_of_the_present_storage(sqlite_url: str, tmp_path: Path, part_bytes: int):
    content, key = b"x" * (6 * 2**20), {"Idempotency-Key": "repeated"}
    body = {"file_name": "a.mp4", "size_bytes": len(content)}
    with running(sqlite_url, tmp_path, upload_part_bytes=part_bytes) as before:
        caller = before.caller()
        first = caller.post("/v1/clips", json=body, headers=key).json()
        assert caller.post("/v1/clips", json=body, headers=key).json() == first
    with running(sqlite_url, tmp_path, upload_part_bytes=part_bytes) as after:
        caller = after.client(dict(caller.headers))
        again = caller.post("/v1/clips", json=body, headers=key)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() | {"upload": None} == first | {"upload": None}
        sent, start = again.json()["upload"], 0
        for piece in sent["parts"] or [sent | {"size_bytes": len(content)}]:
            part = content[start : start + piece["size_bytes"]]
            stored = after.client().request(piece["method"], piece["url"], headers=piece["headers"], content=part)
            assert stored.status_code == 200
            start += len(part)
        done = caller.post(f"/v1/clips/{first['id']}/complete").json()
        assert (done["state"], done["rejection"]["code"]) == ("rejected", "not_a_video")
        assert caller.post("/v1/clips", json=body, headers=key).json() == first


def test_parts_are_begun_outside_any_transaction_and_leave_nothing_when_storage_is_away(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    body, key = {"file_name": "a.mp4", "size_bytes": 2 * 5 * 2**20}, {"Idempotency-Key": "large"}
    with running(sqlite_url, tmp_path, upload_part_bytes=5 * 2**20) as service:
        caller, begin = service.caller(), DirectoryStore.begin_parts

        def others_may_write(store: DirectoryStore, key: str) -> str:
            service.caller("another")  # SQLite lets one write at a time
            return begin(store, key)

        def away(store: DirectoryStore, key: str) -> str:
            raise StorageUnavailable

        monkeypatch.setattr(DirectoryStore, "begin_parts", away)
        refused = caller.post("/v1/clips", json=body, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
        assert caller.get("/v1/clips").json()["data"] == []
        monkeypatch.setattr(DirectoryStore, "begin_parts", others_may_write)
        made = caller.post("/v1/clips", json=body, headers=key)
        again = caller.post("/v1/clips", json=body, headers=key)
        assert (made.status_code, len(made.json()["upload"]["parts"])) == (201, 2)
        assert (again.content, again.headers["location"]) == (made.content, made.headers["location"])
        assert again.headers["idempotency-replayed"] == "true"
        assert len(caller.get("/v1/clips").json()["data"]) == 1


def test_a_large_clip_may_come_in_parts(sqlite_url: str, tmp_path: Path):
    content = write_video(tmp_path / "made.mp4").read_bytes()
    padded = content + b"\0\0\0\x08free" * (700_000)  # boxes that every reader skips
    with running(sqlite_url, tmp_path, upload_part_bytes=5 * 2**20) as service:
        caller = service.caller()
        small = caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": 5 * 2**20}).json()
        assert small["upload"]["parts"] == []
        clip = caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": len(padded)}).json()
        parts = clip["upload"]["parts"]
        assert [one["number"] for one in parts] == [1, 2]
        assert sum(one["size_bytes"] for one in parts) == len(padded)
        here, start = f"/v1/clips/{clip['id']}", 0
        missing = caller.post(f"{here}/complete")
        assert (missing.status_code, missing.json()["code"]) == (409, "upload_missing")
        for part in parts:
            piece = padded[start : start + part["size_bytes"]]
            sent = service.client().request(part["method"], part["url"], headers=part["headers"], content=piece)
            assert sent.status_code == 200
            start += len(piece)
        done = caller.post(f"{here}/complete").json()
        assert (done["state"], done["num_frames"], done["rejection"]) == ("ready", 16, None)
        other = caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": len(padded)}).json()
        whole = service.client().put(other["upload"]["url"], content=padded)
        assert whole.status_code == 200, "it may still come whole"
        assert caller.post(f"/v1/clips/{other['id']}/complete").json()["state"] == "ready"
