"""A lock on the data folder, so that one embedded service at a time uses it."""

import fcntl
import json
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class AlreadyRunning(RuntimeError):
    """Another process holds the lock on this data folder."""


class FolderLock:
    """An exclusive `flock` on a data folder, held until `release` or the end of the process.

    The lock file also describes its holder for people. The lock itself is the kernel's, so the file that a killed
    process leaves behind blocks no start.
    """

    def __init__(self, folder: Path, *, wait: float = 0.0) -> None:
        """Lock `folder`, which must exist, waiting at most `wait` seconds for the present holder to end.

        Raises:
            AlreadyRunning: another process holds the lock; the message describes it.
        """
        self._file: IO[str] = (folder / "lock").open("a+", encoding="utf-8")
        if not _locked(self._file, wait):
            holder = _holder(self._file)
            self._file.close()
            raise AlreadyRunning(
                f"Choreo is already running on {folder.resolve()} ({holder}). "
                "Stop it, or choose another folder with --data-dir."
            )
        self.write(pid=os.getpid())

    def write(self, **holder: object) -> None:
        """Replace the description of the holder in the lock file."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(holder, self._file, allow_nan=False)
        self._file.flush()

    def release(self) -> None:
        """Unlock the folder."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _locked(file: IO[str], wait: float) -> bool:
    until, pause = time.monotonic() + wait, threading.Event()
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            pause.wait(0.1)
        else:
            return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except json.JSONDecodeError:
        return "a process that is starting"
    return ", ".join(f"{name} {value}" for name, value in holder.items())
