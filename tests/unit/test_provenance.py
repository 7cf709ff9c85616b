"""The metadata of a video: it is written without changing a frame."""

import json
from pathlib import Path

import av

from tests.videos import read_frames, write_video
from worker.attempt.provenance import SOURCE_TYPE, write_metadata


def test_metadata_is_added_without_changing_frames(tmp_path: Path):
    video = write_video(tmp_path / "video.mp4")
    before = read_frames(video)
    write_metadata(video, {"job_id": "job_1", "concept": "con_1@3"})
    after = read_frames(video)
    assert len(after) == len(before) > 0
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    with av.open(str(video)) as container:
        comment = json.loads(container.metadata["comment"])
    assert (comment["job_id"], comment["concept"], comment["digitalSourceType"]) == ("job_1", "con_1@3", SOURCE_TYPE)
