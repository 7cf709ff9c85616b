"""The output of engine processes, read by the worker while they run, separately for each job."""

from pathlib import Path

MAX_LAST_LINES = 20
MAX_NEW_LINES = 200
"""Enough for the stack traces of all threads after a crash."""
MAX_BYTES = 64 * 2**10
MAX_LINE_LENGTH = 500


class EngineLog:
    """The file of an engine's output. A job reads its own lines only, because other jobs may be another tenant's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._job_offset = self._read_offset = 0

    def start_job(self) -> None:
        """Assign all later output to a new job."""
        self._job_offset = self._read_offset = self._size()

    def last_lines(self) -> list[str]:
        """The last lines of the job, for an error message."""
        return _lines(self._read(self._job_offset)[1], MAX_LAST_LINES)

    def new_lines(self) -> list[str]:
        """The complete lines of the job since the last call; only the last ones of many."""
        start, text = self._read(self._read_offset)
        complete = text[: text.rfind(b"\n") + 1]
        self._read_offset = start + len(complete)
        return _lines(complete, MAX_NEW_LINES)

    def _read(self, offset: int) -> tuple[int, bytes]:
        """The text from `offset`, at most the last MAX_BYTES, and the offset at which it starts."""
        if not self.path.exists():
            return offset, b""
        start = max(offset, self._size() - MAX_BYTES)
        with self.path.open("rb") as file:
            file.seek(start)
            return start, file.read()

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def _lines(text: bytes, limit: int) -> list[str]:
    lines = [line.rstrip()[:MAX_LINE_LENGTH] for line in text.decode(errors="replace").splitlines()]
    return [line for line in lines if line][-limit:]
