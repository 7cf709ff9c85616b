"""Health files: each process writes its state every second; `python -m worker.health PROGRAM` reads them.

They are files rather than ports so that any number of processes can share a machine and a working directory.
"""

import logging
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from shared.settings import Settings

log = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
"""Seconds between two writes."""
STALE_SECONDS = 10.0
"""Age in seconds from which a file counts as a problem although its process is alive."""
PROGRAMS = ("relay", "sweep", "worker")


class HealthFile:
    """The health file of this process."""

    def __init__(self, settings: Settings, program: str) -> None:
        self._file = _folder(settings) / f"{_prefix(program)}{os.getpid()}"

    def write(self, problem: str | None = None) -> None:
        """Record that the process is alive, and the problem that keeps it from working, if there is one.

        A write that fails, for example on a full disk, is logged; the file then becomes stale.
        """
        draft = self._file.with_name(f".{self._file.name}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(problem or "", encoding="utf-8")
            draft.replace(self._file)
        except OSError as error:
            log.warning("the health file cannot be written: %s", error)

    def remove(self) -> None:
        """Remove the file when the process ends."""
        self._file.unlink(missing_ok=True)


class ProcessHealth(NamedTuple):
    """The health of one process; `problem` is None when it is healthy."""

    name: str
    problem: str | None


def read_health(settings: Settings, program: str) -> list[ProcessHealth]:
    """The health of this program's processes on this machine; removes the files of processes that were killed."""
    found: list[ProcessHealth] = []
    for file in sorted(_folder(settings).glob(f"{_prefix(program)}[0-9]*")):
        if not file.name.rpartition("-")[2].isdecimal():
            continue
        if not _is_alive(int(file.name.rpartition("-")[2])):
            file.unlink(missing_ok=True)
            continue
        with suppress(FileNotFoundError):  # the process has just removed it
            found.append(ProcessHealth(file.name, _problem(file)))
    return found


def _problem(file: Path) -> str | None:
    age = time.time() - file.stat().st_mtime
    return f"no update for {age:.0f} s" if age > STALE_SECONDS else file.read_text(encoding="utf-8") or None


def _prefix(program: str) -> str:
    """Includes the host name, because machines may share the folder."""
    return f"{program}-{socket.gethostname()}-"


def _folder(settings: Settings) -> Path:
    return settings.work_dir / "health"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
