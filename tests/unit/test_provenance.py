"""What a video says of itself, and that saying it changes no picture."""

import json
from pathlib import Path

import av

from tests.videos import read_frames, write_video
from worker.attempt.provenance import SOURCE_TYPE, stamp


def test_a_stamped_video_shows_the_same_and_tells_where_it_is_from(tmp_path: Path):
    video = write_video(tmp_path / "video.mp4")
    before = read_frames(video)
    stamp(video, {"job_id": "job_1", "concept": "con_1@3"})
    after = read_frames(video)
    assert len(after) == len(before) > 0
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    with av.open(str(video)) as container:
        told = json.loads(container.metadata["comment"])
    assert (told["job_id"], told["concept"], told["digitalSourceType"]) == ("job_1", "con_1@3", SOURCE_TYPE)
    assert told["revision"]
    assert list(tmp_path.iterdir()) == [video]
    stamp(video, {"job_id": "job_2"})
    with av.open(str(video)) as container:
        assert json.loads(container.metadata["comment"])["job_id"] == "job_2"
