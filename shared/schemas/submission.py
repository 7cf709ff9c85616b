"""Fields that every request for a job has."""

from typing import Annotated

from pydantic import Field

from shared.schemas.common import Metadata, RequestSchema, Schema, Timestamp

WebhookUrl = Annotated[
    str,
    Field(
        pattern="^https?://",
        max_length=2000,
        description="URL of the receiver. The service allows HTTPS to public addresses unless the operator allows "
        "other networks.",
        examples=["https://example.com/hooks/choreo"],
    ),
]


class Deadlines(RequestSchema):
    """Deadlines of a job. A job that misses one fails with `start_by_missed` or `finish_by_missed`."""

    start_by: Timestamp | None = Field(
        default=None,
        description="Time by which the first attempt must have started. Default: no limit.",
        examples=[None],
    )
    finish_by: Timestamp | None = Field(
        default=None,
        description="Time by which the job must have finished. Default: no limit.",
        examples=["2026-03-02T12:00:00Z"],
    )


class Submission(RequestSchema):
    """Fields that every request for a job has."""

    webhook_url: WebhookUrl | None = Field(
        default=None,
        description="URL that receives this job's webhooks, in addition to the registered endpoints. Default: none.",
        examples=["https://example.com/hooks/choreo"],
    )
    metadata: Metadata = Field(default_factory=dict[str, str])
    priority: int = Field(
        default=0,
        ge=-10,
        le=10,
        description="Priority among this tenant's own jobs of the same queue: a higher one starts first.",
    )
    deadlines: Deadlines = Field(default=Deadlines(), description="Deadlines of the job. Default: none.")
    keep_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="Days after its end after which the job is deleted with its files. The tenant's `keep_jobs_days` "
        "applies if it is shorter. Default: the tenant's `keep_jobs_days`.",
        examples=[30],
    )


class JobWarning(Schema):
    """Something about a request that the service accepted but that probably gives a poor result."""

    code: str = Field(
        examples=["prompt_outside_vocabulary"],
        description="`prompt_outside_vocabulary` or `caption_outside_vocabulary`: the base model does not know a word.",
    )
    message: str = Field(
        examples=['The base model choreo-world was not trained on "cat", so the videos may show something else.'],
        description="The explanation for people.",
    )
    pointer: str = Field(
        examples=["/prompt"],
        description="JSON pointer to the field of the request, or `/previews/N/prompt` for the preview at index N.",
    )
