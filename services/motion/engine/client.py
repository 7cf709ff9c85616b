"""The warm engine process, seen from outside: start it, give it a job, follow its events, stop it (DESIGN).

`python -m services.motion.engine` is the process (`server`). This half loads no torch.
"""

import os
import queue
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
from shared.precision import Precision
from shared.schemas.preview import PreviewSpec

_ROOT = Path(__file__).resolve().parents[3]
_SLEEP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000"}
"""Threads that wait for each other soon sleep: on cores shared with other processes, spinning takes ten times as long;
without the short spin before it, a training on idle cores takes almost twice as long."""


class EngineDied(Exception):
    """The engine process is gone."""

    def __init__(self, exit_code: int | None, last_log_lines: list[str]) -> None:
        super().__init__("\n".join([f"the engine process ended with exit code {exit_code}", *last_log_lines]))
        self.exit_code = exit_code
        self.last_log_lines = last_log_lines


class Engine:
    """One engine process at a time. All methods may be called from any thread, `run` for one job at a time."""

    def __init__(
        self,
        *,
        device: str = "auto",
        base_dtype: Precision = "auto",
        compute_dtype: Precision = "auto",
        threads: int | None = None,
        log_path: Path,
    ) -> None:
        """`threads` bounds the process's CPU threads; `log_path` takes its output."""
        self._arguments = ["--device", device, "--base-dtype", base_dtype, "--compute-dtype", compute_dtype]
        if threads is not None:
            self._arguments += ["--threads", str(threads)]
        self._log = EngineLog(log_path)
        self._process: _Process | None = None
        self._job_id = ""

    @property
    def pid(self) -> int | None:
        """The process, while it is alive."""
        return self._process.pid if self._process and self._process.alive else None

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.alive

    def start(self) -> None:
        """Start the process unless it is alive; it says `ready` when it has loaded its libraries."""
        if not self.alive:
            self._process = _Process(self._arguments, self._log)

    def run(self, request: EngineRequest) -> None:
        """Hand over a job; starts the process when there is none. Raises EngineDied."""
        self._log.begin()
        self.start()
        self._job_id = request.job_id
        self._send(RunCommand(request=request))

    def events(self, timeout: float) -> EngineEvent | None:
        """The next event, or None after `timeout` seconds without one.

        Raises EngineDied when the process is gone and everything it said has been read.
        """
        if self._process is None:
            raise EngineDied(None, [])
        return self._process.next_event(timeout)

    def new_log_lines(self) -> list[str]:
        """What the process has printed for this job since this was last asked; the last few lines of it."""
        return self._log.new_lines()

    def cancel(self) -> None:
        """Ask for the job to stop at its next step; a CanceledEvent confirms it. Raises EngineDied."""
        self._send(CancelCommand(job_id=self._job_id))

    def checkpoint(self) -> None:
        """Ask for a checkpoint after the training's next step. Raises EngineDied."""
        self._send(CheckpointCommand(job_id=self._job_id))

    def preview(self, number: int, spec: PreviewSpec) -> None:
        """Ask for a video of the adapter as it is after the training's next step. Raises EngineDied."""
        self._send(PreviewCommand(job_id=self._job_id, number=number, spec=spec))

    def stop(self, grace: float) -> None:
        """End the process: by word, after `grace` seconds by TERM, after as long again by KILL."""
        if self._process is not None:
            self._process.stop(grace)

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()

    def _send(self, command: Command) -> None:
        if self._process is None:
            raise EngineDied(None, [])
        self._process.send(command)


class _Process:
    """One life of the engine process.

    A thread of its own starts it and then reads what it says until it has ended: on Linux the process dies with the
    *thread* that started it (PR_SET_PDEATHSIG), which must therefore live as long as the process should.
    """

    def __init__(self, arguments: list[str], log: EngineLog) -> None:
        self._log = log
        self._events: queue.Queue[EngineEvent | None] = queue.Queue()
        self._sending = threading.Lock()
        self._started = threading.Event()
        self._popen: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, args=(arguments,), name="engine-keeper", daemon=True)
        self._keeper.start()
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

    def _keep(self, arguments: list[str]) -> None:
        reading, writing = os.pipe()
        with os.fdopen(reading, "r", encoding="utf-8") as events:
            try:
                self._popen = self._spawn(arguments, writing)
            finally:
                os.close(writing)
                self._started.set()
            self._read(events)
        self._popen.wait()
        self._hang_up()
        self._events.put(None)

    def _hang_up(self) -> None:
        stdin = self.popen.stdin
        with self._sending, suppress(BrokenPipeError):  # what was still to be sent has no reader
            if stdin is not None:
                stdin.close()

    def _spawn(self, arguments: list[str], writing: int) -> "subprocess.Popen[bytes]":
        self._log.path.parent.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        own = ["--events", str(writing), "--parent", str(os.getpid())]
        with self._log.path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "services.motion.engine", *own, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                env=_SLEEP | os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"},
            )

    def _read(self, events: TextIOWrapper) -> None:
        for line in events:
            if line.endswith("\n"):  # a process that was killed may leave half a line
                self._events.put(EVENTS.validate_json(line))

    def send(self, command: Command) -> None:
        stdin = self.popen.stdin
        try:
            with self._sending:
                if stdin is None or stdin.closed:
                    raise self._death()
                stdin.write(command.model_dump_json().encode() + b"\n")
                stdin.flush()
        except BrokenPipeError as error:
            raise self._death() from error

    def next_event(self, timeout: float) -> EngineEvent | None:
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return None
        if event is None:
            self._events.put(None)  # the next caller must learn it too
            raise self._death()
        return event

    def _death(self) -> EngineDied:
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
        self._keeper.join()

    def _terminate(self, grace: float) -> None:
        self.popen.terminate()
        try:
            self.popen.wait(grace)
        except subprocess.TimeoutExpired:
            self.popen.kill()

    def kill(self) -> None:
        if self._popen is not None:
            self._popen.kill()
            self._keeper.join()
