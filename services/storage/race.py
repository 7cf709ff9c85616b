"""The startup check of conditional writes: concurrent writers race for one key."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Barrier

from services.storage.port import AlreadyExists, ObjectStore, UnsafeStorage

NUM_WRITERS = 8


def prove_one_winner(store: ObjectStore) -> None:
    """Let several writers race for one key with `if_none_match`. Raises `UnsafeStorage` unless one wins."""
    key = f"checks/{token_hex(16)}"
    barrier = Barrier(NUM_WRITERS)

    def write(number: int) -> bytes | None:
        body = f"writer {number}".encode()
        barrier.wait()
        try:
            store.put(key, body, if_none_match=True)
        except AlreadyExists:
            return None
        return body

    try:
        with ThreadPoolExecutor(NUM_WRITERS) as pool:
            winners = [body for body in pool.map(write, range(NUM_WRITERS)) if body is not None]
        _check_result(winners, store.read(key))
    finally:
        store.delete(key)


def _check_result(winners: list[bytes], kept: bytes) -> None:
    if len(winners) != 1:
        raise UnsafeStorage(f"{len(winners)} of {NUM_WRITERS} writers won one conditional put")
    if kept != winners[0]:
        raise UnsafeStorage("the winner of a conditional put was overwritten")
