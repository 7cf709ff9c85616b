"""What the worker, relay and sweep programs share: startup checks, logging, and running loops until a signal."""

import logging
import signal
import threading
from collections.abc import Sequence

from services.db import migrations
from services.db.sessions import Database
from shared.errors import ConfigurationError
from shared.program import make_work_dir
from shared.settings import Settings
from worker.loop import Loop
from worker.processes.health_file import WRITE_SECONDS, HealthFile

log = logging.getLogger(__name__)


def set_up_logging() -> None:
    """Log to stderr from level INFO on."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def check_prerequisites(settings: Settings, database: Database) -> None:
    """Check the settings and the database before a program starts that shares them with other processes.

    Raises:
        ConfigurationError: the broker is in memory, the folder for temporary files cannot be written to, or the
            database is not migrated.
        Unavailable: the database does not answer.
    """
    if settings.broker_url == "memory://":
        raise ConfigurationError(
            "CHOREO_BROKER_URL is memory://, which other processes cannot reach; set the URL of a Redis"
        )
    make_work_dir(settings)
    migrations.check(database.engine)


def run_until_signal(loops: Sequence[Loop], health_file: HealthFile) -> None:
    """Run loops until SIGINT or SIGTERM, then stop each after its current iteration."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    for loop in loops:
        loop.start()
    log.info("started: %s", ", ".join(loop.name for loop in loops))
    while not stopped.wait(WRITE_SECONDS):
        health_file.write("; ".join(f"{loop.name}: {loop.problem}" for loop in loops if loop.problem))
    health_file.write("shutting down")
    log.info("shutting down")
    for loop in loops:
        loop.request_stop()
    for loop in loops:
        loop.stop()
    health_file.remove()
