"""The S3 store with a misbehaving server, which botocore's stubber simulates."""

from pathlib import Path
from typing import Any

import pytest
from botocore.stub import ANY, Stubber
from pydantic import SecretStr

from services.storage.factory import open_store
from services.storage.port import (
    AlreadyExists,
    ObjectMissing,
    StorageDenied,
    StorageError,
    StorageUnavailable,
)
from services.storage.s3 import NUM_CONFLICT_RETRIES, S3Store, make_client
from shared.clock import FrozenClock
from shared.settings import Settings


class Bench:
    """A store, the server's script, and the store's waits."""

    def __init__(self) -> None:
        self.client = make_client(endpoint_url="http://127.0.0.1:1", access_key="a", secret_key="b", region="us-east-1")
        self.script = Stubber(self.client)
        self.pauses: list[float] = []
        self.store = S3Store(self.client, "bucket", clock=FrozenClock(), pause=self.pauses.append)

    def refuse(self, code: str, status: int, method: str = "put_object") -> None:
        self.script.add_client_error(method, code, http_status_code=status)

    def accept(self, times: int = 1) -> None:
        wanted = {"Bucket": "bucket", "Key": "k", "Body": ANY, "ContentType": ANY, "Metadata": ANY, "IfNoneMatch": "*"}
        for _ in range(times):
            self.script.add_response("put_object", {}, wanted)


@pytest.fixture
def bench() -> Any:
    bench = Bench()
    with bench.script:
        yield bench
        bench.script.assert_no_pending_responses()


def test_a_conflict_is_retried_until_it_is_settled(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"body")
    bench.refuse("ConditionalRequestConflict", 409)
    bench.refuse("ConditionalRequestConflict", 409)
    bench.accept()
    assert bench.store.put("k", tmp_path / "f", if_none_match=True).size == 4
    assert len(bench.pauses) == 2
    assert bench.pauses[1] <= 0.1


def test_a_conflict_that_another_writer_won_is_lost(bench: Bench) -> None:
    bench.refuse("ConditionalRequestConflict", 409)
    bench.refuse("PreconditionFailed", 412)
    bench.script.add_response("head_object", {"Metadata": {"choreo-writer": "someone else"}})
    with pytest.raises(AlreadyExists):
        bench.store.put("k", b"body", if_none_match=True)


def test_a_lasting_conflict_is_unavailable(bench: Bench) -> None:
    for _ in range(NUM_CONFLICT_RETRIES + 1):
        bench.refuse("ConditionalRequestConflict", 409)
    with pytest.raises(StorageUnavailable):
        bench.store.put("k", b"body", if_none_match=True)


def test_a_put_whose_answer_was_lost_does_not_lose_to_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.storage.s3.token_hex", lambda _: "me")
    bench.refuse("PreconditionFailed", 412)
    bench.script.add_response("head_object", {"Metadata": {"choreo-writer": "me"}})
    assert bench.store.put("k", b"body", if_none_match=True).size == 4


@pytest.mark.parametrize(
    ("code", "status", "wanted"),
    [
        ("NoSuchKey", 404, ObjectMissing),
        ("AccessDenied", 403, StorageDenied),
        ("SignatureDoesNotMatch", 403, StorageDenied),
        ("SlowDown", 503, StorageUnavailable),
        ("InternalError", 500, StorageUnavailable),
    ],
)
def test_the_servers_errors_are_translated(bench: Bench, code: str, status: int, wanted: type[StorageError]) -> None:
    bench.refuse(code, status, "get_object")
    with pytest.raises(wanted):
        bench.store.read("k")


def test_an_error_without_a_meaning_here_is_final_and_named(bench: Bench) -> None:
    bench.refuse("InvalidBucketName", 400, "get_object")
    with pytest.raises(StorageError, match=r"InvalidBucketName \(HTTP status 400\)") as caught:
        bench.store.read("k")
    assert not caught.value.retryable


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable):
        Bench().store.delete("k")


def test_presigned_urls_name_the_endpoint_that_callers_reach() -> None:
    settings = Settings(
        storage_url="s3://bucket",
        s3_endpoint_url="http://inside:8333",
        s3_public_endpoint_url="https://outside.example",
        s3_access_key="a",
        s3_secret_key=SecretStr("b"),
    )
    store = open_store(settings, clock=FrozenClock())
    signed = [store.presign_get("k"), store.presign_put("k", size=1).url]
    assert [url for url in signed if not url.startswith("https://outside.example/bucket/k?")] == []
