"""Deletions: what was removed from storage, how much it was, and when nothing of it was left."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.common import Schema, Timestamp

DeletionKind = Literal["clip", "concept", "job"]
DeletionReason = Literal["request", "retention"]
DeletionSubject = Annotated[str, StringConstraints(pattern="^(clip|con|job)_[0-7][0-9A-HJKMNP-TV-Z]{25}$")]


class Deletion(Schema):
    """One thing that was deleted, with all its files."""

    id: str
    kind: DeletionKind
    subject: DeletionSubject = Field(description="The id of what was deleted.")
    reason: DeletionReason = Field(description="Somebody asked for it, or its time was over.")
    num_objects: int | None = Field(description="The files that it had in storage; null before they were counted.")
    num_bytes: int | None
    requested_at: Timestamp
    completed_at: Timestamp | None = Field(description="When storage was seen to have none of them left.")
