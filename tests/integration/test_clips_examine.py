"""Files of every kind through the real, limited probe: each is accepted or rejected with a reason, and none hangs."""

import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from services.clips.probe_client import THUMBNAIL, VIDEO, examine
from services.clips.probe_result import Limits, Media, Reason, Rejected
from tests.receiver import receiver
from tests.videos import picture, read_frames, repeat_video, turn_upside, write_sound, write_video

LIMITS = Limits(max_seconds=5.0, wall_seconds=200)


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Media | Rejected]:
    def look(source: Path, limits: Limits = LIMITS) -> Media | Rejected:
        (tmp_path / "out").mkdir(exist_ok=True)
        return examine(source, tmp_path / "out", limits)

    return look


Look = Callable[..., Media | Rejected]


def _reason(verdict: Media | Rejected) -> Reason:
    assert isinstance(verdict, Rejected), verdict
    assert verdict.message.endswith(".")
    return verdict.reason


def _canonical(tmp_path: Path) -> tuple[str, str, float, int]:
    with av.open(str(tmp_path / "out" / VIDEO)) as container:
        assert len(container.streams) == 1
        stream = container.streams.video[0]
        times = [float(frame.pts * frame.time_base) for frame in container.decode(stream)]
        steps = np.diff(times)
        assert np.allclose(steps, 1 / float(stream.average_rate), atol=1e-6)
        assert times[0] == 0
        return stream.codec_context.name, stream.codec_context.pix_fmt, float(stream.average_rate), len(times)


def test_an_ordinary_clip_keeps_every_frame(look: Look, tmp_path: Path) -> None:
    verdict = look(write_video(tmp_path / "a.mp4"))
    assert verdict == Media(num_frames=16, fps=8, width=64, height=48, duration_seconds=2)
    assert _canonical(tmp_path) == ("h264", "yuv420p", 8.0, 16)
    for number, frame in enumerate(read_frames(tmp_path / "out" / VIDEO)):
        assert np.abs(frame.astype(int) - picture(number / 16, 64, 48)).mean() < 4
    assert (tmp_path / "out" / THUMBNAIL).read_bytes().startswith(b"\xff\xd8\xff")


def test_the_canonical_form_is_reproducible(look: Look, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4")
    look(source)
    first = (tmp_path / "out" / VIDEO).read_bytes()
    look(source)
    assert (tmp_path / "out" / VIDEO).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("ten-bit.mp4", "libx265", "yuv420p10le"),
        ("full-range.avi", "mjpeg", "yuvj420p"),
        ("vp9.webm", "libvpx-vp9", "yuv420p"),
        ("444.mkv", "libx264", "yuv444p"),
        ("old.avi", "mpeg4", "yuv420p"),
        ("anim.gif", "gif", "rgb8"),
    ],
)
def test_other_codecs_and_containers_work(look: Look, tmp_path: Path, name: str, codec: str, pix_fmt: str) -> None:
    source = write_video(tmp_path / name, codec=codec, pix_fmt=pix_fmt, fps=10, num_frames=10)
    verdict = look(source)
    assert isinstance(verdict, Media), verdict
    assert (verdict.num_frames, verdict.fps, verdict.width) == (10, 10, 64)
    assert _canonical(tmp_path)[:2] == ("h264", "yuv420p")
    middle = read_frames(tmp_path / "out" / VIDEO)[5].astype(int)
    assert np.abs(middle - picture(0.5, 64, 48)).mean() < 12


def test_a_variable_frame_rate_becomes_constant_and_keeps_time(look: Look, tmp_path: Path) -> None:
    times = [0, 0.1, 0.2, 0.3, 1.3, 1.4, 1.5, 1.6, 2.6, 2.7]
    verdict = look(write_video(tmp_path / "a.mp4", num_frames=10, times=times))
    assert isinstance(verdict, Media), verdict
    assert verdict.duration_seconds == pytest.approx(2.8, abs=0.3)
    frames = read_frames(tmp_path / "out" / VIDEO)
    assert len(frames) == verdict.num_frames
    held = frames[round(0.8 * verdict.fps)].astype(int)
    assert np.abs(held - picture(0.3, 64, 48)).mean() < 6
    _canonical(tmp_path)


def test_a_clip_that_starts_late_starts_at_zero(look: Look, tmp_path: Path) -> None:
    verdict = look(write_video(tmp_path / "a.mkv", times=[3600 + number / 8 for number in range(16)]))
    assert isinstance(verdict, Media), verdict
    assert verdict.num_frames == 16
    _canonical(tmp_path)


def test_a_turned_picture_is_stood_upright(look: Look, tmp_path: Path) -> None:
    verdict = look(turn_upside(write_video(tmp_path / "a.mp4")))
    assert isinstance(verdict, Media), verdict
    assert (verdict.width, verdict.height) == (48, 64)
    expected = np.rot90(picture(0.5, 64, 48), -1).astype(int)
    assert np.abs(read_frames(tmp_path / "out" / VIDEO)[8] - expected).mean() < 6


def test_a_large_picture_is_made_smaller(look: Look, tmp_path: Path) -> None:
    verdict = look(
        write_video(tmp_path / "a.mp4", width=2000, height=502, num_frames=3, options={"preset": "ultrafast"})
    )
    assert isinstance(verdict, Media), verdict
    assert (verdict.width, verdict.height) == (1280, 322)


def test_a_high_frame_rate_is_halved(look: Look, tmp_path: Path) -> None:
    verdict = look(write_video(tmp_path / "a.mp4", fps=120, num_frames=24))
    assert isinstance(verdict, Media), verdict
    assert (verdict.fps, verdict.num_frames) == (60, 12)


@pytest.mark.parametrize(
    "content", [b"x", b"", b"not a video, whatever its name says\n" * 50, bytes(5000), b"\xff" * 5000]
)
def test_what_is_no_video(look: Look, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert _reason(look(tmp_path / "a.mp4")) == Reason.NOT_A_VIDEO


def test_a_playlist_causes_no_request(look: Look, tmp_path: Path) -> None:
    with receiver() as server:
        for text in (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{server.url}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile '{server.url}'\n",
            f"[playlist]\nFile1={server.url}\n",
        ):
            (tmp_path / "a.mp4").write_text(text)
            assert _reason(look(tmp_path / "a.mp4")) == Reason.NOT_A_VIDEO
        assert server.received == []


def test_sound_alone(look: Look, tmp_path: Path) -> None:
    assert _reason(look(write_sound(tmp_path / "a.m4a"))) == Reason.NO_PICTURE


@pytest.mark.parametrize(
    ("name", "reason"),
    [("a.mp4", Reason.NO_FRAMES), ("a.avi", Reason.NO_FRAMES), ("a.mkv", Reason.TRUNCATED)],  # mkv: no cluster at all
)
def test_a_video_of_no_frames(look: Look, tmp_path: Path, name: str, reason: Reason) -> None:
    source = write_video(tmp_path / name, num_frames=0)
    assert _reason(look(source)) == reason


def test_a_still_has_no_motion(look: Look, tmp_path: Path) -> None:
    assert _reason(look(write_video(tmp_path / "a.mp4", num_frames=1))) == Reason.TOO_SHORT


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_clip_over_the_longest_time(look: Look, tmp_path: Path, name: str) -> None:
    assert _reason(look(write_video(tmp_path / name, num_frames=48))) == Reason.TOO_LONG


def test_a_header_with_a_wrong_duration(look: Look, tmp_path: Path) -> None:
    """A stream copied without a duration: only its frames tell."""
    source = write_video(tmp_path / "a.ts", num_frames=48)
    assert _reason(look(source)) == Reason.TOO_LONG


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
@pytest.mark.parametrize("kept", [0.5, 0.75])
def test_a_file_that_was_cut_short(look: Look, tmp_path: Path, name: str, kept: float) -> None:
    source = write_video(tmp_path / name, num_frames=32, width=128, height=96)
    data = source.read_bytes()
    source.write_bytes(data[: int(len(data) * kept)])
    assert _reason(look(source)) == Reason.TRUNCATED


def test_an_mp4_without_its_index(look: Look, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mov", num_frames=32)
    data = source.read_bytes()
    source.write_bytes(data[: data.index(b"moov") - 4])
    assert _reason(look(source)) == Reason.TRUNCATED


def test_noise_in_the_middle(look: Look, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", num_frames=32, width=128, height=96)
    data = bytearray(source.read_bytes())
    begin = data.index(b"mdat") + 4
    middle = slice(begin + (len(data) - begin) // 4, begin + 3 * (len(data) - begin) // 4)
    data[middle] = np.random.default_rng(0).bytes(middle.stop - middle.start)
    source.write_bytes(bytes(data))
    assert _reason(look(source)) in {Reason.DAMAGED, Reason.TRUNCATED}


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (9000, 16, Reason.PICTURE_TOO_LARGE),
        (16, 4200, Reason.PICTURE_TOO_LARGE),
        (8, 8, Reason.PICTURE_TOO_SMALL),
        (4000, 16, Reason.PICTURE_TOO_SMALL),
    ],
)
def test_absurd_dimensions(look: Look, tmp_path: Path, width: int, height: int, reason: Reason) -> None:
    source = write_video(tmp_path / "a.mkv", width=width, height=height, num_frames=2, codec="ffv1")
    assert _reason(look(source)) == reason


def test_a_gif_that_claims_to_be_enormous(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + bytes(6) + b"\x2c" + bytes(40) + b"\x3b")
    assert _reason(look(tmp_path / "a.gif")) in {Reason.PICTURE_TOO_LARGE, Reason.TRUNCATED, Reason.NO_FRAMES}


def test_too_much_time_ends_the_probe(look: Look, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4")
    assert _reason(look(source, LIMITS.model_copy(update={"wall_seconds": 0.05}))) == Reason.TOO_COSTLY


def test_too_much_processor_time_ends_the_probe(look: Look, tmp_path: Path) -> None:
    second = write_video(
        tmp_path / "a.mp4", width=1920, height=1080, num_frames=10, fps=60, options={"preset": "ultrafast"}
    )
    source = repeat_video(second, tmp_path / "b.mp4", 28)
    assert _reason(look(source, LIMITS.model_copy(update={"cpu_seconds": 1}))) == Reason.TOO_COSTLY


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_too_much_memory_ends_the_probe(look: Look, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mkv", width=2048, height=2048, num_frames=2, codec="ffv1")
    assert _reason(look(source, LIMITS.model_copy(update={"memory_bytes": 220 * 2**20}))) == Reason.TOO_COSTLY


def test_a_canonical_form_beyond_the_disk_limit_ends_the_probe(look: Look, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", width=256, height=256)
    assert _reason(look(source, LIMITS.model_copy(update={"file_bytes": 1000}))) == Reason.TOO_COSTLY


def test_the_probe_sees_no_secrets(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is made anew: a variable that would stop Python from starting does not reach it."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("CHOREO_SECRET_KEY", "secret")
    assert isinstance(look(write_video(tmp_path / "a.mp4")), Media)
