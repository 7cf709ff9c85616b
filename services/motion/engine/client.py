"""The worker's side of the engine process: starts it, submits jobs, reads events, stops it.

The process is `python -m services.motion.engine` (`server`). This module imports no torch.
"""

import json
import logging
import os
import queue
import re
import subprocess
import sys
import threading
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from services.motion.engine.messages import (
    EVENTS,
    CancelCommand,
    CheckpointCommand,
    Command,
    EngineEvent,
    EngineRequest,
    PreviewCommand,
    RunCommand,
    StopCommand,
)
from services.motion.engine.process_log import EngineLog
from shared.confinement import Files, own_files
from shared.precision import Precision
from shared.schemas.preview import PreviewSpec

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[3]
_OPENMP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000"}
"""OpenMP threads that wait spin briefly and then sleep. On cores shared with other processes, spinning makes a training
ten times slower; without the short spin, a training on idle cores takes almost twice as long."""


_PASSED_ON = re.compile(
    "PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|LD_LIBRARY_PATH|LD_PRELOAD|XDG_CACHE_HOME|HF_HOME|PYTHON.*|VIRTUAL_ENV"
    "|(OMP|GOMP|KMP|MKL|OPENBLAS|NUMEXPR|MALLOC|TORCH|TORCHINDUCTOR|PYTORCH|TRITON|CUDA|CUBLAS|CUDNN|NCCL|NVIDIA|HIP|HSA"
    "|ROCR|GPU|COVERAGE)_.*"
)
"""Variables that the process gets of this one's; any other may be a secret."""


class EngineDied(Exception):
    """The engine process has ended."""

    def __init__(self, exit_code: int | None, last_log_lines: list[str]) -> None:
        super().__init__("\n".join([f"the engine process ended with exit code {exit_code}", *last_log_lines]))
        self.exit_code = exit_code
        self.last_log_lines = last_log_lines


class Engine:
    """An engine process, restarted after it has ended. Methods are thread-safe; submit one job at a time."""

    def __init__(
        self,
        *,
        device: str = "auto",
        base_dtype: Precision = "auto",
        compute_dtype: Precision = "auto",
        threads: int | None = None,
        log_path: Path,
        files: Files | None = None,
    ) -> None:
        """`threads` limits the process's CPU threads. `log_path` is the file of its standard output and error.

        `files` are those that the process may use, besides its own code; without it the process is not confined.
        """
        self._arguments = ["--device", device, "--base-dtype", base_dtype, "--compute-dtype", compute_dtype]
        if threads is not None:
            self._arguments += ["--threads", str(threads)]
        if files is not None:
            readable = (*files.readable, *own_files("services", "shared"))
            self._arguments += ["--files", json.dumps(files._replace(readable=readable)._asdict(), allow_nan=False)]
        self._log = EngineLog(log_path)
        self._process: _EngineProcess | None = None
        self._job_id = ""

    @staticmethod
    def environment() -> dict[str, str]:
        """The variables of the process: those of this one that are known to be no secrets, and its own."""
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        passed_on = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
        return _OPENMP | passed_on | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}

    @property
    def pid(self) -> int | None:
        """The process id while the process is alive, else None."""
        return self._process.pid if self._process and self._process.alive else None

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.alive

    def start(self) -> None:
        """Start the process unless it is running. It sends a ReadyEvent when its libraries are loaded."""
        if not self.alive:
            self._process = _EngineProcess(self._arguments, self._log)

    def submit(self, request: EngineRequest) -> None:
        """Submit a job; starts the process when it is not running. Raises EngineDied."""
        self._log.start_job()
        self.start()
        self._job_id = request.job_id
        self._send(RunCommand(request=request))

    def next_event(self, timeout: float) -> EngineEvent | None:
        """Return the next event, or None after `timeout` seconds without one.

        Raises EngineDied when the process has ended and all its events have been read.
        """
        if self._process is None:
            raise EngineDied(None, [])
        return self._process.next_event(timeout)

    def new_log_lines(self) -> list[str]:
        """The lines that the process has printed for this job since the last call; only the last ones of many."""
        return self._log.new_lines()

    def cancel(self) -> None:
        """Request that the job stops at its next step; a CanceledEvent confirms it. Raises EngineDied."""
        self._send(CancelCommand(job_id=self._job_id))

    def request_checkpoint(self) -> None:
        """Request a checkpoint after the training's next step. Raises EngineDied."""
        self._send(CheckpointCommand(job_id=self._job_id))

    def request_preview(self, number: int, spec: PreviewSpec) -> None:
        """Request a preview with the adapter as it is after the training's next step. Raises EngineDied."""
        self._send(PreviewCommand(job_id=self._job_id, number=number, spec=spec))

    def stop(self, grace: float) -> None:
        """End the process: by a StopCommand, after `grace` seconds by SIGTERM, after as long again by SIGKILL."""
        if self._process is not None:
            self._process.stop(grace)

    def kill(self) -> None:
        """End the process at once by SIGKILL."""
        if self._process is not None:
            self._process.kill()

    def _send(self, command: Command) -> None:
        if self._process is None:
            raise EngineDied(None, [])
        self._process.send(command)


class _EngineProcess:
    """One run of the engine process, with the thread that starts it and reads its events.

    On Linux the process dies with the *thread* that started it (PR_SET_PDEATHSIG), so this thread lives as long as the
    process.
    """

    def __init__(self, arguments: list[str], log: EngineLog) -> None:
        self._log = log
        self._events: queue.Queue[EngineEvent | None] = queue.Queue()
        self._send_lock = threading.Lock()
        self._started = threading.Event()
        self._popen: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._run, args=(arguments,), name="engine-reader", daemon=True)
        self._reader.start()
        self._started.wait()

    @property
    def popen(self) -> "subprocess.Popen[bytes]":
        if self._popen is None:
            raise EngineDied(None, [f"{sys.executable} could not be started"])
        return self._popen

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def _run(self, arguments: list[str]) -> None:
        read_fd, write_fd = os.pipe()
        with os.fdopen(read_fd, "r", encoding="utf-8") as events:
            try:
                self._popen = self._spawn(arguments, write_fd)
            finally:
                os.close(write_fd)
                self._started.set()
            try:
                self._read(events)
            except ValueError:
                log.exception("the engine sent an event that cannot be read; its process is ended")
                self._popen.kill()
        self._popen.wait()
        self._close_stdin()
        self._events.put(None)

    def _close_stdin(self) -> None:
        stdin = self.popen.stdin
        with self._send_lock, suppress(BrokenPipeError):  # buffered commands have no reader
            if stdin is not None:
                stdin.close()

    def _spawn(self, arguments: list[str], events_fd: int) -> "subprocess.Popen[bytes]":
        self._log.path.parent.mkdir(parents=True, exist_ok=True)
        pipes = ["--events", str(events_fd), "--parent", str(os.getpid())]
        with self._log.path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "services.motion.engine", *pipes, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(events_fd,),
                env=Engine.environment(),
            )

    def _read(self, events: TextIOWrapper) -> None:
        for line in events:
            if line.endswith("\n"):  # a killed process may leave an incomplete line
                self._events.put(EVENTS.validate_json(line))

    def send(self, command: Command) -> None:
        stdin = self.popen.stdin
        try:
            with self._send_lock:
                if stdin is None or stdin.closed:
                    raise self._died()
                stdin.write(command.model_dump_json().encode() + b"\n")
                stdin.flush()
        except BrokenPipeError as error:
            raise self._died() from error

    def next_event(self, timeout: float) -> EngineEvent | None:
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return None
        if event is None:
            self._events.put(None)  # for the next call
            raise self._died()
        return event

    def _died(self) -> EngineDied:
        self.popen.wait()
        return EngineDied(self.popen.returncode, self._log.last_lines())

    def stop(self, grace: float) -> None:
        if not self.alive:
            return
        try:
            self.send(StopCommand())
            self.popen.wait(grace)
        except (EngineDied, subprocess.TimeoutExpired):
            self._terminate(grace)
        self._reader.join()

    def _terminate(self, grace: float) -> None:
        self.popen.terminate()
        try:
            self.popen.wait(grace)
        except subprocess.TimeoutExpired:
            self.popen.kill()

    def kill(self) -> None:
        if self._popen is not None:
            self._popen.kill()
            self._reader.join()
