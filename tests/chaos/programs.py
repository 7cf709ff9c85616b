"""The programs of a deployment, each restarted when it ends, as systemd or Docker do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

START_AGAIN_SECONDS = 0.5


class Program:
    """One program that is restarted when it ends."""

    def __init__(self, name: str, module: str, environment: Mapping[str, str], folder: Path) -> None:
        self.name, self._module, self._environment, self._folder = name, module, dict(environment), folder
        self.extra: dict[str, str] = {}
        self.ends: list[int] = []
        """How each of its lives ended: statuses, or minus the signal."""
        self._ended_at: float | None = None
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{self.name}.log").open("ab") as log:
            argv = [sys.executable, "-m", "tests.e2e.tied", self._module]
            environment = self._environment | self.extra
            return subprocess.Popen(argv, stdout=log, stderr=log, env=environment, start_new_session=True)

    def keep(self) -> None:
        """Restart it if it ended."""
        status = self._process.poll()
        if status is None:
            return
        if self._ended_at is None:
            self._ended_at = time.monotonic()
            self.ends.append(status)
        elif time.monotonic() - self._ended_at > START_AGAIN_SECONDS:
            self._process, self._ended_at = self._start(), None

    def family(self) -> list[psutil.Process]:
        """The program and its descendants."""
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def send(self, number: signal.Signals) -> None:
        """Signal the program itself."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def send_all(self, number: signal.Signals) -> None:
        """Signal the program and its descendants."""
        for process in self.family():
            signal_quietly(process.pid, number)

    def child(self) -> int | None:
        """The process that supervises the engine, of a worker."""
        below = self._below(self.pid)
        return below[0] if below else None

    def engine(self) -> int | None:
        """The engine, of a worker that has one."""
        child = self.child()
        below = self._below(child) if child else []
        return below[0] if below else None

    @staticmethod
    def _below(pid: int) -> list[int]:
        try:
            return [child.pid for child in psutil.Process(pid).children()]
        except psutil.NoSuchProcess:
            return []

    def tell_to_end(self) -> None:
        """Send SIGTERM and do not restart it."""
        self.send_all(signal.SIGCONT)
        self.send(signal.SIGTERM)

    def end(self) -> None:
        """Wait until it has ended after `tell_to_end`; kill it otherwise."""
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.send_all(signal.SIGKILL)
            self._process.wait()


def signal_quietly(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
