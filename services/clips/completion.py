"""Completion of a clip: fetch the upload, verify it, examine it outside any transaction, store the canonical form."""

import hashlib
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from services.clips import expiring_uploads, service
from services.clips.examination_slots import QUEUE_SECONDS, ExaminationSlots
from services.clips.probe_client import THUMBNAIL, VIDEO, examine
from services.clips.probe_result import Limits, Reason, Rejected
from services.db.sessions import Database
from services.db.tables import ClipRow
from services.outgoing.fetch import fetch
from services.outgoing.guard import Guard
from services.storage.port import ObjectMissing, ObjectStore
from shared.clock import Clock
from shared.errors import Conflict
from shared.ids import new_id

FETCH_TIMEOUT_SECONDS = 300.0


class UploadMissing(Conflict):
    """The clip's file has not been uploaded yet."""

    code, title = "upload_missing", "Nothing uploaded"


class Completion:
    """Completes clips in this process, with the bounds of `ExaminationSlots`.

    Opens its own short transactions, because the examination may take minutes.
    """

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        *,
        clock: Clock,
        limits: Limits,
        work_dir: Path,
        guard: Guard | None = None,
        slots: ExaminationSlots | None = None,
    ) -> None:
        """`work_dir` holds temporary files. `guard` checks the URLs of clips that the service fetches."""
        self._guard = guard or Guard()
        self._database, self._store, self._clock = database, store, clock
        self._limits, self._folder = limits, work_dir / "clips"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._slots = slots or ExaminationSlots()

    def complete(self, tenant_id: str, clip_id: str) -> ClipRow:
        """The clip, ready or rejected. A clip that is already ready or rejected is returned unchanged.

        Raises NotFound, UploadMissing, ClipBusy, Unavailable when too many clips are being examined, StorageError, and
        for clips by URL TargetRefused, HostUnknown and FetchFailed.
        """
        with self._database.read() as session:
            row = service.get(session, tenant_id, clip_id)
        if row.state not in service.ENDED:
            with self._slots.admitted(tenant_id):
                self._complete(row)
        with self._database.read() as session:
            return service.get(session, tenant_id, clip_id)

    def _complete(self, row: ClipRow) -> None:
        hold_seconds = self._limits.wall_seconds + FETCH_TIMEOUT_SECONDS + QUEUE_SECONDS
        with self._database.write() as session:
            until = service.begin(session, row, self._clock.now(), hold_seconds=hold_seconds)
        if until is None:
            return
        try:
            self._record(row, until, self._examine(row))
        finally:
            with self._database.write() as session:
                service.release(session, row.id, until)  # no effect after the result is recorded

    def _record(self, row: ClipRow, until: datetime, examined: service.Examined) -> None:
        with self._database.write() as session:
            recorded = service.finish(session, row.id, until, examined, self._clock.now())
        if recorded:
            keep = frozenset({examined.video_key, examined.thumbnail_key})
            expiring_uploads.remove(self._store, service.prefix(row.tenant_id, row.id), keep)
            return
        for key in (examined.video_key, examined.thumbnail_key):
            if key is not None:
                self._store.delete(key)

    def _examine(self, row: ClipRow) -> service.Examined:
        with TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name).resolve()
            source = folder / "upload"
            self._fetch(row, source)
            sha256 = _sha256(source)
            verdict = self._check(row, source, sha256)
            if verdict is None:
                with self._slots.examining(row.tenant_id):
                    verdict = examine(source, folder, self._limits)
            size = source.stat().st_size if row.source_url else None
            if isinstance(verdict, Rejected):
                return service.Examined(sha256=sha256, rejected=verdict, size_bytes=size)
            # keys are unique to this examination, so that one that lost its lock cannot overwrite another's files
            place = f"{service.prefix(row.tenant_id, row.id)}{new_id('exam', self._clock)}"
            video_key, thumbnail_key = f"{place}/{VIDEO}", f"{place}/{THUMBNAIL}"
            stored = (self._store.put(video_key, folder / VIDEO), self._store.put(thumbnail_key, folder / THUMBNAIL))
            return service.Examined(
                sha256=sha256,
                media=verdict,
                video_key=video_key,
                thumbnail_key=thumbnail_key,
                stored_bytes=sum(one.size for one in stored),
                size_bytes=size,
            )

    def _fetch(self, row: ClipRow, source: Path) -> None:
        if row.source_url is not None:
            fetch(
                self._guard,
                row.source_url,
                source,
                max_bytes=row.size_bytes,
                seconds=FETCH_TIMEOUT_SECONDS,
                owner=row.tenant_id,
            )
            return
        try:
            self._assemble(row)
            self._store.get(row.upload_key, source)
        except ObjectMissing as error:
            raise UploadMissing(f"nothing has been uploaded for {row.id}") from error

    def _assemble(self, row: ClipRow) -> None:
        """Assemble a multipart upload, unless the file was uploaded whole or an earlier try assembled it."""
        if row.upload_id is not None and self._store.head(row.upload_key) is None:
            self._store.assemble(row.upload_key, row.upload_id)

    def _check(self, row: ClipRow, source: Path, sha256: str) -> Rejected | None:
        size = source.stat().st_size
        if size != row.size_bytes and row.source_url is None:
            message = f"The upload has {size} bytes, but {row.size_bytes} were declared."
            return Rejected(reason=Reason.SIZE_MISMATCH, message=message)
        if row.sha256 not in (None, sha256):
            message = "The upload's SHA-256 is not the declared one: it was damaged on its way."
            return Rejected(reason=Reason.SHA256_MISMATCH, message=message)
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
