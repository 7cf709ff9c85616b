"""The bundled base's autoencoder: 64x64 frames to 8x8 latents.

Suffixes: B batch, C channels, H height, W width.
"""

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional

from services.motion.world import paths, scenes

LATENT_CHANNELS = 8
REDUCTION = 8
FOREGROUND_WEIGHT = 6.0
"""Extra weight of the shape's pixels and their neighbours: without it colours come out wrong (METHOD.md 10)."""
EDGE = 7
"""Width in pixels of the window that spreads this weight over the shape's edge, where shapes differ."""
KL_WEIGHT = 1e-5
PLACE_WEIGHT = 0.2
"""Weight of what makes the first latent channel show how much of its cell the shape covers."""
PLACE_GAIN = 4.0
PLACE_DEVIATION, OTHER_DEVIATION = 2.0, 0.7
"""Standard deviations of the first latent channel and of the others (see `level`)."""


def build() -> AutoencoderKL:
    """An untrained autoencoder in the layout that ZeroScope uses, with an eightfold reduction."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 64, 64),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=8,
        sample_size=64,
    )


def draw_frames(rng: np.random.Generator, num_frames: int) -> tuple[Tensor, Tensor]:
    """Single frames of random scenes: pixels B x 3 x 64 x 64 in [-1, 1] and the shape's coverage B x 1 x 64 x 64."""
    frames, masks = [], []
    for _ in range(num_frames):
        appearance = scenes.APPEARANCES[rng.integers(len(scenes.APPEARANCES))]
        radius = float(rng.uniform(0.07, 0.27))
        path = paths.Path(rng.uniform(radius, 1.0 - radius, (1, 2)), np.array([radius]))
        frames.append(scenes.render(appearance, path)[0])
        masks.append(scenes.coverage(appearance.shape, path, 64)[0])
    return to_pixels(np.stack(frames)), torch.from_numpy(np.stack(masks)).float()[:, None]


def to_pixels(frames_BHWC: scenes.Frames) -> Tensor:
    """Bytes B x H x W x 3 to floats B x 3 x H x W in [-1, 1]."""
    return torch.from_numpy(frames_BHWC).permute(0, 3, 1, 2).float().div(127.5).sub(1.0)


def loss(model: AutoencoderKL, pixels_BCHW: Tensor, mask_B1HW: Tensor, noise: torch.Generator) -> Tensor:
    """Foreground-weighted reconstruction error, the first channel's distance from the coverage, and a little KL."""
    posterior = model.encode(pixels_BCHW).latent_dist
    decoded_BCHW = model.decode(posterior.sample(generator=noise)).sample
    weight_B1HW = 1.0 + FOREGROUND_WEIGHT * functional.max_pool2d(mask_B1HW, EDGE, stride=1, padding=EDGE // 2)
    error = (weight_B1HW * ((decoded_BCHW - pixels_BCHW).square() + 0.2 * (decoded_BCHW - pixels_BCHW).abs())).mean()
    coverage_B1HW = functional.avg_pool2d(mask_B1HW, REDUCTION)
    misplaced = (posterior.mode()[:, :1] - PLACE_GAIN * coverage_B1HW).square().mean()
    return error + PLACE_WEIGHT * misplaced + KL_WEIGHT * posterior.kl().mean()


@torch.no_grad()
def level(model: AutoencoderKL, rng: np.random.Generator, *, num_frames: int = 1024) -> None:
    """Fold a linear map of the latents into the 1x1 convolutions around them. Reconstruction stays the same.

    Afterwards the first channel, which says where the shape is, is the loudest, and the others are equally loud and
    uncorrelated with it and with each other. So under much noise the shape's place is what shows through longest,
    the same way for every colour and shape.
    """
    model.register_to_config(scaling_factor=1.0)
    pixels_BCHW, _ = draw_frames(rng, num_frames)
    latents_PC = torch.cat([model.encode(part.to(model.device)).latent_dist.mode() for part in pixels_BCHW.split(64)])
    latents_PC = latents_PC.permute(0, 2, 3, 1).flatten(0, 2).double()
    mean_C, map_CC = latents_PC.mean(dim=0), _levelling(torch.cov(latents_PC.T))
    _level_encoder(model.quant_conv, map_CC, mean_C)
    _unlevel_decoder(model.post_quant_conv, torch.linalg.inv(map_CC), mean_C)


def _levelling(covariance_CC: Tensor) -> Tensor:
    """The map: scale the first channel, take what it explains out of the others, whiten them."""
    explained_R = covariance_CC[1:, 0] / covariance_CC[0, 0]
    rest_RR = covariance_CC[1:, 1:] - explained_R[:, None] * covariance_CC[None, 0, 1:]
    values_R, vectors_RR = torch.linalg.eigh(rest_RR)
    whitening_RR = OTHER_DEVIATION * vectors_RR @ torch.diag(values_R.rsqrt()) @ vectors_RR.T
    map_CC = torch.zeros_like(covariance_CC)
    map_CC[0, 0] = PLACE_DEVIATION * covariance_CC[0, 0].rsqrt()
    map_CC[1:, 0] = -whitening_RR @ explained_R
    map_CC[1:, 1:] = whitening_RR
    return map_CC


def _level_encoder(conv: nn.Conv2d, map_CC: Tensor, mean_C: Tensor) -> None:
    """Rewrite the mean's channels; the log variances move by the mean gain."""
    channels = len(mean_C)
    weight, bias = conv.weight[:channels, :, 0, 0].double(), conv.bias[:channels].double()
    conv.weight[:channels, :, 0, 0] = (map_CC @ weight).to(conv.weight.dtype)
    conv.bias[:channels] = (map_CC @ (bias - mean_C)).to(conv.bias.dtype)
    conv.bias[channels:] += 2.0 / channels * torch.linalg.slogdet(map_CC).logabsdet.to(conv.bias.dtype)


def _unlevel_decoder(conv: nn.Conv2d, inverse_CC: Tensor, mean_C: Tensor) -> None:
    weight = conv.weight[:, :, 0, 0].double()
    conv.bias += (weight @ mean_C).to(conv.bias.dtype)
    conv.weight[:, :, 0, 0] = (weight @ inverse_CC).to(conv.weight.dtype)
