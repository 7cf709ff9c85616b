"""Clips as callers see them."""

from collections.abc import Callable

from services.db.tables import ClipRow
from services.storage.port import Upload as PresignedUpload
from shared.schemas.clip import Clip, ClipRejection, ClipState, Upload

Sign = Callable[[str], str]
"""From a key to a URL that downloads it."""


def clip(row: ClipRow, sign: Sign, upload: PresignedUpload | None = None) -> Clip:
    """A clip; with `upload`, as the answer to its declaration."""
    return Clip(
        id=row.id,
        state=ClipState(row.state),
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        num_frames=row.num_frames,
        fps=row.fps,
        width=row.width,
        height=row.height,
        duration_seconds=row.duration_seconds,
        thumbnail_url=sign(row.thumbnail_key) if row.thumbnail_key else None,
        rejection=_rejection(row),
        upload=_upload(upload) if upload else None,
        created_at=row.created_at,
    )


def _upload(upload: PresignedUpload) -> Upload:
    return Upload(url=upload.url, method=upload.method, headers=dict(upload.headers), expires_at=upload.expires_at)


def _rejection(row: ClipRow) -> ClipRejection | None:
    if row.rejection_code is None:
        return None
    return ClipRejection(code=row.rejection_code, message=row.rejection_message or "")
