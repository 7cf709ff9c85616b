"""A training of a hundred clips fits in a request."""

import json

import pytest
from pydantic import ValidationError

from api.main import MAX_BODY_BYTES
from shared.clock import SystemClock
from shared.ids import new_id
from shared.schemas.training import TrainingRequest

LONGEST = "界" * 1000
"""The longest caption, of characters that take three bytes each."""


def request(num_clips: int) -> dict[str, object]:
    clock = SystemClock()
    clips = [{"clip_id": new_id("clip", clock), "caption": LONGEST} for _ in range(num_clips)]
    return {"concept": new_id("con", clock), "clips": clips}


def test_a_hundred_with_the_longest_captions_fit_into_a_body():
    body = request(100)
    assert len(TrainingRequest.model_validate(body).clips) == 100
    assert len(json.dumps(body)) < MAX_BODY_BYTES  # also where every character is escaped


@pytest.mark.parametrize("num_clips", [0, 101])
def test_none_and_more_are_refused(num_clips):
    with pytest.raises(ValidationError, match="clips"):
        TrainingRequest.model_validate(request(num_clips))
