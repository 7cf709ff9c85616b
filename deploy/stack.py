"""Starts the embedded stack as a child process and ends it with the parent, however the parent ends."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.access import Access, is_written_by

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class StackFailed(RuntimeError):
    """The service did not come up; the message ends with the last lines of its log."""


@contextmanager
def running(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> Generator[Access]:
    """Run `deploy.embedded` on `folder` until the block ends.

    Raises:
        StackFailed: it ended, or did not answer within a minute.
    """
    process, log = _launch(folder, arguments, environment)
    try:
        yield _wait_for(process, folder, log)
    finally:
        _end(process)


def _launch(
    folder: Path, arguments: Sequence[str], environment: dict[str, str] | None
) -> tuple[subprocess.Popen[bytes], Path]:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "service.log"
    tied = ["--with-parent", str(os.getpid()), "--wait", str(STOP_SECONDS)]
    command = [sys.executable, "-m", "deploy.embedded", "--data-dir", str(folder), *tied, *arguments]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=output, stderr=output, env=environment, start_new_session=True
        )
    return process, log


def _wait_for(process: subprocess.Popen[bytes], folder: Path, log: Path) -> Access:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if is_written_by(folder, process.pid):
            return Access.read(folder)
        _rest(process, 0.1)
    why = f"ended with status {process.returncode}" if process.poll() is not None else "did not answer in time"
    raise StackFailed(f"the service {why}; its log, {log}, ends:\n{_tail(log)}")


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    if not _rest(process, STOP_SECONDS):
        process.kill()
        process.wait()


def _rest(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the process ended within so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
