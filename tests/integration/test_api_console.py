"""The console's files: all from here, and the browser may talk to this service and to its storage only."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.service import Service


@pytest.fixture
def anybody(sqlite_service: Service) -> httpx.Client:
    return sqlite_service.client()


def _imported(script: str) -> list[str]:
    return re.findall(r'from "(\./[^"]+)"', script)


def test_all_that_it_loads_is_here(anybody: httpx.Client):
    page = anybody.get("/console")
    assert page.headers["content-type"].startswith("text/html")
    waiting = [urljoin("/", address) for address in re.findall(r'(?:src|href)="(console/[^"]+)"', page.text)]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        found = anybody.get(path)
        assert found.status_code == 200
        if path.endswith(".js"):
            assert found.headers["content-type"].startswith("text/javascript")
            waiting += {urljoin(path, name) for name in _imported(found.text)} - seen
    assert {"/console/app.js", "/console/console.css", "/console/vendor/preact-htm.js"} < seen


def test_the_browser_may_reach_this_service_and_its_storage_only(anybody: httpx.Client, sqlite_service: Service):
    policy = dict(part.split(" ", 1) for part in anybody.get("/console").headers["content-security-policy"].split("; "))
    storage = urlsplit(sqlite_service.settings.public_url)
    ours = f"'self' {storage.scheme}://{storage.netloc}"
    assert {policy[name] for name in ("connect-src", "media-src", "img-src")} == {ours}
    assert policy["default-src"] == "'self'"
    assert {"script-src", "style-src"}.isdisjoint(policy)


def test_nothing_else_is_there(anybody: httpx.Client):
    assert anybody.get("/console/", follow_redirects=False).headers["location"] == "/console"
    for name in ("index.html", "vendor/LICENSE.htm", "..%2Fmain.py", "vendor"):
        assert anybody.get(f"/console/{name}").status_code == 404
