"""The heartbeat thread of an attempt: it extends the lease and receives cancellation and other requests."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Self

from services.db.sessions import is_disconnect
from services.jobs.state.types import HeartbeatReply
from shared.errors import Fenced, NotFound
from shared.schemas.job import Progress

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""Seconds between two polls for new requests, so that a canceled job frees the accelerator before the next heartbeat
is due."""


class LeaseStatus(StrEnum):
    """The state of an attempt's lease, as of its last heartbeat."""

    HELD = "held"
    CANCEL_REQUESTED = "cancel requested"
    FENCED = "fenced"
    """Another attempt owns the job, the job was deleted, or the lease expired while the database was unreachable."""


SendHeartbeat = Callable[[Progress | None], HeartbeatReply]
"""Sends one heartbeat with the latest progress, if any. Raises `Fenced`, and `NotFound` when the job was deleted."""
HasNewRequests = Callable[[], bool]
"""Whether there are requests that the last heartbeat did not return. Cheaper than a heartbeat."""


def no_requests() -> bool:
    """There are never new requests."""
    return False


class Heartbeat:
    """Sends a heartbeat every `interval_seconds` within the `with` block, and at once when there are new requests.

    An attempt whose heartbeats failed for the duration of a lease must assume that it lost the lease, so it counts as
    fenced.
    """

    def __init__(
        self,
        send: SendHeartbeat,
        *,
        interval_seconds: float,
        lease_seconds: float,
        has_new_requests: HasNewRequests = no_requests,
    ) -> None:
        self._send, self._has_new_requests = send, has_new_requests
        self._interval, self._lease = interval_seconds, lease_seconds
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._status = LeaseStatus.HELD
        self._last_response: HeartbeatReply | None = None
        self._last_sent_at = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    @property
    def status(self) -> LeaseStatus:
        """The state of the lease. `FENCED` is final."""
        with self._lock:
            return self._status

    @property
    def finish_by(self) -> datetime | None:
        """The job's deadline, None when it has none or before the first heartbeat."""
        return self._last_response.finish_by if self._last_response else None

    @property
    def last_response(self) -> HeartbeatReply | None:
        """What the last successful heartbeat returned, None before the first."""
        return self._last_response

    @property
    def is_running(self) -> bool:
        """Whether the thread sends heartbeats."""
        return self._thread.is_alive()

    def set_progress(self, progress: Progress) -> None:
        """Set the progress that the next heartbeat sends."""
        with self._lock:
            self._progress = progress

    def mark_fenced(self) -> None:
        """Record that another write of the attempt was refused."""
        self._set_status(LeaseStatus.FENCED)

    def send(self) -> LeaseStatus:
        """Send a heartbeat now, unless fenced; returns the state of the lease."""
        with self._lock:
            if self._status is LeaseStatus.FENCED:
                return self._status
            progress, self._progress = self._progress, None
        return self._try_to_send(progress) or self._try_to_send(None) or self._set_status(LeaseStatus.FENCED)

    def stop(self) -> None:
        """Stop the thread, so that no heartbeat follows the write that ends the attempt."""
        self._stopped.set()
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _try_to_send(self, progress: Progress | None) -> LeaseStatus | None:
        """Send one heartbeat; None if it failed and is to be tried once more, without progress.

        That is so when the lease has expired meanwhile, since a connection that broke while the process was suspended
        fails once, and when it is the progress that cannot be stored.
        """
        started_at = time.monotonic()
        try:
            response = self._send(progress)
        except (Fenced, NotFound) as error:
            log.warning("heartbeat refused: %s", error)
            return self._set_status(LeaseStatus.FENCED)
        except Exception as error:
            log.warning("heartbeat failed: %s", getattr(error, "orig", error), exc_info=not is_disconnect(error))
            cannot_store = progress is not None and not is_disconnect(error)
            has_expired = time.monotonic() - self._last_sent_at > self._lease
            return None if cannot_store or has_expired else self.status
        self._last_sent_at, self._last_response = started_at, response
        return self._set_status(LeaseStatus.CANCEL_REQUESTED if response.cancel else LeaseStatus.HELD)

    def _set_status(self, status: LeaseStatus) -> LeaseStatus:
        with self._lock:
            if self._status is not LeaseStatus.FENCED:
                self._status = status
            return self._status

    def _run(self) -> None:
        due = time.monotonic() + self._interval
        while not self._stopped.wait(min(self._interval, POLL_SECONDS)):
            if time.monotonic() < due and not self._poll():
                continue
            due = time.monotonic() + self._interval
            if self.send() is LeaseStatus.FENCED:
                return

    def _poll(self) -> bool:
        if self.status is not LeaseStatus.HELD:
            return False
        try:
            return self._has_new_requests()
        except Exception as error:
            log.warning("polling failed: %s", getattr(error, "orig", error), exc_info=not is_disconnect(error))
            return False
