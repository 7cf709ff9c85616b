"""Rules for every request: refuse unknown query parameters and values that cannot be stored; list permitted methods."""

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette._utils import get_route_path

from api.deps import PrincipalDep
from shared.errors import FieldError, Invalid, NotFound


def methods(request: Request) -> list[str]:
    """The permitted methods of the request's path."""
    contexts = iter_route_contexts(request.app.routes)
    path = get_route_path(request.scope)
    found = (one for one in contexts if one.methods and one.path_regex.fullmatch(path))
    return sorted({method for one in found for method in one.methods or ()})


async def closed_query(request: Request, _: PrincipalDep) -> None:
    """Raises Invalid for unknown query parameters, so that a misspelt filter does not match everything."""
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


async def storable(request: Request, _: PrincipalDep) -> None:
    """Raises Invalid for values in a body, the query or a header that cannot be stored, and NotFound for such a path.

    PostgreSQL stores no U+0000, and JSON has no non-finite numbers (RFC 8259 section 6), but Python accepts both.
    """
    if any("\0" in value for value in request.path_params.values() if isinstance(value, str)):
        raise NotFound
    texts = {f"query/{name}": value for name, value in request.query_params.multi_items()}
    texts |= {f"header/{name}": value for name, value in request.headers.items()}
    errors = [found for pointer, value in texts.items() for found in _unstorable(value, pointer)]
    if request.scope["route"].body_field is not None:
        with suppress(
            ValueError, RecursionError
        ):  # not JSON, or nested too deeply: the validation of the body reports it
            errors += _unstorable(await request.json(), "")
    if errors:
        raise Invalid("; ".join(f"{one.pointer}: {one.message}" for one in errors[:3]), errors=tuple(errors))


def _unstorable(value: Any, pointer: str) -> Iterator[FieldError]:
    match value:
        case str() if "\0" in value:
            yield FieldError(pointer, "unstorable_text", "Text must not contain the character U+0000.")
        case float() if not math.isfinite(value):
            yield FieldError(pointer, "finite_number", "A number must be finite.")
        case dict():
            for name, part in cast("dict[str, Any]", value).items():
                yield from _unstorable(name, pointer)
                yield from _unstorable(part, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
        case list():
            for index, part in enumerate(cast("list[Any]", value)):
                yield from _unstorable(part, f"{pointer}/{index}")
        case _:
            pass


RULES = (Depends(closed_query), Depends(storable))
"""Dependencies of every router under `/v1`."""
