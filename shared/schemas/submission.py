"""What every request for a job may carry besides its own fields."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.common import Metadata, RequestSchema, Timestamp

WebhookUrl = Annotated[str, StringConstraints(pattern="^https?://", max_length=2000)]


class Deadlines(RequestSchema):
    """When the job stops being useful; it fails rather than start or finish later."""

    start_by: Timestamp | None = None
    finish_by: Timestamp | None = None


class Submission(RequestSchema):
    """The common part of job requests."""

    webhook_url: WebhookUrl | None = Field(default=None, description="A one-off receiver of this job's events.")
    metadata: Metadata = Field(default_factory=dict[str, str])
    priority: int = Field(default=0, ge=-10, le=10, description="Higher goes first among this tenant's own jobs.")
    deadlines: Deadlines = Deadlines()
    keep_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="The job and its files are deleted so many days after its end; no later than the tenant's are.",
    )
