"""The life of a program that is made of loops: it runs them until a signal, and says meanwhile how they are."""

import logging
import signal
import threading
from collections.abc import Sequence

from services.db import migrations
from services.db.sessions import Database
from shared.errors import ConfigurationError
from shared.settings import Settings
from worker.loop import Loop
from worker.processes.health_file import BEAT_SECONDS, HealthFile

log = logging.getLogger(__name__)


def check(settings: Settings, database: Database) -> None:
    """What a program that runs beside others needs before it starts.

    Raises:
        ConfigurationError: the broker is one that no other process hears, or the database is not migrated.
        Unavailable: the database does not answer.
    """
    if settings.broker_url == "memory://":
        raise ConfigurationError("CHOREO_BROKER_URL is memory://, which no other process hears; name a Redis")
    migrations.check(database.engine)


def run_until_signalled(loops: Sequence[Loop], health_file: HealthFile) -> None:
    """Run loops in this process until SIGINT or SIGTERM, then end each after its round."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    for loop in loops:
        loop.start()
    log.info("running: %s", ", ".join(loop.name for loop in loops))
    while not ended.wait(BEAT_SECONDS):
        health_file.say("; ".join(f"{loop.name}: {loop.trouble}" for loop in loops if loop.trouble))
    health_file.say("leaving")
    log.info("leaving")
    for loop in loops:
        loop.leave()
    for loop in loops:
        loop.stop()
    health_file.end()
