"""What engine processes print, read by the supervisor while they run: of each job only what was said during it."""

from pathlib import Path

NUM_LAST_LINES = 20
NUM_NEW_LINES = 200
"""A crash says where each thread was."""
MOST_BYTES = 64 * 2**10
MOST_CHARACTERS = 500


class EngineLog:
    """The file that takes an engine's output. A job's lines are its tenant's, so another job never sees them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._job_at = self._read_at = 0

    def begin(self) -> None:
        """What comes from now on belongs to another job."""
        self._job_at = self._read_at = self._size()

    def last_lines(self) -> list[str]:
        """The job's last lines, as many as a message can bear."""
        return _lines(self._read(self._job_at)[1], NUM_LAST_LINES)

    def new_lines(self) -> list[str]:
        """The last of the job's whole lines that have come since this was last asked."""
        start, text = self._read(self._read_at)
        whole = text[: text.rfind(b"\n") + 1]
        self._read_at = start + len(whole)
        return _lines(whole, NUM_NEW_LINES)

    def _read(self, since: int) -> tuple[int, bytes]:
        """Where the text begins, and the text: all since that place, unless that is too much."""
        if not self.path.exists():
            return since, b""
        start = max(since, self._size() - MOST_BYTES)
        with self.path.open("rb") as file:
            file.seek(start)
            return start, file.read()

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def _lines(text: bytes, most: int) -> list[str]:
    lines = [line.rstrip()[:MOST_CHARACTERS] for line in text.decode(errors="replace").splitlines()]
    return [line for line in lines if line][-most:]
