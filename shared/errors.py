"""Errors are facts with names: each class has a stable code, the HTTP status it means and whether to try again."""

from typing import ClassVar, NamedTuple


class FieldError(NamedTuple):
    """One thing that is wrong with a request; `pointer` is a JSON pointer (RFC 6901) into its body."""

    pointer: str
    code: str
    message: str


class ChoreoError(Exception):
    """The service could not do what was asked."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    is_a_fact: ClassVar[bool] = False
    """Whether a transaction that ends with this error still commits, because the error itself was written down."""

    def __init__(
        self,
        message: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: float | None = None,
        policies: tuple[str, ...] = (),
    ):
        """`policies` are the names of the limits that the request would pass."""
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.message = str(self)
        self.errors = errors
        self.retry_after = retry_after
        self.policies = policies


class ConfigurationError(ChoreoError):
    """The service is set up in a way that cannot work."""

    code, title = "configuration", "Bad configuration"


class Unauthorized(ChoreoError):
    """No valid API key came with the request."""

    code, title, status = "unauthorized", "Unauthorized", 401


class Forbidden(ChoreoError):
    """The API key lacks the scope that this call needs."""

    code, title, status = "forbidden", "Forbidden", 403


class NotFound(ChoreoError):
    """Nothing of this name exists for this tenant."""

    code, title, status = "not_found", "Not found", 404


class Invalid(ChoreoError):
    """The request is well-formed JSON but cannot be accepted as it stands."""

    code, title, status = "invalid", "Invalid request", 422

    @classmethod
    def at(cls, pointer: str, code: str, message: str) -> "Invalid":
        """One wrong field."""
        return cls(message, errors=(FieldError(pointer, code, message),))


class TooLarge(ChoreoError):
    """The body is larger than the service accepts."""

    code, title, status = "too_large", "Payload too large", 413


class Conflict(ChoreoError):
    """The resource's present state does not allow this."""

    code, title, status = "conflict", "Conflict", 409


class JobFinished(Conflict):
    """The job has reached a terminal state, which never changes."""

    code, title = "job_finished", "Job already finished"


class JobUnfinished(Conflict):
    """The job has not reached a terminal state yet."""

    code, title = "job_unfinished", "Job not finished"


class AliasMoved(Conflict):
    """The alias does not point where the caller expected."""

    code, title = "alias_moved", "Alias moved"


class IdempotencyMismatch(ChoreoError):
    """The idempotency key was used before with another request."""

    code, title, status = "idempotency_mismatch", "Idempotency key reused", 422


class IdempotencyInFlight(Conflict):
    """The first request with this idempotency key has not been answered yet."""

    code, title, retryable = "idempotency_in_flight", "Request in flight", True


class RateLimited(ChoreoError):
    """The tenant sends more requests than it may; `Retry-After` says when there is room again."""

    code, title, status, retryable = "rate_limited", "Too many requests", 429, True


class QueueFull(ChoreoError):
    """As many of the tenant's jobs wait as may; there is room again when one of them has started."""

    code, title, status, retryable = "queue_full", "Queue full", 429, True


class QuotaExceeded(ChoreoError):
    """The tenant has used up what it may use; waiting a moment does not help."""

    code, title, status = "quota_exceeded", "Quota exceeded", 403


class Unavailable(ChoreoError):
    """Something that the service depends on does not answer."""

    code, title, status, retryable = "unavailable", "Service unavailable", 503, True


class Fenced(Conflict):
    """Another attempt owns the job now; this one stops and writes nothing."""

    code, title, is_a_fact = "fenced", "Fenced", True
