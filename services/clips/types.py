"""The stored result of an examination."""

from dataclasses import dataclass
from typing import Any

from services.clips.probe_result import Media, Rejected
from shared.schemas.clip import ClipState


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The upload's SHA-256, and either the keys of its canonical form or its rejection."""

    sha256: str | None = None
    rejected: Rejected | None = None
    media: Media | None = None
    video_key: str | None = None
    thumbnail_key: str | None = None
    stored_bytes: int | None = None
    size_bytes: int | None = None
    """The size of a fetched file, unknown before."""

    def columns(self) -> dict[str, Any]:
        """The columns of the `clips` table."""
        found: dict[str, Any] = {"sha256": self.sha256} if self.sha256 else {}
        found |= {"size_bytes": self.size_bytes} if self.size_bytes is not None else {}
        if self.rejected is not None:
            reason = {"rejection_code": self.rejected.reason, "rejection_message": self.rejected.message}
            return found | reason | {"state": ClipState.REJECTED}
        media = self.media.model_dump() if self.media else {}
        stored = {name: getattr(self, name) for name in ("video_key", "thumbnail_key", "stored_bytes")}
        return found | media | stored | {"state": ClipState.READY}
