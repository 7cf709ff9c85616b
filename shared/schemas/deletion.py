"""Deletions: what was deleted, and when the last of its files was gone from object storage."""

from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.common import EXAMPLE_ULID, Schema, Timestamp

DeletionKind = Literal["clip", "concept", "job"]
DeletionReason = Literal["request", "retention"]
DeletionSubject = Annotated[
    str,
    Field(
        pattern="^(clip|con|job)_[0-7][0-9A-HJKMNP-TV-Z]{25}$",
        description="Id of the deleted resource.",
        examples=[f"clip_{EXAMPLE_ULID}"],
    ),
]


class Deletion(Schema):
    """The deletion of a clip, a concept or a job with all of its files."""

    id: str = Field(description="Id of the deletion.", examples=[f"del_{EXAMPLE_ULID}"])
    kind: DeletionKind = Field(description="Kind of the deleted resource.")
    subject: DeletionSubject
    reason: DeletionReason = Field(description="`request`: a DELETE request; `retention`: its retention period ended.")
    num_objects: int | None = Field(
        description="Number of its files in object storage; null until they are counted.", examples=[3]
    )
    num_bytes: int | None = Field(
        description="Size of those files in bytes; null until they are counted.", examples=[48213]
    )
    requested_at: Timestamp = Field(description="Time at which the resource was deleted from the database.")
    completed_at: Timestamp | None = Field(
        description="Time at which object storage listed none of the files any more; null until then."
    )
