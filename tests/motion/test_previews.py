"""Previews during a training: rendered with the current adapter, without an effect on the result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from services.motion import video
from services.motion.artifacts import adapter_files
from services.motion.engine.job_runner import JobRunner
from services.motion.engine.messages import (
    CanceledEvent,
    CheckpointEvent,
    EngineEvent,
    EngineRequest,
    PreviewCommand,
    PreviewEvent,
    ProgressEvent,
    RequestClip,
    ResultEvent,
)
from services.motion.engine.model_cache import ModelCache
from services.motion.method import adapters, noise
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import train
from shared.clock import SystemClock
from shared.families import FAMILIES
from shared.ids import new_id
from tests.motion import animatediff, wan
from tests.motion.inputs import make_recipe, make_signals
from tests.motion.models import write_base

WRITERS: dict[str, Callable[[Path], Path]] = {
    "unet3d": write_base, "animatediff": animatediff.write_whole, "wan": wan.write_base, "wan-pair": wan.write_pair,
}  # fmt: skip
AT, STEPS = 2, 4


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> train.ReferenceClip:
    frames = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), np.uint8)
    return train.ReferenceClip(video.write(tmp_path_factory.mktemp("clips") / "a.mp4", frames, fps=8), "a cup turning")


class Training:
    """A training in this process, with preview requests after step `AT`."""

    def __init__(self, folder: Path, clip: train.ReferenceClip, workdir: Path) -> None:
        self.folder, self.clip, self.workdir = folder, clip, workdir
        self.models, self.events = ModelCache(torch.device("cpu")), list[EngineEvent]()
        self.bundle = self.models.base(folder)
        self.family_info = FAMILIES[self.bundle.family]
        self.orders: list[PreviewCommand] = []

    def recipe(self, **changes: Any) -> Any:
        path = "per-clip" if self.family_info.supports_spatial_path else "none"
        highway = {"mode": "full" if self.family_info.supports_highway else "off"}
        settings = {"num_frames": 5, "steps": STEPS, "checkpoint_every": 100, "spatial_path": path, "highway": highway}
        return make_recipe(**settings | {"dropout": 0.2} | changes)

    def order(self, number: int, **changes: Any) -> None:
        spec = {
            "prompt": "a bear", "seed": 3, "num_frames": 5, "height": 32, "width": 32, "steps": 2,
            "guidance_scale": 4.0, "scheduler": self.family_info.samplers[0],
            "highway": {"mode": "full" if self.family_info.supports_highway else "off"},
        }  # fmt: skip
        command = {"job_id": "job_1", "number": number, "spec": spec | changes}
        self.orders.append(PreviewCommand.model_validate(command))

    def of(self, kind: type[EngineEvent]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def is_at(self, phase: str, step: int) -> bool:
        reported = self.of(ProgressEvent)
        return bool(reported) and (reported[-1].phase, reported[-1].step) == (phase, step)

    def next_request(self) -> PreviewCommand | None:
        here = self.is_at("training", AT) or bool(self.of(PreviewEvent))
        return self.orders.pop(0) if here and self.orders else None

    def run(self, **signals: Any) -> EngineEvent:
        spec = {
            "concept_id": new_id("con", SystemClock()), "base_model": "tiny",
            "clips": [{"clip_id": new_id("clip", SystemClock()), "caption": self.clip.caption}],
            "recipe": self.recipe().model_dump(mode="json"),
        }  # fmt: skip
        request = EngineRequest(
            job_id="job_1", attempt=1, kind="training", spec=spec, base_folder=self.folder, base_model="tiny",
            workdir=self.workdir, clips=[RequestClip(path=self.clip.path, caption=self.clip.caption)],
        )  # fmt: skip
        job_signals = make_signals(**{"take_preview_request": self.next_request} | signals)
        JobRunner(request, self.models, self.events.append, job_signals).run()
        return self.events[-1]


@pytest.fixture(params=WRITERS)
def training(request, clip, tmp_path_factory, tmp_path) -> Training:
    return Training(WRITERS[request.param](tmp_path_factory.mktemp(request.param)), clip, tmp_path / "shown")


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


def test_a_training_with_previews_has_the_same_bits(training, tmp_path):
    training.order(1)
    training.order(2, scheduler="lcm", steps=51)
    training.order(3, prompt="a horse")
    generator = torch.get_rng_state()
    end = training.run()
    assert isinstance(end, ResultEvent)
    assert torch.equal(torch.get_rng_state(), generator)
    plain = train.run(training.bundle, training.recipe(), [training.clip], tmp_path / "plain")
    one, two = (adapter_files.load_adapter(tmp_path / name).tensors for name in ("shown", "plain"))
    assert same(one, two)
    assert end.report["losses"] == plain.report["losses"]
    assert set(end.files) == {path.name for path in plain.files}

    first, refused, third = training.of(PreviewEvent)
    assert [(event.number, event.step) for event in (first, refused, third)] == [(1, AT), (2, AT), (3, AT)]
    assert (refused.path, refused.error[:10]) == (None, "Unsuitable")
    assert first.path.read_bytes() != third.path.read_bytes()
    fractions = [event.fraction for event in training.of(ProgressEvent)]
    assert fractions == sorted(fractions)


def test_a_preview_equals_a_generation_with_the_adapter_of_this_step(training, tmp_path):
    training.order(1)
    training.run()
    (shown,) = training.of(PreviewEvent)
    train.run(training.bundle, training.recipe(steps=AT), [training.clip], tmp_path / "early")
    frames = sample.denoise(
        training.bundle, ["a bear"], size=VideoSize(5, 32, 32), generators=[noise.make_generator(3)],
        settings=sample.SamplingSettings(2, 4.0, highway="full" if training.family_info.supports_highway else "off"),
        adapter=adapter_files.load_adapter(tmp_path / "early"),
    )  # fmt: skip
    assert shown.path.read_bytes() == video.write(tmp_path / "early.mp4", frames[0], fps=8).read_bytes()


@pytest.fixture
def unet3d(base_folder, clip, tmp_path) -> Training:
    training = Training(base_folder, clip, tmp_path / "shown")
    training.order(1)
    return training


def test_a_checkpoint_request_during_a_preview_is_served_at_once(unet3d):
    """A worker that shuts down must not wait for the preview."""
    wanted = iter([True])
    end = unet3d.run(take_checkpoint_request=lambda: unet3d.is_at("previewing", 1) and next(wanted, False))
    (kept,) = unet3d.of(CheckpointEvent)
    assert kept.step == AT
    assert unet3d.events.index(kept) < unet3d.events.index(unet3d.of(PreviewEvent)[0])
    assert isinstance(end, ResultEvent)


def test_a_preview_is_canceled_with_its_training(unet3d):
    end = unet3d.run(is_canceled=lambda: unet3d.is_at("previewing", 1))
    assert isinstance(end, CanceledEvent)
    assert (end.step, unet3d.of(PreviewEvent)) == (AT, [])
    assert adapters.attached(unet3d.bundle.network) == []
