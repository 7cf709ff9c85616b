"""Queue names: one queue for each kind of job and base model, so that a worker serves the models that it caches."""

from collections.abc import Iterable
from typing import get_args

from shared.schemas.generation import ConceptVersionRef
from shared.schemas.job import JobKind

BASE_ONLY = ""


def queue_of(kind: JobKind, base_model: str) -> str:
    """The name of the queue, such as `training.choreo-world`."""
    return f"{kind}.{base_model}"


def all_queues(base_models: Iterable[str]) -> list[str]:
    """The queues of these base models, of every kind of job."""
    return [queue_of(kind, base_model) for base_model in base_models for kind in get_args(JobKind)]


def adapter_key(concept: ConceptVersionRef | None) -> str:
    """The adapter that a job loads, such as `con_...@3`; empty for the base model without an adapter."""
    return f"{concept.concept_id}@{concept.version}" if concept else BASE_ONLY
