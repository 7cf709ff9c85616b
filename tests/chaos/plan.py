"""The plan of faults: a function of the seed, so that a failed run can be repeated."""

import random
from enum import StrEnum
from typing import NamedTuple

from tests.servers.faulty import Fault as StorageFault

NUM_WORKERS = 2
PAUSES = (2.0, 8.0)
"""Seconds between two faults, evenly drawn."""
SKEWS = (-90, -20, 20, 90)
"""Seconds that a worker's machine may be off; a storage server refuses signatures that are off by 900."""


class Kind(StrEnum):
    """What goes wrong."""

    KILL_API = "kill_api"
    KILL_RELAY = "kill_relay"
    KILL_SWEEP = "kill_sweep"
    KILL_WORKER = "kill_worker"
    KILL_CHILD = "kill_child"
    KILL_ENGINE = "kill_engine"
    PAUSE_API = "pause_api"
    PAUSE_RELAY = "pause_relay"
    PAUSE_SWEEP = "pause_sweep"
    PAUSE_WORKER = "pause_worker"
    DRAIN_WORKER = "drain_worker"
    END_WORKER = "end_worker"
    """SIGTERM, as a deployment does."""
    SKEW_WORKER = "skew_worker"
    FLUSH_REDIS = "flush_redis"
    RESTART_REDIS = "restart_redis"
    RESTART_DATABASE = "restart_database"
    CRASH_DATABASE = "crash_database"
    CUT_CONNECTIONS = "cut_connections"
    STORAGE = "storage"
    LATE_UPLOAD = "late_upload"
    """An upload by the URL of a clip that has been deleted."""
    SLOW_CLIP = "slow_clip"


_WEIGHTS = {Kind.KILL_WORKER: 3, Kind.KILL_CHILD: 3, Kind.KILL_ENGINE: 3, Kind.PAUSE_WORKER: 3, Kind.STORAGE: 5}
_PROGRAM_PAUSE = (1.0, 4.0)
_WORKER_PAUSE = (5.0, 9.0)
"""Longer than a lease of the fast profile, 4 s."""
_STORAGE_FAULT_SECONDS = (2.0, 6.0)


class Event(NamedTuple):
    """One fault: when, in seconds from the start; what; to which worker; for how long; and for some, how."""

    at: float
    kind: Kind
    worker: int = 0
    seconds: float = 0.0
    detail: str = ""

    def __str__(self) -> str:
        parts = [f"{self.at:7.1f} s", self.kind.value]
        if self.kind.value.endswith(("_worker", "_child", "_engine")):
            parts.append(f"worker {self.worker}")
        parts += [self.detail] if self.detail else []
        parts += [f"for {self.seconds:.1f} s"] if self.seconds else []
        return "  ".join(parts)


def draw(seed: int, seconds: float, *, throughput: float = 1.0) -> list[Event]:
    """The faults of a run of so many seconds; at throughput 5, for a busy machine, five times as far apart.

    A program that is killed before it has started proves nothing: the throughput is that of the machine.
    """
    chance, events, at = random.Random(seed), list[Event](), 0.0
    while True:
        at += throughput * chance.uniform(*PAUSES)
        if at >= seconds:
            return events
        events.append(_event(chance, at))


def _event(chance: random.Random, at: float) -> Event:
    kinds = list(Kind)
    kind = chance.choices(kinds, [_WEIGHTS.get(kind, 1) for kind in kinds])[0]
    worker = chance.randrange(NUM_WORKERS)
    if kind in (Kind.PAUSE_API, Kind.PAUSE_RELAY, Kind.PAUSE_SWEEP):
        return Event(at, kind, worker, round(chance.uniform(*_PROGRAM_PAUSE), 1))
    if kind in (Kind.PAUSE_WORKER, Kind.DRAIN_WORKER):
        return Event(at, kind, worker, round(chance.uniform(*_WORKER_PAUSE), 1))
    if kind is Kind.STORAGE:
        fault = chance.choice([one for one in StorageFault if one is not StorageFault.NONE])
        return Event(at, kind, worker, round(chance.uniform(*_STORAGE_FAULT_SECONDS), 1), fault.value)
    return Event(at, kind, worker, detail=f"{chance.choice(SKEWS):+d} s" if kind is Kind.SKEW_WORKER else "")
