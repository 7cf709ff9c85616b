"""What the record keeps of an examination."""

from dataclasses import dataclass
from typing import Any

from services.clips.probe_result import Media, Rejected
from shared.schemas.clip import ClipState


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An upload's own SHA-256, and either where its canonical form is stored or why it has none."""

    sha256: str | None = None
    rejected: Rejected | None = None
    media: Media | None = None
    video_key: str | None = None
    thumbnail_key: str | None = None
    stored_bytes: int | None = None
    size_bytes: int | None = None
    """What was fetched, where nobody knew before."""

    def columns(self) -> dict[str, Any]:
        """As the `clips` table has it."""
        found: dict[str, Any] = {"sha256": self.sha256} if self.sha256 else {}
        found |= {"size_bytes": self.size_bytes} if self.size_bytes is not None else {}
        if self.rejected is not None:
            reason = {"rejection_code": self.rejected.reason, "rejection_message": self.rejected.message}
            return found | reason | {"state": ClipState.REJECTED}
        media = self.media.model_dump() if self.media else {}
        stored = {name: getattr(self, name) for name in ("video_key", "thumbnail_key", "stored_bytes")}
        return found | media | stored | {"state": ClipState.READY}
