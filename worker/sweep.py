"""The sweep: it finds what was lost and mends it. `python -m worker.sweep` runs it alone; any number may run at once.

Beside leases, deadlines and lost rings, its process sends the webhooks that are due and deletes what was asked for.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from services import deletions, outbox
from services.accounts import idempotency
from services.clips import service as clips
from services.jobs.files import orphaned_objects
from services.jobs.lifecycle import reaping, retention
from services.jobs.scheduling import workers
from services.jobs.scheduling.backoff import Backoff
from services.outgoing.guard import Guard
from services.webhooks.secret_box import SecretBox, seal_all
from services.webhooks.sender import WebhookSender
from shared.program import run
from shared.settings import Settings
from worker.loop import Loop
from worker.processes.health_file import HealthFile
from worker.processes.logs import set_up
from worker.processes.program import check, run_until_signalled
from worker.processes.runtime import Runtime

log = logging.getLogger(__name__)

DELIVERY_PAUSE_SECONDS = 0.25
DELETION_PAUSE_SECONDS = 2.0
DELETION_BATCH = 20
RETIREMENT_PAUSE_SECONDS = 10.0
RETIREMENT_BATCH = 100
COLLECTION_PAUSE_SECONDS = 10.0


class Sweep:
    """The loops that keep the record true and its consequences coming."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._runtime = runtime
        secret_key = settings.secret_key.get_secret_value()
        guard = Guard(allowed_networks=settings.webhook_allowed_networks)
        self._webhook_sender = WebhookSender(runtime.database, guard, secret_key=secret_key, clock=runtime.clock)
        self._secret_box = SecretBox(secret_key)
        self._backoff = Backoff(first_seconds=settings.backoff_seconds)

    def loops(self) -> Sequence[Loop]:
        """All of them, not started."""
        return (
            Loop("sweep", self.sweep, pause=self._runtime.settings.sweep_seconds),
            Loop("deliveries", self._webhook_sender.step, pause=DELIVERY_PAUSE_SECONDS),
            Loop("deletions", self.delete, pause=DELETION_PAUSE_SECONDS),
            Loop("retention", self.retire, pause=RETIREMENT_PAUSE_SECONDS),
            Loop(
                "leftovers",
                self.collect,
                pause=min(COLLECTION_PAUSE_SECONDS, self._runtime.settings.orphaned_objects_seconds),
            ),
        )

    def take_over(self) -> None:
        """At the start of a process that serves a database alone: no earlier lease is held, no ring is heard."""
        with self._runtime.database.write() as session:
            reaping.expire_all_leases(session, now=self._runtime.clock.now())
        self.sweep()
        with self._runtime.database.write() as session:
            reaping.notify_queued(session, now=self._runtime.clock.now(), everything=True)

    def close(self) -> None:
        """End after the webhooks that are being posted."""
        self._webhook_sender.close()

    def sweep(self) -> bool:
        """Move on what nobody holds or wants any more; ring again for what waits."""
        runtime = self._runtime
        with runtime.database.write() as session:
            most = runtime.settings.max_attempts
            reaped = reaping.reap(session, now=runtime.clock.now(), max_attempts=most, backoff=self._backoff)
        with runtime.database.write() as session:
            reaping.notify_queued(session, now=runtime.clock.now())
            workers.notify_idle(session, runtime.clock.now())
            workers.delete_silent(session, runtime.clock.now())
        if any((reaped.requeued, reaped.failed, reaped.canceled)):
            log.warning("swept: %s", reaped)
        return False

    def delete(self) -> bool:
        """Delete from storage what the record has let go of."""
        runtime = self._runtime
        with runtime.database.write() as session:
            items = outbox.take(session, outbox.DELETE, DELETION_BATCH, runtime.clock.now())
        for item in items:
            deletions.perform(runtime.database, runtime.store, item, runtime.clock)
        return bool(items)

    def retire(self) -> bool:
        """Let go of what has been kept long enough."""
        database, now = self._runtime.database, self._runtime.clock.now()
        with database.write() as session:
            num_jobs = retention.retire(session, now=now, limit=RETIREMENT_BATCH)
        with database.write() as session:
            num_clips = clips.retire(session, now, RETIREMENT_BATCH)
        with database.write() as session:
            idempotency.purge(session, now)
        with database.write() as session:
            seal_all(session, self._secret_box)
        return RETIREMENT_BATCH in (num_jobs, num_clips)

    def collect(self) -> bool:
        """Delete what attempts at ended jobs have left in storage and no row names, and say what that was.

        Raises StorageError when storage is away; those jobs' turn comes again.
        """
        runtime, after = self._runtime, timedelta(seconds=self._runtime.settings.orphaned_objects_seconds)
        with runtime.database.read() as session:
            ended = orphaned_objects.find_unsearched(session, now=runtime.clock.now(), after=after)
        for job in ended:
            orphans = [info for info in runtime.store.list(job.prefix) if info.key not in job.referenced_keys]
            for info in orphans:
                runtime.store.delete(info.key)
            if orphans:
                size = sum(info.size for info in orphans)
                log.warning(
                    "collected %d objects (%d bytes) that no row names, left by %s", len(orphans), size, job.job_id
                )
            with runtime.database.write() as session:
                orphaned_objects.mark_searched(session, job.job_id, runtime.clock.now())
        return bool(ended)


def main(settings: Settings) -> None:
    """Sweep until told to stop."""
    set_up()
    runtime = Runtime.open(settings)
    check(settings, runtime.database)
    sweep = Sweep(runtime)
    run_until_signalled(sweep.loops(), HealthFile(settings, "sweep"))
    sweep.close()
    runtime.database.close()


if __name__ == "__main__":
    run(main)
