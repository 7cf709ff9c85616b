"""Reference clips: declared, uploaded straight to storage, probed, then ready or rejected."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.common import NOT_BLANK, ClipId, RequestSchema, Schema, Sha256, Timestamp

FileName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NOT_BLANK)]


ClipUrl = Annotated[str, StringConstraints(pattern="^https?://", max_length=2000)]


class ClipState(StrEnum):
    """Where a clip stands."""

    AWAITING_UPLOAD = "awaiting_upload"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


class ClipCreate(RequestSchema):
    """A clip that is about to be uploaded."""

    file_name: FileName
    size_bytes: int | None = Field(
        default=None, ge=1, description="Exactly, for an upload, which needs it; with `url` the most that is fetched."
    )
    sha256: Sha256 | None = None
    url: ClipUrl | None = Field(
        default=None, description="Fetched when the clip is completed, instead of an upload, where the operator lets."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.url is None and self.size_bytes is None:
            raise ValueError("say size_bytes, or url")
        return self


class UploadPart(Schema):
    """Where and how to send one piece of a file."""

    number: int = Field(ge=1)
    size_bytes: int = Field(ge=1, description="The pieces follow each other; each has this size exactly.")
    url: str
    method: str
    headers: dict[str, str]


class Upload(Schema):
    """Where and how to send the bytes: whole, or, when there are parts, each of those instead, in any order."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: Timestamp
    parts: list[UploadPart] = Field(description="None for a file that is small.")


class ClipRejection(Schema):
    """Why a clip cannot be used; `code` is stable (`not_a_video`, `no_frames`, `too_long`, ...)."""

    code: str
    message: str


class Clip(Schema):
    """A reference clip. Sizes in pixels, `duration_seconds` of the canonical video."""

    id: ClipId
    state: ClipState
    file_name: str
    size_bytes: int
    sha256: Sha256 | None
    num_frames: int | None
    fps: float | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    thumbnail_url: str | None
    rejection: ClipRejection | None
    upload: Upload | None = Field(default=None, description="Only in the answer to the declaration.")
    created_at: Timestamp
