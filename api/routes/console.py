"""The console: a page in the browser that trains concepts, generates videos and shows jobs through the public API."""

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
_INDEX = "index.html"
_MEDIA_TYPES = {"html": "text/html", "js": page_headers.SCRIPT, "css": page_headers.STYLE, "svg": "image/svg+xml"}


class _File(NamedTuple):
    content: bytes
    media_type: str


def _files(folder: Traversable, prefix: str = "") -> dict[str, _File]:
    """The files of the page (HTML, scripts, styles, images) by their path below `/console/`."""
    files: dict[str, _File] = {}
    for entry in folder.iterdir():
        suffix = entry.name.rpartition(".")[2]
        if entry.is_dir():
            files |= _files(entry, f"{prefix}{entry.name}/")
        elif suffix in _MEDIA_TYPES:
            files[prefix + entry.name] = _File(entry.read_bytes(), _MEDIA_TYPES[suffix])
    return files


_FILES = _files(resources.files("api").joinpath("console"))


@router.get(PATH)
def page(state: AppStateDep) -> Response:
    """The page. Its URLs are relative, so it also works below the path prefix of a reverse proxy."""
    sources = f"'self' {_origin(state.store)}"
    return _response(_INDEX, {"connect-src": sources, "img-src": sources, "media-src": sources})


@router.get(f"{PATH}/")
def without_trailing_slash(request: Request) -> RedirectResponse:
    """Redirects to `/console`, because the relative URLs of the page are resolved against it."""
    return RedirectResponse(request.url.path.rstrip("/"))


@router.get(f"{PATH}/{{name:path}}")
def file(name: str) -> Response:
    """A script, style sheet or image of the page. Raises NotFound for any other name."""
    if name not in _FILES or name == _INDEX:
        raise NotFound(f"the console has no file {name}")
    return _response(name)


def _response(name: str, policy: Mapping[str, str] = MappingProxyType({})) -> Response:
    content, media_type = _FILES[name]
    return Response(
        content, media_type=media_type, headers=page_headers.headers(policy) | {"Cache-Control": "no-cache"}
    )


def _origin(store: ObjectStore) -> str:
    """The origin of the object store, which receives uploaded clips and serves videos."""
    url = urlsplit(store.presign_get("console"))
    return f"{url.scheme}://{url.netloc}"
