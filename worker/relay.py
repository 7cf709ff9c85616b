"""The relay: from outbox rows to rings. `python -m worker.relay` runs it alone; any number may run at once."""

import threading
from collections.abc import Sequence

from celery import Celery

from services import outbox
from services.db.clock import clock_of
from services.db.sessions import Database, open_database
from shared.clock import Clock
from shared.program import run
from shared.settings import Settings
from worker.broker.celery_app import make_app
from worker.broker.tasks import notify
from worker.loop import Loop
from worker.processes.health_file import HealthFile
from worker.processes.logs import set_up
from worker.processes.program import check, run_until_signalled

BATCH = 100
HOLD_SECONDS = 30.0
PAUSE_SECONDS = 0.1
BROKER_CHECK_SECONDS = 5.0
PATIENCE_SECONDS = 5.0


class Relay:
    """Rings once per outbox row and then forgets the row: at least once, as a vain claim costs little."""

    def __init__(self, database: Database, app: Celery, clock: Clock) -> None:
        self._database, self._app, self._clock = database, app, clock
        self._leaving = threading.Event()

    def step(self) -> bool:
        """Relay one batch; true if there may be more. A relay that leaves hands back the rows that it has not rung.

        Raises:
            kombu.exceptions.OperationalError: the broker is away; the rows come back after `HOLD_SECONDS`.
        """
        with self._database.write() as session:
            items = outbox.take(session, outbox.NOTIFY, BATCH, self._clock.now(), HOLD_SECONDS)
        for item in items:
            if self._leaving.is_set():
                self._release(item)
                continue
            notify(self._app, item.payload["queue"])
            with self._database.write() as session:
                outbox.done(session, item.id)
        return bool(items)

    def check_broker(self) -> bool:
        """Ask whether the broker is there, which a relay with nothing to ring would not notice.

        Raises:
            kombu.exceptions.OperationalError: it is not.
        """
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
        return False

    def leave(self) -> None:
        """Ring no more rows."""
        self._leaving.set()

    def loop(self) -> Loop:
        """The relay as a loop."""
        return Loop("relay", self.step, pause=PAUSE_SECONDS, interrupt=self.leave)

    def loops(self) -> Sequence[Loop]:
        """The relay and its look at the broker, for a process that does nothing else."""
        return self.loop(), Loop("broker", self.check_broker, pause=BROKER_CHECK_SECONDS)

    def _release(self, item: outbox.OutboxItem) -> None:
        with self._database.write() as session:
            outbox.retry_at(session, item.id, self._clock.now())


def main(settings: Settings) -> None:
    """Relay until told to stop."""
    set_up()
    database = open_database(settings.database_url)
    check(settings, database)
    relay = Relay(database, make_app(settings, patience=PATIENCE_SECONDS), clock_of(database.engine))
    run_until_signalled(relay.loops(), HealthFile(settings, "relay"))
    database.close()


if __name__ == "__main__":
    run(main)
