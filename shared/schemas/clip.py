"""Reference clips: declared, uploaded straight to storage, probed, then ready or rejected."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.common import NOT_BLANK, ClipId, RequestSchema, Schema, Sha256, Timestamp

FileName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NOT_BLANK)]


class ClipState(StrEnum):
    """Where a clip stands."""

    AWAITING_UPLOAD = "awaiting_upload"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


class ClipCreate(RequestSchema):
    """A clip that is about to be uploaded."""

    file_name: FileName
    size_bytes: int = Field(ge=1)
    sha256: Sha256 | None = None


class Upload(Schema):
    """Where and how to send the bytes."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: Timestamp


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
