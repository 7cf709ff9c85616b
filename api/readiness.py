"""Whether the database and the storage answer: one check for all callers, which holds none of the requests' threads."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread

from services.accounts.service import find_tenant
from services.db.sessions import open_database
from services.storage.factory import open_store
from shared.clock import Clock
from shared.errors import Unavailable
from shared.settings import Settings

FRESH_SECONDS = 1.0
"""Seconds for which a success is returned to every caller. A failure is returned to those that wait for it."""
ANSWER_SECONDS = 2.0
"""A check that takes longer counts as failed, until it ends."""


class ServerCheck:
    """Asks the database and the storage, on connections of its own: those of the requests may all be in use."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        timeout = min(settings.s3_timeout_seconds, ANSWER_SECONDS)
        self._database = open_database(settings.database_url)
        self._store = open_store(settings.model_copy(update={"s3_timeout_seconds": timeout}), clock=clock)

    def __call__(self) -> None:
        """Raises what the database and the storage raise."""
        with self._database.read() as session:
            find_tenant(session, "")
        self._store.head("readyz")

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


class Readiness:
    """Runs a check in a thread of its own, one at a time."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._latest: Future[None] = Future()
        self._latest.set_result(None)
        self._began = -FRESH_SECONDS

    async def wait(self) -> None:
        """Raises Unavailable, or the error of the check."""
        if self._latest.done() and not self._is_fresh():
            self._latest, self._began = Future(), time.monotonic()
            Thread(target=self._run, args=(self._latest,), name="readiness", daemon=True).start()
        left = ANSWER_SECONDS - (time.monotonic() - self._began)
        latest = asyncio.wrap_future(self._latest)
        try:
            await asyncio.wait_for(asyncio.shield(latest), max(0.0, left) if not self._latest.done() else None)
        except TimeoutError:
            latest.add_done_callback(
                lambda ended: ended.cancelled() or ended.exception()
            )  # marks its error as retrieved
            raise Unavailable(f"the database or the storage has not answered within {ANSWER_SECONDS:g} s") from None

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._began < FRESH_SECONDS and self._latest.exception() is None

    def _run(self, result: Future[None]) -> None:
        try:
            self._check()
        except Exception as error:  # noqa: BLE001 - it is raised for everybody who waits
            result.set_exception(error)
        else:
            result.set_result(None)
