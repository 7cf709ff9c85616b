"""One progress line for the whole demo, with the time left: a bar on a terminal, a line per tenth elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Column

PRIOR_SECONDS = 20.0
"""Seconds of work at the planned speed that the measured speed is averaged with, so that the first estimate is sane."""


class OverallProgress:
    """Counts work in seconds that an idle machine of two cores needs. Use it as a context manager."""

    def __init__(self, console: Console, total: float) -> None:
        """`total` is all work, in these seconds."""
        self._total = total
        self._begun = time.monotonic()
        self._done, self._skipped = 0.0, 0.0
        self._tenth = -1
        self._label, self._seconds, self._fraction = "", 0.0, 0.0
        self._bar = Progress(
            TextColumn("  {task.description}", table_column=Column(ratio=1, no_wrap=True)),
            BarColumn(20),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            expand=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, left="")

    def begin(self, label: str, seconds: float) -> None:
        """Begin a piece of work of so many seconds; the piece before it is complete."""
        self._done += self._seconds
        self._label, self._seconds, self._fraction = label, seconds, 0.0
        self._show(label)

    def skip(self) -> None:
        """The present piece was complete before it began: it does not count for the speed."""
        self._skipped += self._seconds

    def update(self, fraction: float, detail: str = "") -> None:
        """Show how much of the present piece is complete."""
        self._fraction = fraction
        self._show(f"{self._label}, {detail}" if detail else self._label)

    def seconds_left(self) -> float:
        """The time left at the speed so far."""
        done = self._done + self._seconds * self._fraction
        measured = max(done - self._skipped, 0.0)
        pace = (time.monotonic() - self._begun + PRIOR_SECONDS) / (measured + PRIOR_SECONDS)
        return (self._total - done) * pace

    def _show(self, words: str) -> None:
        done = self._done + self._seconds * self._fraction
        seconds = round(self.seconds_left())
        left = f"{seconds // 60}:{seconds % 60:02d} left"
        self._bar.update(self._task, completed=done, description=words, left=left)
        tenth = int(10 * done / self._total)
        if self._bar.disable and tenth > self._tenth:
            self._tenth = tenth
            print(f"  {done / self._total:4.0%}  {left}  {words}", flush=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._bar.update(self._task, completed=self._total, description="done", left="")
        self._bar.stop()
