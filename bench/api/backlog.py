"""Processor time of the service's operations with few and with many waiting jobs, webhook deliveries and notifications.

    python -m bench.api.backlog --database-url postgresql+psycopg://me@127.0.0.1/bench --out bench/api/backlog.json

The database must be empty, and PostgreSQL on this machine. Every operation runs in a transaction of its own, one after
another, and changes as little as in service: a claim takes a job, a submission adds one.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from sqlalchemy import text, update

from services import outbox
from services.accounts.service import create_tenant
from services.accounts.usage import Span, usage
from services.db.migrations import upgrade
from services.db.sessions import Database, open_database
from services.db.tables import WebhookDeliveryRow
from services.jobs.lifecycle import attempts
from services.jobs.state import repository
from services.jobs.state.repository import JobFilter
from services.jobs.submission.estimates import estimate
from services.jobs.submission.submit import submit
from services.jobs.views import Links, resources
from services.webhooks.bulkhead import Slots
from services.webhooks.sender import take_due
from shared.base_models import load_catalogue
from shared.clock import SystemClock
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import JobState
from shared.settings import Settings
from worker.processes.runtime import Runtime
from worker.sweep import Sweep

CLOCK = SystemClock()
QUEUE = "generation.choreo-world"
NUM_TENANTS = 10
WARM_UPS = 3
LIMITS = {"queued_jobs": 10_000_000, "gpu_seconds": 1e9, "stored_bytes": 10**15, "running_jobs": 1_000_000}
LINKS = Links("http://127.0.0.1", lambda key: f"http://127.0.0.1/{key}")
Operation = Callable[[], object]

_FILL_JOBS = """
INSERT INTO jobs (id, tenant_id, kind, queue, state, state_seq, attempt, priority, spec, base_model, concept_id,
                  warm_key, progress, usage, metadata, created_at, ring_at, previews)
SELECT 'job_' || lpad(number::text, 26, '0'), (CAST(:tenants AS text[]))[1 + number % CAST(:num_tenants AS int)],
       kind, queue, 'queued', 1, 0, 0, spec, base_model, concept_id, warm_key, progress, usage, metadata,
       created_at - make_interval(secs => 3600 - number / 1000.0), created_at + interval '1 day', previews
FROM jobs, generate_series(CAST(:first AS int), CAST(:last AS int)) AS number WHERE jobs.id = :template
"""
_FILL_MESSAGES = """
INSERT INTO webhook_messages (id, tenant_id, type, body, created_at)
SELECT 'evt_' || number, (CAST(:tenants AS text[]))[1 + number % CAST(:num_tenants AS int)], 'generation.running', '{}',
       now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS number
"""
_FILL_DELIVERIES = """
INSERT INTO webhook_deliveries
       (id, tenant_id, message_id, url, state, attempts, next_attempt_at, created_at)
SELECT 'whd_' || number, (CAST(:tenants AS text[]))[1 + number % CAST(:num_tenants AS int)], 'evt_' || number,
       'https://receiver-' || number % 7 || '.invalid/hook', 'pending', 0,
       now() - make_interval(secs => 3600 - number / 1000.0), now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS number
"""
_FILL_OUTBOX = """
INSERT INTO outbox (topic, payload, takes, available_at, created_at)
SELECT 'ring', '{"queue": "generation.choreo-world"}', 0, now(), now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS number
"""


class Backlog:
    """A database with a growing number of waiting jobs, deliveries and notifications, and the operations on it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self._num = database, 0
        self.settings = Settings(
            database_url=database.engine.url.render_as_string(hide_password=False),
            storage_url=f"directory:{folder / 'storage'}",
            work_dir=folder / "work",
        )
        self.catalogue = load_catalogue(self.settings)
        self.sweep = Sweep(Runtime(self.settings, database, CLOCK))
        with database.write() as session:
            self.tenants = [create_tenant(session, f"tenant-{number}", CLOCK.now()).id for number in range(NUM_TENANTS)]
        with database.engine.begin() as connection:
            connection.execute(
                text("UPDATE tenants SET limits = CAST(:limits AS jsonb)"),
                {"limits": json.dumps(LIMITS, allow_nan=False)},
            )
        self.template = self.submit()

    def fill(self, num: int) -> None:
        """Add waiting jobs, deliveries and notifications until there are `num` of each."""
        about = {"tenants": self.tenants, "num_tenants": NUM_TENANTS, "template": self.template}
        with self.database.engine.begin() as connection:
            for statement in (_FILL_JOBS, _FILL_MESSAGES, _FILL_DELIVERIES, _FILL_OUTBOX):
                wanted = {name: value for name, value in about.items() if f":{name}" in statement}
                connection.execute(text(statement), wanted | {"first": self._num + 1, "last": num})
        with self.database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
        self._num = num

    def operations(self) -> dict[str, Operation]:
        """The operations by name."""
        return {
            "claim": self.claim,
            "submit": self.submit,
            "get": self.get,
            "list": lambda: self.list_jobs(JobFilter()),
            "list_failed": lambda: self.list_jobs(JobFilter(state=JobState.FAILED)),
            "list_trainings": lambda: self.list_jobs(JobFilter(kind="training")),
            "dry_run": self.dry_run,
            "usage": self.usage,
            "sweep": self.sweep.reap,
            "outbox": self.take_notifications,
            "delivery": self.deliver,
        }

    def claim(self) -> str:
        with self.database.write() as session:
            job = attempts.claim(session, QUEUE, "bench", now=CLOCK.now(), lease_seconds=3600, cached=("con_1@1",))
        if job is None:
            raise LookupError("no job is left")
        return job.id

    def submit(self) -> str:
        request = GenerationRequest(prompt="a ball")
        with self.database.write() as session:
            job = submit(session, self.tenants[0], request, self.catalogue, now=CLOCK.now())
            return resources(session, [job], LINKS)[job.id].id

    def get(self) -> object:
        with self.database.read() as session:
            return resources(session, [repository.get(session, self.tenants[0], self.template)], LINKS)

    def list_jobs(self, only: JobFilter) -> object:
        with self.database.read() as session:
            return resources(session, repository.list_page(session, self.tenants[0], 20, None, only), LINKS)

    def dry_run(self) -> object:
        request = GenerationRequest(prompt="a ball")
        with self.database.read() as session:
            return estimate(session, self.tenants[0], request, self.catalogue, now=CLOCK.now())

    def usage(self) -> object:
        today = CLOCK.now().date()
        span = Span(today.replace(day=1), today.replace(month=12, day=31))
        with self.database.read() as session:
            return usage(session, self.tenants[0], span, "day", CLOCK.now())

    def take_notifications(self) -> object:
        with self.database.write() as session:
            return outbox.take(session, outbox.NOTIFY, 10, CLOCK.now(), hold_seconds=0.0)

    def deliver(self) -> object:
        """A step of the webhook sender takes due deliveries, which are due again afterwards."""
        with self.database.write() as session:
            due = take_due(session, Slots(), CLOCK.now())
            again = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id.in_([one.id for one in due]))
            session.execute(again.values(next_attempt_at=CLOCK.now() - timedelta(hours=1)))
        return due


class ProcessorTime:
    """Seconds of processor time of this process and of a PostgreSQL server's processes for its database.

    Those that write checkpoints are not for the operations, but for the rows that were filled in before.
    """

    def __init__(self, database: Database) -> None:
        self._title = f" {database.engine.url.database} "
        with database.engine.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        self._server = psutil.Process(backend).parent() or psutil.Process(backend)

    def __call__(self) -> float:
        """The seconds so far; those of the server in hundredths."""
        found = time.process_time()
        for process in self._server.children():
            with suppress(psutil.NoSuchProcess):
                if self._title in " ".join(process.cmdline()):
                    found += sum(process.cpu_times()[:2])
        return found


def measure(operation: Operation, repeats: int, processor_time: ProcessorTime) -> float:
    """The mean of the seconds of processor time that an operation takes: other programs do not add to it."""
    for _ in range(WARM_UPS):
        operation()
    begun = processor_time()
    for _ in range(repeats):
        operation()
    return (processor_time() - begun) / repeats


def main() -> None:
    """Measures one database and writes down what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.api.backlog", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 10_000, 1_000_000], help="in growing order")
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    upgrade(options.database_url)
    database = open_database(options.database_url)
    with TemporaryDirectory() as folder:
        found = _measure_all(Backlog(database, Path(folder)), options.jobs, options.repeats)
    database.close()
    about = {
        "date": CLOCK.now().date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "tenants": NUM_TENANTS,
        "repeats": options.repeats,
    }
    report = json.dumps(about | {"milliseconds": found}, indent=2, allow_nan=False) + "\n"
    print(report)
    if options.out:
        options.out.write_text(report)


def _measure_all(backlog: Backlog, sizes: Sequence[int], repeats: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    processor_time = ProcessorTime(backlog.database)
    for num in sizes:
        backlog.fill(num)
        for name, operation in backlog.operations().items():
            found.setdefault(name, {})[str(num)] = round(1000 * measure(operation, repeats, processor_time), 2)
            print(num, name, found[name][str(num)], flush=True)
    for times in found.values():
        times["ratio"] = round(times[str(sizes[-1])] / times[str(sizes[0])], 2)
    return found


if __name__ == "__main__":
    main()
