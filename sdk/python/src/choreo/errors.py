"""Exceptions: error responses, failed jobs, and transport errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.generated.models import Clip, JobPreview, Problem, ProblemField
    from choreo.models import Job


class ChoreoError(Exception):
    """Base class of this package's exceptions."""


class NotConfigured(ChoreoError):
    """The service URL, the API key or the webhook secret is missing or malformed."""


class InvalidArgument(ChoreoError):
    """An argument cannot be sent, such as NaN or a text that is not valid Unicode; nothing was sent."""


class Unreachable(ChoreoError):
    """No response was received after all tries."""


class UnexpectedAnswer(ChoreoError):
    """The response does not match the API: another service or version is at this URL."""


class TransferFailed(ChoreoError):
    """The storage refused a transfer, or the received file is corrupt."""


class WebhookRefused(ChoreoError):
    """The webhook's signature or timestamp is invalid; ignore its content."""


class ProblemError(ChoreoError):
    """An error response of the service (RFC 9457); subclasses correspond to statuses."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """`retry_after` is in seconds, from the response."""
        super().__init__(problem.detail)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def code(self) -> str:
        """The stable error code, such as `alias_moved`."""
        return self.problem.code

    @property
    def request_id(self) -> str:
        """The request id, for the operator."""
        return self.problem.request_id

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.problem.retryable

    @property
    def fields(self) -> list[ProblemField]:
        """The invalid fields, each with a JSON pointer into the request."""
        return self.problem.errors or []

    def __str__(self) -> str:
        return f"{self.problem.detail} ({self.status} {self.code}, {self.request_id})"


class Unauthorized(ProblemError):
    """401: the request has no valid API key."""


class Forbidden(ProblemError):
    """403: the API key lacks the required scope."""


class NotFound(ProblemError):
    """404: the resource does not exist for this tenant."""


class Conflict(ProblemError):
    """409: the resource's state does not permit this; `code` has the reason."""


class TooLarge(ProblemError):
    """413: more bytes than the service accepts."""


class Invalid(ProblemError):
    """400 or 422: the request is invalid; `fields` has the locations."""


class RateLimited(ProblemError):
    """429: a rate limit or quota is used up; see `retry_after`."""


class Unavailable(ProblemError):
    """408, 425, 502 to 504 or 520 to 524: the service, or a dependency or proxy of it, is unavailable."""


class ServiceFailed(ProblemError):
    """500: an internal error of the service."""


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
    **dict.fromkeys((408, 425, 502, 503, 504, 520, 521, 522, 523, 524), Unavailable),
}
"""Exceptions by status; others are plain `ProblemError`."""


class ClipRejected(ChoreoError):
    """The service cannot use a clip; `code` has the reason."""

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
    """A job failed; `job.error` has the code, the fault, and whether a retry may help."""

    def __init__(self, job: Job) -> None:
        error = job.error
        super().__init__(job, f"{error.message} ({error.code}, the {error.fault}'s fault)" if error else "failed")


class JobCanceled(JobUnsuccessful):
    """A job was canceled."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, "canceled")


class PreviewFailed(ChoreoError):
    """A preview could not be rendered, or the training ended first; the training is not affected."""

    def __init__(self, job: Job, preview: JobPreview) -> None:
        super().__init__(f"{job.id}: preview {preview.number}: {preview.error}")
        self.job = job
        self.preview = preview


class StillRunning(ChoreoError):
    """A job has not ended within the timeout; it continues."""

    def __init__(self, job: Job, seconds: float | None = None) -> None:
        super().__init__(f"{job.id} is {job.state}" + (f" after {seconds:g} s" if seconds is not None else ""))
        self.job = job
