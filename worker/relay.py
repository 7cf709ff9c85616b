"""The relay: sends Celery messages for the queue notifications in the outbox, one for each queue.

`python -m worker.relay` runs it as a program; any number may run at once.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Collection, Sequence

from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from services import outbox
from services.db.clock import clock_of
from services.db.sessions import Database, open_database
from shared.clock import Clock
from shared.program import run
from shared.settings import Settings
from worker.broker.celery_app import make_app, notify
from worker.loop import Loop
from worker.processes.health_file import HealthFile
from worker.processes.program import check_prerequisites, run_until_signal, set_up_logging

BATCH_SIZE = 1000
VISIBILITY_TIMEOUT_SECONDS = 30.0
"""How long an outbox row that a relay has taken stays hidden from other relays."""
POLL_SECONDS = 0.1
BROKER_CHECK_SECONDS = 5.0
SOCKET_TIMEOUT_SECONDS = 5.0


class Relay:
    """Sends one message for all outbox rows of a queue and then deletes the rows.

    Nothing is sent to a queue in which a message waits for a worker: that one announces the new jobs as well. Delivery
    is at least once: a worker that is notified twice finds nothing to claim the second time.
    """

    def __init__(self, database: Database, app: Celery, clock: Clock) -> None:
        self._database, self._app, self._clock = database, app, clock
        self._stopping = threading.Event()

    def step(self) -> bool:
        """Send one batch; returns whether there may be more. A row that cannot be sent is logged and postponed.

        A relay that is stopping, or whose broker fails, releases the rows that it has not tried to send.

        Raises:
            kombu.exceptions.OperationalError: the broker is unreachable, or answers with an error.
        """
        with self._database.write() as session:
            items = outbox.take(session, outbox.NOTIFY, BATCH_SIZE, self._clock.now(), VISIBILITY_TIMEOUT_SECONDS)
        if not items:
            return False
        waiting = deque(self._by_queue(items))
        try:
            # each batch has its own connection: an old one may lead to a Redis that is not the primary any more
            with self._app.connection_for_write() as connection:
                while waiting and not self._stopping.is_set():
                    self._send(connection, *waiting.popleft())
        finally:
            self._release([item for _, left in waiting for item in left])
        return True

    def check_broker(self) -> bool:
        """Connect to the broker, so that an unreachable one is noticed although there is nothing to send.

        A broker that accepts connections but no messages, such as a read-only Redis, is noticed when one is sent.

        Raises:
            kombu.exceptions.OperationalError: the broker is unreachable.
        """
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
        return False

    def request_stop(self) -> None:
        """Send no more messages."""
        self._stopping.set()

    def loop(self) -> Loop:
        """The relay as a loop, not started."""
        return Loop("relay", self.step, pause=POLL_SECONDS, interrupt=self.request_stop)

    def loops(self) -> Sequence[Loop]:
        """The loops of the relay program, not started: the relay and the broker check."""
        return self.loop(), Loop("broker", self.check_broker, pause=BROKER_CHECK_SECONDS)

    def _by_queue(self, items: Sequence[outbox.OutboxItem]) -> Sequence[tuple[str, list[outbox.OutboxItem]]]:
        """The items of each queue. One that names no queue is logged and postponed."""
        found: defaultdict[str, list[outbox.OutboxItem]] = defaultdict(list)
        for item in items:
            queue = item.payload.get("queue")
            if isinstance(queue, str):
                found[queue].append(item)
            else:
                self._postpone([item], TypeError(f"the notification's queue is {queue!r}"))
        return tuple(found.items())

    def _send(self, connection: Connection, queue: str, items: Sequence[outbox.OutboxItem]) -> None:
        try:
            notify(self._app, queue, connection)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - `_postpone` logs it
            self._postpone(items, error)
        else:
            with self._database.write() as session:
                outbox.done(session, *(item.id for item in items))

    def _postpone(self, items: Sequence[outbox.OutboxItem], error: Exception) -> None:
        with self._database.write() as session:
            for item in items:
                outbox.postpone(session, item, error, self._clock.now())

    def _release(self, items: Collection[outbox.OutboxItem]) -> None:
        if items:
            with self._database.write() as session:
                outbox.release(session, items, self._clock.now())


def main(settings: Settings) -> None:
    """Run the relay until SIGINT or SIGTERM."""
    set_up_logging()
    database = open_database(settings.database_url)
    check_prerequisites(settings, database)
    app = make_app(settings, socket_timeout=SOCKET_TIMEOUT_SECONDS)
    relay = Relay(database, app, clock_of(database.engine))
    run_until_signal(relay.loops(), HealthFile(settings, "relay"))
    database.close()


if __name__ == "__main__":
    run(main)
