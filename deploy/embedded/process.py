"""The embedded service as a child process, which ends when its parent ends."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.credentials import Credentials, is_written_by
from shared.files import PRIVATE_FILE, make_private

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class StartFailed(RuntimeError):
    """The service did not start; the message ends with the last lines of its log."""


@contextmanager
def embedded_service(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> Generator[Credentials]:
    """Run `deploy.embedded` with the data folder `folder` until the block ends.

    Raises:
        StartFailed: the process ended, or did not write its credentials within a minute.
    """
    process, log = _start(folder, arguments, environment)
    try:
        yield _wait_for_credentials(process, folder, log)
    finally:
        process.terminate()
        if not _has_ended_within(process, STOP_SECONDS):
            process.kill()
            process.wait()


def _start(
    folder: Path, arguments: Sequence[str], environment: dict[str, str] | None
) -> tuple[subprocess.Popen[bytes], Path]:
    make_private(folder)
    log = folder / "service.log"
    options = ["--data-dir", str(folder), "--with-parent", str(os.getpid()), "--wait", str(STOP_SECONDS)]
    command = [sys.executable, "-m", "deploy.embedded", *options, *arguments]
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE), "ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=output, stderr=output, env=environment, start_new_session=True
        )
    return process, log


def _wait_for_credentials(process: subprocess.Popen[bytes], folder: Path, log: Path) -> Credentials:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if is_written_by(folder, process.pid):
            return Credentials.read(folder)
        _has_ended_within(process, 0.1)
    problem = "did not start in time" if process.poll() is None else f"ended with status {process.returncode}"
    last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise StartFailed(f"the service {problem}; the last lines of its log, {log}:\n{last_lines}")


def _has_ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
