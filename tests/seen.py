"""A clip through both readers, the examination's and the motion engine's, which must agree."""

from pathlib import Path

import numpy as np
import pytest

from services.clips.canonical import make_canonical
from services.clips.probe_result import Media
from services.motion import video
from services.video.limits import Limits, Reason, Unusable
from services.video.reader import Clip
from tests.videos import corners_of, number_of, numbered, read_frames, write_video

LIMITS = Limits(max_seconds=20)
X264 = {"crf": "6", "preset": "ultrafast"}
SECOND = [number / 30 for number in range(30)]
"""The times of a second's frames."""


class Seen:
    """What both readers return for a file."""

    def __init__(self, source: Path) -> None:
        folder = source.parent
        self.media: Media = make_canonical(Clip(source, LIMITS), folder / "c.mp4", folder / "c.jpg", LIMITS)
        self.canonical = read_frames(folder / "c.mp4")
        size = video.frame_size(source)
        self.motion = video.read(source, fps=self.media.fps, **size._asdict())

    def numbers(self) -> list[int]:
        """The numbers of the frames, each once; both readers must agree."""
        both = [list(dict.fromkeys(number_of(image) for image in images)) for images in (self.canonical, self.motion)]
        assert both[0] == both[1]
        return both[0]

    def colours(self) -> np.ndarray:
        """The corner colours in the middle of the clip; both readers must agree."""
        both = [corners_of(images[len(images) // 2]) for images in (self.canonical, self.motion)]
        assert np.abs(both[0] - both[1]).max() <= 6
        return both[0]


def reason(source: Path, limits: Limits = LIMITS) -> Reason:
    """Why the examination refuses a file."""
    folder = source.parent
    with pytest.raises(Unusable) as raised:
        make_canonical(Clip(source, limits), folder / "c.mp4", folder / "c.jpg", limits)
    assert raised.value.message.endswith(".")
    return raised.value.reason


def drawn(path: Path, numbers: range = range(8), **options: object) -> Path:
    """A video of numbered pictures, in H.264 unless another codec is given."""
    settings = {"fps": 30} | ({} if "codec" in options else {"options": X264}) | options
    return write_video(path, frames=[numbered(number) for number in numbers], **settings)  # type: ignore[arg-type]
