"""Animated WebP and AVIF images, read by Pillow: FFmpeg reads neither with its alpha channel."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from services.video.limits import Budget, Limits, Reason, Unusable
from services.video.signature import is_cut_webp
from services.video.timeline import Timeline, Wanted

_MIN_SECONDS, _DEFAULT_SECONDS = Fraction(11, 1000), Fraction(1, 10)
"""Browsers show a frame whose duration is shorter than the first for the second."""
_UPRIGHT = {
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_270],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_90],
}
"""By the value of the EXIF orientation."""


@contextmanager
def _opened(path: Path) -> Generator[ImageFile]:
    try:
        with Image.open(path, formats=["WEBP", "AVIF"]) as image:
            yield image
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        if is_cut_webp(path) and not isinstance(error, Image.DecompressionBombError):
            raise Unusable(Reason.TRUNCATED, "The image file ends before its own header says so.") from error
        if isinstance(error, UnidentifiedImageError):
            raise Unusable(
                Reason.NOT_A_VIDEO, "The file is not a video in a format that this service reads."
            ) from error
        raise Unusable(Reason.DAMAGED, f"The animated image could not be read: {error}.") from error


class ImageSequenceSource:
    """The frames of an animated image, upright, in RGBA."""

    aspect = Fraction(1)

    def __init__(self, path: Path, limits: Limits) -> None:
        """Raises `Unusable`. Decodes the image once for its times: only a decoder tells them."""
        self._path, self._limits = path, limits
        with _opened(path) as image:
            num_frames = getattr(image, "n_frames", 1)
            Timeline([Fraction(0)] * num_frames, Fraction(0), ()).check(*image.size, limits, None)
            self._turns = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1), [])
            times: list[Fraction] = []
            time = Fraction(0)
            for number in range(num_frames):
                image.seek(number)
                image.load()
                times.append(time)
                time += _seconds(image)
        self.timeline = Timeline(times, time - times[-1], ())
        self.timeline.check(*image.size, limits, None)
        self.num_pixels = image.width * image.height * num_frames

    def frames(self, wanted: Wanted) -> Iterator[tuple[Fraction, VideoFrame]]:
        """The `wanted` frames with their times in seconds."""
        budget = Budget(self._limits)
        with _opened(self._path) as image:
            for number, time in enumerate(self.timeline.times):
                image.seek(number)
                if number and not wanted(*self.timeline.displayed(number)):
                    continue
                budget.spend(*image.size)
                yield time, _video_frame(image, self._turns)

    def check_whole(self) -> None:
        """Nothing: a decoder refuses an image that is not whole."""


def _seconds(image: ImageFile) -> Fraction:
    seconds = Fraction(image.info.get("duration") or 0).limit_denominator(1000) / 1000
    return seconds if seconds >= _MIN_SECONDS else _DEFAULT_SECONDS


def _video_frame(image: ImageFile, turns: list[Image.Transpose]) -> VideoFrame:
    upright: Image.Image = image.convert("RGBA")
    for turn in turns:
        upright = upright.transpose(turn)
    return VideoFrame.from_bytes(upright.tobytes(), upright.width, upright.height, format="rgba")
