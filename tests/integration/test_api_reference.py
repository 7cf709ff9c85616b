"""The reference page: all its files come from the service, and its policy forbids all others."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.service import Service


@pytest.fixture
def client(sqlite_service: Service) -> httpx.Client:
    return sqlite_service.client()


def test_all_that_it_loads_is_here(client: httpx.Client):
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    kinds = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
    for address in loaded:
        where = urlsplit(urljoin("/docs", address))
        assert not where.netloc
        found = client.get(where.path)
        assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (
            200,
            kinds[address[-3:].strip(".")],
        )
        assert found.content
    assert client.get("/docs/start.js").text.count("openapi.json") == 1
    assert client.get("/openapi.json").status_code == 200


def test_the_browser_may_load_nothing_else(client: httpx.Client):
    policy = client.get("/docs").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert not re.search(r"https?:|\*|script-src|connect-src|unsafe-eval", policy)
    style = client.get("/docs/swagger-ui.css").text
    assert re.findall(r"url\((?!.?data:|.?#)", style) == []


def test_nothing_else_is_there(client: httpx.Client):
    assert client.get("/docs/", follow_redirects=False).headers["location"] == "/docs"
    for name in ("index.html", "..%2Fmain.py"):
        assert client.get(f"/docs/{name}").status_code == 404
