"""Trainings."""

from collections.abc import Iterable, Mapping

from choreo._sync.calls import Calls
from choreo._sync.handles import Training
from choreo.generated.api.trainings import create_training
from choreo.generated.models import (
    TrainingClip,
    TrainingEstimate,
    TrainingJob,
    TrainingRequest,
    TrainingRequestMetadata,
)
from choreo.models import Deadlines, Recipe
from choreo.responses import argument, estimate_of, job_of, or_unset


class Trainings:
    """Create trainings."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def create(
        self,
        concept: str,
        clips: Iterable[tuple[str, str]],
        *,
        base_model: str | None = None,
        recipe: Recipe | None = None,
        evaluate: bool = True,
        evaluation_prompts: Iterable[str] | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, str] | None = None,
        priority: int = 0,
        deadlines: Deadlines | None = None,
        keep_days: float | None = None,
        idempotency_key: str | None = None,
    ) -> Training:
        """Queue a training of the concept (`con_...`) on clips: pairs of an id and a caption that names the motion.

        Omitted fields, also of the recipe, get the base model's defaults. The training ends with an evaluation that
        gives the version metrics and previews, unless `evaluate` is false. Raises Invalid, which names the field.
        """
        body = TrainingRequest(
            concept=concept,
            clips=[TrainingClip(clip_id=clip, caption=caption) for clip, caption in clips],
            base_model=or_unset(base_model),
            recipe=or_unset(recipe),
            evaluate=evaluate,
            evaluation_prompts=or_unset(None if evaluation_prompts is None else list(evaluation_prompts)),
            webhook_url=or_unset(webhook_url),
            metadata=argument(TrainingRequestMetadata.from_dict, metadata),
            priority=priority,
            deadlines=or_unset(deadlines),
            keep_days=or_unset(keep_days),
        )
        key = or_unset(idempotency_key)
        job = self._calls.ask(create_training.sync, client=self._calls.client, body=body, idempotency_key=key)
        return Training(self._calls, job_of(TrainingJob, job))

    def estimate(self, request: TrainingRequest) -> TrainingEstimate:
        """The resolved spec, queue wait and cost of such a request; creates nothing. Raises what `create` raises."""
        answer = self._calls.ask(create_training.sync, client=self._calls.client, body=request, dry_run=True)
        return estimate_of(TrainingEstimate, answer)
