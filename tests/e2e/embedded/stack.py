"""The embedded stack as a user starts it."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.embedded.credentials import Credentials, is_written_by
from tests.api_client import ApiClient
from tests.e2e import processes
from tests.waiting import wait_until

PATIENCE = 300.0
"""Seconds that a busy machine may take to load torch and run a few steps; an idle one takes five."""


CHEAP = {"CHOREO_ENGINE_THREADS": "1", "CHOREO_COMPUTE_DTYPE": "float32"}
"""Tiny models are slower on several threads than on one, and slower in bfloat16."""


class EmbeddedStack:
    """`python -m deploy.embedded` on `home/.choreo`, in a session of its own; it ends with the tests' process."""

    def __init__(self, home: Path, base: Path) -> None:
        self.home, self.folder = home, home / ".choreo"
        self._base = f"choreo-world={base}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The process that was started last."""
        assert self._process is not None
        return self._process

    @property
    def output(self) -> str:
        """The output of all processes."""
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.home / "stack.log"

    def start(self) -> Credentials:
        """Start the stack unless it runs; returns once it responds."""
        if self._process is None or self._process.poll() is not None:
            argv = [sys.executable, "-m", "tests.e2e.tied", "deploy.embedded"]
            argv += ["--data-dir", str(self.folder), "--base", self._base]
            environment = os.environ | CHEAP
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(argv, stdout=log, stderr=log, env=environment, start_new_session=True)
        pid = self.process.pid
        wait_until(lambda: is_written_by(self.folder, pid), timeout=PATIENCE, what="the stack's start")
        return Credentials.read(self.folder)

    def client(self) -> ApiClient:
        """A client with the stack's own key; to be used as a context manager."""
        credentials = Credentials.read(self.folder)
        return ApiClient(credentials.base_url, credentials.api_key)

    def engines(self) -> list[int]:
        """The processes below the stack."""
        return [child.pid for child in processes.children(self.process.pid)]

    def end(self) -> None:
        """End it gracefully, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            assert self._process.wait(60) == 0
