"""Decoding of untrusted videos: permitted containers, choice of the stream, and completeness checks."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.clips.probe_result import Limits, Reason, Unusable

# No playlists (hls, dash, concat): FFmpeg would fetch the URLs that they contain.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,gif,ogg,asf,wav,mp3,aac,flac"
_SIGNATURES = (b"\x1aE\xdf\xa3", b"RIFF", b"GIF8", b"OggS", b"FLV\x01", b"\x00\x00\x01\xba")
MAX_DAMAGED = 0.05
MAX_MISSING = 0.1


@contextmanager
def opened(path: Path) -> Generator[InputContainer]:
    """Open a container. Raises `Unusable` for a file that is not a video."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path), mode="r", options=options, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        if _begins_like_a_video(path):
            raise Unusable(
                Reason.TRUNCATED, "The file begins like a video but its index is missing or broken."
            ) from error
        raise Unusable(Reason.NOT_A_VIDEO, "The file is not a video in a format that this service reads.") from error
    with container:
        yield container


def video_of(container: InputContainer) -> VideoStream:
    """The video stream; cover pictures are ignored. Raises `Unusable`."""
    streams = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
    if not container.streams:
        raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
    if not streams:
        raise Unusable(Reason.NO_PICTURE, "The file has no moving picture, only sound or still covers.")
    if not _has_decoder(streams[0]):
        raise Unusable(Reason.CODEC_UNSUPPORTED, "The video is compressed in a way that this service cannot read.")
    streams[0].thread_type = "AUTO"
    streams[0].codec_context.thread_count = 2
    return streams[0]


def check_header(container: InputContainer, stream: VideoStream, limits: Limits) -> None:
    """Check the limits against the header, before decoding. Raises `Unusable`."""
    check_picture(stream.codec_context.width, stream.codec_context.height, limits)
    seconds = declared_seconds(container, stream)
    if seconds is not None and seconds > limits.max_seconds + 0.5:
        raise _too_long(limits)


def check_picture(width: int, height: int, limits: Limits) -> None:
    """Check the picture size. Raises `Unusable`."""
    if not width or not height:
        raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
    if max(width, height) > limits.max_side:
        raise Unusable(
            Reason.PICTURE_TOO_LARGE, f"The picture is {width}x{height}; no side may exceed {limits.max_side} pixels."
        )
    if min(width, height) * min(1.0, limits.max_canonical_side / max(width, height)) < limits.min_side:
        raise Unusable(Reason.PICTURE_TOO_SMALL, f"The picture is {width}x{height}, which is too small or too narrow.")


class Reading:
    """One pass over a video's frames that counts missing and damaged ones."""

    def __init__(self, container: InputContainer, stream: VideoStream, limits: Limits) -> None:
        self._container = container
        self._stream = stream
        self._limits = limits
        self._num_frames = 0
        self._num_damaged = 0
        self._cut = False
        self._seconds = 0.0

    def frames(self) -> Iterator[VideoFrame]:
        """Decoded frames, with the first timestamp shifted to zero. Raises `Unusable` beyond the maximum duration."""
        start: Fraction | None = None
        for frame in self._decoded():
            time = self._time_of(frame)
            start = time if start is None else start
            self._seconds = float(time - start)
            if self._seconds > self._limits.max_seconds:
                raise _too_long(self._limits)
            self._num_frames += 1
            self._num_damaged += frame.is_corrupt
            frame.time_base = frame.time_base or Fraction(1, 90_000)
            frame.pts = round((time - start) / frame.time_base)
            yield frame

    def check_whole(self) -> None:
        """Raises `Unusable` when frames were missing, damaged or too few. The caller handles a video without frames."""
        if self._cut or self._missing() > MAX_MISSING:
            raise Unusable(Reason.TRUNCATED, "The video ends before its own index says so: the file was cut short.")
        if self._num_damaged > MAX_DAMAGED * self._num_frames:
            raise Unusable(Reason.DAMAGED, f"{self._num_damaged} of the video's frames are damaged.")
        if 0 < self._num_frames < self._limits.min_frames:
            raise Unusable(Reason.TOO_SHORT, f"A motion needs at least {self._limits.min_frames} frames.")

    def _decoded(self) -> Iterator[VideoFrame]:
        for packet in self._packets():
            if packet.size:
                self._cut = (
                    packet.is_corrupt
                )  # the demuxer got only a part of the packet; this matters only for the last one
            try:
                yield from packet.decode()
            except InvalidDataError:
                self._num_damaged += 1

    def _packets(self) -> "Iterator[Packet[VideoStream]]":
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                self._cut = True
                return
            if packet is None:
                return
            yield packet

    def _time_of(self, frame: VideoFrame) -> Fraction:
        if frame.pts is None or frame.time_base is None:
            return self._num_frames / frame_rate(self._stream)
        return frame.pts * frame.time_base

    def _missing(self) -> float:
        """The missing share of the declared video, 0 to 1.

        Measured by time, and also by frame count where the container has one: AVI counts empty frames, so a count alone
        is not enough.
        """
        declared = declared_seconds(self._container, self._stream)
        if not declared or not self._num_frames:
            return 0.0
        by_time = 1 - (self._seconds + 1 / float(frame_rate(self._stream))) / declared
        if self._stream.frames:
            return min(by_time, 1 - self._num_frames / self._stream.frames)
        alone = len(self._container.streams) == 1
        return by_time - 0.5 / declared if alone else 0.0


def frame_rate(stream: VideoStream) -> Fraction:
    """Frames per second: the container's average or guessed rate, or 25."""
    return Fraction(stream.average_rate or stream.guessed_rate or stream.base_rate or 25)


def declared_seconds(container: InputContainer, stream: VideoStream) -> float | None:
    """The declared duration in seconds. Matroska counts from zero even when the first frame is later."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if not container.duration:
        return None
    return max(0.0, (container.duration - max(0, container.start_time or 0)) / av.time_base)


def _has_decoder(stream: VideoStream) -> bool:
    """PyAV sets no codec context for a stream without a decoder, despite its annotation."""
    return getattr(stream, "codec_context", None) is not None


def _begins_like_a_video(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head.startswith(_SIGNATURES) or head[4:8] in (b"ftyp", b"moov", b"mdat")


def _too_long(limits: Limits) -> Unusable:
    return Unusable(Reason.TOO_LONG, f"The video is longer than {limits.max_seconds:g} seconds.")
