"""Multipart uploads: one contract for every store."""

from contextlib import suppress

import httpx
import pytest

from services.storage.port import ObjectMissing, ObjectStore
from tests.contracts.test_storage import Subject, folder, store, subject

__all__ = ["folder", "store", "subject"]

LEAST = 5 * 2**20
"""S3's least size of a part that is not the last."""


def send(store: ObjectStore, key: str, upload_id: str, number: int, content: bytes) -> httpx.Response:
    part = store.presign_part(key, upload_id, number, size=len(content))
    return httpx.request(part.method, part.url, headers=dict(part.headers), content=content)


def test_parts_become_one_object_in_the_order_of_their_numbers(store: ObjectStore, folder: str) -> None:
    key, first, last = f"{folder}/up", b"a" * LEAST, b"the end"
    upload_id = store.begin_parts(key)
    assert send(store, key, upload_id, 2, last).status_code == 200
    assert send(store, key, upload_id, 1, b"b" * LEAST).status_code == 200
    assert send(store, key, upload_id, 1, first).status_code == 200, "a part is sent again"
    assert store.head(key) is None
    assert store.assemble(key, upload_id)
    assert store.read(key) == first + last
    assert [info.key for info in store.list(folder)] == [key]
    with pytest.raises(ObjectMissing):
        store.assemble(key, upload_id)


def test_of_no_parts_nothing_is_made(store: ObjectStore, folder: str) -> None:
    key = f"{folder}/up"
    assert not store.assemble(key, store.begin_parts(key))
    assert store.head(key) is None


def test_parts_go_with_their_folder(store: ObjectStore, folder: str) -> None:
    key = f"{folder}/up"
    upload_id = store.begin_parts(key)
    assert send(store, key, upload_id, 1, b"x").status_code == 200
    store.delete_prefix(folder)
    assert list(store.list(folder)) == []
    with suppress(ObjectMissing):
        assert not store.assemble(key, upload_id)
    assert store.head(key) is None


def test_parts_are_discarded_and_counted_alone(subject: Subject, folder: str) -> None:
    store, key = subject.store, f"{folder}/up"
    upload_id = store.begin_parts(key)
    store.put(f"{folder}/kept", b"kept")
    assert send(store, key, upload_id, 1, b"part").status_code == 200
    objects = [info.size for info in store.list(folder)]
    assert (store.discard_parts(folder), len(objects)) == (((), 2) if subject.kind == "directory" else ([4], 1))
    assert not store.discard_parts(folder)
    assert store.read(f"{folder}/kept") == b"kept"


def test_a_part_of_another_size_is_refused(subject: Subject, folder: str) -> None:
    if subject.kind == "moto":
        pytest.skip("moto takes any length")
    key = f"{folder}/up"
    upload_id = subject.store.begin_parts(key)
    part = subject.store.presign_part(key, upload_id, 1, size=5)
    assert httpx.put(part.url, content=b"hello!").status_code in (400, 403)
