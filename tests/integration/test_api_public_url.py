"""Behind a proxy that ends TLS and serves the service below a path: every address is made from the public URL."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.service import Service, running
from tests.tls_proxy import tls_proxy
from tests.videos import write_video

PREFIX = "/motion/choreo"


@pytest.fixture(params=[True, False], ids=["the proxy removes the path", "the proxy keeps the path"])
def proxied(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service whose callers know only the proxy."""
    with (
        tls_proxy(tmp_path, prefix=PREFIX, strips=request.param) as (proxy, trust),
        running(sqlite_url, tmp_path, public_url=f"{proxy.url}/", clip_urls=True) as service,
    ):
        proxy.upstream, service.trust = service.port, trust
        yield service


def followed(caller: httpx.Client, response: httpx.Response) -> httpx.Response:
    """What is at the `Location`, which has to be below the public URL."""
    address = urljoin(str(response.request.url), response.headers["location"])
    assert address.startswith(str(caller.base_url)), address
    return caller.get(address)


def test_locations_of_new_resources(proxied: Service):
    caller, operator = proxied.caller(), proxied.caller("operator", ("admin",))
    concept = caller.post("/v1/concepts", json={"name": "orbit"})
    clip = caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": 5})
    job = caller.post("/v1/generations", json={"prompt": "a ball"}, headers={"Idempotency-Key": "a"})
    again = caller.post("/v1/generations", json={"prompt": "a ball"}, headers={"Idempotency-Key": "a"})
    hook = caller.post("/v1/webhook-endpoints", json={"url": "https://example.com/hook"})
    for made in (concept, clip, job, again, hook):
        assert followed(caller, made).json()["id"] == made.json()["id"]
    tenant = operator.post("/v1/admin/tenants", json={"name": "new"})
    assert followed(operator, tenant).json()["name"] == "new"


def test_urls_in_resources(proxied: Service, tmp_path: Path):
    caller = proxied.caller()
    video = write_video(tmp_path / "made.mp4").read_bytes()
    clip = caller.post("/v1/clips", json={"file_name": "a.mp4", "size_bytes": len(video)}).json()
    put = caller.put(clip["upload"]["url"], content=video, headers=clip["upload"]["headers"])
    assert put.status_code == 200, put.text
    ready = caller.post(f"/v1/clips/{clip['id']}/complete").json()
    assert caller.get(ready["thumbnail_url"]).headers["content-type"] == "image/jpeg"
    job = caller.post("/v1/generations", json={"prompt": "a ball"}).json()
    assert caller.get(job["urls"]["self"]).json()["id"] == job["id"]
    assert caller.post(job["urls"]["cancel"]).json()["state"] == "canceled"
    with caller.stream("GET", job["urls"]["events"]) as stream:
        assert "generation.canceled" in stream.read().decode()


def test_pages_redirects_and_the_document(proxied: Service):
    client = proxied.client()
    for page in ("/docs", "/console"):
        redirect = client.get(f"{page}/")
        assert redirect.is_redirect
        assert followed(client, redirect).headers["content-type"].startswith("text/html")
    for path in ("/v1/jobs/", "/healthz/", "/v1/base-models/?x=1"):
        redirect = client.get(path)
        assert (redirect.status_code, redirect.headers["location"][:8]) == (307, "https://")
        assert followed(client, redirect).status_code in (200, 401)
    document = client.get("/openapi.json")
    server = urljoin(str(document.request.url), document.json()["servers"][0]["url"])
    assert client.get(f"{server}/v1/jobs").status_code == 401
    assert urlsplit(server).path == PREFIX


def test_paths_that_are_not_there_and_methods(proxied: Service):
    caller = proxied.caller()
    assert caller.get("/nowhere").json()["code"] == "not_found"
    refused = caller.put("/v1/concepts", json={})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    assert caller.post("/v1/concepts", json={"name": "a" * 2**21}).status_code == 413
    assert proxied.client().post("/v1/concepts", json={"name": "a"}).status_code == 401
    page = caller.get("/v1/concepts?limit=1").json()
    assert page["has_more"] is False
