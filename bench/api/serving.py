"""The server as a separate process, so that its memory and CPU time are measured alone."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """Where it is, and which process."""

    url: str
    pid: int

    def peak_memory_bytes(self) -> int:
        """The most resident memory that it ever had (Linux)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        [peak] = [line for line in lines if line.startswith("VmHWM:")]
        return int(peak.split()[1]) * 1024


def free_port() -> int:
    """A free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def served(module: str, *arguments: str, port: int, environment: dict[str, str]) -> Generator[Server]:
    """Runs `python -m module` until the block ends. Raises RuntimeError when it does not answer within a minute."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, env=os.environ | environment) as process:  # noqa: S603 - our own program
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield Server(url, process.pid)
        finally:
            process.terminate()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.1)):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            httpx.get(url, timeout=1, trust_env=False)
        except httpx.TransportError:
            pause.wait(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")
