"""The process tree below a worker, as the operating system tells it."""

import os
import signal
import subprocess
from typing import NamedTuple

from tests.waiting import wait_until

ENGINE = "services.motion.engine"


class Process(NamedTuple):
    pid: int
    parent: int
    command: str


def children(parent: int) -> list[Process]:
    """The direct children of a process that are alive."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,stat=,args="], check=True, capture_output=True, text=True).stdout
    found = []
    for line in listing.splitlines():
        pid, ppid, state, command = line.split(maxsplit=3)
        if int(ppid) == parent and not state.startswith("Z"):
            found.append(Process(int(pid), int(ppid), command))
    return found


def celery_child(worker: int) -> int:
    """The one child that Celery forked."""
    return wait_until(lambda: _one(children(worker)), timeout=300, what="a Celery child").pid


def engine(worker: int) -> int:
    """The engine process below a worker."""
    child = celery_child(worker)
    found = wait_until(lambda: [p for p in children(child) if ENGINE in p.command], timeout=300, what="an engine")
    return found[0].pid


def kill(pid: int) -> None:
    """As `kill -9`."""
    os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def _one(processes: list[Process]) -> Process | None:
    return processes[0] if len(processes) == 1 else None
