"""What whoever runs the service did, and what the service could not bring to an end by itself."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from shared.schemas.common import JobId, Schema, TenantId, Timestamp

DeadLetterKind = Literal["job", "delivery", "outbox"]
DeadLetterId = Annotated[
    str, StringConstraints(pattern=r"^((job|whd)_[0-7][0-9A-HJKMNP-TV-Z]{25}|out_[1-9][0-9]{0,17})$")
]


class AuditEntry(Schema):
    """One admin act that was carried out; an act that was refused changed nothing and is not here."""

    id: str
    at: Timestamp
    actor_tenant_id: str | None = Field(description="Whose key it was; null for a command on the service's machine.")
    actor_key_id: str | None
    action: str = Field(description="The operation id of the call, or the command.")
    target: str = Field(description="The id of what it was done to.")
    details: dict[str, Any] = Field(description="What was asked for; never a secret.")
    request_id: str | None = Field(description="`X-Request-Id` of the answer.")


class DeadLetter(Schema):
    """A job that failed by the service's fault, a webhook that nobody took, or an outbox row that never gets done."""

    id: DeadLetterId
    kind: DeadLetterKind
    tenant_id: TenantId | None
    reason: str
    attempts: int = Field(ge=0)
    since: Timestamp


class Requeued(Schema):
    """A dead letter that is tried again."""

    id: DeadLetterId
    job_id: JobId | None = Field(description="The job that was made of a failed one, which stays failed.")
