"""The bundled world: what it draws, what it holds out, and that its pretraining goes on where it stopped."""

from pathlib import Path

import numpy as np
import pytest
import torch

from services.motion.metrics import trajectories
from services.motion.world import autoencoder, captions, paths, pool, pretrain, scenes
from services.motion.world.denoiser import LATENT_SIZE, NUM_FRAMES


@pytest.mark.parametrize("motion", [*paths.PRETRAINED, paths.WANDERING, *paths.HELD_OUT])
def test_shapes_stay_inside_the_frame(motion: str) -> None:
    for seed in range(50):
        path = paths.draw(motion, np.random.default_rng(seed), NUM_FRAMES)
        assert (path.centre_F2 - path.radius_F[:, None] > -1e-9).all()
        assert (path.centre_F2 + path.radius_F[:, None] < 1 + 1e-9).all()


def test_held_out_motions_and_prompts_are_in_no_pretraining_clip() -> None:
    named = captions.pretraining_prompts()
    assert len(captions.held_out_prompts()) == captions.HELD_OUT_PROMPTS
    assert not set(named) & set(captions.held_out_prompts())
    assert not {prompt.motion for prompt in named} & set(paths.HELD_OUT)


def test_random_paths_that_resemble_a_held_out_motion_are_drawn_again() -> None:
    rng = np.random.default_rng(0)
    orbit_F2 = paths.draw("orbiting", np.random.default_rng(1), NUM_FRAMES).centre_F2
    drawn = [pool.draw_path(paths.WANDERING, rng).centre_F2 for _ in range(100)]
    assert max(trajectories.fidelity(path_F2, [orbit_F2]) for path_F2 in drawn) < pool.LIKENESS["orbiting"] + 0.05


def test_words_of_the_world_are_single_tokens_and_others_are_spelled() -> None:
    tokenizer = captions.build_tokenizer()
    prompt = scenes.Appearance("red", "ring", "navy")
    assert tokenizer.tokenize(prompt.caption("moving up")) == [
        f"{word}</w>" for word in prompt.caption("moving up").split()
    ]
    assert len(tokenizer.tokenize("orbiting")) > 3
    assert len(tokenizer(prompt.caption("zigzagging")).input_ids) <= captions.MAX_TOKENS


def test_whitening_changes_the_latents_and_not_the_picture() -> None:
    torch.manual_seed(0)
    model = autoencoder.build().eval()
    pixels_BCHW, _ = autoencoder.draw_frames(np.random.default_rng(0), 64)
    with torch.no_grad():
        before = model.decode(model.encode(pixels_BCHW).latent_dist.mode()).sample
        autoencoder.whiten(model, np.random.default_rng(0), num_frames=64)
        latents = model.encode(pixels_BCHW).latent_dist.mode()
        after = model.decode(latents).sample
    covariance = torch.cov(latents.transpose(0, 1).flatten(1))
    assert torch.allclose(covariance, torch.eye(autoencoder.LATENT_CHANNELS), atol=0.02)
    assert torch.allclose(before, after, atol=1e-4)


def test_an_interrupted_pretraining_ends_with_the_same_bits(tmp_path: Path) -> None:
    rng = torch.Generator().manual_seed(0)
    shape = (4, autoencoder.LATENT_CHANNELS, NUM_FRAMES, LATENT_SIZE, LATENT_SIZE)
    clips = pool.Pool(torch.randn(shape, generator=rng).half(), captions.pretraining_prompts()[:4])
    plan = {"image_steps": 1, "clip_steps": 2, "image_batch": 2, "clip_batch": 1, "save_every": 2}
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = pretrain.train_denoiser(tmp_path / "whole", pretrain.Plan(**plan), clips)
    interrupted = pretrain.train_denoiser(tmp_path / "parts", pretrain.Plan(**plan), clips, stop_after=2)
    resumed = pretrain.train_denoiser(tmp_path / "parts", pretrain.Plan(**plan), clips)
    pairs = zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True)
    assert all(torch.equal(left, right) for left, right in pairs)
    assert not torch.equal(interrupted["unet"].conv_in.weight, resumed["unet"].conv_in.weight)
