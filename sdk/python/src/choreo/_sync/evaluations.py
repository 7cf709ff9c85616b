"""Evaluations of concept versions."""

from collections.abc import Iterable, Mapping

from choreo._sync.calls import Calls
from choreo._sync.handles import Evaluation
from choreo.generated.api.evaluations import create_evaluation
from choreo.generated.models import (
    EvaluationEstimate,
    EvaluationJob,
    EvaluationRequest,
    EvaluationRequestMetadata,
)
from choreo.models import Deadlines, Highway, Scheduler
from choreo.responses import argument, estimate_of, job_of, or_unset


class Evaluations:
    """Create evaluations."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def create(
        self,
        concept: str,
        *,
        prompts: Iterable[str] | None = None,
        seeds: Iterable[int] | None = None,
        samples: int | None = None,
        negative_prompt: str = "",
        num_frames: int | None = None,
        height: int | None = None,
        width: int | None = None,
        fps: float | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        adapter_scale: float | None = None,
        highway: Highway | None = None,
        phase: float | None = None,
        noise_prior: float | None = None,
        scheduler: Scheduler | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, str] | None = None,
        priority: int = 0,
        deadlines: Deadlines | None = None,
        keep_days: float | None = None,
        idempotency_key: str | None = None,
    ) -> Evaluation:
        """Queue an evaluation of a version (`con_...`, `con_...@3`, `con_...@prod`): every prompt with every seed.

        Defaults: the base model's prompts, random seeds, the base model's values for the rest.
        Raises Invalid, which names the field.
        """
        body = EvaluationRequest(
            concept=concept,
            prompts=or_unset(None if prompts is None else list(prompts)),
            seeds=or_unset(None if seeds is None else list(seeds)),
            samples=or_unset(samples),
            negative_prompt=negative_prompt,
            num_frames=or_unset(num_frames),
            height=or_unset(height),
            width=or_unset(width),
            fps=or_unset(fps),
            steps=or_unset(steps),
            guidance_scale=or_unset(guidance_scale),
            adapter_scale=or_unset(adapter_scale),
            highway=or_unset(highway),
            phase=or_unset(phase),
            noise_prior=or_unset(noise_prior),
            scheduler=or_unset(scheduler),
            webhook_url=or_unset(webhook_url),
            metadata=argument(EvaluationRequestMetadata.from_dict, metadata),
            priority=priority,
            deadlines=or_unset(deadlines),
            keep_days=or_unset(keep_days),
        )
        key = or_unset(idempotency_key)
        job = self._calls.ask(create_evaluation.sync, client=self._calls.client, body=body, idempotency_key=key)
        return Evaluation(self._calls, job_of(EvaluationJob, job))

    def estimate(self, request: EvaluationRequest) -> EvaluationEstimate:
        """The resolved spec, queue wait and cost of such a request; creates nothing. Raises what `create` raises."""
        answer = self._calls.ask(create_evaluation.sync, client=self._calls.client, body=request, dry_run=True)
        return estimate_of(EvaluationEstimate, answer)
