"""The files of the console: the service serves each of them; the page connects to the service and its store only."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.service import Service


@pytest.fixture
def client(sqlite_service: Service) -> httpx.Client:
    return sqlite_service.client()


def _imported(script: str) -> list[str]:
    return re.findall(r'from "(\./[^"]+)"', script)


def test_every_file_that_the_page_loads_is_served(client: httpx.Client):
    page = client.get("/console")
    assert page.headers["content-type"].startswith("text/html")
    pending = [urljoin("/", address) for address in re.findall(r'(?:src|href)="(console/[^"]+)"', page.text)]
    seen: set[str] = set()
    while pending:
        path = pending.pop()
        seen.add(path)
        response = client.get(path)
        assert response.status_code == 200
        if path.endswith(".js"):
            assert response.headers["content-type"].startswith("text/javascript")
            pending += {urljoin(path, name) for name in _imported(response.text)} - seen
    assert {"/console/app.js", "/console/console.css", "/console/vendor/preact-htm.js"} < seen


def test_the_content_security_policy_allows_the_service_and_its_object_store_only(
    client: httpx.Client, sqlite_service: Service
):
    policy = dict(part.split(" ", 1) for part in client.get("/console").headers["content-security-policy"].split("; "))
    store = urlsplit(sqlite_service.settings.public_url)
    allowed = f"'self' {store.scheme}://{store.netloc}"
    assert {policy[name] for name in ("connect-src", "media-src", "img-src")} == {allowed}
    assert policy["default-src"] == "'self'"
    assert {"script-src", "style-src"}.isdisjoint(policy)


def test_no_other_file_is_served(client: httpx.Client):
    assert client.get("/console/", follow_redirects=False).headers["location"] == "/console"
    for name in ("index.html", "vendor/LICENSE.htm", "..%2Fmain.py", "vendor"):
        assert client.get(f"/console/{name}").status_code == 404
