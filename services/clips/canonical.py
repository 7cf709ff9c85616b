"""The canonical form that training reads: H.264, yuv420p, square pixels, upright, constant frame rate, no audio."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# PyAV's stubs leave Packet's parameter open, so every encode() and mux() counts as partly unknown.

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import av
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.clips.probe_result import Limits, Media, Reason, Unusable
from services.clips.source import Reading, check_header, check_picture, frame_rate, opened, video_of

# Without B-frames the output order equals the input order, and encoding is reproducible.
ENCODER = {"preset": "veryfast", "crf": "14", "bframes": "0", "g": "30"}
_TURNS = {90: ["transpose=cclock"], -90: ["transpose=clock"], 180: ["hflip", "vflip"], -180: ["hflip", "vflip"]}


class Plan(NamedTuple):
    """How a source is converted."""

    width: int
    height: int
    fps: Fraction
    turn: int
    """Counter-clockwise rotation in degrees, a multiple of 90, that makes the picture upright."""


def make_canonical(source: Path, video: Path, thumbnail: Path, limits: Limits) -> Media:
    """Write the canonical video and a JPEG thumbnail of the middle frame of `source`. Raises `Unusable`."""
    with opened(source) as container:
        stream = video_of(container)
        check_header(container, stream, limits)
        reading = Reading(container, stream, limits)
        frames = reading.frames()
        first = next(frames, None)
        if first is None:
            reading.check_whole()
            raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
        plan = _plan(first, stream, limits)
        num_frames = _encode(_conformed(chain([first], frames), first, plan), plan, video)
        reading.check_whole()
    _write_thumbnail(video, thumbnail, limits.thumbnail_side)
    return Media(
        num_frames=num_frames,
        fps=float(plan.fps),
        width=plan.width,
        height=plan.height,
        duration_seconds=float(num_frames / plan.fps),
    )


def _plan(first: VideoFrame, stream: VideoStream, limits: Limits) -> Plan:
    check_picture(first.width, first.height, limits)
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    width, height = (Fraction(first.width) * aspect, Fraction(first.height))
    turn = round(first.rotation / 90) * 90
    if turn % 180:
        width, height = height, width
    scale = min(Fraction(1), limits.max_canonical_side / max(width, height))
    check_picture(round(width * scale), round(height * scale), limits)
    fps = min(max(frame_rate(stream).limit_denominator(1001), Fraction(1)), Fraction(limits.max_fps))
    return Plan(_even(width * scale), _even(height * scale), fps, turn)


def _conformed(frames: Iterable[VideoFrame], first: VideoFrame, plan: Plan) -> Iterator[VideoFrame]:
    """Frames of constant size, format and rate. The filters repeat or drop frames where timestamps are uneven."""
    graph = _graph(first, plan)
    for frame in frames:
        graph.push(frame)
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _graph(first: VideoFrame, plan: Plan) -> Graph:
    graph = Graph()
    filters = [
        *_TURNS.get(plan.turn, []),
        f"fps=fps={plan.fps.numerator}/{plan.fps.denominator}",
        f"scale={plan.width}:{plan.height}:flags=bicubic:out_range=tv",
        "setsar=1",
        "format=yuv420p",
    ]
    last = graph.add_buffer(
        width=first.width, height=first.height, format=first.format, time_base=first.time_base or Fraction(1, 90_000)
    )
    for text in [*filters, "buffersink"]:
        name, _, arguments = text.partition("=")
        following = graph.add(name, arguments or None)
        last.link_to(following)
        last = following
    graph.configure()
    return graph


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, VideoFrame):
            yield frame


def _encode(frames: Iterable[VideoFrame], plan: Plan, video: Path) -> int:
    """Write the frames at the plan's rate; returns their number."""
    num_frames = 0
    with av.open(str(video), mode="w", format="mp4", options={"movflags": "+faststart"}) as output:
        stream = output.add_stream("libx264", rate=plan.fps, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, "yuv420p"
        stream.codec_context.thread_count = 2
        for frame in frames:
            frame.pts, frame.time_base = num_frames, 1 / plan.fps
            frame.pict_type = 0  # do not copy the source's key frame choice
            output.mux(stream.encode(frame))
            num_frames += 1
        output.mux(stream.encode(None))
    return num_frames


def _write_thumbnail(video: Path, thumbnail: Path, side: int) -> None:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        container.seek((stream.duration or 0) // 2, stream=stream)
        frame = next(container.decode(stream))
    scale = min(1.0, side / max(frame.width, frame.height))
    width, height = _even(Fraction(frame.width * scale)), _even(Fraction(frame.height * scale))
    small = frame.reformat(width=width, height=height, format="yuvj420p")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    thumbnail.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)]))


def _even(length: Fraction) -> int:
    """The nearest even number of pixels, required by 4:2:0."""
    return max(2, round(length / 2) * 2)
