"""Aspect buckets, flipped clips, and clips of any size, length and frame rate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from services.motion import video
from services.motion.artifacts import adapter_files
from services.motion.errors import Unsuitable
from services.motion.method import noise
from services.motion.sampling import sample
from services.motion.shapes import FrameSize, VideoSize
from services.motion.training import aspect_buckets, train
from services.motion.training.train import ReferenceClip
from services.motion.training.trainer import Trainer
from shared.base_models import read_base_model
from shared.families import FAMILIES, Bounds, Limits
from shared.settings import BUNDLED_BASE
from tests.motion.inputs import make_recipe
from tests.videos import write_video

SQUARE = FrameSize(384, 384)


def test_every_bucket_is_one_that_the_base_takes_and_no_larger():
    for family in FAMILIES.values():
        own = FrameSize(family.training["height"], family.training["width"])
        found, allowed = aspect_buckets.make_buckets(family.limits.size, own), family.limits.size
        assert found[0] == own
        assert len(found) == len(set(found)) > 5
        assert all(allowed.accepts(side) for size in found for side in size)
        assert all(0.8 * own.height * own.width <= size.height * size.width <= own.height * own.width for size in found)
        turned = {(size.width, size.height) for size in found}
        assert any(tuple(size) in turned for size in found if size.height != size.width)


def test_the_bundled_world_has_one_bucket():
    limits = read_base_model("world", BUNDLED_BASE).limits
    assert aspect_buckets.make_buckets(limits.size, FrameSize(64, 64)) == [FrameSize(64, 64)]


@pytest.mark.parametrize(
    ("clip", "expected"),
    [((100, 100), (384, 384)), ((1080, 1920), (288, 512)), ((1920, 1080), (512, 288)), ((480, 640), (320, 448))],
)
def test_a_clip_goes_where_its_aspect_ratio_is(clip, expected):
    found = aspect_buckets.make_buckets(FAMILIES["unet3d"].limits.size, SQUARE)
    assert aspect_buckets.nearest_bucket(found, FrameSize(*clip)) == expected


def test_of_equals_the_recipes_own_size_wins():
    found = aspect_buckets.make_buckets(Bounds(64, 256, 32), FrameSize(104, 104))
    assert (96, 96) in found
    assert aspect_buckets.nearest_bucket(found, FrameSize(30, 30)) == (104, 104)


# ---------------------------------------------------------------- clips of all kinds

WIDE, TALL = (16, 64), (64, 16)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[ReferenceClip]:
    """A wide, a tall and another wide clip; of other lengths and rates."""
    folder: Path = tmp_path_factory.mktemp("clips")
    kinds = [(128, 32, 9, 8), (48, 192, 30, 30), (64, 16, 3, 8)]
    paths = [
        write_video(folder / f"{index}.mp4", width=width, height=height, num_frames=num_frames, fps=fps)
        for index, (width, height, num_frames, fps) in enumerate(kinds)
    ]
    return [ReferenceClip(path, "a cup turning") for path in paths]


@pytest.fixture
def small_steps(monkeypatch) -> None:
    """Buckets fine enough for videos of 32 pixels."""
    monkeypatch.setattr(aspect_buckets, "SIDE_STEP", 8)


@pytest.mark.usefixtures("small_steps")
def test_clips_are_encoded_in_their_buckets_and_train_together(bundle, clips, tmp_path):
    bundle = replace(bundle, limits=Limits(size=Bounds(8, 128, 8)))
    recipe = make_recipe(aspect_buckets=True, save_inverted_noise=True, steps=3, fps=8, batch_size=3)
    result = train.run(bundle, recipe, clips, tmp_path)
    assert result.report["sizes"] == [
        {"height": 16, "width": 64}, {"height": 64, "width": 16}, {"height": 16, "width": 64}
    ]  # fmt: skip
    assert result.report["frames_per_clip"] == [9, 8, 4]
    inverted = adapter_files.load_noise(tmp_path)
    assert [tuple(each.shape) for each in inverted] == [(4, 4, 2, 8), (4, 4, 8, 2), (4, 4, 2, 8)]
    for size in (WIDE, TALL):  # the noise of a clip of the video's own shape is taken
        sample.denoise(
            bundle, ["a bear"], size=VideoSize(4, *size), generators=[noise.make_generator(1)],
            inverted_CFHW=inverted, settings=sample.SamplingSettings(steps=1, noise_prior=0.5),
        )  # fmt: skip
    with pytest.raises(Unsuitable, match="inverted noise is"):
        sample.denoise(
            bundle, ["a bear"], size=VideoSize(4, 32, 32), generators=[noise.make_generator(1)],
            inverted_CFHW=inverted, settings=sample.SamplingSettings(steps=1, noise_prior=0.5),
        )  # fmt: skip


def test_without_buckets_all_are_cropped_to_the_recipes_size(bundle, clips):
    encoded = train.encode_clips(bundle, make_recipe(), [clip.path for clip in clips])
    assert {clip.size for clip in encoded} == {(32, 32)}
    assert {tuple(clip.latents.shape[1:]) for clip in encoded} == {(4, 4, 4)}


def test_a_batch_comes_from_one_bucket_and_every_clip_as_often(bundle, text):
    generator = torch.Generator().manual_seed(0)
    latents = [torch.randn((4, 4, *size), generator=generator) for size in ((2, 8), (8, 2), (2, 8))]
    trainer = Trainer(bundle, latents, text[[0, 1, 0]], make_recipe(batch_size=4), torch.float32)
    drawn = torch.zeros(3)
    for _ in range(300):
        clip_B = trainer._restrict_to_one_size(torch.randint(3, (4,), generator=generator), generator)
        assert set(clip_B.tolist()) in ({0}, {2}, {0, 2}, {1})
        drawn += torch.bincount(clip_B, minlength=3)
    assert (drawn / drawn.sum()).tolist() == pytest.approx([1 / 3] * 3, abs=0.08)
    shape = trainer._draw_batch(noise.make_generator(1)).latents_BCFHW.shape
    assert tuple(shape) in {(4, 4, 4, 2, 8), (4, 4, 4, 8, 2)}


# ---------------------------------------------------------------- flipped clips


def test_flip_mirrors_about_half_of_the_samples(bundle, latents, text):
    flipped = [clip + 100.0 for clip in latents]
    recipe = make_recipe(horizontal_flip=True, batch_size=64)
    batch = Trainer(bundle, latents, text, recipe, torch.float32, flipped)._draw_batch(noise.make_generator(0))
    share = (batch.latents_BCFHW.mean(dim=(1, 2, 3, 4)) > 50).float().mean().item()
    assert 0.3 < share < 0.7


def test_flip_encodes_what_a_mirror_shows(bundle, clips):
    path = [clips[0].path]
    one = train.encode_clips(bundle, make_recipe(horizontal_flip=True), path)[0]
    frames = video.read(path[0], fps=8, height=32, width=32)
    assert torch.equal(one.flipped, bundle.encode_clip(np.ascontiguousarray(frames[:, :, ::-1]), 4))
    assert not torch.equal(one.flipped, one.latents)
    assert train.encode_clips(bundle, make_recipe(), path)[0].flipped is None


def test_flip_changes_the_adapter_and_is_off_by_default(bundle, latents, text):
    flipped = [clip.flip(-1) for clip in latents]
    plain = train.fit(bundle, latents, text, make_recipe(steps=3))
    off = train.fit(bundle, latents, text, make_recipe(steps=3), flipped=flipped)
    on = train.fit(bundle, latents, text, make_recipe(steps=3, horizontal_flip=True), flipped=flipped)
    assert plain.losses == off.losses != on.losses
    with pytest.raises(Unsuitable, match="flipped"):
        train.fit(bundle, latents, text, make_recipe(horizontal_flip=True))
