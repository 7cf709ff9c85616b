"""Injection of planned faults."""

import random
import signal
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

from tests.chaos.plan import Event, Kind
from tests.chaos.programs import Program, signal_quietly
from tests.receiver import POISON
from tests.servers.faulty import Fault
from tests.servers.programs import path_of

if TYPE_CHECKING:
    from tests.chaos.run import Run

Undo = Callable[[], None]
RECEIVER_FAILURE_SHARE, RECEIVER_POISON_SHARE = 0.05, 0.5
BRIEF_POISONS = [name for name in POISON if name != "Retry-After of many digits"]
"""Poisonous answers that do not ask for a retry after the end of the run."""


def inject(event: Event, run: "Run") -> Undo | None:
    """Inject the fault; returns the function that ends it, for one with a duration."""
    name = event.kind.value
    worker = run.programs[f"worker-{event.worker}"]
    if name.startswith("pause_"):
        return _pause(worker if event.kind is Kind.PAUSE_WORKER else run.programs[name.removeprefix("pause_")])
    if event.kind in (Kind.KILL_API, Kind.KILL_RELAY, Kind.KILL_SWEEP):
        run.programs[name.removeprefix("kill_")].send(signal.SIGKILL)
        return None
    if event.kind is Kind.STORAGE:
        run.servers.proxy.set(Fault(event.detail))
        return lambda: run.servers.proxy.set(Fault.NONE)
    if event.kind in (Kind.LATE_UPLOAD, Kind.SLOW_CLIP):
        run.send_clip(is_late=event.kind is Kind.LATE_UPLOAD)
        return None
    if event.kind in _TO_WORKERS:
        return _TO_WORKERS[event.kind](event, run, worker)
    _TO_SERVERS[event.kind](run)
    return None


def _pause(program: Program) -> Undo:
    """Suspend a process tree; returns the function that resumes exactly these processes."""
    family = program.family()
    for process in family:
        signal_quietly(process.pid, signal.SIGSTOP)

    def resume() -> None:
        for process in family:
            signal_quietly(process.pid, signal.SIGCONT)

    return resume


def _kill_worker(_: Event, run: "Run", worker: Program) -> None:
    run.killed(worker.child())
    worker.send(signal.SIGKILL)


def _kill_child(_: Event, run: "Run", worker: Program) -> None:
    child = worker.child()
    run.killed(child)
    if child is not None:
        signal_quietly(child, signal.SIGKILL)


def _kill_engine(_: Event, run: "Run", worker: Program) -> None:
    engine = worker.engine()
    if engine is not None:
        run.killed(worker.child())
        signal_quietly(engine, signal.SIGKILL)


def _end_worker(_: Event, run: "Run", worker: Program) -> None:
    worker.send(signal.SIGTERM)


def _skew_worker(event: Event, run: "Run", worker: Program) -> None:
    """Skew the machine's clock: the worker is killed and restarted with it."""
    worker.extra = clock_environment(event.detail.removesuffix(" s"))
    _kill_worker(event, run, worker)


def _drain_worker(_: Event, run: "Run", worker: Program) -> Undo | None:
    child = worker.child()
    return run.drain(child) if child is not None else None


_TO_WORKERS: dict[Kind, Callable[[Event, "Run", Program], Undo | None]] = {
    Kind.KILL_WORKER: _kill_worker,
    Kind.KILL_CHILD: _kill_child,
    Kind.KILL_ENGINE: _kill_engine,
    Kind.END_WORKER: _end_worker,
    Kind.SKEW_WORKER: _skew_worker,
    Kind.DRAIN_WORKER: _drain_worker,
}


def _restart_redis(run: "Run") -> None:
    run.servers.redis.process.stop()
    run.servers.redis.start_again()


def _restart_database(run: "Run") -> None:
    run.servers.database.stop()
    run.servers.database.start_again()


def _crash_database(run: "Run") -> None:
    run.servers.database.stop(crash=True)
    run.servers.database.start_again()


_TO_SERVERS: dict[Kind, Callable[["Run"], None]] = {
    Kind.FLUSH_REDIS: lambda run: run.servers.redis.flush(),
    Kind.RESTART_REDIS: _restart_redis,
    Kind.RESTART_DATABASE: _restart_database,
    Kind.CRASH_DATABASE: _crash_database,
    Kind.CUT_CONNECTIONS: lambda run: run.servers.database.cut_connections(),
}


def clock_environment(offset: str) -> dict[str, str]:
    """Variables that skew a program's wall clock by so many seconds (`+90`), but not its monotonic clock."""
    shown = subprocess.run([path_of("faketime"), "-f", "+0", "env"], check=True, capture_output=True, text=True).stdout
    (preload,) = [line.partition("=")[2] for line in shown.splitlines() if line.startswith("LD_PRELOAD=")]
    return {"LD_PRELOAD": preload, "FAKETIME": f"{offset}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Hook(NamedTuple):
    """The URL of a webhook receiver, the ids of the messages that it accepted, and its poisonous answers."""

    url: str
    received: set[str]
    poisoned: list[str]


@contextmanager
def hook(chance: random.Random) -> Generator[Hook]:
    """A webhook receiver that sometimes fails once: with a status or a poisonous answer, which is always the first."""

    seen, received, poisoned = set[str](), set[str](), list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            message = self.headers["webhook-id"]
            fails = message not in seen and (not seen or chance.random() < RECEIVER_FAILURE_SHARE)
            seen.add(message)
            if not fails:
                received.add(message)
            elif not poisoned or chance.random() < RECEIVER_POISON_SHARE:
                poisoned.append(chance.choice(BRIEF_POISONS))
                self.wfile.write(POISON[poisoned[-1]])
                self.close_connection = True
                return
            self.send_response(500 if fails else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Hook(f"http://127.0.0.1:{server.server_port}/hook", received, poisoned)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
