"""The console: a page that teaches, performs and watches by the same calls that anybody can make."""

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api import page_headers
from api.deps import AppStateDep
from services.storage.port import ObjectStore
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)
PATH = "/console"
_PAGE = "index.html"
_TYPES = {"html": "text/html", "js": page_headers.SCRIPT, "css": page_headers.STYLE, "svg": "image/svg+xml"}


class _File(NamedTuple):
    content: bytes
    media_type: str


def _files(folder: Traversable, prefix: str = "") -> dict[str, _File]:
    """Everything that the page is made of, by its path below the page."""
    found: dict[str, _File] = {}
    for entry in folder.iterdir():
        suffix = entry.name.rpartition(".")[2]
        if entry.is_dir():
            found |= _files(entry, f"{prefix}{entry.name}/")
        elif suffix in _TYPES:
            found[prefix + entry.name] = _File(entry.read_bytes(), _TYPES[suffix])
    return found


_FILES = _files(resources.files("api").joinpath("console"))


@router.get(PATH)
def page(state: AppStateDep) -> Response:
    """The page. Its addresses are relative, so that it works below a proxy's prefix too."""
    allowed = f"'self' {_origin(state.store)}"
    return _answer(_PAGE, {"connect-src": allowed, "img-src": allowed, "media-src": allowed})


@router.get(f"{PATH}/")
def without_slash(request: Request) -> RedirectResponse:
    """The page's relative addresses count from `/console`."""
    return RedirectResponse(request.url.path.rstrip("/"))


@router.get(f"{PATH}/{{name:path}}")
def asset(name: str) -> Response:
    """What the page is made of."""
    if name not in _FILES or name == _PAGE:
        raise NotFound(f"the console has no {name}")
    return _answer(name)


def _answer(name: str, policy: Mapping[str, str] = MappingProxyType({})) -> Response:
    content, media_type = _FILES[name]
    return Response(
        content, media_type=media_type, headers=page_headers.headers(policy) | {"Cache-Control": "no-cache"}
    )


def _origin(store: ObjectStore) -> str:
    """Where clips are sent to and videos come from, besides this service."""
    address = urlsplit(store.presign_get("console"))
    return f"{address.scheme}://{address.netloc}"
