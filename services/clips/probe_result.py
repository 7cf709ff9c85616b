"""What examining a file comes to: facts about its canonical form, or a reason why it cannot be used."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """What a clip may be, and what looking at it may cost. Sizes in pixels, times in seconds, memory in bytes."""

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
    """Why a clip was rejected: the stable codes of the contract."""

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
    """A clip that cannot be used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason
    message: str = Field(description="One sentence for a person.")


class Media(BaseModel):
    """The canonical form: H.264, yuv420p, square pixels, upright, a constant frame rate, no sound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: int
    fps: float
    width: int
    height: int
    duration_seconds: float


class Unusable(Exception):
    """Raised while a file is examined; ends as a `Rejected`."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
