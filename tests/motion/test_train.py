"""Training on tiny real models: reproducible, resumable, cancellable; trains the preset's matrices only."""

from itertools import count, product
from typing import Any

import numpy as np
import pytest
import torch

from services.motion import video
from services.motion.artifacts import adapter_files
from services.motion.errors import CheckpointMismatch, NotAVideo, Unsuitable
from services.motion.method import adapters, noise
from services.motion.method.adapters import MOTION
from services.motion.method.losses import motion_loss
from services.motion.progress import Canceled
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import checkpoints, train
from services.motion.training.optimizers import Optimizers
from services.motion.training.train import ReferenceClip
from services.motion.training.trainer import Trainer
from tests.motion.inputs import make_recipe

PATHS = ["none", "shared", "per-clip"]
PATHS_AND_DTYPES = [*product(PATHS, ["float32"]), ("shared", "bfloat16")]


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize(("spatial_path", "dtype"), PATHS_AND_DTYPES)
def test_same_seed_same_bits(bundle, latents, text, spatial_path, dtype):
    recipe = make_recipe(spatial_path=spatial_path, dropout=0.2, steps=2)
    torch.manual_seed(1)
    one = train.fit(bundle, latents, text, recipe, compute_dtype=dtype)
    torch.manual_seed(2)
    two = train.fit(bundle, latents, text, recipe, compute_dtype=dtype)
    assert same(one.adapter.tensors, two.adapter.tensors)
    assert one.losses == two.losses


def test_another_seed_other_bits(bundle, latents, text):
    one, two = (train.fit(bundle, latents, text, make_recipe(steps=1, seed=seed)).adapter.tensors for seed in (1, 2))
    assert not same(one, two)


def test_leaves_the_global_generator_alone(bundle, latents, text):
    state = torch.get_rng_state()
    train.fit(bundle, latents, text, make_recipe(dropout=0.2, steps=1))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("preset", ["tap", "tap-qk", "tap-release", "motion-director"])
def test_trains_the_presets_matrices_and_nothing_else(bundle, latents, text, preset):
    fitted = train.fit(bundle, latents, text, make_recipe(preset=preset, steps=1))
    names = {key.removeprefix(adapters.KEY_PREFIX).rpartition(".lora_")[0] for key in fitted.adapter.tensors}
    assert names == set(adapters.target_modules(bundle.unet, preset))
    assert all(fitted.adapter.tensors[key].any() for key in fitted.adapter.tensors if ".lora_B." in key)


def test_caption_dropout_has_its_probability(bundle, latents, text):
    def drawn(share):
        trainer = Trainer(bundle, latents, text, make_recipe(caption_dropout=share, batch_size=64), torch.float32)
        batch = trainer._draw_batch(noise.make_generator(0))
        return batch, (batch.text_BSD == bundle.encode_text([""])).all(dim=(1, 2)).float().mean().item()

    assert [drawn(share)[1] for share in (0.0, 1.0)] == [0.0, 1.0]
    assert 0.3 < drawn(0.5)[1] < 0.7
    assert all(torch.equal(drawn(share)[0].noise_BCFHW, drawn(0.0)[0].noise_BCFHW) for share in (0.5, 1.0))


def test_loss_falls(bundle, latents, text):
    recipe = make_recipe(preset="motion-director", steps=30, rank=8, alpha=8, timestep_range=(0.6, 0.61), batch_size=4)
    history = train.fit(bundle, latents[1:], text[1:], recipe).losses
    assert np.mean(history[-10:]) < 0.97 * np.mean(history[:10])


@pytest.mark.parametrize("debias", [True, False])
def test_first_step_has_the_loss_of_the_base_model(bundle, latents, text, debias):
    recipe = make_recipe(debias=debias, steps=1)
    trainer = Trainer(bundle, latents, text, recipe, torch.float32)
    batch = trainer._draw_batch(noise.make_generator(recipe.seed, "step", 0))
    noisy = bundle.scheduler.add_noise(batch.latents_BCFHW, batch.noise_BCFHW, batch.timestep_B)
    pred = bundle.predict(noisy, batch.timestep_B, batch.text_BSD)
    plain = torch.nn.functional.mse_loss(pred, batch.noise_BCFHW)
    expected = motion_loss(pred, batch.noise_BCFHW, batch.anchor_B) if debias else plain
    fitted = train.fit(bundle, latents, text, recipe, compute_dtype="float32")
    assert fitted.losses == [pytest.approx(expected.item(), rel=1e-6)]


def test_windows_come_from_the_whole_clip(bundle, latents, text):
    trainer = Trainer(bundle, latents, text, make_recipe(), torch.float32)
    generator = noise.make_generator(0)
    starts = set()
    for _ in range(40):
        window = trainer._window(0, generator)
        starts |= {start for start in range(3) if torch.equal(window, latents[0][start : start + 4].transpose(0, 1))}
    assert starts == {0, 1, 2}


def test_paths_train_only_their_own_adapter(bundle, latents, text, monkeypatch):
    """The spatial step moves the spatial adapter of the drawn clip, the temporal step the motion adapter."""
    recipe = make_recipe(spatial_path="per-clip", spatial_probability=1.0, steps=6, seed=1, batch_size=1)
    moved: list[set[str]] = []
    step = Optimizers.step

    def watch(self: Optimizers, name: str) -> None:
        names = [MOTION, "spatial_0", "spatial_1"]
        before = {each: adapters.state(bundle.unet, each) for each in names}
        gradients = {each for each in names if any(p.grad is not None for p in adapters.parameters(bundle.unet, each))}
        step(self, name)
        assert gradients == {name}
        moved.append({each for each in names if not same(before[each], adapters.state(bundle.unet, each))})

    monkeypatch.setattr(Optimizers, "step", watch)
    train.fit(bundle, latents, text, recipe)
    assert len(moved) == 2 * recipe.steps
    assert all(len(each) == 1 and each != {MOTION} for each in moved[::2])
    assert all(each == {MOTION} for each in moved[1::2])
    assert {"spatial_0"} in moved
    assert {"spatial_1"} in moved


def test_spatial_path_can_be_left_out_by_chance(bundle, latents, text):
    never = train.fit(bundle, latents, text, make_recipe(spatial_path="shared", spatial_probability=0.0))
    always = train.fit(bundle, latents, text, make_recipe(spatial_path="shared", spatial_probability=1.0))
    none = train.fit(bundle, latents, text, make_recipe(spatial_path="none"))
    assert same(never.adapter.tensors, none.adapter.tensors)
    assert not same(always.adapter.tensors, none.adapter.tensors)


def test_highway_can_be_on_during_training(bundle, latents, text):
    plain = train.fit(bundle, latents, text, make_recipe(steps=1))
    on = train.fit(bundle, latents, text, make_recipe(steps=1, highway={"mode": "full"}))
    assert not same(plain.adapter.tensors, on.adapter.tensors)


def test_bfloat16_is_an_option(bundle, latents, text):
    fitted = train.fit(bundle, latents, text, make_recipe(steps=1), compute_dtype="bfloat16")
    exact = train.fit(bundle, latents, text, make_recipe(steps=1), compute_dtype="float32")
    assert all(tensor.dtype == torch.float32 for tensor in fitted.adapter.tensors.values())
    assert fitted.losses != exact.losses
    assert fitted.losses == [pytest.approx(exact.losses[0], rel=0.05)]


@pytest.mark.parametrize(("spatial_path", "dtype"), PATHS_AND_DTYPES)
def test_resumed_training_equals_an_uninterrupted_one(bundle, latents, text, tmp_path, spatial_path, dtype):
    interrupted_after = 2
    recipe = make_recipe(spatial_path=spatial_path, dropout=0.2, steps=3, checkpoint_every=1)
    identity = {"recipe": recipe.model_dump(mode="json")}
    whole = train.fit(bundle, latents, text, recipe, compute_dtype=dtype)

    def keep(step: int, state: dict[str, torch.Tensor]) -> None:
        checkpoints.save(tmp_path, step, state, identity)

    def interrupt(progress: object) -> None:
        if progress.step == interrupted_after:
            raise Canceled

    with pytest.raises(Canceled):
        train.fit(bundle, latents, text, recipe, compute_dtype=dtype, save_checkpoint=keep, on_progress=interrupt)
    start = checkpoints.load(tmp_path / f"checkpoint-{interrupted_after}", identity)
    rest = train.fit(bundle, latents, text, recipe, compute_dtype=dtype, resume=start)
    assert start[0] == interrupted_after
    assert rest.losses == whole.losses[interrupted_after:]
    assert same(rest.adapter.tensors, whole.adapter.tensors)


def test_saves_a_checkpoint_on_request(bundle, latents, text):
    steps: list[int] = []
    calls = count()
    train.fit(
        bundle, latents, text, make_recipe(steps=6, checkpoint_every=4),
        save_checkpoint=lambda step, _: steps.append(step),
        checkpoint_requested=lambda: next(calls) == 2,
    )  # fmt: skip
    assert steps == [3, 4]


def test_a_checkpoint_of_another_training_is_refused(bundle, latents, text, tmp_path):
    path = checkpoints.save(tmp_path, 2, {"x": torch.zeros(1)}, {"recipe": {"rank": 2}})
    with pytest.raises(CheckpointMismatch, match="its recipe differs"):
        checkpoints.load(path, {"recipe": {"rank": 4}})
    for state in ({}, {"motion/other/value": torch.zeros(1)}):
        with pytest.raises(CheckpointMismatch):
            train.fit(bundle, latents, text, make_recipe(), resume=(2, state))
    (path / checkpoints.STATE_FILE).write_bytes(b"cut")
    with pytest.raises(CheckpointMismatch):
        checkpoints.load(path, {})


@pytest.mark.parametrize("last", [1, 2, 4])
def test_cancels_at_any_step(bundle, latents, text, last):
    seen: list[int] = []

    def on_progress(progress: object) -> None:
        seen.append(progress.step)
        if progress.step == last:
            raise Canceled

    with pytest.raises(Canceled):
        train.fit(bundle, latents, text, make_recipe(spatial_path="per-clip"), on_progress=on_progress)
    assert seen == list(range(1, last + 1))
    assert adapters.attached(bundle.unet) == []


def test_reports_every_step(bundle, latents, text):
    seen: list[Any] = []
    fitted = train.fit(bundle, latents, text, make_recipe(), on_progress=seen.append)
    assert [(each.phase, each.step, each.total_steps) for each in seen] == [("training", n, 4) for n in range(1, 5)]
    assert [each.loss for each in seen] == fitted.losses
    assert all(each.seconds_per_step > 0 and each.memory_bytes > 0 for each in seen)
    assert seen[-1].eta_seconds == 0.0


def test_refuses_clips_that_are_too_short(bundle, latents, text):
    with pytest.raises(Unsuitable, match="window of 5"):
        train.fit(bundle, latents, text, make_recipe(num_frames=5))


# ---------------------------------------------------------------- files


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[ReferenceClip]:
    folder = tmp_path_factory.mktemp("clips")
    frames = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), np.uint8)
    paths = [video.write(folder / name, frames[:num], fps=8) for name, num in (("a.mp4", 6), ("b.mp4", 3))]
    return [ReferenceClip(path, "a cup turning") for path in paths]


def test_run_saves_what_sampling_needs(bundle, clips, tmp_path):
    recipe = make_recipe(save_inverted_noise=True, checkpoint_every=3)
    kept = []
    result = train.run(bundle, recipe, clips, tmp_path, on_checkpoint=lambda *pair: kept.append(pair))
    assert [path.name for path in result.files] == [
        "adapter.safetensors", "adapter_config.json", "inverted_noise.safetensors", "report.json",
    ]  # fmt: skip
    assert kept == [(3, tmp_path / "checkpoint-3")]
    assert result.report["frames_per_clip"] == [6, 4]
    assert result.report["base"]["content_hash"] == bundle.content_hash
    adapter, inverted = adapter_files.load_adapter(tmp_path), adapter_files.load_noise(tmp_path)
    assert adapter.recipe["recipe"]["seed"] == recipe.seed
    assert [tuple(each.shape) for each in inverted] == [(4, 4, 4, 4)] * 2

    def generate() -> np.ndarray:
        return sample.denoise(
            bundle, ["a bear"], size=VideoSize(4, 32, 32), generators=[noise.make_generator(1)], adapter=adapter,
            inverted_CFHW=inverted, settings=sample.SamplingSettings(steps=2, noise_prior=0.4),
        )  # fmt: skip

    assert np.array_equal(generate(), generate())


def test_run_resumes_from_its_checkpoint(bundle, clips, tmp_path):
    recipe = make_recipe()
    whole = train.run(bundle, recipe, clips, tmp_path / "whole")
    rest = train.run(bundle, recipe, clips, tmp_path / "rest", resume=tmp_path / "whole" / "checkpoint-2")
    one, two = (adapter_files.load_adapter(tmp_path / name).tensors for name in ("whole", "rest"))
    assert (whole.resumed_from_step, rest.resumed_from_step) == (None, 2)
    assert same(one, two)
    with pytest.raises(CheckpointMismatch):
        train.run(bundle, make_recipe(seed=1), clips, tmp_path / "no", resume=tmp_path / "whole" / "checkpoint-2")


def test_run_refuses_a_file_that_is_not_a_video(bundle, tmp_path):
    (tmp_path / "clip.mp4").write_text("words")
    with pytest.raises(NotAVideo):
        train.run(bundle, make_recipe(), [ReferenceClip(tmp_path / "clip.mp4", "x")], tmp_path / "out")


def test_inversion_reports_and_can_be_canceled_at_every_step(bundle, latents, monkeypatch):
    monkeypatch.setattr(noise, "INVERSION_STEPS", 3)
    seen = []

    def cancel(progress):
        seen.append((progress.phase, progress.step, progress.total_steps))
        if progress.step == noise.INVERSION_STEPS + 2:
            raise Canceled

    with pytest.raises(Canceled):
        train._invert(bundle, latents, 4, cancel)
    assert seen == [("saving", step, 2 * noise.INVERSION_STEPS) for step in range(1, noise.INVERSION_STEPS + 3)]
