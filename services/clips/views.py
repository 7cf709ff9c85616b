"""Clips as the API returns them."""

from collections.abc import Callable, Sequence

from services.clips.service import Part
from services.db.tables import ClipRow
from services.storage.port import Upload as PresignedUpload
from shared.schemas.clip import Clip, ClipRejection, ClipState, Upload, UploadPart

Sign = Callable[[str], str]
"""Presigns the download of a storage key."""


def clip(row: ClipRow, sign: Sign, upload: PresignedUpload | None = None, parts: Sequence[Part] = ()) -> Clip:
    """The clip resource. After its declaration it has `upload`, and `parts` for a multipart upload."""
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
        upload=_upload(upload, parts) if upload else None,
        created_at=row.created_at,
    )


def _upload(upload: PresignedUpload, parts: Sequence[Part]) -> Upload:
    return Upload(
        url=upload.url,
        method=upload.method,
        headers=dict(upload.headers),
        expires_at=upload.expires_at,
        parts=[_part(number, one) for number, one in enumerate(parts, 1)],
    )


def _part(number: int, part: Part) -> UploadPart:
    sent = part.upload
    return UploadPart(number=number, size_bytes=part.size, url=sent.url, method=sent.method, headers=dict(sent.headers))


def _rejection(row: ClipRow) -> ClipRejection | None:
    if row.rejection_code is None:
        return None
    return ClipRejection(code=row.rejection_code, message=row.rejection_message or "")
