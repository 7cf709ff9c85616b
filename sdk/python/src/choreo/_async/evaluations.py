"""Evaluations of concept versions."""

from collections.abc import Iterable, Mapping

from choreo._async.calls import AsyncCalls
from choreo._async.handles import AsyncEvaluation
from choreo.answers import estimate_of, given, job_of
from choreo.generated.api.evaluations import create_evaluation
from choreo.generated.models import (
    EvaluationEstimate,
    EvaluationJob,
    EvaluationRequest,
    EvaluationRequestMetadata,
)
from choreo.models import Deadlines, Highway, Scheduler


class AsyncEvaluations:
    """Create evaluations."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def create(
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
    ) -> AsyncEvaluation:
        """Queue an evaluation of a version (`con_...`, `con_...@3`, `con_...@prod`): every prompt with every seed.

        Defaults: the base model's prompts, random seeds, the base model's values for the rest.
        Raises Invalid, which names the field.
        """
        body = EvaluationRequest(
            concept=concept,
            prompts=given(None if prompts is None else list(prompts)),
            seeds=given(None if seeds is None else list(seeds)),
            samples=given(samples),
            negative_prompt=negative_prompt,
            num_frames=given(num_frames),
            height=given(height),
            width=given(width),
            fps=given(fps),
            steps=given(steps),
            guidance_scale=given(guidance_scale),
            adapter_scale=given(adapter_scale),
            highway=given(highway),
            phase=given(phase),
            noise_prior=given(noise_prior),
            scheduler=given(scheduler),
            webhook_url=given(webhook_url),
            metadata=EvaluationRequestMetadata.from_dict(metadata or {}),
            priority=priority,
            deadlines=given(deadlines),
            keep_days=given(keep_days),
        )
        key = given(idempotency_key)
        job = await self._calls.ask(
            create_evaluation.asyncio, client=self._calls.client, body=body, idempotency_key=key
        )
        return AsyncEvaluation(self._calls, job_of(EvaluationJob, job))

    async def estimate(self, request: EvaluationRequest) -> EvaluationEstimate:
        """The resolved spec, queue wait and cost of such a request; creates nothing. Raises what `create` raises."""
        answer = await self._calls.ask(create_evaluation.asyncio, client=self._calls.client, body=request, dry_run=True)
        return estimate_of(EvaluationEstimate, answer)
