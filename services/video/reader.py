"""The one reader of clips: what it returns is what a person sees. The API and the motion engine use it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Protocol

from av.video.frame import VideoFrame

from services.video.container import ContainerSource
from services.video.image_sequence import ImageSequenceSource
from services.video.limits import Limits, Reason, Unusable
from services.video.picture import Deinterlacer, upright_size
from services.video.signature import is_image
from services.video.timeline import Timeline, Wanted, finest_rate


class Displayed(NamedTuple):
    """A decoded frame, and when it is displayed: seconds from the first frame."""

    frame: VideoFrame
    start: Fraction
    end: Fraction


class Source(Protocol):
    """A file that has been surveyed and can be decoded."""

    timeline: Timeline
    aspect: Fraction
    """Width of a pixel, in heights."""
    num_pixels: int
    """Of all frames, by the container."""

    def frames(self, wanted: Wanted) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Frames with their times; those that are not `wanted` may be left out. Raises `Unusable`."""
        ...

    def check_whole(self) -> None:
        """Raises `Unusable` when frames were missing or damaged."""
        ...


class Clip:
    """A clip that is being read."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Surveys the file and judges its cost, before anything is decoded. Raises `Unusable`."""
        self._limits = limits
        self._source: Source = ImageSequenceSource(path, limits) if is_image(path) else ContainerSource(path, limits)

    @property
    def num_pixels(self) -> int:
        """The pixels of all frames, by the container."""
        return self._source.num_pixels

    @property
    def timeline(self) -> Timeline:
        """When the frames are displayed, by the container."""
        return self._source.timeline

    def finest_rate(self) -> Fraction:
        """The lowest constant rate, in frames per second, that keeps every frame, within the limits."""
        return finest_rate(self.timeline, self._limits.max_fps_for(self.num_pixels))

    def displayed(self, wanted: Wanted) -> Iterator[Displayed]:
        """The frames that are `wanted` from their start to their end. Raises `Unusable`, also behind the last one."""
        num_frames, held = 0, None
        for time, frame in Deinterlacer().frames(self._source.frames(wanted)):
            if held is not None and wanted(held[0], time):
                yield Displayed(held[1], held[0], time)
            held = (time, frame)
            num_frames += 1
        if held is not None:
            end = held[0] + self.timeline.tail
            if wanted(held[0], end):
                yield Displayed(held[1], held[0], end)
        self._source.check_whole()
        if not num_frames:
            raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
        if len(self.timeline.times) < self._limits.min_frames and num_frames < self._limits.min_frames:
            raise Unusable(Reason.TOO_SHORT, f"A motion needs at least {self._limits.min_frames} frames.")

    def upright_size(self, frame: VideoFrame) -> tuple[Fraction, Fraction]:
        """Width and height of a frame in square pixels, upright."""
        return upright_size(frame, self._source.aspect)
