"""A clip from its declaration to `ready` or `rejected`, on both databases and a real store."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services import outbox
from services.accounts.service import create_tenant
from services.clips import completion as completion_module
from services.clips import service, views
from services.clips.completion import Completion, UploadMissing
from services.clips.service import ClipBusy
from services.clips.verdict import Limits
from services.db.sessions import open_database
from services.db.tables import ClipRow
from services.storage.directory import DirectoryStore
from services.storage.port import StorageUnavailable
from services.storage.signing import UrlSigner
from shared.clock import FrozenClock
from shared.errors import Invalid, NotFound, Unavailable
from shared.schemas.clip import ClipCreate, ClipState
from tests.videos import read_frames, write_video


class Desk:
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
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(database_url, tmp_path)
    yield desk
    assert list((desk.work_dir / "clips").iterdir()) == []
    desk.database.close()


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return write_video(tmp_path / "made.mp4").read_bytes()


def test_a_good_clip_becomes_ready(desk: Desk, video: bytes, tmp_path: Path) -> None:
    row = desk.complete(desk.declare(video))
    clip = views.clip(row, lambda key: f"signed:{key}")
    assert (clip.state, clip.num_frames, clip.fps, clip.width, clip.height) == (ClipState.READY, 16, 8, 64, 48)
    assert (clip.duration_seconds, clip.sha256, clip.rejection) == (2, hashlib.sha256(video).hexdigest(), None)
    assert clip.thumbnail_url == f"signed:{row.thumbnail_key}"
    assert row.video_key is not None
    desk.store.get(row.video_key, tmp_path / "canonical.mp4")
    assert len(read_frames(tmp_path / "canonical.mp4")) == 16
    assert sorted(desk.keys()) == ["thumbnail.jpg", "video.mp4"]
    assert row.stored_bytes == sum(info.size for info in desk.store.list("tenants")) > 0


def test_a_bad_clip_is_rejected_with_a_reason(desk: Desk) -> None:
    clip = views.clip(desk.complete(desk.declare(b"x")), str)
    assert clip.state == ClipState.REJECTED
    assert clip.rejection is not None
    assert clip.rejection.code == "not_a_video"
    assert clip.rejection.message == "The file is not a video in a format that this service reads."
    assert desk.keys() == []


def test_completing_again_answers_the_same(desk: Desk) -> None:
    row = desk.declare(b"x")
    first = desk.complete(row)
    desk.store.put(row.upload_key, b"y")
    again = desk.complete(row)
    assert (again.state, again.sha256, again.completed_at) == (first.state, first.sha256, first.completed_at)


@pytest.mark.parametrize(("size", "sha256", "code"), [(7, None, "size_mismatch"), (None, "0" * 64, "sha256_mismatch")])
def test_what_came_is_not_what_was_declared(desk: Desk, size: int | None, sha256: str | None, code: str) -> None:
    row = desk.complete(desk.declare(b"bytes", size=size, sha256=sha256))
    assert (row.state, row.rejection_code) == (ClipState.REJECTED, code)


def test_a_clip_over_the_limit_is_not_even_declared(desk: Desk) -> None:
    with pytest.raises(Invalid) as caught:
        desk.declare(b"x", size=10_000_001)
    assert caught.value.errors[0].pointer == "/size_bytes"


def test_nothing_uploaded_yet_may_come_still(desk: Desk) -> None:
    row = desk.declare(b"x")
    desk.store.delete(row.upload_key)
    with pytest.raises(UploadMissing):
        desk.complete(row)
    assert desk.read(row).state == ClipState.AWAITING_UPLOAD
    desk.store.put(row.upload_key, b"x")
    assert desk.complete(row).state == ClipState.REJECTED


def test_storage_that_is_away_costs_nothing_but_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = desk.declare(b"x")

    def away(key: str, path: Path) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "get", away)
        with pytest.raises(StorageUnavailable):
            desk.complete(row)
    assert desk.read(row).state == ClipState.AWAITING_UPLOAD
    assert desk.complete(row).state == ClipState.REJECTED


def test_a_clip_is_examined_by_one_at_a_time(desk: Desk) -> None:
    row = desk.declare(b"x")
    with desk.database.write() as session:
        until = service.begin(session, row, desk.clock.now(), hold_seconds=60)
    assert until is not None
    with pytest.raises(ClipBusy):
        desk.complete(row)
    desk.clock.advance(60)
    assert desk.complete(row).state == ClipState.REJECTED
    with desk.database.write() as session:
        service.release(session, row.id, until)
    assert desk.read(row).state == ClipState.REJECTED


def test_two_completions_at_once_make_one_clip(desk: Desk, video: bytes) -> None:
    row = desk.declare(video)

    def complete(_: int) -> str:
        try:
            return desk.complete(row).state
        except ClipBusy:
            return "busy"

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(complete, range(2)))
    assert outcomes <= {"busy", ClipState.READY}
    assert ClipState.READY in outcomes
    assert sorted(desk.keys()) == ["thumbnail.jpg", "video.mp4"]


def test_a_clip_deleted_while_it_is_examined_leaves_no_files(
    desk: Desk, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = desk.declare(video)
    look = completion_module.examine

    def delete_meanwhile(source: Path, folder: Path, limits: Limits):
        with desk.database.write() as session:
            service.delete(session, desk.tenant_id, row.id, desk.clock.now())
        desk.store.delete_prefix(service.prefix(desk.tenant_id, row.id))
        return look(source, folder, limits)

    monkeypatch.setattr(completion_module, "examine", delete_meanwhile)
    with pytest.raises(NotFound):
        desk.complete(row)
    assert desk.keys() == []


def test_too_many_at_once_are_sent_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion_module, "QUEUE_SECONDS", 0.01)
    with desk.completion._slot(), desk.completion._slot(), pytest.raises(Unavailable) as caught:
        desk.complete(desk.declare(b"x"))
    assert caught.value.retry_after


def test_a_tenant_sees_only_its_own(desk: Desk) -> None:
    rows = [desk.declare(b"x"), desk.declare(b"y")]
    with desk.database.write() as session:
        other = create_tenant(session, "other", desk.clock.now()).id
        assert service.list_page(session, other, 10) == []
        with pytest.raises(NotFound):
            service.get(session, other, rows[0].id)
        with pytest.raises(NotFound):
            service.delete(session, other, rows[0].id, desk.clock.now())
        page = service.list_page(session, desk.tenant_id, 1)
        rest = service.list_page(session, desk.tenant_id, 10, after=page[0].id)
    assert {row.id for row in [*page, *rest]} == {row.id for row in rows}
    with pytest.raises(NotFound):
        desk.completion.complete(other, rows[0].id)


def test_deleting_a_clip_asks_for_its_files_to_go(desk: Desk) -> None:
    row = desk.declare(b"x")
    with desk.database.write() as session:
        service.delete(session, desk.tenant_id, row.id, desk.clock.now())
        [item] = outbox.take(session, outbox.DELETE, 10, desk.clock.now())
    assert desk.store.delete_prefix(item.payload["prefix"]) == 1
    assert desk.keys() == []
