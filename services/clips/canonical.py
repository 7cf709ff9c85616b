"""The canonical form that training reads: H.264, yuv420p in BT.709, square pixels, upright, constant rate, no audio."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# PyAV's stubs leave Packet's parameter open, so every encode() counts as partly unknown.

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import av
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from services.clips.probe_result import Media
from services.video.limits import Limits, Reason, Unusable, check_size
from services.video.picture import Picture
from services.video.reader import Clip, Displayed
from services.video.timeline import slot
from services.video.writer import LAYOUT, write_mp4

ENCODER = {"preset": "veryfast", "crf": "14", "g": "30"}


class Plan(NamedTuple):
    """How a source is converted: the size in pixels and the rate of the result."""

    width: int
    height: int
    fps: Fraction


def make_canonical(clip: Clip, video: Path, thumbnail: Path, limits: Limits) -> Media:
    """Write the canonical video and a JPEG thumbnail of its middle frame. Raises `Unusable`."""
    fps = clip.finest_rate()
    frames = clip.displayed(lambda start, end: slot(start, fps) < slot(end, fps))
    first = next(frames, None)
    if first is None:
        raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
    plan = _plan(clip, first.frame, fps, limits)
    conformed = _conformed(chain([first], frames), plan)
    num_frames = write_mp4(video, conformed, width=plan.width, height=plan.height, fps=plan.fps, options=ENCODER)
    _write_thumbnail(video, thumbnail, limits.thumbnail_side)
    return Media(
        num_frames=num_frames,
        fps=float(plan.fps),
        width=plan.width,
        height=plan.height,
        duration_seconds=float(num_frames / plan.fps),
    )


def _plan(clip: Clip, first: VideoFrame, fps: Fraction, limits: Limits) -> Plan:
    check_size(first.width, first.height, limits)
    width, height = clip.upright_size(first)
    scale = min(Fraction(1), limits.max_canonical_side / max(width, height))
    check_size(round(width * scale), round(height * scale), limits)
    return Plan(_even(width * scale), _even(height * scale), fps)


def _conformed(frames: Iterator[Displayed], plan: Plan) -> Iterator[VideoFrame]:
    """Frames of constant size, format and rate: each fills the slots from its start to its end."""
    picture = Picture(plan.width, plan.height, LAYOUT)
    for frame, start, end in frames:
        converted = picture.of(frame)
        for _ in range(slot(start, plan.fps), slot(end, plan.fps)):
            yield converted


def _write_thumbnail(video: Path, thumbnail: Path, side: int) -> None:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        container.seek((stream.duration or 0) // 2, stream=stream)
        frame = next(container.decode(stream))
    scale = min(1.0, side / max(frame.width, frame.height))
    width, height = _even(Fraction(frame.width * scale)), _even(Fraction(frame.height * scale))
    small = frame.reformat(
        width=width, height=height, format="yuvj420p",
        src_colorspace=Colorspace.ITU709, dst_colorspace=Colorspace.ITU601,  # JFIF's
    )  # fmt: skip
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    thumbnail.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)]))


def _even(length: Fraction) -> int:
    """The nearest even number of pixels, required by 4:2:0."""
    return max(2, round(length / 2) * 2)
