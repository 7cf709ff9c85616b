"""Queues: one for each kind of job and base model, so that a worker serves what it has warm."""

from collections.abc import Iterable
from typing import get_args

from shared.schemas.generation import ConceptVersionRef
from shared.schemas.job import JobKind

BASE_ONLY = ""


def queue_of(kind: JobKind, base_model: str) -> str:
    """The queue of such jobs, `training.choreo-world`."""
    return f"{kind}.{base_model}"


def all_queues(base_models: Iterable[str]) -> list[str]:
    """Every queue that these base models need."""
    return [queue_of(kind, base_model) for base_model in base_models for kind in get_args(JobKind)]


def warm_key(concept: ConceptVersionRef | None) -> str:
    """The adapter a job needs beside its base, `con_...@3`; empty when the base is enough."""
    return f"{concept.concept_id}@{concept.version}" if concept else BASE_ONLY
