"""One running stack per data folder: a lock that the operating system drops with the process."""

import fcntl
import json
import os
import threading
import time
from pathlib import Path
from typing import IO


class AlreadyRunning(RuntimeError):
    """Another process holds this data folder."""


class FolderLock:
    """An exclusive claim on a data folder, held until `release` or until the process is gone, however it ends.

    The file also says who holds it, for people; the claim itself is `flock`'s, so a file left behind
    by a killed process blocks nobody.
    """

    def __init__(self, folder: Path, *, wait: float = 0.0) -> None:
        """Claim `folder`, which must exist, waiting at most `wait` seconds for its holder to end.

        Raises:
            AlreadyRunning: another process holds it; the message names it.
        """
        self._file: IO[str] = (folder / "lock").open("a+", encoding="utf-8")
        if not _claimed(self._file, wait):
            holder = _holder(self._file)
            self._file.close()
            raise AlreadyRunning(
                f"Choreo is already running on {folder.resolve()} ({holder}). "
                "Stop it, or choose another folder with --data-dir."
            )
        self.write(pid=os.getpid())

    def write(self, **facts: object) -> None:
        """Replace what the file tells people about its holder."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(facts, self._file)
        self._file.flush()

    def release(self) -> None:
        """Give the folder back."""
        self._file.close()


def _claimed(file: IO[str], wait: float) -> bool:
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
        facts = json.loads(file.read())
    except json.JSONDecodeError:
        return "a process that is just starting"
    return ", ".join(f"{name} {value}" for name, value in facts.items())
