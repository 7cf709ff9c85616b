"""Which frames of a file are read: the stream, its alpha channel, its fields, its cut ends, and what they may cost."""

import gc
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from time import process_time

import av
import numpy as np
import pytest
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from services.motion import video
from services.motion.errors import NotAVideo
from services.video.container import ContainerSource
from services.video.limits import Limits, Reason
from services.video.picture import Picture
from services.video.reader import Clip
from services.video.timeline import slot
from tests.seen import LIMITS, SECOND, X264, Seen, drawn, reason
from tests.videos import display_matrix, number_of, numbered, write_video

SIXTY = Fraction(60)
HIDDEN, SHOWN = (17, 240, 90), (200, 60, 40)


# ---------------------------------------------------------------- the best stream


def _merged(path: Path, sources: Sequence[Path], default: int | None = None, *, attached: int | None = None) -> Path:
    """The first video streams of several files as streams of one."""
    with av.open(str(path), "w") as writing:
        inputs = [av.open(str(source)) for source in sources]
        streams = [writing.add_stream_from_template(one.streams.video[0]) for one in inputs]
        for index, stream in enumerate(streams):
            stream.disposition = Disposition.default if index == default else Disposition(0)
            if index == attached:
                stream.disposition = Disposition.attached_pic
        packets = [
            (packet, stream)
            for one, stream in zip(inputs, streams, strict=True)
            for packet in one.demux(video=0)
            if packet.size
        ]
        for packet, stream in sorted(packets, key=lambda pair: float((pair[0].dts or 0) * pair[0].time_base)):
            packet.stream = stream
            writing.mux(packet)
        for one in inputs:
            one.close()
    return path


def _preview(path: Path) -> Path:
    """A smaller video, whose numbers begin at 500."""
    frames = [numbered(number, 80, 48) for number in range(500, 508)]
    return write_video(path, frames=frames, fps=30, options=X264)


@pytest.mark.parametrize(
    ("name", "default"), [("a.mov", 1), ("a.mkv", 1), ("a.mkv", None)], ids=["mov", "mkv", "the larger of equals"]
)
def test_the_best_stream_is_read(tmp_path: Path, name: str, default: int | None) -> None:
    sources = [_preview(tmp_path / "p.mp4"), drawn(tmp_path / "m.mp4", range(8))]
    assert Seen(_merged(tmp_path / name, sources, default)).numbers() == list(range(8))


def test_the_default_stream_precedes_a_larger_one(tmp_path: Path) -> None:
    sources = [drawn(tmp_path / "m.mp4", range(8)), _preview(tmp_path / "p.mp4")]
    assert Seen(_merged(tmp_path / "a.mkv", sources, default=1)).numbers() == list(range(500, 508))


@pytest.mark.parametrize("attached", [0, None], ids=["flagged", "not flagged"])
@pytest.mark.parametrize("codec", ["mjpeg", "png"])
def test_a_cover_is_not_the_video(tmp_path: Path, codec: str, attached: int | None) -> None:
    layout = "yuvj420p" if codec == "mjpeg" else "rgb24"
    picture = [np.full((480, 640, 3), 200, np.uint8)]
    cover = write_video(tmp_path / "c.mov", frames=picture, codec=codec, pix_fmt=layout)
    sources = [cover, drawn(tmp_path / "m.mp4", range(8))]
    assert Seen(_merged(tmp_path / "a.mp4", sources, default=0, attached=attached)).numbers() == list(range(8))


def test_a_cover_alone_is_no_video(tmp_path: Path) -> None:
    cover = write_video(tmp_path / "c.mov", num_frames=1, codec="mjpeg", pix_fmt="yuvj420p")
    path = _merged(tmp_path / "a.mp4", [cover], attached=0)
    assert reason(path) == Reason.NO_PICTURE
    with pytest.raises(NotAVideo, match="no video stream"):
        video.read(path, fps=8, height=48, width=64)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_aspect_of_pixels_is_obeyed_by_both_readers(tmp_path: Path, name: str) -> None:
    def adjust(stream: VideoStream) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    seen = Seen(drawn(tmp_path / name, adjust=adjust))
    assert seen.canonical[0].shape == (96, 214, 3)
    assert seen.motion[0].shape == (96, 213, 3)


# ---------------------------------------------------------------- transparency


def _sticker(number: int) -> np.ndarray:
    """A square that moves over full transparency, under which a colour is hidden."""
    image = np.zeros((96, 160, 4), np.uint8)
    image[..., :3] = HIDDEN
    image[32:64, 8 * number + 16 : 8 * number + 48] = (*SHOWN, 255)
    return image


def _save(path: Path, images: list[Image.Image], **options: object) -> Path:
    images[0].save(path, save_all=True, append_images=images[1:], duration=100, **options)
    return path


def _transparent(path: Path) -> Path:
    frames = [_sticker(number) for number in range(8)]
    if path.suffix in (".webp", ".png", ".avif"):
        exact = {".webp": {"lossless": True, "exact": True}, ".avif": {"quality": 95}}.get(path.suffix, {})
        return _save(path, [Image.fromarray(frame) for frame in frames], **exact)
    codec, layout = {
        "prores.mov": ("prores_ks", "yuva444p10le"), "qtrle.mov": ("qtrle", "argb"), "png.mov": ("png", "rgba"),
        "vp9.webm": ("libvpx-vp9", "yuva420p"), "vp8.webm": ("libvpx", "yuva420p"), "ffv1.mkv": ("ffv1", "yuva420p"),
    }[path.name]  # fmt: skip
    options = {"b": "2M", "auto-alt-ref": "0", "deadline": "realtime"} if "vp" in codec else {}
    return write_video(path, frames=frames, codec=codec, pix_fmt=layout, fps=10, options=options)


@pytest.mark.parametrize(
    "name",
    [
        "a.webp", "a.png", "a.avif", "prores.mov", "qtrle.mov", "png.mov", "vp9.webm", "vp8.webm", "ffv1.mkv",
    ],
)  # fmt: skip
def test_the_colour_under_transparent_pixels_never_shows(tmp_path: Path, name: str) -> None:
    seen = Seen(_transparent(tmp_path / name))
    assert seen.media.num_frames == 8
    for frames in (seen.canonical, seen.motion):
        for number, frame in enumerate(frames):
            background = np.concatenate([frame[:24], frame[72:]]).astype(int)
            assert np.abs(background - 255).max() < 12
            assert np.abs(frame[48, 8 * number + 32].astype(int) - SHOWN).max() < 16
            assert np.abs(frame.astype(int) - HIDDEN).max(-1).min() > 60


def test_a_gif_restores_its_background(tmp_path: Path) -> None:
    """Disposal 2: each frame is cleared before the next, so that the square leaves no trace."""
    frames = [Image.fromarray(_sticker(number)) for number in range(8)]
    seen = Seen(_save(tmp_path / "a.gif", frames, disposal=2))
    for frames in (seen.canonical, seen.motion):
        assert [round(np.argwhere(frame[48, :, 2] < 150).mean() - 31.5) for frame in frames] == list(range(0, 64, 8))


# ---------------------------------------------------------------- fields


def _moving(number: int) -> np.ndarray:
    image = np.full((96, 160, 3), 40, np.uint8)
    image[16:80, 4 * number : 4 * number + 40] = 220
    return image


def _woven(number: int, *, top_first: bool) -> np.ndarray:
    """One frame of two fields, of two moments."""
    early, late = _moving(2 * number), _moving(2 * number + 1)
    frame = (early if top_first else late).copy()
    frame[1::2] = (late if top_first else early)[1::2]
    return frame


def _comb(frame: np.ndarray) -> float:
    """How much more neighbouring rows differ than rows two apart."""
    rows = frame[20:76, :, 1].astype(int)
    return float(np.abs(np.diff(rows, axis=0)).mean() - np.abs(rows[2:] - rows[:-2]).mean())


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "prores_ks"])
def test_flagged_fields_leave_no_combs(tmp_path: Path, codec: str, top_first: bool) -> None:
    def adjust(stream: VideoStream) -> None:
        stream.codec_context.flags |= 1 << 18 | 1 << 29  # AV_CODEC_FLAG_INTERLACED_DCT and _ME

    name, layout, options = {
        "libx264": ("a.mp4", "yuv420p", {**X264, "x264-params": "tff=1" if top_first else "bff=1"}),
        "mpeg2video": ("a.ts", "yuv420p", {"b": "8M", "top": "1" if top_first else "0"}),
        "prores_ks": ("a.mov", "yuv422p10le", {"top": "1" if top_first else "0"}),
    }[codec]
    frames = [_woven(number, top_first=top_first) for number in range(8)]
    assert _comb(frames[4]) > 5
    path = write_video(
        tmp_path / name, frames=frames, codec=codec, pix_fmt=layout, fps=25, options=options, adjust=adjust
    )
    seen = Seen(path)
    assert seen.media.num_frames == 8
    assert max(_comb(frame) for frame in [*seen.canonical, *seen.motion]) < 1


# ---------------------------------------------------------------- cut ends


def _without_first(source: Path, path: Path, dropped: int) -> Path:
    """A copy without the first packets, as a recording that starts at any time."""
    with av.open(str(source)) as reading, av.open(str(path), "w") as writing:
        stream = writing.add_stream_from_template(reading.streams.video[0])
        for packet in [packet for packet in reading.demux(video=0) if packet.size][dropped:]:
            packet.stream = stream
            writing.mux(packet)
    return path


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "libx265", "libvpx-vp9"])
def test_a_recording_that_starts_between_key_frames(tmp_path: Path, codec: str) -> None:
    """Only whole frames are read, from the first one that can be; the time before it is no damage."""
    options = {
        "libx264": {"crf": "6", "g": "12", "x264-params": "open-gop=1:bframes=3:scenecut=0"},
        "mpeg4": {"b": "8M", "g": "12"},
        "libx265": {"crf": "6", "x265-params": "keyint=12:min-keyint=12:open-gop=1:scenecut=0:log-level=none"},
        "libvpx-vp9": {"b": "4M", "g": "12", "deadline": "realtime"},
    }[codec]
    source = drawn(tmp_path / "whole.mkv", range(40), codec=codec, options=options)
    numbers = Seen(_without_first(source, tmp_path / "a.mkv", 5)).numbers()
    assert numbers == list(range(numbers[0], 40))
    assert 10 <= numbers[0] <= 14


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_a_broadcast_that_starts_between_key_frames(tmp_path: Path, codec: str) -> None:
    options = {"crf": "6", "g": "12", "x264-params": "scenecut=0"} if codec == "libx264" else {"b": "8M", "g": "12"}
    source = drawn(tmp_path / "whole.ts", range(40), codec=codec, options=options)
    data = source.read_bytes()
    source.write_bytes(data[: 188 * 3] + data[len(data) // 5 // 188 * 188 :])
    numbers = Seen(source).numbers()
    assert numbers == list(range(numbers[0], 40))
    assert 5 <= numbers[0] <= 24


def test_a_recording_without_a_key_frame_has_a_true_reason(tmp_path: Path) -> None:
    source = drawn(tmp_path / "whole.mkv", range(20), options={**X264, "g": "100", "x264-params": "scenecut=0"})
    assert reason(_without_first(source, tmp_path / "a.mkv", 3)) == Reason.DAMAGED


def test_a_stream_that_begins_in_the_middle(tmp_path: Path) -> None:
    """Two joined recordings whose streams have different numbers: the second is not lost in silence."""
    first, second = drawn(tmp_path / "1.ts", range(20)), drawn(tmp_path / "2.mkv", range(20, 40))
    with (
        av.open(str(second)) as reading,
        av.open(str(tmp_path / "2.ts"), "w", options={"mpegts_start_pid": "512"}) as writing,
    ):
        stream = writing.add_stream_from_template(reading.streams.video[0])
        for packet in [packet for packet in reading.demux(video=0) if packet.size]:
            packet.stream = stream
            writing.mux(packet)
    (tmp_path / "a.ts").write_bytes(first.read_bytes() + (tmp_path / "2.ts").read_bytes())
    assert reason(tmp_path / "a.ts") == Reason.DAMAGED


@pytest.mark.parametrize("name", ["a.webp", "a.avif"])
def test_an_animated_image_that_was_cut(tmp_path: Path, name: str) -> None:
    path = _transparent(tmp_path / name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert reason(path) in {Reason.TRUNCATED, Reason.DAMAGED}
    with pytest.raises(NotAVideo, match=name):
        video.read(path, fps=8, height=48, width=64)


@pytest.mark.parametrize("name", ["a.webp", "a.avif"])
def test_a_still_image_has_no_motion(tmp_path: Path, name: str) -> None:
    Image.fromarray(numbered(0)).save(tmp_path / name)
    assert reason(tmp_path / name) == Reason.TOO_SHORT


# ---------------------------------------------------------------- cost


def _gif(path: Path, side: int, num_frames: int) -> Path:
    """A large canvas of which every frame changes one pixel: 23 bytes for each frame."""
    frame = b"\x21\xf9\x04\0\x02\0\0\0\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02\x44\x01\0"
    head = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(3) + b"\xff" * 3
    path.write_bytes(head + frame * num_frames + b"\x3b")
    return path


def test_a_costly_animation_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = _gif(tmp_path / "a.gif", 4096, 5000)
    assert path.stat().st_size < 120_000
    began = process_time()
    assert reason(path, Limits(max_seconds=1000)) == Reason.TOO_COSTLY
    assert reason(path) == Reason.TOO_LONG
    assert process_time() - began < 1


def test_the_longest_clip_of_the_largest_usual_picture_is_within_the_budget() -> None:
    limits = Limits()
    pixels = 3840 * 2160 * 60 * 60
    assert pixels <= limits.max_pixels
    assert limits.cpu_seconds_for(pixels) >= 400
    assert limits.cpu_seconds_for(10**9) == limits.cpu_seconds


def test_the_budget_holds_while_frames_are_decoded(tmp_path: Path) -> None:
    """A header that names a smaller picture than the frames have."""
    small, large = drawn(tmp_path / "s.ts", range(2)), tmp_path / "l.ts"
    write_video(large, num_frames=10, width=640, height=480, options=X264, times=[1 + time for time in SECOND[:10]])
    (tmp_path / "a.ts").write_bytes(small.read_bytes() + large.read_bytes())
    limits = LIMITS.model_copy(update={"max_pixels": 160 * 96 * 40})
    assert reason(tmp_path / "a.ts", limits) == Reason.TOO_COSTLY


def test_frames_are_freed_as_they_are_read(tmp_path: Path) -> None:
    """Without the garbage collector: a reference cycle for each frame would hold all of a 4K clip in memory."""
    clip = Clip(display_matrix(drawn(tmp_path / "a.mp4", range(30)), -1, 0, 0, 1), LIMITS)
    picture = Picture(160, 96, "yuv420p")
    gc.collect()
    gc.disable()
    try:
        for shown in clip.displayed(lambda _start, _end: True):
            picture.of(shown.frame)
        assert sum(isinstance(one, VideoFrame) for one in gc.get_objects()) < 8
    finally:
        gc.enable()


@pytest.mark.parametrize("codec", ["mjpeg", "libx264"])
def test_frames_that_are_not_wanted_are_not_decoded(tmp_path: Path, codec: str) -> None:
    """None of a codec without references; of others, those to which no other frame refers."""
    options = {"crf": "6", "bf": "1", "x264-params": "b-adapt=0:scenecut=0"} if codec == "libx264" else {"q": "2"}
    layout = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    source = drawn(tmp_path / "a.mkv", range(60), codec=codec, options=options, fps=120, pix_fmt=layout)
    decoded = list(ContainerSource(source, LIMITS).frames(lambda start, end: slot(start, SIXTY) < slot(end, SIXTY)))
    assert len(decoded) <= 45
    assert [number_of(image) for image in Seen(source).canonical] == list(range(0, 60, 2))


def test_an_expensive_clip_is_read_at_half_of_the_rate(tmp_path: Path) -> None:
    source = drawn(tmp_path / "a.mp4", range(60), fps=60)
    assert Clip(source, LIMITS).finest_rate() == 60
    assert Clip(source, LIMITS.model_copy(update={"cpu_pixels": 160 * 96 * 20})).finest_rate() == 30


# ---------------------------------------------------------------- equal files


def test_equal_frames_give_equal_files(tmp_path: Path) -> None:
    frames = np.stack([numbered(number, 64, 64) for number in range(6)])
    one, two = (video.write(tmp_path / name, frames, fps=8).read_bytes() for name in ("1.mp4", "2.mp4"))
    assert one == two


def test_an_ogg_file_that_was_cut(tmp_path: Path) -> None:
    options = {"b": "4M", "deadline": "realtime"}
    path = drawn(tmp_path / "a.ogg", range(30), codec="libvpx", options=options)
    assert Seen(path).numbers() == list(range(30))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert reason(path) == Reason.TRUNCATED
