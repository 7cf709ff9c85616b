"""The engine process: reads commands from the worker on stdin and runs jobs one after another.

Base models stay loaded between jobs. Events go to a separate pipe, which libraries do not print to. The process ends
when its standard input is closed, which means that the worker process has ended.
"""

import argparse
import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import TextIO

from services.motion.compute import devices, precision
from services.motion.engine.job_runner import JobRunner, JobSignals
from services.motion.engine.messages import (
    COMMANDS,
    CancelCommand,
    CheckpointCommand,
    Command,
    EngineEvent,
    EngineRequest,
    PreviewCommand,
    ReadyEvent,
    RunCommand,
    StopCommand,
)
from services.motion.engine.model_cache import ModelCache
from shared.processes import end_with_parent


def main() -> None:
    """Run the engine until a StopCommand or the end of the worker process."""
    parser = argparse.ArgumentParser(prog="python -m services.motion.engine")
    parser.add_argument("--events", type=int, required=True, help="file descriptor to which events are written")
    parser.add_argument("--parent", type=int, required=True, help="process id of the worker")
    parser.add_argument("--files", help="JSON of the files that this process may use; see `shared.confinement`")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--base-dtype", default="auto")
    parser.add_argument("--compute-dtype", default="auto")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    faulthandler.enable()  # writes stack traces to the log if a library crashes
    end_with_parent(parent=arguments.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C the worker decides how this process ends
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    commands = CommandReader()
    threading.Thread(target=commands.read, args=(sys.stdin,), name="command-reader", daemon=True).start()
    device = devices.choose(arguments.device)
    devices.prepare(device, threads=arguments.threads)
    with os.fdopen(arguments.events, "w", encoding="utf-8", buffering=1) as events:
        models = ModelCache(device, precision.resolve_base_dtype(arguments.base_dtype, device))
        _serve(commands, models, events, arguments.compute_dtype)
    logging.shutdown()
    os._exit(0)  # skips the orderly finalisation of modules, which takes a second


def _serve(commands: "CommandReader", models: ModelCache, events: TextIO, compute_dtype: str) -> None:
    def emit(event: EngineEvent) -> None:
        events.write(event.model_dump_json() + "\n")

    emit(ReadyEvent(pid=os.getpid(), device=str(models.device)))
    for request in commands.requests():
        JobRunner(request, models, emit, commands.signals(request.job_id), compute_dtype).run()


class CommandReader:
    """The commands from the worker: one thread reads them, another one takes them."""

    def __init__(self) -> None:
        self._requests: queue.Queue[EngineRequest | None] = queue.Queue()
        self._canceled: set[str] = set()
        self._checkpoint_requests: set[str] = set()
        self._preview_requests: dict[str, deque[PreviewCommand]] = {}
        self._stopping = threading.Event()

    def read(self, lines: TextIO) -> None:
        """Read commands until the input ends, then end the process at once, because no process reads its events."""
        for line in lines:
            self.handle(COMMANDS.validate_json(line))
        os._exit(0)

    def handle(self, command: Command) -> None:
        """Record one command."""
        match command:
            case RunCommand(request=request):
                self._canceled.discard(request.job_id)
                self._checkpoint_requests.discard(request.job_id)
                self._preview_requests.pop(request.job_id, None)
                self._requests.put(request)
            case CancelCommand(job_id=job_id):
                self._canceled.add(job_id)
            case CheckpointCommand(job_id=job_id):
                self._checkpoint_requests.add(job_id)
            case PreviewCommand():
                self._preview_requests.setdefault(command.job_id, deque()).append(command)
            case StopCommand():
                self._stopping.set()
                self._requests.put(None)

    def requests(self) -> Iterator[EngineRequest]:
        """Job requests in order, until a StopCommand."""
        while not self._stopping.is_set():
            request = self._requests.get()
            if request is not None:
                yield request

    def signals(self, job_id: str) -> JobSignals:
        """The signals of one job."""
        return JobSignals(
            is_canceled=partial(self.is_canceled, job_id),
            take_checkpoint_request=partial(self.take_checkpoint_request, job_id),
            take_preview_request=partial(self.take_preview_request, job_id),
        )

    def is_canceled(self, job_id: str) -> bool:
        """Whether the job is to stop."""
        return self._stopping.is_set() or job_id in self._canceled

    def take_checkpoint_request(self, job_id: str) -> bool:
        """Whether a checkpoint was requested since the last call."""
        requested = job_id in self._checkpoint_requests
        self._checkpoint_requests.discard(job_id)
        return requested

    def take_preview_request(self, job_id: str) -> PreviewCommand | None:
        """Remove and return the oldest preview request, or None."""
        waiting = self._preview_requests.get(job_id)
        return waiting.popleft() if waiting else None
