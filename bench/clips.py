"""The cost of additional reference clips: encoding time, and time per training step."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import Tensor

from bench import measurement, training
from bench.measurement import Cost
from bench.task import Task
from shared.schemas.training import Preset

NUM_CLIPS = (1, 4, 16, 64)
PRESET: Preset = "tap-qko"


def rows(task: Task) -> Iterator[dict[str, Any]]:
    """One row for each number of clips; ratios are to a single clip."""
    single: Cost | None = None
    for num_clips in NUM_CLIPS:
        started = time.perf_counter()
        latents = [_encode(task, index) for index in range(num_clips)]
        encoding = time.perf_counter() - started
        cost = training.measured(task, task.make_recipe(PRESET), latents)
        single = single or cost
        held = sum(clip.numel() * clip.element_size() for clip in latents)
        labels = {"num_clips": num_clips, "encoding_seconds": round(encoding, 3), "latent_bytes": held}
        yield measurement.row(labels, cost, single)


def _encode(task: Task, seed: int) -> Tensor:
    num_frames, height, width = task.size
    frames_THWX = np.random.default_rng(seed).integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8)
    return task.bundle.encode_clip(frames_THWX, num_frames).cpu()
