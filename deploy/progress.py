"""Progress bars for a terminal, and plain lines where there is none."""

import sys
from typing import Any, TextIO

WIDTH = 28


class Bar:
    """Shows one job's progress; call it with each state of the job."""

    def __init__(self, label: str, *, stream: TextIO | None = None) -> None:
        """`label` names the job for people; `stream` is stdout unless told."""
        self._label = label
        self._stream = stream or sys.stdout
        self._shown = ""
        self._quarter = -1

    def __call__(self, job: dict[str, Any]) -> None:
        """Show this state."""
        progress: dict[str, Any] = job.get("progress") or {}
        fraction = 1.0 if job["state"] == "succeeded" else float(progress.get("fraction") or 0.0)
        line = f"  {self._label:<34} {_drawn(fraction)} {fraction:4.0%} {_words(job, progress)}"
        self._show(line, fraction)

    def done(self, words: str) -> None:
        """Leave a last line behind."""
        self._write(f"  {self._label:<34} {_drawn(1.0)} 100% {words}", end="\n")

    def _show(self, line: str, fraction: float) -> None:
        if self._stream.isatty():
            self._write(line)
        elif int(fraction * 4) > self._quarter:
            self._quarter = int(fraction * 4)
            self._write(line, end="\n")

    def _write(self, line: str, end: str = "") -> None:
        start = "\r\x1b[2K" if self._stream.isatty() else ""
        print(start + line, end=end, file=self._stream, flush=True)


def _drawn(fraction: float) -> str:
    full = round(fraction * WIDTH)
    return "█" * full + "░" * (WIDTH - full)


def _words(job: dict[str, Any], progress: dict[str, Any]) -> str:
    if job["state"] != "running":
        return job["state"]
    steps = f"{progress['step']}/{progress['total_steps']}" if progress.get("total_steps") else ""
    eta = f"{progress['eta_seconds']:.0f} s left" if progress.get("eta_seconds") is not None else ""
    return " ".join(filter(None, (progress.get("phase"), steps, eta)))
