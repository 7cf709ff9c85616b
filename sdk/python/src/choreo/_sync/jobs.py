"""Jobs of any kind: list, read, cancel, retry, handles."""

from collections.abc import Iterator
from datetime import datetime

from choreo._sync.calls import PAGE, Calls, walk
from choreo._sync.handles import Evaluation, Generation, Handle, Training
from choreo.generated.api.jobs import cancel_job, get_job, list_jobs, retry_job
from choreo.generated.models import EvaluationJob, GenerationJob, JobState, ListJobsKindType0, TrainingJob
from choreo.models import Job
from choreo.responses import or_unset


class Jobs:
    """The jobs of this tenant."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, id: str) -> Job:
        """Raises NotFound."""
        return self._calls.ask(get_job.sync, id, client=self._calls.client)

    def list(
        self,
        *,
        kind: ListJobsKindType0 | None = None,
        state: JobState | None = None,
        concept: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> Iterator[Job]:
        """The jobs that match all filters, newest first; pages are read on demand."""
        return walk(
            lambda cursor: self._calls.ask(
                list_jobs.sync,
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

    def cancel(self, id: str) -> Job:
        """Cancel a queued job at once; a running one is `canceling` until its engine has stopped.

        Raises:
            Conflict: with code `job_finished` when it has ended otherwise.
        """
        return self._calls.ask(cancel_job.sync, id, client=self._calls.client)

    def retry(self, id: str, *, idempotency_key: str | None = None) -> Handle[Job]:
        """Create a new job with the spec of a failed or canceled one.

        Raises:
            Conflict: that one has not ended, or succeeded.
        """
        key = or_unset(idempotency_key)
        return self.follow(self._calls.ask(retry_job.sync, id, client=self._calls.client, idempotency_key=key))

    def handle(self, id: str) -> Handle[Job]:
        """A handle of a job. Raises NotFound."""
        return self.follow(self.get(id))

    def follow(self, job: Job) -> Handle[Job]:
        """A handle of a job that was read before."""
        match job:
            case TrainingJob():
                return Training(self._calls, job)
            case GenerationJob():
                return Generation(self._calls, job)
            case EvaluationJob():
                return Evaluation(self._calls, job)
            case _:
                return Handle(self._calls, job)
