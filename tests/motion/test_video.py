"""Reading and writing videos: frame rates, sizes, codecs."""

from itertools import pairwise

import av
import numpy as np
import pytest

from services.motion import video
from services.motion.errors import NotAVideo, Unsuitable
from tests.videos import write_sound, write_video


def clip(num_frames: int, *, height: int = 32, width: int = 48) -> video.Frames:
    """Frames whose brightness is their index."""
    levels = np.linspace(20, 230, num_frames).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (num_frames, height, width, 3)).copy()


def levels(frames: video.Frames) -> list[int]:
    return frames.reshape(len(frames), -1).mean(1).round().astype(int).tolist()


def test_write_and_read_round_trip(tmp_path):
    frames = clip(16)
    path = video.write(tmp_path / "new" / "clip.mp4", frames, fps=8)
    back = video.read(path, fps=8, height=32, width=48)
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).max() <= 3


def test_writes_h264_that_plays_at_once(tmp_path):
    path = video.write(tmp_path / "clip.mp4", clip(9), fps=8)
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert (stream.codec.name, stream.pix_fmt, stream.average_rate, stream.frames) == ("h264", "yuv420p", 8, 9)
        assert not stream.codec_context.has_b_frames
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path):
    one, two = (video.write(tmp_path / name, clip(5), fps=8).read_bytes() for name in ("1.mp4", "2.mp4"))
    assert one == two


def test_odd_sides_are_refused(tmp_path):
    with pytest.raises(Unsuitable, match="33x48"):
        video.write(tmp_path / "clip.mp4", clip(2, height=33), fps=8)


def test_resampling_takes_the_displayed_frame(tmp_path):
    path = video.write(tmp_path / "clip.mp4", clip(24), fps=24)
    whole, third = (levels(video.read(path, fps=fps, height=32, width=48)) for fps in (24, 8))
    assert third == whole[::3]


def test_uneven_times(tmp_path):
    times = [0.0, 0.5, 0.625, 0.75]
    path = write_video(tmp_path / "clip.mp4", num_frames=4, times=times)
    frames = video.read(path, fps=8, height=48, width=64)
    centres = [np.argwhere(frame[..., 0] > 160)[:, 1].mean() for frame in frames]
    assert len(frames) >= 7
    assert np.ptp(centres[:4]) < 0.5
    assert all(late - early > 3 for early, late in pairwise(centres[3:7]))


@pytest.mark.parametrize("num_frames", [1, 3])
def test_a_short_clip_is_stretched(tmp_path, num_frames):
    path = video.write(tmp_path / "clip.mp4", clip(num_frames), fps=8)
    frames = video.read(path, fps=8, height=32, width=48, min_frames=6)
    assert len(frames) == 6
    assert levels(frames) == sorted(levels(frames))
    assert len(set(levels(frames))) == num_frames


def test_covers_and_crops_the_centre():
    picture = np.zeros((40, 120, 3), np.uint8)
    picture[:, 40:80] = 200
    assert (video.resize(picture, height=20, width=20)[:, 1:-1] > 190).all()
    assert video.resize(picture, height=16, width=24).shape == (16, 24, 3)
    assert np.array_equal(video.resize(picture, height=40, width=120), picture)


def test_ten_bit_hevc(tmp_path):
    path = write_video(
        tmp_path / "clip.mp4",
        num_frames=4,
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"x265-params": "log-level=none"},
    )
    frames = video.read(path, fps=8, height=48, width=64)
    assert frames.shape == (4, 48, 64, 3)
    assert np.abs(frames[0, 24, 5].astype(int) - (230, 60, 40)).max() < 25


@pytest.mark.parametrize("content", [b"", b"\0", b"this is not a video at all, it is a text"])
def test_a_file_that_is_not_a_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(NotAVideo, match=r"clip\.mp4"):
        video.read(path, fps=8, height=32, width=32)


def test_sound_alone_is_refused(tmp_path):
    with pytest.raises(NotAVideo, match="no video stream"):
        video.read(write_sound(tmp_path / "clip.mp4"), fps=8, height=32, width=32)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(NotAVideo):
        video.read(tmp_path / "clip.mp4", fps=8, height=32, width=32)
