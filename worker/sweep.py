"""The sweep: periodic maintenance of jobs, webhooks and storage.

It requeues jobs whose lease expired, enforces deadlines, repeats lost notifications, sends due webhooks, deletes
stored objects and applies retention. `python -m worker.sweep` runs it as a program; any number may run at once.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from services import deletions, outbox
from services.accounts import idempotency, job_counts
from services.clips import expiring_uploads
from services.clips import service as clips
from services.db.isolation import Quarantine
from services.db.sessions import WriteSession, is_disconnect
from services.jobs.files import orphaned_objects
from services.jobs.lifecycle import reaping, retention
from services.jobs.scheduling import workers
from services.jobs.scheduling.backoff import Backoff
from services.jobs.scheduling.notifications import notify_waiting
from services.outgoing.guard import Guard
from services.storage.factory import probe
from services.storage.port import StorageUnavailable
from services.webhooks.secret_box import SecretBox, encrypt_all
from services.webhooks.sender import WebhookSender
from shared.program import run
from shared.settings import Settings
from worker.loop import Loop, run_all
from worker.processes.health_file import HealthFile
from worker.processes.program import check_prerequisites, run_until_signal, set_up_logging
from worker.processes.runtime import Runtime

log = logging.getLogger(__name__)

REAP_BATCH_SIZE = 100
WEBHOOK_POLL_SECONDS = 0.25
DELETION_POLL_SECONDS = 2.0
DELETION_BATCH_SIZE = 20
RETENTION_POLL_SECONDS = 10.0
RETENTION_BATCH_SIZE = 100
ORPHANED_OBJECTS_POLL_SECONDS = 10.0


class Sweep:
    """The sweep's loops and the operation that each of them repeats."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._runtime = runtime
        secret_key = settings.secret_key.get_secret_value()
        guard = Guard(allowed_networks=settings.webhook_allowed_networks)
        self._webhook_sender = WebhookSender(runtime.database, guard, secret_key=secret_key, clock=runtime.clock)
        self._secret_box = SecretBox(secret_key)
        self._backoff = Backoff(first_seconds=settings.backoff_seconds)
        self._unreapable = Quarantine("the sweep of job")
        self._unretirable = Quarantine("the retention of")
        self._unsearchable = Quarantine("the search for orphaned objects of job")

    def loops(self) -> Sequence[Loop]:
        """All loops of the sweep, not started."""
        settings = self._runtime.settings
        orphaned_objects_pause = min(ORPHANED_OBJECTS_POLL_SECONDS, settings.orphaned_objects_seconds)
        return (
            Loop("sweep", self.reap, pause=settings.sweep_seconds),
            Loop("webhooks", self._webhook_sender.step, pause=WEBHOOK_POLL_SECONDS),
            Loop("deletions", self.run_deletions, pause=DELETION_POLL_SECONDS),
            Loop("expiring-uploads", self.remove_late_uploads, pause=settings.sweep_seconds),
            Loop("retention", self.apply_retention, pause=RETENTION_POLL_SECONDS),
            Loop("orphaned-objects", self.delete_orphaned_objects, pause=orphaned_objects_pause),
        )

    def recover(self) -> None:
        """At the start of the only process that serves a database: end all leases, notify all queues with jobs.

        No earlier process is alive to hold a lease, and notifications in an in-memory broker are gone.
        """
        with self._runtime.database.write() as session:
            reaping.expire_all_leases(session, now=self._runtime.clock.now())
        self.reap()
        with self._runtime.database.write() as session:
            notify_waiting(session, self._runtime.clock.now())

    def close(self) -> None:
        """Close the webhook sender after the posts in progress."""
        self._webhook_sender.close()

    def reap(self) -> bool:
        """End attempts whose lease expired and jobs past their deadline; notify the queues of waiting jobs again.

        Also adds up the changes of job counts. Returns whether there may be more to do.
        """
        more: list[bool] = []
        run_all(
            lambda: more.append(self._reap_jobs() >= REAP_BATCH_SIZE),
            partial(self._write, notify_waiting),
            partial(self._write, workers.delete_silent),
            partial(self._write, lambda session, _: more.append(job_counts.add_up(session))),
        )
        return any(more)

    def _reap_jobs(self) -> int:
        """The number of jobs whose attempts or deadlines have ended."""
        runtime = self._runtime
        with runtime.database.write() as session:
            reaped = reaping.reap(
                session,
                now=runtime.clock.now(),
                max_attempts=runtime.settings.max_attempts,
                backoff=self._backoff,
                limit=REAP_BATCH_SIZE,
                quarantine=self._unreapable,
            )
        outcomes = {"requeued": reaped.requeued, "failed": reaped.failed, "canceled": reaped.canceled}
        for outcome, job_ids in outcomes.items():
            for job_id in job_ids:
                log.warning("%s: %s by the sweep", job_id, outcome)
        return sum(map(len, outcomes.values()))

    def run_deletions(self) -> bool:
        """Carry out one batch of requested deletions; returns whether there may be more.

        A deletion that fails is logged and tried again later.

        Raises:
            StorageUnavailable: the rest of the batch is left to the next iteration.
        """
        runtime = self._runtime
        with runtime.database.write() as session:
            items = outbox.take(session, outbox.DELETE, DELETION_BATCH_SIZE, runtime.clock.now())
        for number, item in enumerate(items, 1):
            try:
                deletions.delete_objects(runtime.database, runtime.store, item, runtime.clock)
            except StorageUnavailable as error:
                self._postpone(item, error, release=items[number:])
                raise
            except Exception as error:
                if is_disconnect(error):
                    raise
                self._postpone(item, error)
        return bool(items)

    def remove_late_uploads(self) -> bool:
        """Remove uploads that came after the end of their clips; returns whether there may be more to look for."""
        runtime = self._runtime
        return expiring_uploads.look(runtime.database, runtime.store, runtime.clock, DELETION_BATCH_SIZE)

    def apply_retention(self) -> bool:
        """Delete one batch of jobs and clips past their retention, and expired idempotency keys.

        Also encrypts webhook secrets that are stored in plain text. Returns whether there may be more to delete.
        """
        numbers: list[int] = []

        def retire_jobs(session: WriteSession, now: datetime) -> None:
            numbers.append(retention.retire(session, now=now, limit=RETENTION_BATCH_SIZE, quarantine=self._unretirable))

        def retire_clips(session: WriteSession, now: datetime) -> None:
            numbers.append(clips.retire(session, now, RETENTION_BATCH_SIZE, self._unretirable))

        run_all(
            partial(self._write, retire_jobs),
            partial(self._write, retire_clips),
            partial(self._write, idempotency.purge),
            partial(self._write, lambda session, _: encrypt_all(session, self._secret_box)),
        )
        return RETENTION_BATCH_SIZE in numbers

    def delete_orphaned_objects(self) -> bool:
        """Delete stored objects of ended jobs that no database row names; returns whether there were such jobs.

        A job for which that fails is logged and tried again later.

        Raises:
            StorageUnavailable: the jobs that are left are examined in the next iteration.
        """
        runtime, after = self._runtime, timedelta(seconds=self._runtime.settings.orphaned_objects_seconds)
        with runtime.database.read() as session:
            ended = orphaned_objects.find_unsearched(
                session, now=runtime.clock.now(), after=after, quarantine=self._unsearchable
            )
        for job in ended:
            try:
                self._delete_orphans_of(job)
            except Exception as error:
                self._unsearchable.add(job.job_id, error)
                if isinstance(error, StorageUnavailable) or is_disconnect(error):
                    raise
            else:
                self._unsearchable.discard(job.job_id)
        return bool(ended)

    def _delete_orphans_of(self, job: orphaned_objects.EndedJob) -> None:
        store = self._runtime.store
        orphans = [info for info in store.list(job.prefix) if info.key not in job.referenced_keys]
        for info in orphans:
            store.delete(info.key)
        if orphans:
            size = sum(info.size for info in orphans)
            log.warning("%s: deleted %d orphaned objects (%d bytes)", job.job_id, len(orphans), size)
        self._write(lambda session, now: orphaned_objects.mark_searched(session, job.job_id, now))

    def _postpone(
        self, item: outbox.OutboxItem, error: Exception, *, release: Sequence[outbox.OutboxItem] = ()
    ) -> None:
        def postpone(session: WriteSession, now: datetime) -> None:
            outbox.postpone(session, item, error, now)
            outbox.release(session, release, now)

        self._write(postpone)

    def _write(self, operation: Callable[[WriteSession, datetime], object]) -> None:
        """Run `operation` in a transaction of its own."""
        with self._runtime.database.write() as session:
            operation(session, self._runtime.clock.now())


def main(settings: Settings) -> None:
    """Run the sweep until SIGINT or SIGTERM."""
    set_up_logging()
    runtime = Runtime.open(settings)
    check_prerequisites(settings, runtime.database)
    probe(settings)
    sweep = Sweep(runtime)
    run_until_signal(sweep.loops(), HealthFile(settings, "sweep"))
    sweep.close()
    runtime.database.close()


if __name__ == "__main__":
    run(main)
