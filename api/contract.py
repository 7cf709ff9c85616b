"""The served document as law: parameters it does not name are refused, methods it does name are told."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import Depends, FastAPI, Request

from api.deps import PrincipalDep
from shared.errors import FieldError, Invalid

_METHODS = ("get", "put", "post", "patch", "delete")


class Contract:
    """What the OpenAPI document says of each path; built once, when the app is complete."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths: dict[str, dict[str, Any]] = document["paths"]
        self._patterns = {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in self._paths}

    def methods(self, path: str) -> list[str]:
        """The methods that may be used on a path of a request."""
        found = [item for template, item in self._paths.items() if self._patterns[template].fullmatch(path)]
        return sorted(method.upper() for item in found for method in _METHODS if method in item)

    def query_names(self, path: str, method: str) -> frozenset[str]:
        """The query parameters of an operation, by the template of its path."""
        operation = self._paths.get(path, {}).get(method.lower(), {})
        return frozenset(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")


def contract_of(app: FastAPI) -> Contract:
    """The contract of an app, derived when it is first needed."""
    if not hasattr(app.state, "contract"):
        app.state.contract = Contract(app.openapi())
    return app.state.contract


def closed_query(request: Request, _: PrincipalDep) -> None:
    """Raises Invalid for query parameters that the operation does not have: a misspelt filter must not match all."""
    known = contract_of(request.app).query_names(request.scope["route"].path, request.method)
    errors = tuple(
        FieldError(f"query/{name}", "unknown_field", "This parameter is not known.")
        for name in request.query_params
        if name not in known
    )
    if errors:
        raise Invalid("; ".join(f"{one.pointer}: {one.message}" for one in errors), errors=errors)


async def storable_text(request: Request, _: PrincipalDep) -> None:
    """Raises Invalid for U+0000 in a body's text, which PostgreSQL cannot store (datatype-character)."""
    if request.scope["route"].body_field is None:
        return
    if rb"\u0000" in await request.body() and _has_nul(await request.json()):
        raise Invalid("The body's text must not contain the character U+0000.")


def _has_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_has_nul(part) for pair in value.items() for part in pair)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list():
            return any(_has_nul(part) for part in value)  # pyright: ignore[reportUnknownVariableType]
        case _:
            return False


RULES = (Depends(closed_query), Depends(storable_text))
"""Dependencies of every router under `/v1`."""
