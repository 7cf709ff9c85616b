"""The times of a clip's frames: one rising clock, and the constant rate that keeps every frame."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import NamedTuple

from services.video.limits import Budget, Limits, check_size, too_long

DISCONTINUITY = Fraction(10)
"""A longer step between two frames of a transport stream, in seconds, is a new clock. FFmpeg's dts_delta_threshold."""
_WHOLE_RATES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 40, 48, 50, 60)
_STANDARD_RATES = (*map(Fraction, _WHOLE_RATES), Fraction(25, 2), *(Fraction(n * 1000, 1001) for n in (24, 30, 60)))
_SAME_RATE = Fraction(103, 100)
_POOL = Fraction(11, 5)
"""More than two, and less than the 5:2 of film that repeats fields."""
_ROUNDING = Fraction(1, 1000)
"""In seconds, of the times in a container. Without it, every second frame of twice the rate would be any of two."""
_MAX_NEAR = 0.05
"""The largest share of frames that get no slots of their own, unless the rate is the highest."""
_EXACT = 0.03
"""Of a slot, on average: container formats round times to milliseconds."""
Wanted = Callable[[Fraction, Fraction], bool]
"""Whether a frame that is displayed from one time to another, in seconds, is of use."""


class Timeline(NamedTuple):
    """When the frames of a clip are displayed, by its container. In seconds from the first frame."""

    times: Sequence[Fraction]
    """The start of every frame, rising."""
    tail: Fraction
    """How long the last frame is displayed."""
    declared_rates: Sequence[Fraction]
    """The rates that the container states, the average first."""

    @property
    def end(self) -> Fraction:
        """The end of the last frame; 0 without frames."""
        return self.times[-1] + self.tail if self.times else Fraction(0)

    def displayed(self, number: int) -> tuple[Fraction, Fraction]:
        """The start and the end of a frame."""
        return self.times[number], self.times[number + 1] if number + 1 < len(self.times) else self.end

    def check(self, width: int, height: int, limits: Limits, declared_seconds: float | None) -> None:
        """Check size, duration and cost before anything is decoded. Raises `Unusable`."""
        check_size(width, height, limits)
        if max(self.end, declared_seconds or 0) > limits.max_seconds + 0.5:
            raise too_long(limits)
        Budget(limits).spend(width, height, len(self.times))


class Clock:
    """Joins the time stamps of a clip to one rising time: a step back, or a jump of a broadcast clock, is closed.

    The frame after a gap that is closed follows one frame's duration after the last.
    """

    def __init__(self, frame_seconds: Fraction, *, restarts: bool) -> None:
        """`restarts` tells that the format's clock may jump forward, as that of a transport stream."""
        self._frame_seconds = frame_seconds
        self._restarts = restarts
        self._offset = Fraction(0)
        self._last: Fraction | None = None

    def at(self, stamp: Fraction) -> Fraction:
        """The time of the next frame, in seconds; the first frame is at zero."""
        if self._last is None:
            self._offset, self._last = -stamp, Fraction(0)
            return self._last
        time = stamp + self._offset
        if time <= self._last or (self._restarts and time > self._last + DISCONTINUITY):
            self._offset += self._last + self._frame_seconds - time
            time = self._last + self._frame_seconds
        self._last = time
        return time


def slot(time: Fraction, rate: Fraction) -> int:
    """The index of the frame at a constant `rate` that is nearest to `time` in seconds; about a half is rounded up."""
    return floor((time + _ROUNDING) * rate + Fraction(1, 2))


def finest_rate(timeline: Timeline, max_fps: int) -> Fraction:
    """A rate, at most `max_fps`, at which every frame has a slot of its own.

    Up to about twice the lowest such rate, one that has the frames exactly at its slots precedes, then one that the
    container declares, then a low one. Among rates within 3 % of it, usual ones precede, then that whose slots are
    nearest to the frames. A few frames that are nearer to each other than half a slot at the highest rate need no slots
    of their own.
    """
    times, _, declared = timeline
    highest = Fraction(max_fps)
    steps = [(early, late) for early, late in pairwise(times) if late - early >= 1 / (2 * highest)]
    if len(times) - 1 - len(steps) > _MAX_NEAR * len(times):
        return highest
    if not steps:
        return min(highest, max(Fraction(1), declared[0] if declared else highest))
    finest = 1 / min(late - early for early, late in steps)
    wanted = {*declared, *_STANDARD_RATES, finest, finest.limit_denominator(1), (len(times) - 1) / times[-1]}
    rates = sorted({rate.limit_denominator(1001) for rate in wanted if Fraction(1) <= rate <= highest})
    keeping = [rate for rate in rates if _keeps_all(steps, rate)]
    if not keeping:
        return highest
    misfits = {rate: _misfit(times, rate) for rate in keeping if rate <= _POOL * keeping[0]}
    best = min(misfits, key=lambda rate: (misfits[rate] > _EXACT, rate not in declared, rate))
    near = [rate for rate in misfits if best / _SAME_RATE <= rate <= best * _SAME_RATE]
    return min(
        near,
        key=lambda rate: (misfits[rate] > _EXACT, rate not in declared, rate not in _STANDARD_RATES, misfits[rate]),
    )


def _keeps_all(steps: Sequence[tuple[Fraction, Fraction]], rate: Fraction) -> bool:
    return all(slot(early, rate) < slot(late, rate) for early, late in steps)


def _misfit(times: Sequence[Fraction], rate: Fraction) -> float:
    return round(sum(abs(float(time * rate) - slot(time, rate)) for time in times) / len(times), 3)
