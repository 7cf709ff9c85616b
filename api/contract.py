"""Rules of every request: unknown parameters are refused, text can be stored, a wrong method hears the right ones."""

from typing import Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.deps import PrincipalDep
from shared.errors import FieldError, Invalid


def methods(request: Request) -> list[str]:
    """The methods that the request's path takes."""
    contexts = iter_route_contexts(request.app.routes)
    found = (one for one in contexts if one.methods and one.path_regex.fullmatch(request.url.path))
    return sorted({method for one in found for method in one.methods or ()})


def closed_query(request: Request, _: PrincipalDep) -> None:
    """Raises Invalid for query parameters that the operation does not have: a misspelt filter must not match all."""
    known = _names(request.scope["route"].dependant)
    errors = tuple(
        FieldError(f"query/{name}", "unknown_field", "This parameter is not known.")
        for name in request.query_params
        if name not in known
    )
    if errors:
        raise Invalid("; ".join(f"{one.pointer}: {one.message}" for one in errors), errors=errors)


def _names(dependant: Dependant) -> set[str]:
    return {one.alias for one in dependant.query_params}.union(*map(_names, dependant.dependencies))


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
