"""The process tree below a worker."""

import os
import signal

import psutil

from tests.waiting import wait_until

ENGINE = "services.motion.engine"
GONE = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def children(parent: int) -> list[psutil.Process]:
    """The direct children of a process that are alive."""
    try:
        return [child for child in psutil.Process(parent).children() if is_alive(child.pid)]
    except psutil.NoSuchProcess:
        return []


def celery_child(worker: int) -> int:
    """The one child that Celery forked."""
    return wait_until(lambda: _one(children(worker)), timeout=300, what="a Celery child").pid


def engine(worker: int) -> int:
    """The engine process below a worker."""
    child = celery_child(worker)
    found = wait_until(lambda: list(filter(_is_engine, children(child))), timeout=300, what="an engine")
    return found[0].pid


def kill(pid: int) -> None:
    """As `kill -9`."""
    os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return psutil.Process(pid).status() not in GONE
    except psutil.NoSuchProcess:
        return False


def _is_engine(process: psutil.Process) -> bool:
    try:
        return ENGINE in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def _one(processes: list[psutil.Process]) -> psutil.Process | None:
    return processes[0] if len(processes) == 1 else None
