"""The result of an examination: properties of the canonical form, or the reason of the rejection."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Limits of a clip and of its examination. Sizes in pixels, times in seconds, memory in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_seconds: float = 60.0
    min_frames: int = 2
    min_side: int = 16
    max_side: int = 4096
    max_canonical_side: int = 1280
    max_fps: int = 60
    thumbnail_side: int = 320

    cpu_seconds: int = 120
    wall_seconds: float = 120.0
    memory_bytes: int = 2 * 2**30
    file_bytes: int = 512 * 2**20


class Reason(StrEnum):
    """Rejection codes; they are part of the API."""

    TOO_LARGE = "too_large"
    SIZE_MISMATCH = "size_mismatch"
    SHA256_MISMATCH = "sha256_mismatch"
    NOT_A_VIDEO = "not_a_video"
    NO_PICTURE = "no_picture"
    NO_FRAMES = "no_frames"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    CODEC_UNSUPPORTED = "codec_unsupported"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TOO_SMALL = "picture_too_small"
    TOO_COSTLY = "too_costly"


class Rejected(BaseModel):
    """The rejection of a clip."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason
    message: str = Field(description="One sentence for a person.")


class Media(BaseModel):
    """Properties of the canonical form: H.264, yuv420p, square pixels, upright, constant frame rate, no audio."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: int
    fps: float
    width: int
    height: int
    duration_seconds: float


class Unusable(Exception):
    """The file cannot be used; the probe reports it as `Rejected`."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
