"""A clip from its declaration to `ready` or `rejected`, on both databases and a real store."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore

import pytest

from services import outbox
from services.accounts.service import create_tenant
from services.clips import completion as completion_module
from services.clips import service, views
from services.clips.completion import Completion, UploadMissing
from services.clips.examination_slots import MAX_IN_PROGRESS_OF_TENANT
from services.clips.probe_result import Limits
from services.clips.service import ClipBusy
from services.db.sessions import open_database
from services.db.tables import ClipRow
from services.storage.directory import DirectoryStore
from services.storage.port import StorageUnavailable
from services.storage.signing import UrlSigner
from shared.clock import FrozenClock
from shared.errors import Invalid, NotFound, Unavailable
from shared.schemas.clip import ClipCreate, ClipState
from tests.videos import read_frames, write_video


class ClipSetup:
    """A tenant's clips."""

    def __init__(self, url: str, folder: Path) -> None:
        self.clock = FrozenClock()
        self.database = open_database(url)
        self.store = DirectoryStore(folder / "store", signer=UrlSigner(base_url="", secret="s", clock=self.clock))
        self.work_dir = folder / "work"
        self.completion = Completion(
            self.database, self.store, clock=self.clock, limits=Limits(max_seconds=5), work_dir=self.work_dir
        )
        with self.database.write() as session:
            self.tenant_id = create_tenant(session, "tenant", self.clock.now()).id

    def declare(self, content: bytes, *, size: int | None = None, sha256: str | None = None) -> ClipRow:
        request = ClipCreate(file_name="a.mp4", size_bytes=size or len(content), sha256=sha256)
        with self.database.write() as session:
            row = service.declare(session, self.tenant_id, request, self.clock.now(), max_bytes=10_000_000)
        self.store.put(row.upload_key, content)
        return row

    def complete(self, row: ClipRow) -> ClipRow:
        return self.completion.complete(self.tenant_id, row.id)

    def read(self, row: ClipRow) -> ClipRow:
        with self.database.read() as session:
            return service.get(session, self.tenant_id, row.id)

    def keys(self) -> list[str]:
        return [info.key.rpartition("/")[2] for info in self.store.list("tenants")]


@pytest.fixture
def clip_setup(database_url: str, tmp_path: Path) -> Iterator[ClipSetup]:
    clip_setup = ClipSetup(database_url, tmp_path)
    yield clip_setup
    assert list((clip_setup.work_dir / "clips").iterdir()) == []
    clip_setup.database.close()


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return write_video(tmp_path / "made.mp4").read_bytes()


def test_a_good_clip_becomes_ready(clip_setup: ClipSetup, video: bytes, tmp_path: Path) -> None:
    row = clip_setup.complete(clip_setup.declare(video))
    clip = views.clip(row, lambda key: f"signed:{key}")
    assert (clip.state, clip.num_frames, clip.fps, clip.width, clip.height) == (ClipState.READY, 16, 8, 64, 48)
    assert (clip.duration_seconds, clip.sha256, clip.rejection) == (2, hashlib.sha256(video).hexdigest(), None)
    assert clip.thumbnail_url == f"signed:{row.thumbnail_key}"
    assert row.video_key is not None
    clip_setup.store.get(row.video_key, tmp_path / "canonical.mp4")
    assert len(read_frames(tmp_path / "canonical.mp4")) == 16
    assert sorted(clip_setup.keys()) == ["thumbnail.jpg", "video.mp4"]
    assert row.stored_bytes == sum(info.size for info in clip_setup.store.list("tenants")) > 0


def test_a_bad_clip_is_rejected_with_a_reason(clip_setup: ClipSetup) -> None:
    clip = views.clip(clip_setup.complete(clip_setup.declare(b"x")), str)
    assert clip.state == ClipState.REJECTED
    assert clip.rejection is not None
    assert clip.rejection.code == "not_a_video"
    assert clip.rejection.message == "The file is not a video in a format that this service reads."
    assert clip_setup.keys() == []


def test_completing_again_answers_the_same(clip_setup: ClipSetup) -> None:
    row = clip_setup.declare(b"x")
    first = clip_setup.complete(row)
    clip_setup.store.put(row.upload_key, b"y")
    again = clip_setup.complete(row)
    assert (again.state, again.sha256, again.completed_at) == (first.state, first.sha256, first.completed_at)


@pytest.mark.parametrize(("size", "sha256", "code"), [(7, None, "size_mismatch"), (None, "0" * 64, "sha256_mismatch")])
def test_what_came_is_not_what_was_declared(
    clip_setup: ClipSetup, size: int | None, sha256: str | None, code: str
) -> None:
    row = clip_setup.complete(clip_setup.declare(b"bytes", size=size, sha256=sha256))
    assert (row.state, row.rejection_code) == (ClipState.REJECTED, code)


def test_a_clip_over_the_limit_is_not_even_declared(clip_setup: ClipSetup) -> None:
    with pytest.raises(Invalid) as caught:
        clip_setup.declare(b"x", size=10_000_001)
    assert caught.value.errors[0].pointer == "/size_bytes"


def test_nothing_uploaded_yet_may_come_still(clip_setup: ClipSetup) -> None:
    row = clip_setup.declare(b"x")
    clip_setup.store.delete(row.upload_key)
    with pytest.raises(UploadMissing):
        clip_setup.complete(row)
    assert clip_setup.read(row).state == ClipState.AWAITING_UPLOAD
    clip_setup.store.put(row.upload_key, b"x")
    assert clip_setup.complete(row).state == ClipState.REJECTED


def test_unreachable_storage_loses_no_upload(clip_setup: ClipSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    row = clip_setup.declare(b"x")

    def away(key: str, path: Path) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(clip_setup.store, "get", away)
        with pytest.raises(StorageUnavailable):
            clip_setup.complete(row)
    assert clip_setup.read(row).state == ClipState.AWAITING_UPLOAD
    assert clip_setup.complete(row).state == ClipState.REJECTED


def test_a_clip_is_examined_by_one_at_a_time(clip_setup: ClipSetup) -> None:
    row = clip_setup.declare(b"x")
    with clip_setup.database.write() as session:
        until = service.begin(session, row, clip_setup.clock.now(), hold_seconds=60)
    assert until is not None
    with pytest.raises(ClipBusy):
        clip_setup.complete(row)
    clip_setup.clock.advance(60)
    assert clip_setup.complete(row).state == ClipState.REJECTED
    with clip_setup.database.write() as session:
        service.release(session, row.id, until)
    assert clip_setup.read(row).state == ClipState.REJECTED


def test_two_completions_at_once_make_one_clip(clip_setup: ClipSetup, video: bytes) -> None:
    row = clip_setup.declare(video)

    def complete(_: int) -> str:
        try:
            return clip_setup.complete(row).state
        except ClipBusy:
            return "busy"

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(complete, range(2)))
    assert outcomes <= {"busy", ClipState.READY}
    assert ClipState.READY in outcomes
    assert sorted(clip_setup.keys()) == ["thumbnail.jpg", "video.mp4"]


def test_a_clip_deleted_while_it_is_examined_leaves_no_files(
    clip_setup: ClipSetup, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = clip_setup.declare(video)
    look = completion_module.examine

    def delete_meanwhile(source: Path, folder: Path, limits: Limits):
        with clip_setup.database.write() as session:
            service.delete(session, clip_setup.tenant_id, row.id, clip_setup.clock.now())
        clip_setup.store.delete_prefix(service.prefix(clip_setup.tenant_id, row.id))
        return look(source, folder, limits)

    monkeypatch.setattr(completion_module, "examine", delete_meanwhile)
    with pytest.raises(NotFound):
        clip_setup.complete(row)
    assert clip_setup.keys() == []


def test_too_many_of_one_tenant_are_sent_away_and_another_is_served(
    clip_setup: ClipSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the first tenant do not come: fetching them holds no slot of an examination."""
    hung, arrived = Event(), Semaphore(0)
    get = clip_setup.store.get

    def fetch(key: str, path: Path) -> None:
        if clip_setup.tenant_id in key:
            arrived.release()
            hung.wait(30)
        get(key, path)

    monkeypatch.setattr(clip_setup.store, "get", fetch)
    rows = [clip_setup.declare(b"x") for _ in range(MAX_IN_PROGRESS_OF_TENANT + 1)]
    with clip_setup.database.write() as session:
        other = create_tenant(session, "other", clip_setup.clock.now()).id
        request = ClipCreate(file_name="a.mp4", size_bytes=1)
        urgent = service.declare(session, other, request, clip_setup.clock.now(), max_bytes=10)
    clip_setup.store.put(urgent.upload_key, b"x")
    with ThreadPoolExecutor(len(rows)) as pool:
        waiting = [pool.submit(clip_setup.complete, row) for row in rows[1:]]
        assert all(arrived.acquire(timeout=30) for _ in waiting)
        with pytest.raises(Unavailable) as caught:
            clip_setup.complete(rows[0])
        assert caught.value.retry_after
        assert clip_setup.completion.complete(other, urgent.id).state == ClipState.REJECTED
        hung.set()
        assert {one.result(30).state for one in waiting} == {ClipState.REJECTED}
    assert clip_setup.complete(rows[0]).state == ClipState.REJECTED


def test_a_tenant_sees_only_its_own(clip_setup: ClipSetup) -> None:
    rows = [clip_setup.declare(b"x"), clip_setup.declare(b"y")]
    with clip_setup.database.write() as session:
        other = create_tenant(session, "other", clip_setup.clock.now()).id
        assert service.list_page(session, other, 10) == []
        with pytest.raises(NotFound):
            service.get(session, other, rows[0].id)
        with pytest.raises(NotFound):
            service.delete(session, other, rows[0].id, clip_setup.clock.now())
        page = service.list_page(session, clip_setup.tenant_id, 1)
        rest = service.list_page(session, clip_setup.tenant_id, 10, after=page[0].id)
    assert {row.id for row in [*page, *rest]} == {row.id for row in rows}
    with pytest.raises(NotFound):
        clip_setup.completion.complete(other, rows[0].id)


def test_deleting_a_clip_requests_the_deletion_of_its_files(clip_setup: ClipSetup) -> None:
    row = clip_setup.declare(b"x")
    with clip_setup.database.write() as session:
        service.delete(session, clip_setup.tenant_id, row.id, clip_setup.clock.now())
        [item] = outbox.take(session, outbox.DELETE, 10, clip_setup.clock.now())
    assert clip_setup.store.delete_prefix(item.payload["prefix"]) == 1
    assert clip_setup.keys() == []
