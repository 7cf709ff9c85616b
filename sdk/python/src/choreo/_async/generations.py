"""Generations."""

from collections.abc import Mapping

from choreo._async.calls import AsyncCalls
from choreo._async.handles import AsyncGeneration
from choreo.generated.api.generations import create_generation
from choreo.generated.models import (
    GenerationEstimate,
    GenerationJob,
    GenerationRequest,
    GenerationRequestMetadata,
)
from choreo.models import Deadlines, Highway, Scheduler
from choreo.responses import argument, estimate_of, job_of, or_unset


class AsyncGenerations:
    """Create generations."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def create(
        self,
        prompt: str,
        *,
        concept: str | None = None,
        base_model: str | None = None,
        negative_prompt: str = "",
        seed: int | None = None,
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
    ) -> AsyncGeneration:
        """Queue a generation with a concept (`con_...`, `con_...@3`, `con_...@prod`), or with the base model alone.

        Sizes in pixels. Omitted fields get the base model's defaults. Raises Invalid, which names the field.
        """
        body = GenerationRequest(
            prompt=prompt,
            concept=or_unset(concept),
            base_model=or_unset(base_model),
            negative_prompt=negative_prompt,
            seed=or_unset(seed),
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
            metadata=argument(GenerationRequestMetadata.from_dict, metadata),
            priority=priority,
            deadlines=or_unset(deadlines),
            keep_days=or_unset(keep_days),
        )
        key = or_unset(idempotency_key)
        job = await self._calls.ask(
            create_generation.asyncio, client=self._calls.client, body=body, idempotency_key=key
        )
        return AsyncGeneration(self._calls, job_of(GenerationJob, job))

    async def estimate(self, request: GenerationRequest) -> GenerationEstimate:
        """The resolved spec, queue wait and cost of such a request; creates nothing. Raises what `create` raises."""
        answer = await self._calls.ask(create_generation.asyncio, client=self._calls.client, body=request, dry_run=True)
        return estimate_of(GenerationEstimate, answer)
