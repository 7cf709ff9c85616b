"""Time as an argument."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """The current moment, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  (this is the Clock)


class FrozenClock:
    """A clock that moves only by `advance`; for tests."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = (at or datetime(2026, 1, 1, tzinfo=UTC)).astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, seconds: float) -> datetime:
        """Move forward by `seconds` and return the new moment."""
        self._at += timedelta(seconds=seconds)
        return self._at
