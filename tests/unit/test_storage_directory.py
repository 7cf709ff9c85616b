"""Guarantees of the directory store: no partial files, and a startup check that detects overwriting."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.storage.directory import DirectoryStore
from services.storage.port import BadKey, ObjectInfo, ObjectMissing, SignatureRefused, SizeMismatch, UnsafeStorage
from services.storage.signing import UrlSigner
from shared.clock import FrozenClock


@pytest.fixture
def signer() -> UrlSigner:
    return UrlSigner(base_url="https://choreo.example/", secret="secret", clock=FrozenClock())


@pytest.fixture
def store(tmp_path: Path, signer: UrlSigner) -> DirectoryStore:
    return DirectoryStore(tmp_path, signer=signer)


class _Overwriting(DirectoryStore):
    """Ignores the condition, as `rclone serve s3` does."""

    def put(
        self, key: str, source: Path | bytes, *, if_none_match: bool = False, content_type: str | None = None
    ) -> ObjectInfo:
        del if_none_match
        return super().put(key, source, content_type=content_type)


def test_storage_that_overwrites_silently_is_refused_at_start(tmp_path: Path, signer: UrlSigner) -> None:
    with pytest.raises(UnsafeStorage, match="8 of 8 writers won"):
        _Overwriting(tmp_path, signer=signer).check()


def test_a_file_system_without_hard_links_is_refused_at_start(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", link)
    with pytest.raises(UnsafeStorage, match="not permitted"):
        store.check()


def test_a_write_that_breaks_off_leaves_the_old_object_and_no_litter(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("a", b"old")
    with pytest.raises(FileNotFoundError):
        store.put("a", tmp_path / "missing")
    with pytest.raises(ConnectionError):
        _send(store, [b"new", ConnectionError()])
    assert store.read("a") == b"old"
    assert list((tmp_path / "pending").iterdir()) == []


def _send(store: DirectoryStore, chunks: Sequence[bytes | Exception]) -> None:
    with store.writing("a", size=5) as write:
        for chunk in chunks:
            if isinstance(chunk, Exception):
                raise chunk
            write(chunk)


@pytest.mark.parametrize("chunks", [[b"hel"], [b"hel", b"lo!"], []])
def test_an_upload_must_have_its_declared_size(store: DirectoryStore, chunks: list[bytes]) -> None:
    with pytest.raises(SizeMismatch):
        _send(store, chunks)
    assert store.head("a") is None


@pytest.mark.parametrize("how", ["put", "put once", "upload", "assemble", "delete", "delete a folder"])
def test_acknowledged_writes_survive_a_power_failure(
    store: DirectoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A file is there after a power failure if its content and then every folder above it were synced."""
    key, parts = "tenants/t/clips/c/upload", store.begin_parts("tenants/t/clips/c/upload")
    if how.startswith("delete"):
        store.put(key, b"hello")
    elif how == "assemble":
        store.put(f"{parts}/00001", b"hello")
    synced, sync = list[Path](), os.fsync

    def record(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    if how == "upload":
        with store.writing(key, size=5) as write:
            write(b"hello")
    elif how == "assemble":
        assert store.assemble(key, parts)
    elif how == "delete":
        store.delete(key)
    elif how == "delete a folder":
        store.delete_prefix("tenants/t/clips")
    else:
        store.put(key, b"hello", if_none_match=how == "put once")
    objects = tmp_path / "objects"
    if how.startswith("delete"):
        assert (objects / "tenants/t" if "folder" in how else (objects / key).parent) in synced
        return
    after = synced[1:]
    assert synced[0].parent == tmp_path / "pending", "the content first"
    assert {objects, *(objects / key).parents} - {*after} == {*objects.parents}


def test_a_key_below_or_above_another_is_refused(store: DirectoryStore) -> None:
    store.put("a/b", b"")
    for key in ("a", "a/b/c", "a/b/c/d"):
        for once in (False, True):
            with pytest.raises(BadKey):
                store.put(key, b"", if_none_match=once)
    with pytest.raises(ObjectMissing):
        store.read("a")


def test_a_signed_url_names_its_place(signer: UrlSigner) -> None:
    url, expires_at = signer.sign("GET", "tenants/t/a+b.mp4", expires=60)
    assert url.startswith("https://choreo.example/v1/storage/tenants/t/a%2Bb.mp4?expires=")
    assert (expires_at - FrozenClock().now()).total_seconds() == 60


@pytest.mark.parametrize(
    "query", [{}, {"expires": "99999999999"}, {"expires": "99999999999", "signature": "0" * 64}, {"signature": "é"}]
)
def test_an_unsigned_query_is_refused(signer: UrlSigner, query: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        signer.verify("GET", "a", query)


def test_another_secret_signs_other_urls(signer: UrlSigner) -> None:
    url, _ = UrlSigner(base_url="", secret="other", clock=FrozenClock()).sign("GET", "a", expires=60)
    query = dict(pair.split("=") for pair in url.partition("?")[2].split("&"))
    with pytest.raises(SignatureRefused):
        signer.verify("GET", "a", query)
