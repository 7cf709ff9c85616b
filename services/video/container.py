"""Videos that FFmpeg reads: permitted containers, choice of the stream, a survey of its packets, and decoding."""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave Packet's parameter open, so decode() counts as partly unknown.

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, cast

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.video.limits import Budget, Limits, Reason, Unusable, too_long
from services.video.signature import begins_like_a_video, is_cut_matroska, is_cut_ogg
from services.video.timeline import Clock, Timeline, Wanted

# No playlists (hls, dash, concat): FFmpeg would fetch the URLs that they contain.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,gif,apng,ogg,asf,wav,mp3,aac,flac"
MAX_DAMAGED = 0.05
MAX_MISSING = 0.1
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these codecs ignore the alpha channel."""
_RESTARTING = {"mpegts", "mpeg"}
"""Formats whose clock may jump: joined recordings keep their own time stamps."""
_NO_KEY_FRAME = "No frame of the video can be decoded: it begins between two key frames, and no whole one follows."
_JOINED = "The file joins recordings with different streams, of which only one could be read."
_NUM_LATE = 3
_UNSPECIFIED = 2
_COVERS = Disposition.attached_pic | Disposition.still_image


@contextmanager
def opened(path: Path) -> Generator[InputContainer]:
    """Open a container. Raises `Unusable` for a file that is not a video."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path), mode="r", options=options, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        if begins_like_a_video(path):
            raise Unusable(
                Reason.TRUNCATED, "The file begins like a video but its index is missing or broken."
            ) from error
        raise Unusable(Reason.NOT_A_VIDEO, "The file is not a video in a format that this service reads.") from error
    with container:
        yield container


class Packets:
    """What the packets of one video stream tell, without decoding."""

    def __init__(self, stream: VideoStream, limits: Limits) -> None:
        self._limits = limits
        self._time_base = stream.time_base or Fraction(1, av.time_base)
        self._segment: list[tuple[Fraction, Fraction]] = []
        self._ended: list[tuple[Fraction, Fraction]] = []
        self._last_dts: int | None = None
        self.frame_seconds = 1 / frame_rate(stream)
        self.has_keys = False
        self.numbers: list[int] = []
        self.cut = False

    def add(self, packet: "Packet[VideoStream]", number: int) -> None:
        """Count a packet, the `number`th of the file. Raises `Unusable` for too many."""
        if not _is_counted(packet):
            return
        self.numbers.append(number)
        self.cut = packet.is_corrupt  # the demuxer got only a part; this matters only for the last packet
        self.has_keys |= packet.is_keyframe
        if packet.dts is not None:
            if self._last_dts is not None and packet.dts < self._last_dts:
                self._end_segment()
            self._last_dts = packet.dts
        num_frames = len(self._ended) + len(self._segment)
        stamp = self.stamp(packet)
        seconds = stamp if stamp is not None else num_frames * self.frame_seconds
        self._segment.append((seconds, (packet.duration or 0) * self._time_base))
        if num_frames >= self._limits.max_frames:
            raise Unusable(Reason.TOO_COSTLY, f"The video has more than {self._limits.max_frames} frames.")

    def ends_before(self, other: "Packets") -> bool:
        """Whether the streams follow each other in the file, instead of being interleaved.

        The last packets do not count: a transport stream's ends where the next one of the same stream begins.
        """
        if min(len(self.numbers), len(other.numbers)) <= 2 * _NUM_LATE:
            return False
        return self.numbers[-1 - _NUM_LATE] < other.numbers[0]

    def stamp(self, packet: "Packet[VideoStream]") -> Fraction | None:
        """The packet's presentation time in seconds, as the file has it."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        return None if stamp is None else stamp * self._time_base

    def _end_segment(self) -> None:
        self._ended += sorted(self._segment)
        self._segment = []

    def stamps(self) -> list[Fraction]:
        """The presentation times in seconds, sorted between two restarts of the clock."""
        self._end_segment()
        return [stamp for stamp, _ in self._ended]

    def tail(self) -> Fraction:
        """The duration of the frame that is displayed last, in seconds."""
        self._end_segment()
        return (self._ended[-1][1] if self._ended else Fraction(0)) or self.frame_seconds


class _Labels(NamedTuple):
    """The container's colour labels. Code points of ITU-T H.273, and FFmpeg's of the range."""

    matrix: int
    range: int
    transfer: int
    primaries: int

    @classmethod
    def of(cls, context: VideoCodecContext) -> "_Labels":
        """Before anything is decoded: a decoder replaces them by those of the bit stream, even if it names none."""
        return cls(
            *(int(one) for one in (context.colorspace, context.color_range, context.color_trc, context.color_primaries))
        )

    def complete(self, frame: VideoFrame) -> None:
        """Give a frame the labels that its bit stream does not name."""
        if frame.colorspace == _UNSPECIFIED:
            frame.colorspace = self.matrix
        if frame.color_range == 0:
            frame.color_range = self.range
        if frame.color_trc == _UNSPECIFIED:
            frame.color_trc = self.transfer
        if frame.color_primaries == _UNSPECIFIED:
            frame.color_primaries = self.primaries


class ContainerSource:
    """The frames of the best video stream of a container. Surveyed when it is made; decoded on demand."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Raises `Unusable`."""
        self._path, self._limits = path, limits
        with opened(path) as container:
            self._packets, stream = _best(container, limits)
            self._index = stream.index
            self._format = container.format.name
            stamps, clock = self._packets.stamps(), self._clock()
            self._stamps = stamps
            self._numbers: dict[Fraction | None, int] = {stamp: number for number, stamp in enumerate(stamps)}
            rises = all(a < b for a, b in pairwise(stamps))
            self._intra_only = stream.codec_context.codec.intra_only and rises
            self._is_reordered = self._format == "avi" and not self._intra_only
            self._can_skip = rises and not self._is_reordered and self._format not in _RESTARTING
            self.aspect = Fraction(stream.sample_aspect_ratio or 1)
            declared = None if self._format in _RESTARTING else _declared_seconds(container, stream)
            times = [clock.at(stamp) for stamp in stamps]
            self.timeline = Timeline(times, self._tail(container, times, declared), _declared_rates(stream))
            self._missing = self._missing_share(container, stream, declared)
            self._labels = _Labels.of(stream.codec_context)
            width, height = stream.codec_context.width, stream.codec_context.height
        if times and not width and self._format in _RESTARTING:
            raise Unusable(Reason.DAMAGED, _NO_KEY_FRAME)
        self.timeline.check(width, height, limits, declared)
        self.num_pixels = width * height * len(times)
        self._num_frames = self._num_damaged = 0
        self._origin: Fraction | None = None

    def frames(self, wanted: Wanted) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Decoded frames with their times in seconds. Raises `Unusable` beyond the limits.

        Frames that are not `wanted` are not decoded, if the codec allows this.
        """
        budget, clock = Budget(self._limits), self._clock()
        self._origin = None
        for frame in self._decoded(wanted):
            budget.spend(frame.width, frame.height)
            self._labels.complete(frame)
            if frame.is_corrupt:
                self._num_damaged += 1
                if not self._num_frames:
                    continue  # of an open group of pictures whose first part is missing
            self._num_frames += 1
            stamp = self._stamp(frame)
            time = clock.at(stamp)
            if self._origin is None and stamp in self._numbers:
                self._origin = self.timeline.times[self._numbers[stamp]]
            if time > self._limits.max_seconds:
                raise too_long(self._limits)
            yield time, frame

    def check_whole(self) -> None:
        """Raises `Unusable` when frames were missing or damaged. To be called after the last frame."""
        num_packets = len(self.timeline.times)
        if self._packets.cut or self._missing > MAX_MISSING:
            raise Unusable(Reason.TRUNCATED, "The video ends before its own index says so: the file was cut short.")
        if self._num_damaged > MAX_DAMAGED * (self._num_frames + self._num_damaged):
            raise Unusable(Reason.DAMAGED, f"{self._num_damaged} of the video's frames are damaged.")
        if num_packets and not self._num_frames:
            raise Unusable(Reason.DAMAGED, _NO_KEY_FRAME)

    def _decoded(self, wanted: Wanted) -> Iterator[VideoFrame]:
        with opened(self._path) as container:
            stream = _stream_at(container, self._index)
            decoder = _decoder(stream)
            started = not self._packets.has_keys
            for packet in _packets(container, stream):
                started = started or packet.is_keyframe
                is_wanted = self._is_wanted(packet, wanted)
                if not started or (self._intra_only and not is_wanted):
                    continue
                decoder.skip_frame = "DEFAULT" if is_wanted else "NONREF"
                try:
                    yield from decoder.decode(packet)
                except InvalidDataError:
                    self._num_damaged += 1

    def _is_wanted(self, packet: "Packet[VideoStream]", wanted: Wanted) -> bool:
        """Whether the packet must be decoded for its own frame: surely so before the first frame has its time."""
        number = self._numbers.get(self._packets.stamp(packet))
        if number is None or self._origin is None or not self._can_skip or not _is_counted(packet):
            return True
        start, end = self.timeline.displayed(number)
        return wanted(start - self._origin, end - self._origin)

    def _stamp(self, frame: VideoFrame) -> Fraction:
        if self._is_reordered and self._num_frames - 1 < len(self._stamps):
            return self._stamps[self._num_frames - 1]  # AVI has no presentation times, and frames may be reordered
        stamp = frame.pts if frame.pts is not None else frame.dts
        if stamp is None or frame.time_base is None:
            return self._num_frames * self._packets.frame_seconds
        return stamp * frame.time_base

    def _clock(self) -> Clock:
        return Clock(self._packets.frame_seconds, restarts=self._format in _RESTARTING)

    def _tail(self, container: InputContainer, times: list[Fraction], declared: float | None) -> Fraction:
        """How long the last frame is displayed. Matroska may tell this by the duration of the whole only."""
        tail = self._packets.tail()
        alone = len(container.streams) == 1
        if "matroska" in self._format and declared and times and alone and not is_cut_matroska(self._path):
            return max(tail, Fraction(declared).limit_denominator(1000) - times[-1])
        return tail

    def _missing_share(self, container: InputContainer, stream: VideoStream, declared: float | None) -> float:
        """The missing share of the declared video, 0 to 1.

        Measured by time, and also by frame count where the container has one: AVI counts empty frames, so a count alone
        is not enough. A Matroska or Ogg file is cut if its bytes are: the declared time is that of the longest stream.
        """
        times = self.timeline.times
        by_time = 1 - float(self.timeline.end) / declared if declared and times else 0.0
        if "matroska" in self._format:
            return (by_time if declared else 1.0) if is_cut_matroska(self._path) else 0.0
        if self._format == "ogg":
            return 1.0 if is_cut_ogg(self._path) else 0.0
        if not declared:
            return 0.0
        if stream.frames:
            return min(by_time, 1 - len(times) / stream.frames)
        return by_time - 0.5 / declared if len(container.streams) == 1 else 0.0


def _best(container: InputContainer, limits: Limits) -> tuple[Packets, VideoStream]:
    """The best video stream, and its packets. Raises `Unusable`.

    A moving picture precedes a still, one that can be decoded one that cannot, then a stream with the default
    disposition, then a large picture, then a long stream.
    """
    if not container.streams:
        raise Unusable(Reason.NO_FRAMES, "The video has no frames.")
    streams = [one for one in container.streams.video if not one.disposition & _COVERS]
    if not streams:
        raise Unusable(Reason.NO_PICTURE, "The file has no video stream that moves, only sound or still covers.")
    found = _surveyed(container, streams, limits)

    def merit(stream: VideoStream) -> tuple[bool, bool, bool, int, Fraction]:
        times = found[stream.index].stamps()
        can_decode = _has_decoder(stream)
        area = stream.codec_context.width * stream.codec_context.height if can_decode else 0
        default = bool(stream.disposition & Disposition.default)
        return len(times) > 1, can_decode, default, area, times[-1] - times[0] if times else Fraction(0)

    best = max(streams, key=merit)
    if not _has_decoder(best):
        raise Unusable(Reason.CODEC_UNSUPPORTED, "The video is compressed in a way that this service cannot read.")
    chosen, is_broadcast = found[best.index], container.format.name in _RESTARTING
    if is_broadcast and any(chosen.ends_before(one) or one.ends_before(chosen) for one in found.values()):
        raise Unusable(Reason.DAMAGED, _JOINED)
    return chosen, best


def _surveyed(container: InputContainer, streams: list[VideoStream], limits: Limits) -> dict[int, Packets]:
    found = {stream.index: Packets(stream, limits) for stream in streams}
    try:
        for number, packet in enumerate(container.demux(streams)):
            found[packet.stream_index].add(cast("Packet[VideoStream]", packet), number)
    except FFmpegError:
        for packets in found.values():
            packets.cut = True
    except IndexError as error:  # PyAV knows only the streams that the file begins with
        raise Unusable(Reason.DAMAGED, _JOINED) from error
    return found


def _packets(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            return  # the survey met the same error
        if packet is None:
            return
        yield packet


def _stream_at(container: InputContainer, index: int) -> VideoStream:
    return next(stream for stream in container.streams.video if stream.index == index)


def _decoder(stream: VideoStream) -> VideoCodecContext:
    """The decoder of a stream, with its alpha channel if it has one."""
    context = stream.codec_context
    name = _ALPHA_DECODERS.get(context.codec.canonical_name) if stream.metadata.get("alpha_mode") == "1" else None
    if name is not None:
        context = cast(VideoCodecContext, VideoCodecContext.create(name, "r"))
        context.extradata = stream.codec_context.extradata
    context.thread_type = "AUTO"
    context.thread_count = 2
    return context


def _is_counted(packet: "Packet[VideoStream]") -> bool:
    """Whether the packet is a frame to be shown. AVI has empty packets, and an edit list discards some."""
    return bool(packet.size) and not packet.is_discard


def frame_rate(stream: VideoStream) -> Fraction:
    """Frames per second: the container's guessed or average rate, or 25."""
    return Fraction(stream.guessed_rate or stream.average_rate or stream.base_rate or 25)


def _declared_rates(stream: VideoStream) -> tuple[Fraction, ...]:
    return tuple(Fraction(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)


def _declared_seconds(container: InputContainer, stream: VideoStream) -> float | None:
    """The declared duration in seconds. Matroska counts from zero even when the first frame is later."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if not container.duration:
        return None
    return max(0.0, (container.duration - max(0, container.start_time or 0)) / av.time_base)


def _has_decoder(stream: VideoStream) -> bool:
    """PyAV sets no codec context for a stream without a decoder, despite its annotation."""
    return getattr(stream, "codec_context", None) is not None
