"""The directory store's presigned URLs behave like those of S3."""

import httpx
import pytest

from tests.service import Service

LONG_RANGES = [
    f"bytes={'9' * 5000}-",
    f"bytes=0-{'9' * 5000}",
    f"bytes=-{'9' * 5000}",
    "bytes=" + "0-0," * 2000 + "1-1",
]
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def url(sqlite_service: Service) -> str:
    """A signed URL of a stored object."""
    sqlite_service.store.put("tenants/t/video.mp4", CONTENT)
    return sqlite_service.store.presign_get("tenants/t/video.mp4")


def test_the_whole_object(sqlite_service: Service, url: str):
    whole = sqlite_service.client().get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, CONTENT, "video/mp4")
    assert (whole.headers["accept-ranges"], whole.headers["x-content-type-options"]) == ("bytes", "nosniff")
    head = sqlite_service.client().head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CONTENT)))


@pytest.mark.parametrize(
    ("byte_range", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=255990-", 255990, 256000), ("bytes=-5", 255995, 256000)],
)
def test_a_range(sqlite_service: Service, url: str, byte_range: str, start: int, stop: int):
    part = sqlite_service.client().get(url, headers={"Range": byte_range})
    assert (part.status_code, part.content) == (206, CONTENT[start:stop])
    assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"


@pytest.mark.parametrize(
    "byte_range", ["bytes=256000-", "bytes=x-y", "bytes=9-1", "lines=1-2", "bytes=-0", "bytes=-", *LONG_RANGES]
)
def test_a_range_that_is_not_there(sqlite_service: Service, url: str, byte_range: str):
    refused: httpx.Response = sqlite_service.client().get(url, headers={"Range": byte_range})
    assert (refused.status_code, refused.headers["content-type"]) == (416, "application/problem+json")
    assert refused.headers["content-range"] == f"bytes */{len(CONTENT)}"


def test_only_what_was_signed(sqlite_service: Service, url: str):
    client = sqlite_service.client()
    assert client.get(url.replace("video", "other")).json()["code"] == "signature_refused"
    assert client.get(url.partition("?")[0]).json()["code"] == "signature_refused"
    assert client.put(url, content=b"mine").json()["code"] == "signature_refused"
    missing = client.get(sqlite_service.store.presign_get("tenants/t/nothing.mp4"))
    assert (missing.status_code, missing.json()["code"]) == (404, "object_missing")
    expired = client.get(sqlite_service.store.presign_get("tenants/t/video.mp4", expires=-5))
    assert (expired.status_code, expired.json()["code"]) == (403, "signature_refused")
