"""What can go wrong, as types: what the service said, how a job ended, what never arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.generated.models import Clip, JobPreview, Problem, ProblemField
    from choreo.models import Job


class ChoreoError(Exception):
    """Anything that this package raises on its own account."""


class NotConfigured(ChoreoError):
    """No address or no key to call with."""


class Unreachable(ChoreoError):
    """No answer came, however often it was tried."""


class UnexpectedAnswer(ChoreoError):
    """An answer that the contract doesn't know: another service, or one of another version, is at this address."""


class TransferFailed(ChoreoError):
    """The storage refused an upload or a download, or what arrived is not what was announced."""


class WebhookRefused(ChoreoError):
    """A webhook whose signature or age does not hold: believe nothing of it."""


class ProblemError(ChoreoError):
    """The service answered with a problem (RFC 9457); the subclasses say which."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """`retry_after` is what the answer asked for, in seconds."""
        super().__init__(problem.detail)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def code(self) -> str:
        """The stable name of what went wrong, e.g. `alias_moved`."""
        return self.problem.code

    @property
    def request_id(self) -> str:
        """What to quote to whoever runs the service."""
        return self.problem.request_id

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.problem.retryable

    @property
    def fields(self) -> list[ProblemField]:
        """The wrong fields, each with a JSON pointer into the request."""
        return self.problem.errors or []

    def __str__(self) -> str:
        return f"{self.problem.detail} ({self.status} {self.code}, {self.request_id})"


class Unauthorized(ProblemError):
    """401: no valid API key came with the request."""


class Forbidden(ProblemError):
    """403: the API key lacks the scope that this call needs."""


class NotFound(ProblemError):
    """404: nothing of this name exists for this tenant."""


class Conflict(ProblemError):
    """409: the present state does not allow this; `code` says what is in the way."""


class TooLarge(ProblemError):
    """413: more bytes than the service accepts."""


class Invalid(ProblemError):
    """400 or 422: the request cannot be accepted as it stands; `fields` says where."""


class RateLimited(ProblemError):
    """429: an allowance is used up; `retry_after` says for how long."""


class Unavailable(ProblemError):
    """502, 503 or 504: something that the service depends on does not answer."""


class ServiceFailed(ProblemError):
    """500: a defect of the service."""


BY_STATUS: dict[int, type[ProblemError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: Invalid,
    429: RateLimited,
    500: ServiceFailed,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
"""Which error a status means; any other problem is a plain `ProblemError`."""


class ClipRejected(ChoreoError):
    """The service looked into a clip and cannot use it; `code` says why."""

    def __init__(self, clip: Clip) -> None:
        rejection = clip.rejection
        super().__init__(f"{clip.file_name}: {rejection.message if rejection else clip.state}")
        self.clip = clip
        self.code = rejection.code if rejection else clip.state


class JobUnsuccessful(ChoreoError):
    """A job ended without a result."""

    def __init__(self, job: Job, message: str) -> None:
        super().__init__(f"{job.id}: {message}")
        self.job = job


class JobFailed(JobUnsuccessful):
    """A job failed; `job.error` says why, whose fault it is, and whether a retry may help."""

    def __init__(self, job: Job) -> None:
        error = job.error
        super().__init__(job, f"{error.message} ({error.code}, the {error.fault}'s fault)" if error else "failed")


class JobCanceled(JobUnsuccessful):
    """A job was canceled."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, "canceled")


class PreviewFailed(ChoreoError):
    """A training could not show what it was asked to, or ended first; it is not the worse for it."""

    def __init__(self, job: Job, preview: JobPreview) -> None:
        super().__init__(f"{job.id}: preview {preview.number}: {preview.error}")
        self.job = job
        self.preview = preview


class StillRunning(ChoreoError):
    """A job had not ended when the time to wait for it was up; it goes on."""

    def __init__(self, job: Job, seconds: float | None = None) -> None:
        super().__init__(f"{job.id} is {job.state}" + (f" after {seconds:g} s" if seconds is not None else ""))
        self.job = job
