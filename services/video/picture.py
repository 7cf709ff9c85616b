"""Frames as a person sees them: upright, without combs, on a background, in BT.709, and of the wanted size.

All pixel work is done by FFmpeg's filters.
"""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from services.video.limits import Reason, Unusable
from services.video.tone_mapping import ColourSpace, lookup_table

BACKGROUND = "white"
"""The colour behind transparent pixels."""
HD_WIDTH, HD_HEIGHT = 1280, 720
"""A video from this size on that does not name its matrix has that of BT.709, a smaller one that of BT.601.
Browsers guess so."""
# Code points of ITU-T H.273, the same for the matrix, the primaries and the transfer where they have one name.
_BT709, _UNSPECIFIED, _FCC, _BT601, _SMPTE170M, _SMPTE240M, _BT2020, _DCI_P3, _DISPLAY_P3 = 1, 2, 4, 5, 6, 7, 9, 11, 12
_MATRICES = {_BT709, _FCC, _BT601, _SMPTE170M, _SMPTE240M, _BT2020}
_WIDE = {_BT2020: ColourSpace.BT2020, _DCI_P3: ColourSpace.P3, _DISPLAY_P3: ColourSpace.P3}
"""By the primaries."""
_HDR = {16: ColourSpace.PQ, 18: ColourSpace.HLG}
"""By the transfer."""
_SCALING = "bicubic+accurate_rnd+full_chroma_int"
"""Without the second and the third, swscale's error is up to five levels instead of two."""
_Turn = tuple[int, int, int, int]
"""The upper left of a display matrix: a point (x, y) of the frame is displayed at (ax + cy, bx + dy)."""
_UPRIGHT: _Turn = (1 << 16, 0, 0, 1 << 16)


_TONE_MAPPING, _BACKING = "tone mapping", "backing"
"""Steps of a conversion that are more than one filter with options."""


class _Filter(NamedTuple):
    """A filter of FFmpeg, and its options."""

    name: str
    options: str


class _Kind(NamedTuple):
    """What the filters of a frame depend on."""

    width: int
    height: int
    format: str
    matrix: int
    range: int
    transfer: int
    primaries: int
    turn: _Turn = _UPRIGHT


class Picture:
    """Converts decoded frames to upright ones of a constant size in BT.709: full range for RGB, else limited."""

    def __init__(self, width: int, height: int, layout: str) -> None:
        """`width` and `height` in pixels of the result; `layout` is FFmpeg's name of its pixel format."""
        self._size, self._layout = (width, height), layout
        self._kind: _Kind | None = None
        self._graph = Graph()
        self._number = 0
        self._turns: dict[int, _Turn] = {}

    def of(self, frame: VideoFrame) -> VideoFrame:
        """The converted frame. Raises `Unusable` for colours that cannot be converted."""
        kind = _kind(frame)._replace(turn=self._turn(frame))
        if kind != self._kind:
            self._graph, self._kind = _graph(frame, _conversion(kind, *self._size, self._layout)), kind
        frame.pts = self._number = self._number + 1
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _turn(self, frame: VideoFrame) -> _Turn:
        """The frame's display matrix, which is read once for each angle.

        A frame whose side data was asked for is part of a reference cycle, and holds its memory for long.
        """
        if frame.rotation not in self._turns:
            self._turns[frame.rotation] = _turn(frame)
        return self._turns[frame.rotation]


class Deinterlacer:
    """Removes combs from the frames that are flagged as interlaced; others pass unchanged."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._kind: _Kind | None = None
        self._times: dict[int, Fraction] = {}
        self._number = 0

    def frames(self, frames: Iterator[tuple[Fraction, VideoFrame]]) -> Iterator[tuple[Fraction, VideoFrame]]:
        """The frames with their times."""
        for time, frame in frames:
            if self._graph is not None and _kind(frame) != self._kind:
                yield from self._drained()
            if self._graph is None and not frame.interlaced_frame:
                yield time, frame
                continue
            self._times[self._number] = time
            frame.pts, frame.time_base = self._number, Fraction(1)
            self._number += 1
            if self._graph is None:
                self._kind = _kind(frame)
                self._graph = _graph(frame, [_Filter("bwdif", "mode=send_frame:deint=interlaced")])
            self._graph.vpush(frame)
            yield from self._pulled(self._graph)
        yield from self._drained()

    def _pulled(self, graph: Graph) -> Iterator[tuple[Fraction, VideoFrame]]:
        while True:
            try:
                frame = graph.vpull()
            except (BlockingIOError, EOFError):
                return
            if frame.pts is not None and frame.time_base is not None:
                yield self._times.pop(round(frame.pts * frame.time_base)), frame

    def _drained(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.vpush(None)
            yield from self._pulled(graph)


def upright_size(frame: VideoFrame, aspect: Fraction) -> tuple[Fraction, Fraction]:
    """Width and height in square pixels of an upright frame whose pixels have the given aspect ratio."""
    width, height = frame.width * aspect, Fraction(frame.height)
    return (height, width) if _is_on_its_side(_turn(frame)) else (width, height)


def _kind(frame: VideoFrame) -> _Kind:
    matrix, transfer, primaries = frame.colorspace, frame.color_trc, frame.color_primaries
    colour = (int(matrix), int(frame.color_range), int(transfer), int(primaries))
    return _Kind(frame.width, frame.height, frame.format.name, *colour)


def _turn(frame: VideoFrame) -> _Turn:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return _UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return a, b, c, d


def _is_on_its_side(turn: _Turn) -> bool:
    a, b, c, d = turn
    return abs(b) + abs(c) > abs(a) + abs(d)


def _turning(turn: _Turn) -> list[_Filter]:
    """The filters that apply the matrix, to the nearest quarter turn: perhaps a transposition, then mirrors."""
    a, b, c, d = turn
    aside = _is_on_its_side(turn)
    across, down = (c, b) if aside else (a, d)
    return [
        *[_Filter("transpose", "cclock_flip")] * aside,
        *[_Filter("hflip", "")] * (across < 0),
        *[_Filter("vflip", "")] * (down < 0),
    ]


def _conversion(kind: _Kind, width: int, height: int, layout: str) -> list[_Filter]:
    """The filters from a frame of a kind to the result. Raises `Unusable`."""
    if _is_on_its_side(kind.turn):
        width, height = height, width
    size, to_709 = f"{width}:{height}:flags={_SCALING}", "out_range=pc"
    if not VideoFormat(layout).is_rgb:
        to_709 = f"out_range=tv:out_color_matrix={_BT709}"
    colour = [_Filter("scale", f"{size}:{to_709}")]
    space = _HDR.get(kind.transfer) or _WIDE.get(kind.primaries)
    if space is not None:
        wide = [_Filter("scale", f"{size}:out_range=pc"), _Filter("format", "gbrp16le")]
        colour = [*wide, _Filter(_TONE_MAPPING, space), _Filter("scale", f"flags={_SCALING}:{to_709}")]
    backed = [_Filter(_BACKING, "")] if _has_alpha(kind.format) else []
    return [_labels(kind), *backed, *colour, _Filter("format", layout), *_turning(kind.turn), _Filter("setsar", "1")]


def _labels(kind: _Kind) -> _Filter:
    """The filter that names what the frame leaves open. Raises `Unusable` for a matrix that is not converted."""
    is_wide = kind.primaries in _WIDE or kind.transfer in _HDR
    matrix = kind.matrix
    if matrix == _UNSPECIFIED:
        is_hd = kind.width >= HD_WIDTH or kind.height >= HD_HEIGHT
        matrix = _BT2020 if is_wide else _BT709 if is_hd else _BT601
    labels = f"colorspace={matrix}:"
    if VideoFormat(kind.format).is_rgb or kind.format == "pal8":
        labels = ""
    elif matrix not in _MATRICES:
        raise Unusable(
            Reason.COLOUR_UNSUPPORTED,
            f"The video's colours have the matrix {matrix} of ITU-T H.273, which this service does not convert.",
        )
    # swscale's own conversion of primaries is not wanted: it is slow, and not the same for every layout
    return _Filter("setparams", f"{labels}color_primaries={_BT709}:color_trc={_BT709}")


def _has_alpha(layout: str) -> bool:
    found = VideoFormat(layout)
    return found.has_palette or any(component.is_alpha for component in found.components)


def _graph(frame: VideoFrame, chain: Sequence[_Filter]) -> Graph:
    """The filters in a row, for frames like this one."""
    graph = Graph()
    graph.threads = 1  # the same pixels on every machine
    last: FilterContext = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1)
    )
    for one in [*chain, _Filter("buffersink", "")]:
        if one.name == _BACKING:
            last = _backed(graph, last)
            continue
        following = _tone_mapping(graph, one) if one.name == _TONE_MAPPING else graph.add(one.name, one.options or None)
        last.link_to(following)
        last = following
    graph.configure()
    return graph


def _backed(graph: Graph, last: FilterContext) -> FilterContext:
    """Lays the frame over the background before it is resized, so that no hidden colour is mixed into an edge."""
    for name, options in (("scale", "out_range=pc"), ("format", "gbrap"), ("split", None)):
        following = graph.add(name, options)
        last.link_to(following)
        last = following
    background = graph.add("drawbox", f"color={BACKGROUND}:thickness=fill:replace=1")
    overlay = graph.add("overlay", "format=gbrp")
    last.link_to(background)
    background.link_to(overlay)
    last.link_to(overlay, 1, 1)
    return overlay


def _tone_mapping(graph: Graph, wanted: _Filter) -> FilterContext:
    with TemporaryDirectory() as folder:  # the filter reads the table when it is made
        table = Path(folder) / "table.cube"
        table.write_text(lookup_table(ColourSpace(wanted.options)))
        return graph.add("lut3d", None, file=str(table), interp="tetrahedral")
