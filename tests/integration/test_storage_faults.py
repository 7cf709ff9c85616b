"""The S3 store and a real server behind a faulty proxy: bounded retries, then one clear error."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.storage.port import ObjectStore, StorageUnavailable
from services.storage.s3 import NUM_CONFLICT_RETRIES, S3Store, make_client
from shared.clock import SystemClock
from tests.servers.faulty import Fault, FaultyProxy, faulty_proxy
from tests.servers.s3 import S3Server

IMPATIENT, PATIENT = 0.3, 60.0
"""Seconds of silence: for a server that hangs on purpose, and for one that is only on a busy machine."""
BIG = b"\0" * 2**18
NUM_TRIES_HERE = 2
FAULTS = [fault for fault in Fault if fault is not Fault.NONE]


@pytest.fixture(scope="module")
def faulty(s3_server: S3Server) -> Iterator[FaultyProxy]:
    with faulty_proxy(s3_server.endpoint_url) as one:
        yield one


@pytest.fixture(scope="module")
def direct_store(s3_server: S3Server) -> ObjectStore:
    """The same bucket, without the proxy."""
    store = S3Store(client(s3_server, s3_server.endpoint_url, PATIENT), "behind-a-proxy", clock=SystemClock())
    store.prepare()
    return store


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Fault:
    return getattr(request, "param", Fault.NONE)


@pytest.fixture
def store(s3_server: S3Server, faulty: FaultyProxy, direct_store: ObjectStore, fault: Fault) -> Iterator[ObjectStore]:
    """The bucket behind the proxy."""
    timeout = IMPATIENT if fault is Fault.HANG else PATIENT
    yield S3Store(client(s3_server, faulty.url, timeout), "behind-a-proxy", clock=SystemClock(), pause=lambda _: None)
    faulty.set(Fault.NONE)


def client(server: S3Server, url: str, timeout: float):
    return make_client(
        endpoint_url=url,
        access_key=server.access_key,
        secret_key=server.secret_key,
        region="us-east-1",
        timeout=timeout,
        tries=NUM_TRIES_HERE,
    )


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_an_upload_fails_clearly_and_leaves_nothing_half(
    store: ObjectStore, direct_store: ObjectStore, faulty: FaultyProxy, fault: Fault
):
    faulty.set(fault)
    key, before = f"uploads/{fault}", faulty.num_faults
    with pytest.raises(StorageUnavailable):
        store.put(key, BIG)
    assert faulty.num_faults - before == (NUM_CONFLICT_RETRIES + 1 if fault is Fault.CONFLICT else NUM_TRIES_HERE)
    there = direct_store.head(key)
    assert there is None or (fault is Fault.CUT_ANSWER and there.size == len(BIG))
    faulty.set(Fault.NONE)
    direct_store.put(key, BIG)
    assert direct_store.read(key) == BIG


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault is not Fault.CUT_REQUEST], indirect=True)
@pytest.mark.parametrize("how", ["get", "read"])
def test_a_download_fails_clearly_and_leaves_no_file(
    store: ObjectStore, direct_store: ObjectStore, faulty: FaultyProxy, fault: Fault, how: str, tmp_path: Path
):
    direct_store.put("downloads/big", BIG)
    faulty.cut_after = len(BIG) // 2
    faulty.set(fault)
    file = tmp_path / "big"
    act: dict[str, Callable[[], object]] = {
        "get": lambda: store.get("downloads/big", file),
        "read": lambda: store.read("downloads/big"),
    }
    with pytest.raises(StorageUnavailable):
        act[how]()
    faulty.cut_after = 10
    assert list(tmp_path.iterdir()) == []


def test_a_fault_that_passes_is_not_noticed(store: ObjectStore, faulty: FaultyProxy):
    faulty.set(Fault.UNAVAILABLE, times=1)
    store.put("uploads/passing", b"x")
    assert faulty.num_faults >= 1
    assert store.read("uploads/passing") == b"x"


def test_a_conditional_put_whose_answer_was_cut_has_won(
    store: ObjectStore, direct_store: ObjectStore, faulty: FaultyProxy
):
    """The server has stored it and the response was lost: the retry must not take it for another writer's object."""
    key = f"manifests/{time.time_ns()}"
    faulty.set(Fault.CUT_ANSWER, times=1)
    store.put(key, b"mine", if_none_match=True)
    assert direct_store.read(key) == b"mine"
