"""Motion fidelity by point tracks, on clips whose motion is known."""

import numpy as np
import pytest

from services.motion.evaluation.metrics import point_tracks
from services.motion.evaluation.metrics.registry import EvaluationInput
from tests.motion.textures import LEFT, RIGHT, STILL, UP, clip


def agree(left, right) -> float | None:
    return point_tracks.fidelity(point_tracks.follow(left), point_tracks.follow(right))


def test_points_are_followed_to_where_they_go():
    track_KF2 = point_tracks.follow(clip(RIGHT))
    step_2 = np.nanmean(np.diff(track_KF2, axis=1), axis=(0, 1))
    assert step_2 == pytest.approx([6 / 128, 0], abs=0.002)
    assert np.isfinite(track_KF2).mean() > 0.9


def test_the_same_motion_of_something_else_is_one():
    assert agree(clip(RIGHT, seed=1), clip(RIGHT, seed=2)) == pytest.approx(1.0, abs=0.02)
    assert agree(clip(RIGHT, seed=1, background=9), clip(RIGHT, seed=2)) > 0.9


def test_the_opposite_and_a_crossing_motion_are_low():
    assert agree(clip(LEFT), clip(RIGHT)) == pytest.approx(-1.0, abs=0.02)
    assert agree(clip(UP), clip(RIGHT)) == pytest.approx(0.0, abs=0.1)


def test_a_still_clip_is_no_motion_and_divides_nothing_by_zero():
    flat = np.full((8, 64, 64, 3), 7, np.uint8)
    with np.errstate(all="raise"):
        assert agree(clip(STILL), clip(RIGHT)) == 0.0
        assert agree(flat, clip(RIGHT)) == 0.0
        assert agree(clip(RIGHT), clip(STILL)) is None
        assert agree(clip(RIGHT), flat) is None


def test_a_track_that_is_lost_counts_while_it_was_seen():
    whole = point_tracks.follow(clip(RIGHT))
    cut = whole.copy()
    cut[::2, 5:] = np.nan
    assert point_tracks.fidelity(cut, whole) == pytest.approx(1.0, abs=0.02)
    cut[:, 2:] = np.nan
    assert point_tracks.fidelity(cut, whole) == 0.0


def test_the_nearest_reference_counts():
    clips = np.stack([clip(UP, seed=4), clip(LEFT, seed=5)])
    [column] = point_tracks.Tracks().measure(EvaluationInput(["a", "b"], clips, [clip(LEFT), clip(UP)]))
    assert column.values == pytest.approx([1.0, 1.0], abs=0.05)
    assert "Lucas-Kanade" in column.how


def test_what_cannot_be_compared_says_why():
    clips = clip(RIGHT)[None]
    for references, reason in (([], "no reference"), ([clip(STILL)], "moves")):
        [column] = point_tracks.Tracks().measure(EvaluationInput(["a"], clips, references))
        assert column.mean is None
        assert reason in column.reason
