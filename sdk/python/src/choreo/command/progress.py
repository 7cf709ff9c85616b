"""A job's progress: a bar with the estimated time on a terminal, one line per state otherwise."""

from math import isfinite
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from choreo.models import Job
from choreo.models import Progress as JobProgress


class Bar:
    """Shows one job; a context manager, called with each state of the job."""

    def __init__(self, console: Console, label: str) -> None:
        self._console = console
        self._label = label
        self._state = ""
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(28),
            TaskProgressColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(label, total=1.0, words="")

    def __call__(self, job: Job) -> None:
        """Shows this state."""
        self.show(job.state, job.progress, job.queue_position)

    def show(self, state: str, progress: JobProgress | None, queue_position: int | None = None) -> None:
        """Shows a state and how far the job is in it."""
        done = 1.0 if state == "succeeded" else (progress.fraction or 0.0) if progress else None
        self._progress.update(self._task, completed=done, words=words(state, progress, queue_position))
        if self._progress.disable and state != self._state:
            self._console.print(f"{self._label} {state}", markup=False)
        self._state = state

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()


def words(state: str, progress: JobProgress | None, queue_position: int | None = None) -> str:
    """A short description: phase, step and estimated time left."""
    if state == "queued":
        return f"queued, {queue_position} before it" if queue_position else "queued"
    if state != "running" or progress is None:
        return state
    steps = f"{progress.step}/{progress.total_steps}" if progress.total_steps else None
    left = f"{duration(progress.eta_seconds)} left" if progress.eta_seconds is not None else None
    return " ".join(filter(None, (progress.phase or None, steps, left)))


def duration(seconds: object) -> str:
    """A duration in seconds as text."""
    whole = round(seconds) if isinstance(seconds, int | float) and isfinite(seconds) else 0
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
