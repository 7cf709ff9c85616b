"""The audit log of administration requests, and dead letters: work that the service gave up on."""

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.schemas.common import EXAMPLE_ULID, JobId, Schema, TenantId, Timestamp

DeadLetterKind = Literal["job", "delivery", "outbox"]
DeadLetterId = Annotated[
    str,
    Field(
        pattern=r"^((job|whd)_[0-7][0-9A-HJKMNP-TV-Z]{25}|out_[1-9][0-9]{0,17})$",
        description="Id of the dead letter: of the job, of the webhook delivery, or of the outbox row.",
        examples=[f"job_{EXAMPLE_ULID}"],
    ),
]


class AuditEntry(Schema):
    """An administration request that was carried out. Refused requests are not in the audit log."""

    id: str = Field(description="Id of the entry.", examples=[f"aud_{EXAMPLE_ULID}"])
    at: Timestamp = Field(description="Time of the request.")
    actor_tenant_id: str | None = Field(
        description="Id of the tenant whose key was used; null for a command on the service's machine.",
        examples=[f"ten_{EXAMPLE_ULID}"],
    )
    actor_key_id: str | None = Field(
        description="Id of the key that was used; null for a command on the service's machine.",
        examples=[f"key_{EXAMPLE_ULID}"],
    )
    action: str = Field(description="Operation id of the request, or name of the command.", examples=["rotate_key"])
    target: str = Field(description="Id of the changed resource.", examples=[f"key_{EXAMPLE_ULID}"])
    details: dict[str, Any] = Field(
        description="Arguments of the request, without secrets.", examples=[{"overlap_seconds": 86400}]
    )
    request_id: str | None = Field(
        description="Id of the request, as in the header `X-Request-Id`; null for a command.",
        examples=[f"req_{EXAMPLE_ULID}"],
    )


class DeadLetter(Schema):
    """Work that the service gave up on: a job that failed by the service's fault, a webhook delivery whose attempts all
    failed, or an outbox row that failed repeatedly.
    """

    id: DeadLetterId
    kind: DeadLetterKind = Field(description="Kind of the work.")
    tenant_id: TenantId | None = Field(description="Id of the tenant; null for an outbox row without one.")
    reason: str = Field(
        description="Error of a job, last response to a delivery, or topic of an outbox row.",
        examples=["attempts_exhausted: the worker was lost in the last of 3 attempts"],
    )
    attempts: int = Field(ge=0, description="Number of attempts.", examples=[3])
    since: Timestamp = Field(
        description="Time of the last failure; of an outbox row, the time at which it was created."
    )


class Requeued(Schema):
    """A dead letter that was queued again."""

    id: DeadLetterId
    job_id: JobId | None = Field(
        description="Id of the new job that retries a failed one; null for other kinds. The failed job stays failed."
    )
