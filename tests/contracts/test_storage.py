"""One contract for every store: a folder, a real S3 server, and moto."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from threading import Barrier
from typing import NamedTuple

import httpx
import pytest

from services.storage.directory import DirectoryStore
from services.storage.port import AlreadyExists, BadKey, BucketMissing, ObjectMissing, ObjectStore
from services.storage.s3 import S3Store, make_client
from services.storage.signing import UrlSigner
from shared.clock import FrozenClock, SystemClock
from tests.contracts.directory_server import listening
from tests.servers.s3 import S3Server, moto
from tests.waiting import wait_until

KINDS = ("directory", "s3", "moto")


class Subject(NamedTuple):
    """A store under test, and which checks apply to its kind."""

    store: ObjectStore
    kind: str
    expire: Callable[[], None] | None
    """Lets the URLs signed so far expire, where the clock is ours."""


@pytest.fixture(scope="module", params=KINDS)
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    if request.param == "directory":
        with listening() as server:
            clock = FrozenClock()
            signer = UrlSigner(base_url=f"http://127.0.0.1:{server.server_port}", secret="s" * 32, clock=clock)
            server.store = DirectoryStore(tmp_path_factory.mktemp("store"), signer=signer)
            yield Subject(server.store, "directory", lambda: (clock.advance(3601), None)[1])
    elif request.param == "moto":
        with moto(tmp_path_factory.mktemp("moto") / "server") as imitation:
            yield Subject(_bucket(imitation), "moto", None)
    else:
        yield Subject(_bucket(request.getfixturevalue("s3_server")), "s3", None)


def _bucket(server: S3Server) -> S3Store:
    client = make_client(
        endpoint_url=server.endpoint_url,
        access_key=server.access_key,
        secret_key=server.secret_key,
        region="us-east-1",
    )
    store = S3Store(client, f"choreo-{token_hex(6)}", clock=SystemClock())
    with pytest.raises(BucketMissing):
        store.check()
    store.prepare()
    store.prepare()
    return store


@pytest.fixture
def store(subject: Subject) -> ObjectStore:
    return subject.store


@pytest.fixture
def folder() -> str:
    """A key prefix of this test's own."""
    return f"tests/{token_hex(6)}"


def test_bytes_come_back(store: ObjectStore, folder: str) -> None:
    info = store.put(f"{folder}/a.json", b"{}")
    assert (info.key, info.size, info.content_type) == (f"{folder}/a.json", 2, "application/json")
    assert store.read(f"{folder}/a.json") == b"{}"
    head = store.head(f"{folder}/a.json")
    assert head is not None
    assert head[:3] == info[:3]


def test_files_come_back(store: ObjectStore, folder: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(bytes(range(256)) * 5000)
    store.put(f"{folder}/weights.safetensors", tmp_path / "in")
    store.get(f"{folder}/weights.safetensors", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()


def test_a_stated_content_type_is_kept(store: ObjectStore, folder: str) -> None:
    store.put(f"{folder}/a.bin", b"x", content_type="video/mp4")
    head = store.head(f"{folder}/a.bin")
    assert head is not None
    assert head.content_type == "video/mp4"


def test_a_plain_put_replaces(store: ObjectStore, folder: str) -> None:
    store.put(f"{folder}/a", b"one")
    store.put(f"{folder}/a", b"three")
    assert store.read(f"{folder}/a") == b"three"


def test_a_copy_outlives_its_source(store: ObjectStore, folder: str) -> None:
    store.put(f"{folder}/a.bin", b"state", content_type="video/mp4")
    store.copy(f"{folder}/a.bin", f"{folder}/b/a.bin")
    store.delete(f"{folder}/a.bin")
    assert store.read(f"{folder}/b/a.bin") == b"state"
    head = store.head(f"{folder}/b/a.bin")
    assert head is not None
    assert (head.size, head.content_type) == (5, "video/mp4")
    with pytest.raises(ObjectMissing):
        store.copy(f"{folder}/a.bin", f"{folder}/c/a.bin")
    assert [info.key for info in store.list(folder)] == [f"{folder}/b/a.bin"]


def test_what_is_missing_has_a_name(store: ObjectStore, folder: str, tmp_path: Path) -> None:
    assert store.head(f"{folder}/none") is None
    with pytest.raises(ObjectMissing):
        store.read(f"{folder}/none")
    with pytest.raises(ObjectMissing):
        store.get(f"{folder}/none", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    store.delete(f"{folder}/none")


def test_the_first_conditional_put_stays(store: ObjectStore, folder: str) -> None:
    store.put(f"{folder}/manifest.json", b"first", if_none_match=True)
    with pytest.raises(AlreadyExists):
        store.put(f"{folder}/manifest.json", b"second", if_none_match=True)
    assert store.read(f"{folder}/manifest.json") == b"first"


def test_one_of_eight_racing_writers_wins(store: ObjectStore, folder: str) -> None:
    barrier = Barrier(8)

    def write(number: int) -> int | None:
        barrier.wait()
        try:
            store.put(f"{folder}/race", str(number).encode() * 100_000, if_none_match=True)
        except AlreadyExists:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(8)) if number is not None]
    assert len(winners) == 1
    assert store.read(f"{folder}/race") == str(winners[0]).encode() * 100_000


def test_the_start_up_probe_accepts_it_and_leaves_nothing(store: ObjectStore) -> None:
    store.check()
    assert list(store.list("checks")) == []


def test_lists_a_folder_in_key_order(store: ObjectStore, folder: str) -> None:
    for name in ("b/2", "a", "b/10", "c"):
        store.put(f"{folder}/{name}", name.encode())
    store.put(f"{folder}b/else", b"")
    assert [(info.key, info.size) for info in store.list(folder)] == [
        (f"{folder}/{name}", len(name)) for name in ("a", "b/10", "b/2", "c")
    ]
    assert list(store.list(f"{folder}/")) == list(store.list(folder))
    assert list(store.list(f"{folder}/none")) == []


def test_deletes_a_folder_and_not_its_namesake(store: ObjectStore, folder: str) -> None:
    for key in (f"{folder}/a", f"{folder}/b/c", f"{folder}2/a"):
        store.put(key, b"x")
    assert store.delete_prefix(folder) == 2
    assert list(store.list(folder)) == []
    assert store.head(f"{folder}2/a") is not None
    assert store.delete_prefix(folder) == 0
    store.put(f"{folder}/a", b"again")


@pytest.mark.parametrize("prefix", ["", "/", "..", "a/..", "/etc", "a//", "."])
def test_a_folder_that_could_leave_the_store_is_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(BadKey):
        store.delete_prefix(prefix)
    with pytest.raises(BadKey):
        list(store.list(prefix))


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "../a", "a/../b", "a/./b", "a//b", "a/", ".hidden", "a\\b", "a\x00", "a\n", "ä",
            "x" * 513]
)  # fmt: skip
def test_a_key_that_could_leave_the_store_is_refused(store: ObjectStore, tmp_path: Path, key: str) -> None:
    for call in (
        lambda: store.put(key, b"x"),
        lambda: store.read(key),
        lambda: store.head(key),
        lambda: store.get(key, tmp_path / "x"),
        lambda: store.delete(key),
        lambda: store.presign_get(key),
        lambda: store.presign_put(key, size=1),
    ):
        with pytest.raises(BadKey):
            call()


def test_a_presigned_url_downloads(store: ObjectStore, folder: str) -> None:
    store.put(f"{folder}/a b.txt".replace(" ", "+"), b"hello")
    answer = httpx.get(store.presign_get(f"{folder}/a+b.txt"))
    assert (answer.status_code, answer.content) == (200, b"hello")


def test_a_presigned_url_uploads(store: ObjectStore, folder: str) -> None:
    upload = store.presign_put(f"{folder}/up", size=5)
    answer = httpx.request(upload.method, upload.url, headers=dict(upload.headers), content=b"hello")
    assert answer.status_code == 200
    assert store.read(f"{folder}/up") == b"hello"


def test_an_upload_of_another_size_is_refused(subject: Subject, folder: str) -> None:
    _needs_signatures(subject)
    for body in (b"hell", b"hello!"):
        upload = subject.store.presign_put(f"{folder}/up", size=5)
        assert httpx.put(upload.url, content=body).status_code in (400, 403)
    assert subject.store.head(f"{folder}/up") is None


def test_a_tampered_url_is_refused(subject: Subject, folder: str) -> None:
    _needs_signatures(subject)
    subject.store.put(f"{folder}/mine", b"mine")
    subject.store.put(f"{folder}/other", b"other")
    url = subject.store.presign_get(f"{folder}/mine")
    assert httpx.get(url).status_code == 200
    assert httpx.get(url.replace("/mine?", "/other?")).status_code == 403
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert httpx.get(_later(url)).status_code == 403
    assert httpx.put(url, content=b"").status_code == 403
    upload = subject.store.presign_put(f"{folder}/mine", size=5)
    assert httpx.put(upload.url.replace("/mine?", "/other?"), content=b"hello").status_code == 403
    assert subject.store.read(f"{folder}/other") == b"other"


def test_an_expired_url_is_refused(subject: Subject, folder: str) -> None:
    _needs_signatures(subject)
    subject.store.put(f"{folder}/a", b"x")
    url = subject.store.presign_get(f"{folder}/a", expires=3600 if subject.expire else 1)
    upload = subject.store.presign_put(f"{folder}/b", size=1, expires=3600 if subject.expire else 1)
    if subject.expire:
        subject.expire()
    wait_until(lambda: httpx.get(url).status_code == 403, what="the refusal of an expired download")
    wait_until(lambda: httpx.put(upload.url, content=b"x").status_code == 403, what="the refusal of an expired upload")


def _needs_signatures(subject: Subject) -> None:
    if subject.kind == "moto":
        pytest.skip("moto accepts tampered, expired and wrongly signed URLs: it proves nothing here")


def _later(url: str) -> str:
    """The same URL with a later expiry written into it."""
    if "X-Amz-Expires=3600" in url:
        return url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")
    head, _, tail = url.partition("expires=")
    number, _, rest = tail.partition("&")
    return f"{head}expires={int(number) + 3600}&{rest}"
