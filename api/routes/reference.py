"""The API reference page: Swagger UI, served entirely by this service."""

from importlib import resources

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import page_headers
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)
PATH = "/docs"
_ASSETS = resources.files("fastapi_swagger.resources")
_SWAGGER_UI = {
    "swagger-ui-bundle.js": page_headers.SCRIPT,
    "swagger-ui.css": page_headers.STYLE,
    "favicon-32x32.png": "image/png",
}
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Choreo</title>
    <link rel="icon" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  validatorUrl: null,
});
"""
_ONLY_US = page_headers.headers({"img-src": "'self' data:", "style-src": "'self' 'unsafe-inline'"})
"""Swagger UI styles its elements inline."""
_KEPT = _ONLY_US | {"Cache-Control": "public, max-age=3600"}


@router.get(PATH)
def page() -> HTMLResponse:
    """The page. Its URLs are relative, so that it also works behind a proxy prefix."""
    return HTMLResponse(_PAGE, headers=_ONLY_US)


@router.get(f"{PATH}/")
def without_slash(request: Request) -> RedirectResponse:
    """Redirects to `/docs`, the base of the page's relative URLs."""
    return RedirectResponse(request.url.path.rstrip("/"))


@router.get(f"{PATH}/{{name}}")
def asset(name: str) -> Response:
    """The assets of the page."""
    if name == "start.js":
        return Response(_START, media_type=page_headers.SCRIPT, headers=_ONLY_US)
    if name not in _SWAGGER_UI:
        raise NotFound(f"the reference page has no {name}")
    return Response(_ASSETS.joinpath(name).read_bytes(), media_type=_SWAGGER_UI[name], headers=_KEPT)
