"""The inside of the engine process: listens to the supervisor and runs one job after another, bases kept warm.

Events leave by a pipe of their own, so that nothing that a library prints can garble them. The process ends as soon
as its standard input does, which is when the supervisor is gone.
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
    """Run the engine until it is told to stop or the supervisor is gone."""
    parser = argparse.ArgumentParser(prog="python -m services.motion.engine")
    parser.add_argument("--events", type=int, required=True, help="file descriptor that takes the events")
    parser.add_argument("--parent", type=int, required=True, help="the supervisor's process")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--base-dtype", default="auto")
    parser.add_argument("--compute-dtype", default="auto")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    faulthandler.enable()  # a crash in a library says where, in the log that the supervisor quotes
    end_with_parent(parent=arguments.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's: it decides how this process ends
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    inbox = CommandReader()
    threading.Thread(target=inbox.listen, args=(sys.stdin,), name="listener", daemon=True).start()
    device = devices.choose(arguments.device)
    devices.prepare(device, threads=arguments.threads)
    with os.fdopen(arguments.events, "w", encoding="utf-8", buffering=1) as events:
        warm = ModelCache(device, precision.of_base(arguments.base_dtype, device))
        _serve(inbox, warm, events, arguments.compute_dtype)
    logging.shutdown()
    os._exit(0)  # to take thousands of modules down in order would take a second and help nobody


def _serve(inbox: "CommandReader", warm: ModelCache, events: TextIO, compute_dtype: str) -> None:
    def emit(event: EngineEvent) -> None:
        events.write(event.model_dump_json() + "\n")

    emit(ReadyEvent(pid=os.getpid(), device=str(warm.device)))
    for request in inbox.requests():
        JobRunner(request, warm, emit, inbox.signals(request.job_id), compute_dtype).run()


class CommandReader:
    """What the supervisor said. One thread listens, another asks."""

    def __init__(self) -> None:
        self._requests: queue.Queue[EngineRequest | None] = queue.Queue()
        self._canceled: set[str] = set()
        self._checkpoints: set[str] = set()
        self._previews: dict[str, deque[PreviewCommand]] = {}
        self._stopping = threading.Event()

    def listen(self, lines: TextIO) -> None:
        """Read commands until the input ends, then end the process at once: nobody is there to hear of the rest."""
        for line in lines:
            self.take(COMMANDS.validate_json(line))
        os._exit(0)

    def take(self, command: Command) -> None:
        """Note one command."""
        match command:
            case RunCommand(request=request):
                self._canceled.discard(request.job_id)
                self._checkpoints.discard(request.job_id)
                self._previews.pop(request.job_id, None)
                self._requests.put(request)
            case CancelCommand(job_id=job_id):
                self._canceled.add(job_id)
            case CheckpointCommand(job_id=job_id):
                self._checkpoints.add(job_id)
            case PreviewCommand():
                self._previews.setdefault(command.job_id, deque()).append(command)
            case StopCommand():
                self._stopping.set()
                self._requests.put(None)

    def requests(self) -> Iterator[EngineRequest]:
        """Requests in order, until the stop command."""
        while not self._stopping.is_set():
            request = self._requests.get()
            if request is not None:
                yield request

    def signals(self, job_id: str) -> JobSignals:
        """What is wanted of a job, as the job asks for it."""
        return JobSignals(
            canceled=partial(self.is_canceled, job_id),
            checkpoint=partial(self.take_checkpoint, job_id),
            preview=partial(self.take_preview, job_id),
        )

    def is_canceled(self, job_id: str) -> bool:
        """Whether the job should stop."""
        return self._stopping.is_set() or job_id in self._canceled

    def take_checkpoint(self, job_id: str) -> bool:
        """Whether a checkpoint was asked for; each asking counts once."""
        wanted = job_id in self._checkpoints
        self._checkpoints.discard(job_id)
        return wanted

    def take_preview(self, job_id: str) -> PreviewCommand | None:
        """The oldest preview that was asked for and not taken, or None."""
        waiting = self._previews.get(job_id)
        return waiting.popleft() if waiting else None
