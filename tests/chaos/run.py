"""A run: programs, clients, faults as planned, rest, audit."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
from sqlalchemy import func, select

from deploy.client import Client as Backend
from services.db.sessions import Database, open_database
from services.db.tables import AttemptRow, JobRow, OutboxRow, RefusedWriteRow, WebhookDeliveryRow
from services.storage.factory import open_store
from shared.settings import Settings
from tests.chaos import faults
from tests.chaos.auditor import TERMINAL, Books, Findings, audit
from tests.chaos.clients import Account, Client, Ledger
from tests.chaos.plan import NUM_WORKERS, Event
from tests.chaos.programs import Program
from tests.e2e.platform import FAST, environment_of, is_ready, run_module
from tests.servers.faulty import Door, Fault
from tests.servers.postgresql import PostgresServer
from tests.servers.process import free_port
from tests.servers.redis import RedisServer
from tests.servers.s3 import S3Server
from tests.tiny_base import write_tiny_base
from tests.videos import write_video
from tests.waiting import wait_until

NUM_TENANTS = 3
TICK_SECONDS = 0.05
PATIENCE = 1200.0
"""Seconds that a busy machine may take to start something, or to come to rest; an idle one takes a minute."""


@dataclass
class Servers:
    """The real servers that a run breaks, and the door before its storage."""

    database: PostgresServer
    redis: RedisServer
    s3: S3Server
    door: Door


@dataclass
class Report:
    """What a run has shown."""

    findings: Findings
    num_jobs: int
    states: Counter[str]
    faults: Counter[str]
    takeovers: "list[Takeover]"
    refusals: list[str]
    """Answers that no caller should ever get."""
    num_submitted: int
    outcomes: Counter[str]
    errors: Counter[str]
    num_refused_writes: int
    ends: dict[str, list[int]]
    """With which statuses, or signals, each program's lives ended."""

    @property
    def line(self) -> str:
        """The one line that a run ends with."""
        running = [one.running for one in self.takeovers]
        p50, longest = (median(running), max(running)) if running else (0.0, 0.0)
        return (
            f"lost {len(self.findings.lost)} doubled {len(self.findings.doubled)} jobs {self.num_jobs} "
            f"faults {sum(self.faults.values())} takeover_p50 {p50:.1f} takeover_max {longest:.1f}"
        )

    @property
    def is_clean(self) -> bool:
        """Whether every guarantee held."""
        return not self.findings.lines and not self.refusals


class Run:
    """One run on fresh servers, below `folder`."""

    def __init__(
        self, servers: Servers, folder: Path, *, seed: int, num_clients: int, leftovers_seconds: float = 30.0
    ) -> None:
        """`leftovers_seconds` is how long after a job's end its folder is looked at: longer than workers are frozen."""
        self.servers, self.folder, self.seed = servers, folder, seed
        self._num_clients = num_clients
        self._clip = write_video(folder / "clip.mp4", width=64, height=64)
        self.settings = _settings(servers, folder, write_tiny_base(folder / "base"), leftovers_seconds)
        self.database: Database = open_database(servers.database.create("chaos"))
        self.kills: list[tuple[datetime, str]] = []
        """When which worker was killed."""
        self.programs: dict[str, Program] = {}
        self.ledger = Ledger()
        self._due: list[tuple[float, Any]] = []

    def __call__(self, events: list[Event], seconds: float) -> Report:
        """Let it go wrong as planned, come to rest, and be audited."""
        environment = environment_of(self.settings, self.folder / "secrets")
        for module in ("services.db.migrations", "services.storage"):
            done = run_module(module, environment)
            assert done.returncode == 0, done.stderr
        with ExitStack() as stack:
            self._start(environment, stack)
            accounts = [self._open_account(environment, number) for number in range(NUM_TENANTS)]
            self._operator = stack.enter_context(self._open_operator(environment))
            hook = stack.enter_context(faults.hook(random.Random(self.seed)))
            over, threads = threading.Event(), self._clients(accounts, hook)
            for client in threads:
                client.start(over)
            self._misbehave(events, seconds)
            over.set()
            self._rest(threads)
        try:
            return self._report(events)
        finally:
            self.database.close()

    # ------------------------------------------------------------ starting

    def _start(self, environment: dict[str, str], stack: ExitStack) -> None:
        modules = {"api": "api", "relay": "worker.relay", "sweep": "worker.sweep"}
        modules |= {f"worker-{number}": "worker" for number in range(NUM_WORKERS)}
        for name, module in modules.items():
            self.programs[name] = Program(name, module, environment, self.folder)
            stack.callback(self.programs[name].end)
        wait_until(lambda: is_ready(self.settings.public_url), timeout=PATIENCE, what="a ready API")

    def _open_account(self, environment: dict[str, str], number: int) -> Account:
        token = run_module("services.accounts", environment, f"tenant-{number}").stdout.strip()
        with Backend(self.settings.public_url, token) as backend:
            concept = backend.post("/v1/concepts", {"name": "a move"})["id"]
            return Account(token, concept, backend.upload(self._clip))

    def _open_operator(self, environment: dict[str, str]) -> httpx.Client:
        token = run_module("services.accounts", environment, "operator", "--scope", "admin").stdout.strip()
        key = {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.settings.public_url, headers=key, timeout=5, trust_env=False)

    def _clients(self, accounts: list[Account], hook: str) -> "list[Thread]":
        url = self.settings.public_url
        return [
            Thread(Client(number, self.seed, url, accounts[number % NUM_TENANTS], self.ledger, hook))
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
        self.servers.door.set(Fault.NONE)

    def _happen(self, event: Event) -> None:
        print(event, flush=True)
        undo = faults.inject(event, self)
        if undo is not None:
            self._due.append((time.monotonic() + event.seconds, undo))

    def _keep(self) -> None:
        """What a machine does meanwhile: programs that ended start again, troubles pass."""
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
        """Drain the worker whose child this is; returns how it is resumed. None if nobody hears of it."""
        name = f"{socket.gethostname()}-{child}-shared"
        return (lambda: self._resume(name)) if self._tell(f"{name}/drain") == 200 else None

    def _resume(self, name: str) -> None:
        if self._tell(f"{name}/resume") not in (200, 404):  # it is drained until somebody hears this
            self._due.append((time.monotonic() + 1, lambda: self._resume(name)))

    def _tell(self, path: str) -> int | None:
        try:
            return self._operator.post(f"/v1/admin/workers/{path}").status_code
        except httpx.TransportError:
            return None

    # ------------------------------------------------------------ coming to rest

    def _rest(self, clients: "list[Thread]") -> None:
        """Until nobody asks, every job has ended, all webhooks are out and nothing is left to collect."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and (any(one.is_alive for one in clients) or any(self._unfinished().values())):
            self._keep()
        print("at rest:", self._unfinished(), flush=True)

    def _unfinished(self) -> dict[str, int]:
        with self.database.read() as session:

            def count(query: Any) -> int:
                return session.scalar(query) or 0

            return {
                "jobs": count(select(func.count()).select_from(JobRow).where(JobRow.state.not_in(TERMINAL))),
                "deliveries": count(
                    select(func.count()).select_from(WebhookDeliveryRow).where(WebhookDeliveryRow.state == "pending")
                ),
                "outbox": count(select(func.count()).select_from(OutboxRow)),
                "uncollected": count(select(func.count()).select_from(JobRow).where(JobRow.collected_at.is_(None))),
            }

    # ------------------------------------------------------------ reporting

    def _report(self, events: list[Event]) -> Report:
        with self.database.read() as session:
            books = Books.read(session)
            states = Counter(session.scalars(select(JobRow.state)))
            errors = Counter(error["code"] for error in session.scalars(select(JobRow.error)) if error)
            attempts = list(session.scalars(select(AttemptRow).order_by(AttemptRow.job_id, AttemptRow.number)))
            num_refused = session.scalar(select(func.count()).select_from(RefusedWriteRow)) or 0
        return Report(
            findings=audit(books, open_store(self.settings), self.ledger.promises),
            num_jobs=sum(states.values()),
            states=states,
            faults=Counter(event.kind.value for event in events),
            takeovers=list(takeovers(attempts, self.kills)),
            refusals=self.ledger.refusals,
            num_submitted=sum(promise.job_id is not None for promise in self.ledger.promises),
            outcomes=Counter(one.outcome for one in attempts),
            errors=errors,
            num_refused_writes=num_refused,
            ends={name: program.ends for name, program in self.programs.items()},
        )


class Thread:
    """A client in a thread of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def start(self, over: threading.Event) -> None:
        self._thread = threading.Thread(target=self._client.run, args=(over,), daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()


class Takeover(NamedTuple):
    """What a kill cost a job, in seconds from the kill."""

    noticed: float
    """Until the record knew."""
    running: float
    """Until the job ran again, a wait for a free worker included."""


def takeovers(attempts: list[AttemptRow], kills: list[tuple[datetime, str]]) -> Iterator[Takeover]:
    """Each kill that hit a job which then ran again."""
    by_number = {(one.job_id, one.number): one for one in attempts}
    for at, worker in kills:
        for hit in attempts:
            ended = hit.ended_at or at
            heir = by_number.get((hit.job_id, hit.number + 1))
            was_hit = hit.worker.startswith(worker) and hit.started_at <= at <= ended + timedelta(seconds=1)
            if was_hit and heir and hit.outcome in ("lost", "failed"):
                yield Takeover((ended - at).total_seconds(), (heir.started_at - at).total_seconds())


def _settings(servers: Servers, folder: Path, base: Path, leftovers_seconds: float) -> Settings:
    port = free_port()
    return Settings.model_validate(
        {
            "environment": "production",
            "secret_key": "a secret of the tests",
            "public_url": f"http://127.0.0.1:{port}",
            "http_port": port,
            "work_dir": folder / "work",
            "base_models": {"choreo-world": base},
            "engine_threads": 1,
            "max_attempts": 10,
            "webhook_allowed_networks": ["127.0.0.0/8"],
            "leftovers_seconds": leftovers_seconds,
            "s3_timeout_seconds": 2.0,
            "s3_public_endpoint_url": servers.s3.endpoint_url,
            "database_url": servers.database.url("chaos"),
            "broker_url": servers.redis.url,
            **FAST,
            **servers.s3.settings("chaos"),
            "s3_endpoint_url": servers.door.url,
        }
    )
