"""A run: programs, clients, planned faults, recovery, audit."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import ColumnElement, func, select, update

from services.accounts.service import create_key, create_tenant
from services.db.migrations import upgrade
from services.db.sessions import Database, open_database
from services.db.tables import (
    AttemptRow,
    ExpiringUploadRow,
    JobRow,
    OutboxRow,
    RefusedWriteRow,
    WebhookDeliveryRow,
    WorkerRow,
)
from services.db.tables.base import Table
from services.storage.factory import open_store
from shared.clock import SystemClock
from shared.schemas.common import Scope
from shared.settings import Settings
from tests.api_client import ApiClient
from tests.chaos import faults
from tests.chaos.auditor import TERMINAL, StoredState, audit
from tests.chaos.clients import Account, Client, Submissions
from tests.chaos.clips import LateUpload, SlowClip
from tests.chaos.plan import NUM_WORKERS, Event
from tests.chaos.programs import Program
from tests.chaos.report import Report, takeovers
from tests.chaos.servers import Servers
from tests.e2e.platform import deployment, environment_of, is_ready
from tests.servers.faulty import Fault
from tests.tiny_base import write_tiny_base
from tests.videos import write_video
from tests.waiting import wait_until

NUM_TENANTS = 3
TICK_SECONDS = 0.05
PATIENCE = 1200.0
"""Seconds that a busy machine may take to start something, or to come to rest; an idle one takes a minute."""


class Run:
    """One run on fresh servers, below `folder`."""

    def __init__(
        self, servers: Servers, folder: Path, *, seed: int, num_clients: int, orphaned_objects_seconds: float = 30.0
    ) -> None:
        """`orphaned_objects_seconds` must be longer than the time for which workers are frozen."""
        self.servers, self.folder, self.seed = servers, folder, seed
        self._num_clients = num_clients
        self._clip = write_video(folder / "clip.mp4", width=64, height=64)
        self.settings = _settings(servers, folder, write_tiny_base(folder / "base"), orphaned_objects_seconds)
        self.database: Database = open_database(servers.database.create("chaos"))
        self.kills: list[tuple[datetime, str]] = []
        """When which worker was killed."""
        self.programs: dict[str, Program] = {}
        self.submissions = Submissions()
        self._due: list[tuple[float, Any]] = []
        self._accounts: list[Account] = []
        self._clips: list[Thread] = []

    def __call__(self, events: list[Event], seconds: float) -> Report:
        """Inject the planned faults, wait for the recovery, and audit."""
        self._prepare()
        with ExitStack() as stack:
            self._start(stack)
            accounts = self._accounts = [self._open_account(number) for number in range(NUM_TENANTS)]
            self._operator = stack.enter_context(self._open_operator())
            hook = self.hook = stack.enter_context(faults.hook(random.Random(self.seed)))
            over, threads = threading.Event(), self._clients(accounts, hook.url)
            for client in threads:
                client.start(over)
            self._misbehave(events, seconds)
            over.set()
            self._rest([*threads, *self._clips])
        try:
            return self._report(events, hook.received)
        finally:
            self.database.close()

    # ------------------------------------------------------------ starting

    def _prepare(self) -> None:
        upgrade(self.database.engine)
        store = open_store(self.settings)
        store.prepare()
        store.check()

    def _start(self, stack: ExitStack) -> None:
        environment = environment_of(self.settings, self.folder / "secrets")
        modules = {"api": "api", "relay": "worker.relay", "sweep": "worker.sweep"}
        modules |= {f"worker-{number}": "worker" for number in range(NUM_WORKERS)}
        stack.callback(self._end)
        for name, module in modules.items():
            self.programs[name] = Program(name, module, environment, self.folder)
        wait_until(lambda: is_ready(self.settings.public_url), timeout=PATIENCE, what="a ready API")
        wait_until(lambda: self._count(WorkerRow) == NUM_WORKERS, timeout=PATIENCE, what="workers to break")

    def _end(self) -> None:
        for program in self.programs.values():
            program.tell_to_end()
        for program in self.programs.values():
            program.end()

    def _new_key(self, tenant: str, *scopes: Scope) -> str:
        now = SystemClock().now()
        with self.database.write() as session:
            return create_key(session, create_tenant(session, tenant, now).id, "first", scopes, now).token

    def _open_account(self, number: int) -> Account:
        token = self._new_key(f"tenant-{number}", "generate", "read", "train")
        with ApiClient(self.settings.public_url, token) as backend:
            concept = backend.post("/v1/concepts", {"name": "a move"})["id"]
            return Account(token, concept, backend.upload(self._clip))

    def _open_operator(self) -> httpx.Client:
        key = {"authorization": f"Bearer {self._new_key('operator', 'admin')}"}
        return httpx.Client(base_url=self.settings.public_url, headers=key, timeout=5, trust_env=False)

    def _clients(self, accounts: list[Account], hook: str) -> "list[Thread]":
        url = self.settings.public_url
        return [
            Thread(Client(number, self.seed, url, accounts[number % NUM_TENANTS], self.submissions, hook))
            for number in range(self._num_clients)
        ]

    # ------------------------------------------------------------ misbehaving

    def _misbehave(self, events: list[Event], seconds: float) -> None:
        started, waiting = time.monotonic(), list(events)
        while (now := time.monotonic() - started) < seconds:
            while waiting and waiting[0].at <= now:
                self._happen(waiting.pop(0))
            self._keep()
        due, self._due = self._due, []
        for _, undo in due:
            undo()
        self.servers.proxy.set(Fault.NONE)

    def _happen(self, event: Event) -> None:
        print(event, flush=True)
        undo = faults.inject(event, self)
        if undo is not None:
            self._due.append((time.monotonic() + event.seconds, undo))

    def _keep(self) -> None:
        """Restart ended programs and end faults that are due."""
        for item in [item for item in self._due if item[0] <= time.monotonic()]:
            self._due.remove(item)
            item[1]()
        for program in self.programs.values():
            program.keep()
        threading.Event().wait(TICK_SECONDS)

    def killed(self, child: int | None) -> None:
        """A worker, or its engine, is killed now."""
        if child is not None:
            self.kills.append((datetime.now(UTC), f"{socket.gethostname()}-{child}-"))  # noqa: TID251 - one machine

    def drain(self, child: int) -> "Callable[[], None] | None":
        """Drain the worker whose child this is; returns the function that resumes it, or None if no API responds."""
        name = f"{socket.gethostname()}-{child}-shared"
        return (lambda: self._resume(name)) if self._tell(f"{name}/drain") == 200 else None

    def _resume(self, name: str) -> None:
        if self._tell(f"{name}/resume") not in (200, 404):  # drained until an API receives this
            self._due.append((time.monotonic() + 1, lambda: self._resume(name)))

    def _tell(self, path: str) -> int | None:
        try:
            return self._operator.post(f"/v1/admin/workers/{path}").status_code
        except httpx.TransportError:
            return None

    def send_clip(self, *, is_late: bool) -> None:
        """Send a clip whose upload comes too late, or one that takes long, in a thread of its own."""
        account, number = self._accounts[len(self._clips) % NUM_TENANTS], self._num_clients + len(self._clips)
        client = Client(number, self.seed, self.settings.public_url, account, self.submissions, hook="")
        self._clips.append(Thread(LateUpload(client) if is_late else SlowClip(client, self.folder)))
        self._clips[-1].start(threading.Event())

    # ------------------------------------------------------------ coming to rest

    def _rest(self, clients: "list[Thread]") -> None:
        """Wait until the clients have ended, every job has ended, all webhooks are sent and no orphan is left."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and (any(one.is_alive for one in clients) or any(self._unfinished().values())):
            self._keep()
            if not any(one.is_alive for one in clients):
                self._expire_upload_urls()
        print("at rest:", self._unfinished(), flush=True)

    def _expire_upload_urls(self) -> None:
        """As if days had passed since the end of every clip, so that the sweep has its last look now."""
        long_ago = SystemClock().now() - timedelta(days=3)
        values = {"look_at": long_ago, "expires_at": long_ago}
        with self.database.write() as session:
            session.execute(update(ExpiringUploadRow).where(ExpiringUploadRow.expires_at > long_ago).values(values))

    def _unfinished(self) -> dict[str, int]:
        return {
            "jobs": self._count(JobRow, JobRow.state.not_in(TERMINAL)),
            "deliveries": self._count(WebhookDeliveryRow, WebhookDeliveryRow.state == "pending"),
            "outbox": self._count(OutboxRow),
            "upload URLs": self._count(ExpiringUploadRow),
            "uncollected": self._count(JobRow, JobRow.collected_at.is_(None)),
        }

    def _count(self, table: type[Table], *where: ColumnElement[bool]) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    # ------------------------------------------------------------ reporting

    def _report(self, events: list[Event], received: set[str]) -> Report:
        with self.database.read() as session:
            state = StoredState.read(session)
            states = Counter(session.scalars(select(JobRow.state)))
            errors = Counter(error["code"] for error in session.scalars(select(JobRow.error)) if error)
            attempts = list(session.scalars(select(AttemptRow).order_by(AttemptRow.job_id, AttemptRow.number)))
        return Report(
            findings=audit(state, open_store(self.settings), self.submissions.made, received),
            num_jobs=sum(states.values()),
            states=states,
            faults=Counter(event.kind.value for event in events),
            takeovers=list(takeovers(attempts, self.kills)),
            refusals=self.submissions.refusals,
            num_submitted=sum(submission.job_id is not None for submission in self.submissions.made),
            outcomes=Counter(one.outcome for one in attempts),
            errors=errors,
            num_refused_writes=self._count(RefusedWriteRow),
            ends={name: program.ends for name, program in self.programs.items()},
        )


class Thread:
    """A client in a thread of its own."""

    def __init__(self, client: Client | LateUpload | SlowClip) -> None:
        self._client = client

    def start(self, over: threading.Event) -> None:
        self._thread = threading.Thread(target=self._client.run, args=(over,), daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()


def _settings(servers: Servers, folder: Path, base: Path, orphaned_objects_seconds: float) -> Settings:
    return Settings.model_validate(
        {
            **deployment(folder, base),
            "max_attempts": 10,
            "orphaned_objects_seconds": orphaned_objects_seconds,
            "s3_timeout_seconds": 2.0,
            "s3_public_endpoint_url": servers.s3.endpoint_url,
            "database_url": servers.database.url("chaos"),
            "broker_url": servers.redis.url,
            **servers.s3.settings("chaos"),
            "s3_endpoint_url": servers.proxy.url,
        }
    )
