"""The reference page: what it is made of comes from the service, and the browser is told to load nothing else."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.service import Service


@pytest.fixture
def anybody(sqlite_service: Service) -> httpx.Client:
    return sqlite_service.client()


def test_all_that_it_loads_is_here(anybody: httpx.Client):
    page = anybody.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    kinds = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
    for address in loaded:
        where = urlsplit(urljoin("/docs", address))
        assert not where.netloc
        found = anybody.get(where.path)
        assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (
            200,
            kinds[address[-3:].strip(".")],
        )
        assert found.content
    assert anybody.get("/docs/start.js").text.count("openapi.json") == 1
    assert anybody.get("/openapi.json").status_code == 200


def test_the_browser_may_load_nothing_else(anybody: httpx.Client):
    policy = anybody.get("/docs").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert not re.search(r"https?:|\*|script-src|connect-src|unsafe-eval", policy)
    style = anybody.get("/docs/swagger-ui.css").text
    assert re.findall(r"url\((?!.?data:|.?#)", style) == []


def test_nothing_else_is_there(anybody: httpx.Client):
    assert anybody.get("/docs/", follow_redirects=False).headers["location"] == "/docs"
    for name in ("index.html", "..%2Fmain.py"):
        assert anybody.get(f"/docs/{name}").status_code == 404
