"""Jobs of any kind: list, read, cancel, retry, handles."""

from collections.abc import AsyncIterator
from datetime import datetime

from choreo._async.calls import PAGE, AsyncCalls, walk
from choreo._async.handles import AsyncEvaluation, AsyncGeneration, AsyncHandle, AsyncTraining
from choreo.generated.api.jobs import cancel_job, get_job, list_jobs, retry_job
from choreo.generated.models import EvaluationJob, GenerationJob, JobState, ListJobsKindType0, TrainingJob
from choreo.models import Job
from choreo.responses import or_unset


class AsyncJobs:
    """The jobs of this tenant."""

    def __init__(self, calls: AsyncCalls) -> None:
        self._calls = calls

    async def get(self, id: str) -> Job:
        """Raises NotFound."""
        return await self._calls.ask(get_job.asyncio, id, client=self._calls.client)

    def list(
        self,
        *,
        kind: ListJobsKindType0 | None = None,
        state: JobState | None = None,
        concept: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> AsyncIterator[Job]:
        """The jobs that match all filters, newest first; pages are read on demand."""
        return walk(
            lambda cursor: self._calls.ask(
                list_jobs.asyncio,
                client=self._calls.client,
                limit=PAGE,
                cursor=cursor,
                kind=or_unset(kind),
                state=or_unset(state),
                concept=or_unset(concept),
                created_after=or_unset(created_after),
                created_before=or_unset(created_before),
            )
        )

    async def cancel(self, id: str) -> Job:
        """Cancel a queued job at once; a running one is `canceling` until its engine has stopped.

        Raises:
            Conflict: with code `job_finished` when it has ended otherwise.
        """
        return await self._calls.ask(cancel_job.asyncio, id, client=self._calls.client)

    async def retry(self, id: str, *, idempotency_key: str | None = None) -> AsyncHandle[Job]:
        """Create a new job with the spec of a failed or canceled one.

        Raises:
            Conflict: that one has not ended, or succeeded.
        """
        key = or_unset(idempotency_key)
        return self.follow(await self._calls.ask(retry_job.asyncio, id, client=self._calls.client, idempotency_key=key))

    async def handle(self, id: str) -> AsyncHandle[Job]:
        """A handle of a job. Raises NotFound."""
        return self.follow(await self.get(id))

    def follow(self, job: Job) -> AsyncHandle[Job]:
        """A handle of a job that was read before."""
        match job:
            case TrainingJob():
                return AsyncTraining(self._calls, job)
            case GenerationJob():
                return AsyncGeneration(self._calls, job)
            case EvaluationJob():
                return AsyncEvaluation(self._calls, job)
            case _:
                return AsyncHandle(self._calls, job)
