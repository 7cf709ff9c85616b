"""The relay: from outbox rows to rings. `python -m worker.relay` runs it alone; any number may run at once."""

from celery import Celery

from services import outbox
from services.db.sessions import Database, open_database
from shared.clock import Clock, SystemClock
from shared.settings import Settings
from worker.app import make_app
from worker.log import set_up
from worker.loop import Loop, run_until_signalled
from worker.tasks import ring

BATCH = 100
HOLD_SECONDS = 30.0
PAUSE_SECONDS = 0.1


class Relay:
    """Rings once per outbox row and then forgets the row: at least once, as a vain claim costs little."""

    def __init__(self, database: Database, app: Celery, clock: Clock) -> None:
        self._database, self._app, self._clock = database, app, clock

    def step(self) -> bool:
        """Relay one batch; true if there may be more.

        Raises:
            kombu.exceptions.OperationalError: the broker is away; the rows come back after `HOLD_SECONDS`.
        """
        with self._database.write() as session:
            items = outbox.take(session, outbox.RING, BATCH, self._clock.now(), HOLD_SECONDS)
        for item in items:
            ring(self._app, item.payload["queue"])
            with self._database.write() as session:
                outbox.done(session, item.id)
        return bool(items)

    def loop(self) -> Loop:
        """The relay as a loop."""
        return Loop("relay", self.step, pause=PAUSE_SECONDS)


def main() -> None:
    """Relay until told to stop."""
    settings = Settings()
    set_up()
    run_until_signalled([Relay(open_database(settings.database_url), make_app(settings), SystemClock()).loop()])


if __name__ == "__main__":
    main()
