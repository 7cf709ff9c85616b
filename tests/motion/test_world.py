"""The bundled world: rendering, held-out motions, and resuming its pretraining."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from services.motion.families import unet3d
from services.motion.world import captions, paths, scenes, trajectories
from services.motion.world.__main__ import BUNDLED
from services.motion.world.pretraining import autoencoder, export, latent_bank, mixture, optimal_denoiser, pretrain
from services.motion.world.pretraining.denoiser import NUM_FRAMES
from shared.base_models import read_base_model


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
    drawn = [mixture.draw_path(paths.WANDERING, rng).centre_F2 for _ in range(100)]
    assert max(trajectories.fidelity(path_F2, [orbit_F2]) for path_F2 in drawn) < mixture.LIKENESS["orbiting"] + 0.05


@pytest.mark.parametrize("motion", [*paths.HELD_OUT])
def test_takes_of_a_motion_are_in_step_and_differ_in_place(motion: str) -> None:
    first, *others = paths.takes(motion, np.random.default_rng(3), NUM_FRAMES, 4)
    assert len(others) == 3
    for take in others:
        assert paths.correlation(take, first) > paths.ALIKE
        assert np.linalg.norm(take.centre_F2[0] - first.centre_F2[0]) > 0.01
        assert trajectories.fidelity(take.centre_F2, [first.centre_F2]) > 0.9


def test_words_of_the_world_are_single_tokens_and_others_are_spelled() -> None:
    tokenizer = captions.build_tokenizer()
    prompt = scenes.Appearance("red", "ring", "navy")
    assert tokenizer.tokenize(prompt.caption("moving up")) == [
        f"{word}</w>" for word in prompt.caption("moving up").split()
    ]
    assert len(tokenizer.tokenize("orbiting")) > 3
    assert len(tokenizer(prompt.caption("zigzagging")).input_ids) <= captions.MAX_TOKENS


def test_levelling_changes_the_latents_and_not_the_picture() -> None:
    torch.manual_seed(0)
    model = autoencoder.build().eval()
    pixels_BCHW, _ = autoencoder.draw_frames(np.random.default_rng(0), 64)
    with torch.no_grad():
        before = model.decode(model.encode(pixels_BCHW).latent_dist.mode()).sample
        autoencoder.level(model, np.random.default_rng(0), num_frames=64)
        latents = model.encode(pixels_BCHW).latent_dist.mode()
        after = model.decode(latents).sample
    wanted_C = torch.tensor([autoencoder.PLACE_DEVIATION] + 7 * [autoencoder.OTHER_DEVIATION])
    covariance = torch.cov(latents.transpose(0, 1).flatten(1))
    assert torch.allclose(covariance, torch.diag(wanted_C.square()), atol=0.05)
    assert torch.allclose(before, after, atol=1e-4)


APPEARANCES, PATHS = latent_bank.draw_appearances(2, seed=0), latent_bank.draw_paths(6, seed=0)


@pytest.fixture(scope="module")
def latents() -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    return {
        "frames": torch.randn(2, len(latent_bank.PLACES), latent_bank.NUM_VALUES, generator=rng),
        "stills": torch.randn(len(scenes.APPEARANCES), latent_bank.NUM_VALUES, generator=rng),
    }


@pytest.fixture(scope="module")
def small_bank(latents: dict[str, torch.Tensor]) -> latent_bank.Bank:
    return latent_bank.Bank(latents, APPEARANCES, PATHS)


def test_paths_of_places_stay_near_the_paths_that_were_drawn() -> None:
    for motion in [*paths.PRETRAINED, paths.WANDERING]:
        path = paths.draw(motion, np.random.default_rng(0), NUM_FRAMES)
        places_F3 = latent_bank.PLACES[latent_bank.nearest_places(path)]
        reach = latent_bank.CHANGING_GRID if np.ptp(path.radius_F) else 1.5
        assert np.abs(places_F3[:, :2] - latent_bank.SIZE * path.centre_F2).max() <= reach
        assert np.abs(places_F3[:, 2] - latent_bank.SIZE * path.radius_F).max() <= 1.2
        assert np.unique(places_F3[:, :2], axis=0).shape[0] == 1 or motion not in ("growing", "shrinking")


def test_the_posterior_mean_weighs_every_clip_by_its_likelihood(
    small_bank: latent_bank.Bank, latents: dict[str, torch.Tensor]
) -> None:
    prompt, alpha, sigma = captions.Prompt(APPEARANCES[1], "swinging"), 0.01, 1.0
    clips_KFZ = latents["frames"][1, PATHS["swinging"]].double()
    noise_FZ = torch.randn(clips_KFZ[0].shape, generator=torch.Generator().manual_seed(1))
    noisy_FZ = alpha * clips_KFZ[0] + sigma * noise_FZ
    log_likelihood_K = -(noisy_FZ - alpha * clips_KFZ).square().sum(dim=(1, 2)) / (2 * sigma**2)
    weight_K = log_likelihood_K.softmax(dim=0)
    assert weight_K.max() < 0.9
    mean_FZ = small_bank.posterior_mean(noisy_FZ.float(), alpha, sigma, prompt)
    assert torch.allclose(mean_FZ.double(), torch.einsum("k,kfz->fz", weight_K, clips_KFZ), atol=1e-4)


def test_the_posterior_mean_of_a_frame_alone_knows_no_other_frame(small_bank: latent_bank.Bank) -> None:
    prompt, alpha, sigma = captions.Prompt(APPEARANCES[0], "moving up"), 0.02, 1.0
    noisy_FZ = torch.randn(NUM_FRAMES, latent_bank.NUM_VALUES, generator=torch.Generator().manual_seed(3))
    other_FZ = torch.cat([noisy_FZ[:1], noisy_FZ[1:].flip(0)])
    first, second = (small_bank.posterior_mean(clip, alpha, sigma, prompt, alone=True) for clip in (noisy_FZ, other_FZ))
    assert torch.equal(first[0], second[0])
    together = small_bank.posterior_mean(noisy_FZ, alpha, sigma, prompt)
    assert not torch.allclose(first[0], together[0], atol=1e-3)


def test_the_best_denoiser_is_better_than_the_base_and_than_knowing_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimal_denoiser, "NUM_APPEARANCES", 1)
    monkeypatch.setattr(optimal_denoiser, "NUM_PATHS", 32)
    monkeypatch.setattr(optimal_denoiser, "TIMESTEPS", (940,))
    bundle = unet3d.load(BUNDLED, device=torch.device("cpu"))
    found = optimal_denoiser.errors(bundle, seed=0)["940"]
    assert set(found) == set(optimal_denoiser.KINDS)
    for errors in found.values():
        assert min(errors, key=lambda name: errors[name]) == "best"
        assert errors["network"] < 1.0


def test_without_noise_the_posterior_mean_is_the_clip(small_bank: latent_bank.Bank) -> None:
    clips = small_bank.draw_clips(np.random.default_rng(1), 4)
    for clip_FZ, prompt in zip(clips.latents_BFZ, clips.prompts, strict=True):
        assert torch.allclose(small_bank.posterior_mean(clip_FZ, 1.0, 0.05, prompt), clip_FZ, atol=1e-4)


def test_directions_are_drawn_equally_often(small_bank: latent_bank.Bank) -> None:
    drawn = [prompt.motion for prompt in small_bank.draw_directions(np.random.default_rng(0), 16).prompts]
    assert sorted(drawn) == sorted(2 * paths.DIRECTIONS)
    assert len(paths.DIRECTIONS) == 8


def test_clips_and_latents_are_the_same_values_in_another_order(small_bank: latent_bank.Bank) -> None:
    latents_BFZ = small_bank.draw_clips(np.random.default_rng(2), 3).latents_BFZ
    assert torch.equal(latent_bank.from_clip(latent_bank.to_clip(latents_BFZ)), latents_BFZ)


def test_encoded_places_are_what_the_autoencoder_makes_of_their_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent_bank, "PLACES", latent_bank.PLACES[::1000])
    torch.manual_seed(0)
    model = autoencoder.build().eval()
    appearances = latent_bank.draw_appearances(2, seed=0)
    latents_ALZ = latent_bank.encode_places(model, appearances)
    for appearance, latents_LZ in zip(appearances, latents_ALZ, strict=True):
        path = paths.Path(latent_bank.PLACES[:, :2] / latent_bank.SIZE, latent_bank.PLACES[:, 2] / latent_bank.SIZE)
        wanted = latent_bank.encode(model, scenes.render(appearance, path)).flatten(1)
        assert torch.allclose(latents_LZ.float(), wanted, atol=2e-2)


def test_an_interrupted_pretraining_ends_with_the_same_bits(tmp_path: Path, small_bank: latent_bank.Bank) -> None:
    plan = {"image_steps": 1, "word_steps": 1, "clip_steps": 2, "image_batch": 2, "clip_batch": 1, "save_every": 2}
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = pretrain.train_denoiser(tmp_path / "whole", pretrain.Plan(**plan), small_bank)
    interrupted = pretrain.train_denoiser(tmp_path / "parts", pretrain.Plan(**plan), small_bank, stop_after=2)
    resumed = pretrain.train_denoiser(tmp_path / "parts", pretrain.Plan(**plan), small_bank)
    pairs = zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True)
    assert all(torch.equal(left, right) for left, right in pairs)
    assert not torch.equal(interrupted["unet"].conv_in.weight, resumed["unet"].conv_in.weight)


def test_the_text_stage_renders_nothing_and_reads_the_last_frames_first() -> None:
    plan = pretrain.Plan(image_steps=2, word_steps=4, clip_steps=10, image_share=0.0)
    kinds = [pretrain._kind(plan, step) for step in range(plan.steps)]
    assert kinds == [pretrain.IMAGE] * 2 + [pretrain.WORD] * 4 + [pretrain.CLIP] * 10
    assert [step for step, kind in enumerate(kinds) if pretrain._late_only(plan, step, kind)] == [2, 3]
    assert pretrain._timesteps(np.random.default_rng(0), 100, plan, pretrain.WORD).min() >= plan.word_from
    assert pretrain._timesteps(np.random.default_rng(0), 100, plan, pretrain.CLIP).min() < plan.word_from


def test_the_bundled_card_is_the_one_that_an_export_writes() -> None:
    assert json.loads((BUNDLED / "choreo.json").read_text()) == export._CARD


def test_an_exported_base_names_no_folder(tmp_path: Path) -> None:
    model = pretrain.build_model(seed=0)
    autoencoder.build().save_pretrained(tmp_path / "vae")
    vae = AutoencoderKL.from_pretrained(tmp_path / "vae")
    export.export(tmp_path / "base", model["unet"], model["text_encoder"], vae)
    assert not [file for file in (tmp_path / "base").rglob("*.json") if str(tmp_path) in file.read_text()]
    unet3d.load(tmp_path / "base", device=torch.device("cpu"))


def test_pretraining_starts_from_the_weights_of_another_base(tmp_path: Path, small_bank: latent_bank.Bank) -> None:
    other = pretrain.build_model(seed=5)
    export.export(tmp_path / "base", other["unet"], other["text_encoder"], autoencoder.build())
    nothing = pretrain.Plan(image_steps=0, word_steps=0, clip_steps=0)
    begun = pretrain.train_denoiser(tmp_path, nothing, small_bank, start=tmp_path / "base")
    for name, weight in begun.state_dict().items():
        assert torch.equal(weight, other.state_dict()[name].half().float()), name


def test_choreo_json_of_the_bundled_base_is_what_the_export_writes() -> None:
    assert json.loads((BUNDLED / "choreo.json").read_text()) == export._CARD


def test_the_vocabulary_of_the_card_is_that_of_the_code():
    vocabulary = read_base_model("choreo-world", BUNDLED).vocabulary
    assert vocabulary is not None
    assert vocabulary.grammar == captions.GRAMMAR
    assert vocabulary.terms == {
        "colour": list(scenes.COLOURS),
        "shape": list(scenes.SHAPES),
        "motion": list(paths.PRETRAINED),
        "background": list(scenes.BACKGROUNDS),
    }
    assert vocabulary.unknown_in_prompt(" ".join(captions._words())) == []
    for motion in paths.HELD_OUT:
        assert vocabulary.unknown_in_prompt(f"a red ring {motion} on a navy background") == [motion]
        assert vocabulary.unknown_in_caption(f"a red ring {motion} on a navy background") == []
