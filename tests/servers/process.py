"""A server as a child process with its own log; it ends with the tests."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shared.processes import end_with_parent
from tests.waiting import wait_until


class ServerDied(RuntimeError):
    """A server ended or did not respond; the message has the end of its log."""


class ServerProcess:
    """One running server. Killed by the kernel (on Linux) should the tests be killed."""

    def __init__(
        self, argv: Sequence[str], *, log: Path, user: str | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self._argv, self._log, self._user, self._env = argv, log, user, env
        self._name = Path(argv[0]).name
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as output:
            return subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self._env) if self._env is not None else None,
                **as_user(self._user),
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - it only calls prctl
            )

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def start_again(self) -> None:
        """Start a server that has been stopped, in the same place. It lives no longer than the calling thread."""
        self._process = self._start()

    def wait_ready(self, probe: Callable[[], bool], *, timeout: float = 60.0) -> None:
        """Return once `probe` holds; raises `ServerDied` when the process ends first or time is up."""

        def ready() -> bool:
            if self._process.poll() is not None:
                raise ServerDied(f"{self._name} ended with {self._process.returncode}:\n{self._tail()}")
            return probe()

        try:
            wait_until(ready, timeout=timeout, what=f"an answer from {self._name}")
        except AssertionError as error:
            raise ServerDied(f"{error}:\n{self._tail()}") from error

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> None:
        """End the server, with SIGTERM first. Does nothing if it has ended."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


def as_user(user: str | None) -> dict[str, object]:
    """`subprocess` arguments that drop root for `user`; none where we are not root or need not."""
    return {"user": user, "group": user, "extra_groups": []} if user and os.geteuid() == 0 else {}


def free_port() -> int:
    """A free loopback TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port: int) -> bool:
    """Whether something listens on a loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _die_with_parent() -> None:
    end_with_parent(signal.SIGTERM)
