"""The latent bank: pretraining clips as latents of every possible frame.

A clip of the world is a path of places, and a place shows the same frame in every clip of one appearance. So each
place is encoded once, any number of clips is drawn from them, and the mean of all clips that could lie behind a
noisy one, which is what a denoiser is to predict, can be computed instead of sampled: the stable target field of
Xu, Tong and Jaakkola (2023), with the whole world as its reference batch.

Suffixes: A appearances, L places, N some of the places, Z one frame's latent values, K paths of a motion, B batch,
F frames, C channels, H height, W width.
"""

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from services.motion.world import captions, paths, scenes
from services.motion.world.pretraining import autoencoder, mixture
from services.motion.world.pretraining.denoiser import LATENT_SIZE

SIZE = 64
STEADY_RADII = (9, 11)
"""Radii, in pixels, of shapes that keep their size; they stand on every pixel."""
CHANGING_RADII = tuple(range(5, 18))
"""Radii, in pixels, of shapes that grow or shrink; they stand on every fourth pixel."""
CHANGING_GRID = 4
NUM_VALUES = autoencoder.LATENT_CHANNELS * LATENT_SIZE**2
AT_ONCE = 128
"""Frames per encoder batch."""
NUM_STILLS = 64
"""Single frames of each appearance."""


def _grid(radii: tuple[int, ...], step: int) -> NDArray[np.int64]:
    """Every (x, y, radius) whose shape lies inside the frame, L x 3 in pixels."""
    every = [
        (x, y, radius)
        for radius in radii
        for x in range(0, SIZE + 1, step)
        for y in range(0, SIZE + 1, step)
        if radius <= min(x, y) and max(x, y) <= SIZE - radius
    ]
    return np.array(every)


_STEADY, _CHANGING = _grid(STEADY_RADII, 1), _grid(CHANGING_RADII, CHANGING_GRID)
PLACES = np.concatenate([_STEADY, _CHANGING])
"""What a frame can show, L x 3: centre x, centre y and radius in pixels."""


_STEADY_INDEX = {tuple(place): index for index, place in enumerate(_STEADY.tolist())}
_CHANGING_INDEX = {tuple(place): len(_STEADY) + index for index, place in enumerate(_CHANGING.tolist())}


def nearest_places(path: paths.Path) -> NDArray[np.int64]:
    """Index of the place nearest to each frame of the path: first in radius, then in position."""
    changing = float(np.ptp(path.radius_F)) > 0
    radii, step, index = (
        (CHANGING_RADII, CHANGING_GRID, _CHANGING_INDEX) if changing else (STEADY_RADII, 1, _STEADY_INDEX)
    )
    radius_F = np.array(radii)[np.abs(SIZE * path.radius_F[:, None] - radii).argmin(axis=1)]
    margin_F1 = np.ceil(radius_F / step)[:, None] * step
    centre_F2 = np.clip(step * np.round(SIZE * path.centre_F2 / step), margin_F1, SIZE - margin_F1).astype(int)
    return np.array([index[x, y, radius] for (x, y), radius in zip(centre_F2.tolist(), radius_F.tolist(), strict=True)])


class Clips(NamedTuple):
    """A batch of clips drawn from the bank."""

    latents_BFZ: Tensor
    prompts: list[captions.Prompt]


class Bank:
    """Some appearances at all places, the paths that each motion takes between them, and stills of every appearance."""

    def __init__(
        self,
        latents: dict[str, Tensor],
        appearances: list[scenes.Appearance],
        paths_KF: dict[str, Tensor],
    ) -> None:
        self._latents_ALZ, self._stills_AZ = latents["frames"].float(), latents["stills"].float()
        self._square_AL = self._latents_ALZ.square().sum(dim=2)
        self._paths_KF = paths_KF
        self._index = {appearance: index for index, appearance in enumerate(appearances)}
        self._named = captions.pretraining_prompts()
        self._named_here = [prompt for prompt in self._named if prompt.appearance in self._index]

    def draw_clips(self, rng: np.random.Generator, size: int) -> Clips:
        """Clips of the pretraining mixture."""
        prompts = [mixture.draw_prompt(rng, self._named_here, list(self._index)) for _ in range(size)]
        return self._clips(prompts, rng)

    def draw_directions(self, rng: np.random.Generator, size: int) -> Clips:
        """Clips of straight lines, each direction in turn, so that in every batch what they share cancels."""
        appearances = list(self._index)
        prompts = [
            captions.Prompt(appearances[rng.integers(len(appearances))], motion)
            for motion in itertools.islice(itertools.cycle(paths.DIRECTIONS), size)
        ]
        return self._clips(prompts, rng)

    def _clips(self, prompts: list[captions.Prompt], rng: np.random.Generator) -> Clips:
        return Clips(torch.stack([self.draw_clip(prompt, rng) for prompt in prompts]), prompts)

    def draw_clip(self, prompt: captions.Prompt, rng: np.random.Generator) -> Tensor:
        """A clip F x Z of one of the bank's appearances."""
        paths_KF = self._paths_KF[prompt.motion]
        return self._latents_ALZ[self._index[prompt.appearance], paths_KF[rng.integers(len(paths_KF))]]

    def draw_stills(self, rng: np.random.Generator, size: int) -> Clips:
        """Single frames of every appearance, under captions of clips that could hold them."""
        prompts = [mixture.draw_prompt(rng, self._named, scenes.APPEARANCES) for _ in range(size)]
        per_appearance = len(self._stills_AZ) // len(scenes.APPEARANCES)
        rows = [
            scenes.APPEARANCES.index(prompt.appearance) * per_appearance + int(rng.integers(per_appearance))
            for prompt in prompts
        ]
        return Clips(self._stills_AZ[rows].unsqueeze(1), prompts)

    def posterior_mean(
        self, noisy_FZ: Tensor, alpha: float, sigma: float, prompt: captions.Prompt, *, alone: bool = False
    ) -> Tensor:
        """E[clean | noisy, prompt] as F x Z, where noisy = alpha * clean + sigma * noise.

        Every path of the motion is equally likely before the noisy clip is seen. `alone` is the mean of each frame
        that knows no other: what a denoiser without temporal layers could reach.
        """
        appearance, paths_KF = self._index[prompt.appearance], self._paths_KF[prompt.motion]
        latents_LZ = self._latents_ALZ[appearance]
        fit_FL = (alpha * noisy_FZ @ latents_LZ.T - 0.5 * alpha**2 * self._square_AL[appearance]) / sigma**2
        fit_FK = fit_FL.gather(1, paths_KF.T)
        weight_FK = torch.softmax(fit_FK if alone else fit_FK.sum(dim=0).expand_as(fit_FK), dim=1)
        share_FL = torch.zeros_like(fit_FL).scatter_add_(1, paths_KF.T, weight_FK)
        return share_FL @ latents_LZ


def to_clip(latents_BFZ: Tensor) -> Tensor:
    """B x F x Z to the denoiser's B x C x F x H x W."""
    return latents_BFZ.unflatten(2, (autoencoder.LATENT_CHANNELS, LATENT_SIZE, LATENT_SIZE)).transpose(1, 2)


def from_clip(latents_BCFHW: Tensor) -> Tensor:
    """The inverse of `to_clip`."""
    return latents_BCFHW.transpose(1, 2).flatten(2)


def draw_appearances(num_appearances: int, seed: int) -> list[scenes.Appearance]:
    """A random part of the world's appearances, in which every colour, shape and background occurs about as often."""
    order = np.random.default_rng([seed, 1]).permutation(len(scenes.APPEARANCES))
    return [scenes.APPEARANCES[index] for index in order[:num_appearances]]


def draw_paths(num_paths: int, seed: int) -> dict[str, Tensor]:
    """`num_paths` paths K x F of each motion, as indices of places."""
    motions = [*paths.PRETRAINED, paths.WANDERING]
    return {
        motion: torch.from_numpy(
            np.stack(
                [
                    nearest_places(mixture.draw_path(motion, np.random.default_rng([seed, 2, row, index])))
                    for index in range(num_paths)
                ]
            )
        )
        for row, motion in enumerate(tqdm(motions, "paths"))
    }


@torch.no_grad()
def encode(model: AutoencoderKL, frames_FHWC: scenes.Frames) -> Tensor:
    """Scaled latents F x C x H x W of single frames: the mode of the posterior."""
    pixels_FCHW = autoencoder.to_pixels(frames_FHWC).to(model.device, memory_format=torch.channels_last)
    with torch.autocast(model.device.type, torch.bfloat16):
        latents_FCHW = model.encode(pixels_FCHW).latent_dist.mode()
    return latents_FCHW.float().cpu() * model.config["scaling_factor"]


def encode_places(
    model: AutoencoderKL, appearances: list[scenes.Appearance], needed: NDArray[np.int64] | None = None
) -> Tensor:
    """Latents A x L x Z, in half precision, of every place in every appearance; zeros for places that are not `needed`.

    `needed` holds indices of places; None means all.
    """
    places = np.arange(len(PLACES)) if needed is None else needed
    path = paths.Path(PLACES[places, :2] / SIZE, PLACES[places, 2] / SIZE)
    latents_ALZ = torch.zeros(len(appearances), len(PLACES), NUM_VALUES, dtype=torch.float16)
    with tqdm(total=len(appearances), desc="frames") as bar:
        for shape in sorted({appearance.shape for appearance in appearances}):
            coverage_NHW = scenes.coverage(shape, path, SIZE)
            for index, appearance in enumerate(appearances):
                if appearance.shape == shape:
                    latents_ALZ[index, places] = _encode_all(model, appearance, coverage_NHW)
                    bar.update()
    return latents_ALZ


def _encode_all(model: AutoencoderKL, appearance: scenes.Appearance, coverage_NHW: paths.Floats) -> Tensor:
    parts = np.array_split(coverage_NHW, len(coverage_NHW) // AT_ONCE + 1)
    return torch.cat([encode(model, scenes.paint(appearance, part)).flatten(1).half() for part in parts])


def encode_stills(model: AutoencoderKL, per_appearance: int, seed: int) -> Tensor:
    """Latents of `per_appearance` random places in each of the world's appearances, one after the other."""
    rows = []
    for index, appearance in enumerate(tqdm(scenes.APPEARANCES, "stills")):
        places = PLACES[np.random.default_rng([seed, 3, index]).integers(len(PLACES), size=per_appearance)] / SIZE
        frames = scenes.render(appearance, paths.Path(places[:, :2], places[:, 2]), size=SIZE)
        rows.append(encode(model, frames).flatten(1).half())
    return torch.cat(rows)


def load_or_build(file: Path, model: AutoencoderKL, *, num_appearances: int, num_paths: int, seed: int) -> Bank:
    """The bank, its latents from the file if there is one, and saved there otherwise."""
    appearances = draw_appearances(num_appearances, seed)
    if not file.exists():
        stills = encode_stills(model, NUM_STILLS, seed)
        save_file({"frames": encode_places(model, appearances), "stills": stills}, file)
    return Bank(load_file(file), appearances, draw_paths(num_paths, seed))
