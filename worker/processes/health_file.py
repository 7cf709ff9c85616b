"""Health files: each program writes its state every second, `python -m worker.health PROGRAM` reads it.

Files rather than ports, so that any number of programs can share a machine, an environment and a folder.
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

BEAT_SECONDS = 1.0
SILENCE_SECONDS = 10.0
"""After how long without a word a program counts as unable to work, although it lives."""
PROGRAMS = ("relay", "sweep", "worker")


class HealthFile:
    """What one program says about itself, in a file of its own."""

    def __init__(self, settings: Settings, program: str) -> None:
        self._file = _folder(settings) / f"{_prefix(program)}{os.getpid()}"

    def say(self, trouble: str | None = None) -> None:
        """It lives; `trouble` is what keeps it from working. A full disk makes it silent, and does not end it."""
        draft = self._file.with_name(f".{self._file.name}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(trouble or "", encoding="utf-8")
            draft.replace(self._file)
        except OSError as error:
            log.warning("its health cannot be written: %s", error)

    def end(self) -> None:
        """It is gone."""
        self._file.unlink(missing_ok=True)


class Report(NamedTuple):
    """How one process of a program is; no `trouble` means well."""

    process: str
    trouble: str | None


def reports(settings: Settings, program: str) -> list[Report]:
    """How the processes of this program on this machine are; the files of those that were killed are removed."""
    found: list[Report] = []
    for file in sorted(_folder(settings).glob(f"{_prefix(program)}*")):
        if not _is_alive(int(file.name.rpartition("-")[2])):
            file.unlink(missing_ok=True)
            continue
        with suppress(FileNotFoundError):  # it has just ended
            found.append(Report(file.name, _trouble(file)))
    return found


def _trouble(file: Path) -> str | None:
    silent = time.time() - file.stat().st_mtime
    return f"silent for {silent:.0f} s" if silent > SILENCE_SECONDS else file.read_text(encoding="utf-8") or None


def _prefix(program: str) -> str:
    """Machines that share a folder count their processes apart."""
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
