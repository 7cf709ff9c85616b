"""Resolution of concept names to ids."""

from choreo._sync.client import Choreo
from choreo.errors import ChoreoError
from choreo.models import Concept


class NoSuchName(ChoreoError):
    """No concept has this name."""


class AmbiguousName(ChoreoError):
    """More than one concept has this name."""


def concepts_named(choreo: Choreo, which: str) -> list[Concept]:
    """The concepts with this id or name. Raises NotFound for an unknown id."""
    if which.startswith("con_"):
        return [choreo.concepts.get(which)]
    return [concept for concept in choreo.concepts.list() if concept.name == which]


def find_concept(choreo: Choreo, which: str) -> Concept:
    """The only concept with this id or name. Raises NotFound, NoSuchName, AmbiguousName."""
    found = concepts_named(choreo, which)
    if not found:
        raise NoSuchName(f"no concept is called {which!r}")
    return _single(found)


def find_or_create_concept(choreo: Choreo, which: str) -> Concept:
    """The only concept with this id or name; a new name creates a concept. Raises NotFound, AmbiguousName."""
    return _single(concepts_named(choreo, which) or [choreo.concepts.create(which)])


def _single(found: list[Concept]) -> Concept:
    if len(found) > 1:
        ids = ", ".join(concept.id for concept in found)
        raise AmbiguousName(f"{len(found)} concepts are called {found[0].name!r}; say which: {ids}")
    return found[0]
