"""Reference clips: declared, uploaded to object storage or fetched by the service, examined, then ready or rejected."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.common import (
    EXAMPLE_SHA256,
    NOT_BLANK,
    ClipId,
    CreatedAt,
    RequestSchema,
    Schema,
    Sha256,
    Timestamp,
    Visible,
)

FileName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NOT_BLANK),
    Visible,
    Field(description="Name of the file, for people.", examples=["orbit.mp4"]),
]
ClipUrl = Annotated[str, Field(pattern="^https?://", max_length=2000)]
UploadUrl = Annotated[
    str,
    Field(
        description="Presigned URL for the upload.",
        examples=["https://storage.example.com/upload?signature=..."],
    ),
]
UploadMethod = Annotated[str, Field(description="HTTP method of the upload.", examples=["PUT"])]
UploadHeaders = Annotated[
    dict[str, str],
    Field(description="HTTP headers that the upload must have.", examples=[{"Content-Length": "48213"}]),
]


class ClipState(StrEnum):
    """State of a clip: `awaiting_upload`, `processing` while it is examined, then `ready` or `rejected`."""

    AWAITING_UPLOAD = "awaiting_upload"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


class ClipCreate(RequestSchema):
    """Declaration of a clip that the caller is about to upload, or that the service fetches from a URL."""

    file_name: FileName
    size_bytes: int | None = Field(
        default=None,
        ge=1,
        description="Size in bytes: required and exact for an upload; with `url`, the greatest size that is fetched. "
        "Default with `url`: the service's `CHOREO_MAX_CLIP_BYTES`.",
        examples=[48213],
    )
    sha256: Sha256 | None = Field(
        default=None,
        description="SHA-256 of the file, in hexadecimal. A file with another one is rejected. Default: not checked.",
        examples=[EXAMPLE_SHA256],
    )
    url: ClipUrl | None = Field(
        default=None,
        description="URL from which the service fetches the file when the clip is completed. The operator must allow "
        "it (`CHOREO_CLIP_URLS`). Default: the caller uploads the file.",
        examples=[None],
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.url is None and self.size_bytes is None:
            raise ValueError("size_bytes is required for an upload")
        return self


class UploadPart(Schema):
    """Upload of one part of a file."""

    number: int = Field(ge=1, description="Number of the part, from 1, in the order of the file.", examples=[1])
    size_bytes: int = Field(ge=1, description="Exact size of the part in bytes.", examples=[16777216])
    url: UploadUrl
    method: UploadMethod
    headers: UploadHeaders


class Upload(Schema):
    """Upload of a file: whole, or, if there are parts, each part instead, in any order."""

    url: UploadUrl
    method: UploadMethod
    headers: UploadHeaders
    expires_at: Timestamp = Field(description="Time at which the presigned URLs expire.")
    parts: list[UploadPart] = Field(
        description="Parts that may be uploaded instead of the whole file; empty for a small file."
    )


class ClipRejection(Schema):
    """Reason why a clip cannot be used."""

    code: str = Field(description="Stable code (docs/errors.md).", examples=["not_a_video"])
    message: str = Field(description="Text for people. It may change.", examples=["This is not a video."])


class Clip(Schema):
    """A reference clip. Frames, size and duration are those of the canonical video; null before it is ready."""

    id: ClipId
    state: ClipState = Field(description="State of the clip.", examples=["ready"])
    file_name: str = Field(description="Name of the file, for people.", examples=["orbit.mp4"])
    size_bytes: int = Field(
        description="Size of the file in bytes; before a file is fetched from a URL, the greatest size.",
        examples=[48213],
    )
    sha256: Sha256 | None = Field(
        description="SHA-256 of the file, in hexadecimal; null before it is known.", examples=[EXAMPLE_SHA256]
    )
    num_frames: int | None = Field(description="Number of frames.", examples=[24])
    fps: float | None = Field(description="Frame rate in frames a second.", examples=[8])
    width: int | None = Field(description="Width in pixels.", examples=[512])
    height: int | None = Field(description="Height in pixels.", examples=[512])
    duration_seconds: float | None = Field(description="Duration in seconds.", examples=[3.0])
    thumbnail_url: str | None = Field(
        description="Presigned URL of a thumbnail (JPEG); null before the clip is ready.",
        examples=["https://storage.example.com/thumbnail.jpg?signature=..."],
    )
    rejection: ClipRejection | None = Field(
        description="Reason of the rejection; null unless the clip is rejected.", examples=[None]
    )
    upload: Upload | None = Field(
        default=None,
        description="Where and how to upload the file; only in the response to the declaration.",
        examples=[None],
    )
    created_at: CreatedAt
