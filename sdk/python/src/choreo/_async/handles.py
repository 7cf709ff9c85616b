"""Handles of submitted jobs: wait, stream events, cancel, download results."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Generic, TypeVar, cast

from choreo._async.calls import AsyncCalls
from choreo._async.sleep import sleep
from choreo._async.streams import events
from choreo.errors import (
    InvalidArgument,
    JobCanceled,
    JobFailed,
    JobUnsuccessful,
    PreviewFailed,
    StillRunning,
    UnexpectedAnswer,
)
from choreo.generated.api.concepts import get_version
from choreo.generated.api.jobs import cancel_job, checkpoint_job, get_job, preview_job, promote_job
from choreo.generated.models import (
    Artifact,
    ConceptVersion,
    EvaluationJob,
    EvaluationResult,
    Event,
    GenerationJob,
    JobPreview,
    PreviewRequest,
    PromotionRequest,
    TrainingJob,
)
from choreo.models import Job
from choreo.responses import or_unset

JobT_co = TypeVar("JobT_co", bound=Job, covariant=True)
TERMINAL = frozenset({"succeeded", "failed", "canceled"})
FIRST_POLL_SECONDS = 0.2
MAX_POLL_SECONDS = 2.0


class AsyncHandle(Generic[JobT_co]):
    """A job as last read."""

    def __init__(self, calls: AsyncCalls, job: JobT_co) -> None:
        self._calls = calls
        self._job = job

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self._job.state}>"

    @property
    def job(self) -> JobT_co:
        """The job as last read."""
        return self._job

    @property
    def id(self) -> str:
        """The job's id."""
        return self._job.id

    @property
    def has_ended(self) -> bool:
        """Whether the job had ended when it was last read, also in a state that this client does not know."""
        return self._job.state in TERMINAL or self._job.finished_at is not None

    async def refresh(self) -> JobT_co:
        """Read the job again; URLs are fresh."""
        return self._keep(await self._calls.ask(get_job.asyncio, self.id, client=self._calls.client))

    async def cancel(self) -> JobT_co:
        """Cancel the job: at once while queued, otherwise as soon as its engine has stopped.

        Raises:
            Conflict: with code `job_finished` when it has ended otherwise.
        """
        return self._keep(await self._calls.ask(cancel_job.asyncio, self.id, client=self._calls.client))

    async def wait(
        self,
        on_progress: Callable[[JobT_co], object] | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the same words as in the synchronous twin
    ) -> JobT_co:
        """Poll until the job has ended, with a call of `on_progress` for each change; return the succeeded job.

        Raises:
            JobFailed: the job failed; `error.job.error` has the reason.
            JobCanceled: the job was canceled.
            StillRunning: the job has not ended after `timeout` seconds; it continues.
        """
        until = None if timeout is None else time.monotonic() + timeout
        seen, rest = 0, FIRST_POLL_SECONDS
        while True:
            job = self._job
            if on_progress and job.state_seq > seen:
                on_progress(job)
            if self.has_ended:
                return self.result()
            rest = FIRST_POLL_SECONDS if job.state_seq > seen else min(rest * 1.5, MAX_POLL_SECONDS)
            seen = job.state_seq
            await sleep(self._bounded(rest, until, timeout))
            await self.refresh()

    def stream(self, *, after: int = 0) -> AsyncIterator[Event]:
        """The job's events, from the first or after a `state_seq`, until its end.

        A broken stream is resumed. Call `refresh()` afterwards to get the result.
        """
        return events(self._calls, self.id, after)

    def result(self) -> JobT_co:
        """The succeeded job as last read. Raises JobFailed, JobCanceled, JobUnsuccessful, or StillRunning."""
        match self._job.state:
            case "succeeded":
                return self._job
            case "failed":
                raise JobFailed(self._job)
            case "canceled":
                raise JobCanceled(self._job)
            case _ if self.has_ended:
                raise JobUnsuccessful(self._job, f"ended as {self._job.state}")
            case _:
                raise StillRunning(self._job)

    def _bounded(self, rest: float, until: float | None, timeout: float | None) -> float:
        if until is None or timeout is None:
            return rest
        left = until - time.monotonic()
        if left <= 0:
            raise StillRunning(self._job, timeout)
        return min(rest, left)

    def _keep(self, job: Job) -> JobT_co:
        if job.kind != self._job.kind:
            raise UnexpectedAnswer(f"{self.id} was a {self._job.kind} and is a {job.kind}")
        self._job = cast("JobT_co", job)
        return self._job


class AsyncTraining(AsyncHandle[TrainingJob]):
    """A training."""

    @property
    def concept(self) -> str:
        """The created version as a reference for generations: `con_...@3`. Raises what `result` raises."""
        result = self.result().result
        if result is None:
            raise UnexpectedAnswer(f"{self.id} succeeded without a result")
        return f"{result.concept_id}@{result.version}"

    async def version(self) -> ConceptVersion:
        """The created version, with a fresh URL of its adapter. Raises what `result` raises."""
        concept_id, _, version = self.concept.partition("@")
        return await self._calls.ask(get_version.asyncio, concept_id, int(version), client=self._calls.client)

    async def checkpoint(self, *, idempotency_key: str | None = None) -> TrainingJob:
        """Request a checkpoint after the next step; `job.checkpoint` changes when it is stored.

        Raises:
            Conflict: with code `job_not_running`.
        """
        key = or_unset(idempotency_key)
        return self._keep(
            await self._calls.ask(checkpoint_job.asyncio, self.id, client=self._calls.client, idempotency_key=key)
        )

    async def promote(self, *, step: int | None = None, idempotency_key: str | None = None) -> "AsyncTraining":
        """Promote the newest checkpoint, or that of `step`: a short training creates a version meanwhile.

        Raises:
            Conflict: with code `no_checkpoint`.
        """
        body, key = PromotionRequest(step=or_unset(step)), or_unset(idempotency_key)
        job = await self._calls.ask(
            promote_job.asyncio, self.id, client=self._calls.client, body=body, idempotency_key=key
        )
        return AsyncTraining(self._calls, job)

    async def preview(
        self, prompt: str | None = None, *, seed: int | None = None, idempotency_key: str | None = None
    ) -> JobPreview:
        """Request a preview from the current training state; `shown` waits for the video.

        Raises:
            Conflict: with code `job_not_running`, or `too_many_previews`.
        """
        body, key = (
            PreviewRequest(prompt=or_unset(prompt), seed=or_unset(seed)),
            or_unset(idempotency_key),
        )
        job = await self._calls.ask(
            preview_job.asyncio, self.id, client=self._calls.client, body=body, idempotency_key=key
        )
        if not self._keep(job).previews:
            raise UnexpectedAnswer(f"{self.id} has no preview after the request for one")
        return self._job.previews[-1]

    async def shown(self, number: int, *, timeout: float | None = None) -> JobPreview:  # noqa: ASYNC109 - as in `wait`
        """Wait for the preview with this number: `ready` with a fresh URL of its video, or `failed` with its error.

        Raises:
            StillRunning: it is still `pending` after `timeout` seconds.
            InvalidArgument: the training has no preview with this number.
        """
        until, rest = None if timeout is None else time.monotonic() + timeout, FIRST_POLL_SECONDS
        while (preview := self._preview(await self.refresh(), number)).state == "pending":
            await sleep(self._bounded(rest, until, timeout))
            rest = min(rest * 1.5, MAX_POLL_SECONDS)
        return preview

    def _preview(self, job: TrainingJob, number: int) -> JobPreview:
        if not 1 <= number <= len(job.previews):
            raise InvalidArgument(f"{job.id} has {len(job.previews)} previews, and none with the number {number}")
        return job.previews[number - 1]

    async def download_preview(self, number: int, path: Path | str) -> Path:
        """Wait for a preview and write its video to `path` atomically.

        Raises:
            PreviewFailed: the preview failed.
            TransferFailed: the storage refused, or the SHA-256 differs.
        """
        preview = await self.shown(number)
        if preview.video is None:
            raise PreviewFailed(self._job, preview)
        return await self._calls.storage.fetch(preview.video, Path(path))


class AsyncGeneration(AsyncHandle[GenerationJob]):
    """A generation."""

    async def download(self, path: Path | str) -> Path:
        """Wait for the video and write it to `path` atomically.

        Raises:
            TransferFailed: the storage refused, or the SHA-256 differs.
            ChoreoError: what `wait` raises.
        """
        await self.wait()
        result = (await self.refresh()).result  # an earlier URL may have expired
        if result is None:
            raise UnexpectedAnswer(f"{self.id} succeeded without a result")
        return await self._calls.storage.fetch(result.video, Path(path))


class AsyncEvaluation(AsyncHandle[EvaluationJob]):
    """An evaluation."""

    @property
    def measured(self) -> EvaluationResult:
        """The result: `metrics`, `base_metrics`, `not_measured`. Raises what `result` raises."""
        result = self.result().result
        if result is None:
            raise UnexpectedAnswer(f"{self.id} succeeded without a result")
        return result

    @property
    def metrics(self) -> dict[str, float | None]:
        """The version's metrics by name. Raises what `result` raises."""
        return self.measured.metrics.additional_properties

    async def download(self, folder: Path | str) -> list[Path]:
        """Wait for the end and write previews, contact sheet and report below `folder`, each atomically.

        Raises:
            TransferFailed: the storage refused, or the SHA-256 differs.
            ChoreoError: what `wait` raises.
        """
        await self.wait()
        await self.refresh()  # earlier URLs may have expired
        return [await self._fetch(file, Path(folder)) for file in self.measured.artifacts]

    async def _fetch(self, file: Artifact, folder: Path) -> Path:
        return await self._calls.storage.fetch(file, folder / Path(file.name).name)
