"""Clips as a person sees them: each kind of file through both readers, the examination's and the motion engine's."""

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from PIL import Image

from services.clips.canonical import make_canonical
from services.motion import video
from services.video.limits import Reason
from services.video.picture import Picture
from services.video.reader import Clip
from tests.seen import LIMITS, SECOND, X264, Seen, drawn, reason
from tests.videos import CORNERS, corners_of, display_matrix, number_of, numbered, read_frames, write_video


def upright(image: np.ndarray, a: int, b: int, c: int, d: int) -> np.ndarray:
    """Applies a display matrix to a picture: pixel (x, y) is displayed at (ax + cy, bx + dy)."""
    if a == 0:
        image, a, d = image.transpose(1, 0, 2), c, b
    return image[:: d or 1, :: a or 1]


# ---------------------------------------------------------------- orientation

MATRICES = [
    (1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, -1, 0),
    (0, -1, -1, 0),
]  # fmt: skip
"""All eight display matrices."""


@pytest.mark.parametrize("matrix", MATRICES)
def test_the_whole_display_matrix_is_applied(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    seen = Seen(display_matrix(drawn(tmp_path / "a.mp4", range(2)), *matrix))
    expected = upright(numbered(0), *matrix)
    assert seen.canonical[0].shape == expected.shape
    assert np.abs(seen.colours() - corners_of(expected)).max() < 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_of_an_animated_webp(tmp_path: Path, orientation: int) -> None:
    """By the table of the EXIF standard: which corner of the stored picture is displayed at the upper left."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    frames = [Image.fromarray(numbered(number)) for number in range(3)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], duration=100, lossless=True, exif=exif)
    upper_left = {1: 0, 2: 1, 3: 3, 4: 2, 5: 0, 6: 2, 7: 3, 8: 1}[orientation]
    lower_right = 3 - upper_left
    upper_right = {1: 1, 2: 0, 3: 2, 4: 3, 5: 2, 6: 0, 7: 1, 8: 3}[orientation]
    expected = [CORNERS[index] for index in (upper_left, upper_right, 3 - upper_right, lower_right)]
    assert np.abs(Seen(tmp_path / "a.webp").colours() - expected).max() < 10


# ---------------------------------------------------------------- colour


def _coded(rgb: np.ndarray, matrix: tuple[float, float], *, full: bool, bits: int) -> VideoFrame:
    """Non-linear RGB, 0 to 1, as a frame in YUV 4:4:4."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    kr, kb = matrix
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = [(blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))]
    scale = 2 ** (bits - 8)
    planes = [luma * (255 if full else 219) + (0 if full else 16), *(c * (255 if full else 224) + 128 for c in chroma)]
    layout, dtype = ("yuv444p", np.uint8) if bits == 8 else ("yuv444p10le", "<u2")
    frame = VideoFrame(rgb.shape[1], rgb.shape[0], layout)
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size // np.dtype(dtype).itemsize), dtype)
        rows[:, : plane.width] = np.clip(np.round(values * scale), 0, 2**bits - 1)
        plane.update(rows.tobytes())
    return frame


def _labelled(matrix: int, primaries: int, transfer: int, *, full: bool) -> Callable[[VideoStream], None]:
    def adjust(stream: VideoStream) -> None:
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = matrix, primaries, transfer
        context.color_range = 2 if full else 1

    return adjust


def _hdr(image: np.ndarray, transfer: int) -> np.ndarray:
    """A picture of SDR as HDR whose white is at 203 nits: BT.709 to BT.2020 light, then BT.2100's HLG or PQ."""
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    nits = 203 * (image / 255.0) ** 2.4 @ to_2020.T
    if transfer == 16:
        power = (nits / 10_000) ** (2610 / 16384)
        return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    luminance = (nits @ [0.2627, 0.6780, 0.0593])[..., None] / 1000
    scene = nits / 1000 * np.where(luminance > 0, luminance, 1) ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)


@pytest.mark.parametrize("transfer", [18, 16], ids=["hlg", "pq"])
@pytest.mark.parametrize("codec", ["libx264", "prores_ks"])
def test_hdr_is_tone_mapped(tmp_path: Path, codec: str, transfer: int) -> None:
    """ProRes names its colours in the container only."""
    frames = [_coded(_hdr(numbered(number), transfer), (0.2627, 0.0593), full=False, bits=10) for number in range(3)]
    options = X264 if codec == "libx264" else {}
    adjust = _labelled(9, 9, transfer, full=False)
    path = write_video(
        tmp_path / "a.mov", frames=frames, codec=codec, pix_fmt="yuv444p10le", options=options, fps=30, adjust=adjust
    )
    seen = Seen(path)
    assert np.abs(seen.colours() - CORNERS).max() < 20
    assert seen.numbers() == [0, 1, 2]


def test_highlights_of_hdr_keep_their_differences() -> None:
    """203 nits, the white of paper, is less than white, and what is above is not clipped."""
    steps = np.linspace(0.4, 0.66, 9)  # PQ from 32 to 430 nits
    frame = _coded(
        np.repeat(steps[None, :, None], 3, 2).repeat(16, 0).repeat(16, 1), (0.2627, 0.0593), full=False, bits=10
    )
    frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range = 9, 9, 16, 1
    levels = Picture(144, 16, "rgb24").of(frame).to_ndarray()[8, 8::16, 1].astype(int)
    assert (np.diff(levels) >= 3).all()
    assert 235 < levels[-1] < 255


@pytest.mark.parametrize(
    ("matrix", "weights", "full"),
    [(1, (0.2126, 0.0722), False), (5, (0.299, 0.114), False), (7, (0.212, 0.087), False), (1, (0.2126, 0.0722), True)],
    ids=["bt709", "bt601", "smpte240m", "full range"],
)
def test_a_labelled_matrix_and_range_are_obeyed(
    tmp_path: Path, matrix: int, weights: tuple[float, float], full: bool
) -> None:
    frames = [_coded(numbered(number) / 255.0, weights, full=full, bits=8) for number in range(2)]
    adjust = _labelled(matrix, 1, 1, full=full)
    path = write_video(tmp_path / "a.mp4", frames=frames, pix_fmt="yuv444p", options=X264, adjust=adjust)
    assert np.abs(Seen(path).colours() - CORNERS).max() < 8


def test_the_wide_primaries_of_sdr_are_converted(tmp_path: Path) -> None:
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    wide = [((numbered(number) / 255.0) ** 2.4 @ to_2020.T) ** (1 / 2.4) for number in range(2)]
    frames = [_coded(one, (0.2627, 0.0593), full=False, bits=10) for one in wide]
    path = write_video(
        tmp_path / "a.mp4", frames=frames, pix_fmt="yuv444p10le", options=X264, adjust=_labelled(9, 9, 14, full=False)
    )
    assert np.abs(Seen(path).colours() - CORNERS).max() < 12


def test_a_video_without_labels_is_guessed_as_browsers_do() -> None:
    for (width, height), weights in (((320, 240), (0.299, 0.114)), ((1280, 720), (0.2126, 0.0722))):
        frame = _coded(np.broadcast_to(np.array(CORNERS[0]) / 255.0, (height, width, 3)), weights, full=False, bits=8)
        assert np.abs(Picture(64, 64, "rgb24").of(frame).to_ndarray()[9, 9].astype(int) - CORNERS[0]).max() < 4


def test_a_matrix_that_is_not_converted_is_refused(tmp_path: Path) -> None:
    frames = [_coded(numbered(number) / 255.0, (0.2126, 0.0722), full=False, bits=8) for number in range(2)]
    adjust = _labelled(14, 9, 16, full=False)  # ICtCp
    path = write_video(tmp_path / "a.mp4", frames=frames, pix_fmt="yuv444p", options=X264, adjust=adjust)
    assert reason(path) == Reason.COLOUR_UNSUPPORTED


@pytest.mark.parametrize("size", [(64, 64), (1280, 720)])
@pytest.mark.parametrize("writer", ["canonical", "motion"])
def test_our_videos_name_their_colours_and_hold_them(tmp_path: Path, writer: str, size: tuple[int, int]) -> None:
    """Decoded by the written labels, by BT.709's own numbers."""
    frames = [np.full((size[1], size[0], 3), colour, np.uint8) for colour in CORNERS]
    path = tmp_path / "out.mp4"
    if writer == "motion":
        video.write(path, np.stack(frames), fps=8)
    else:
        source = write_video(tmp_path / "a.mov", frames=frames, codec="png", pix_fmt="rgb24")
        make_canonical(Clip(source, LIMITS), path, tmp_path / "c.jpg", LIMITS)
    with av.open(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        labels = (context.colorspace, context.color_range, context.color_primaries, context.color_trc)
        assert labels == (Colorspace.ITU709, 1, 1, 1)
        for frame, colour in zip(container.decode(stream), CORNERS, strict=True):
            assert np.abs(_by_bt709(frame) - colour).max() < 3.5
    assert b"colrnclx" + struct.pack(">HHHB", 1, 1, 1, 0) in path.read_bytes()


def _by_bt709(frame: VideoFrame) -> np.ndarray:
    y, u, v = (float(bytes(plane)[9 * plane.line_size + 9]) for plane in frame.planes)
    y, u, v = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    return 255 * np.array([y + 1.5748 * v, y - 0.18733 * u - 0.46813 * v, y + 1.8556 * u])


# ---------------------------------------------------------------- time


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
@pytest.mark.parametrize(
    "times",
    [
        [*SECOND, 5], [*SECOND, *(4 + time for time in SECOND)],
        [*(n / 60 for n in range(20)), *(1 + n / 5 for n in range(5))],
    ],
    ids=["a still", "a gap", "a burst"],
)  # fmt: skip
def test_the_finest_rate_is_kept(tmp_path: Path, name: str, times: list[float]) -> None:
    codec = {"codec": "libvpx", "options": {"b": "4M", "deadline": "realtime"}} if name == "a.webm" else {}
    seen = Seen(drawn(tmp_path / name, range(len(times)), times=times, **codec))
    assert seen.numbers() == list(range(len(times)))
    assert seen.media.duration_seconds == pytest.approx(times[-1], abs=0.3)
    at_24 = video.read(tmp_path / "c.mp4", fps=24, height=96, width=160)
    assert len({number_of(image) for image in at_24}) >= min(0.75, 24 / seen.media.fps) * len(times)


def test_jittered_times_keep_every_frame(tmp_path: Path) -> None:
    jitter = np.random.default_rng(1).uniform(-0.012, 0.012, 30)
    source = drawn(
        tmp_path / "a.mp4", range(30), times=[0.02 + time + off for time, off in zip(SECOND, jitter, strict=True)]
    )
    make_canonical(Clip(source, LIMITS), tmp_path / "c.mp4", tmp_path / "c.jpg", LIMITS)
    assert [number_of(image) for image in read_frames(tmp_path / "c.mp4")] == list(range(30))


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.avif"])
def test_animations_whose_last_frame_is_long(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(numbered(number)) for number in range(16)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=[40] * 15 + [3000])
    seen = Seen(tmp_path / name)
    assert seen.numbers() == list(range(16))
    assert (seen.media.fps, seen.media.duration_seconds) == (25, 3.6)


def test_a_long_last_frame_is_no_damage(tmp_path: Path) -> None:
    """The packet has the duration of the still; the container's average rate tells nothing about it."""
    for name in ("a.webm", "a.mkv"):
        codec = {"codec": "libvpx", "options": {"b": "4M", "deadline": "realtime"}}
        source = drawn(tmp_path / name, range(30), times=SECOND, **codec)
        _lengthen(source, 4)
        seen = Seen(source)
        assert seen.media.duration_seconds == pytest.approx(5, abs=0.1)
        assert len(seen.motion) == len(seen.canonical)


def _lengthen(path: Path, seconds: int) -> None:
    """Copies a video so that its last packet lasts longer."""
    source = path.rename(path.with_stem("short"))
    with av.open(str(source)) as reading, av.open(str(path), "w") as writing:
        stream = writing.add_stream_from_template(reading.streams.video[0])
        packets = [packet for packet in reading.demux(video=0) if packet.size]
        packets[-1].duration += round(seconds / packets[-1].time_base)
        for packet in packets:
            packet.stream = stream
            writing.mux(packet)


@pytest.mark.parametrize("start", [0, 5000], ids=["back", "far ahead"])
def test_joined_transport_streams_keep_all_frames(tmp_path: Path, start: int) -> None:
    parts = [
        drawn(tmp_path / "1.ts", range(20), times=SECOND[:20]),
        drawn(tmp_path / "2.ts", range(20, 40), times=[start + time for time in SECOND[:20]]),
    ]
    (tmp_path / "a.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    seen = Seen(tmp_path / "a.ts")
    assert seen.numbers() == list(range(40))
    assert seen.media.duration_seconds == pytest.approx(40 / 30, abs=0.1)


def test_a_clock_that_wraps_keeps_all_frames(tmp_path: Path) -> None:
    times = [2**33 / 90_000 - 1.9 + time for time in SECOND]
    assert Seen(drawn(tmp_path / "a.ts", range(30), times=times)).numbers() == list(range(30))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_reordered_frames_of_avi_keep_their_times(tmp_path: Path, codec: str) -> None:
    """AVI has no presentation times: those that FFmpeg guesses step back."""
    options = {"crf": "6", "bf": "3"} if codec == "libx264" else {"b": "4M", "bf": "2"}
    seen = Seen(drawn(tmp_path / "a.avi", range(30), codec=codec, options=options))
    assert seen.numbers() == list(range(30))
    assert (seen.media.fps, seen.media.num_frames) == (30, 30)


def test_an_edit_list_trims_the_clip(tmp_path: Path) -> None:
    """ISO 14496-12, 8.6.6: the first ten of forty frames are only there to decode the eleventh."""
    path = drawn(tmp_path / "a.mp4", range(40), options={"crf": "6", "g": "40"})
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    seconds, start = struct.unpack(">Ii", data[at : at + 8])
    data[at : at + 8] = struct.pack(">Ii", seconds * 3 // 4, start + 10 * 512)  # 512 ticks of 1/15360 s
    path.write_bytes(data)
    assert Seen(path).numbers() == list(range(10, 40))


def test_frames_of_another_size_are_resized(tmp_path: Path) -> None:
    first = drawn(tmp_path / "1.ts", range(10))
    larger = [numbered(number, 320, 192) for number in range(10, 20)]
    second = write_video(tmp_path / "2.ts", frames=larger, fps=30, options=X264, times=[1 / 3 + t for t in SECOND[:10]])
    (tmp_path / "a.ts").write_bytes(first.read_bytes() + second.read_bytes())
    seen = Seen(tmp_path / "a.ts")
    assert seen.numbers() == list(range(20))
    assert {frame.shape for frame in seen.canonical} == {(96, 160, 3)}
