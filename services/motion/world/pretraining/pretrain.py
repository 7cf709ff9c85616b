"""Pretraining of the bundled base model, in five stages: autoencoder, latent bank, images, words, images and clips.

Every step draws its data from (seed, step), so that a run interrupted anywhere goes on from its last state.
Suffixes: B batch, C channels, F frames, H height, W width, S tokens, D width of the text.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from services.motion.families import unet3d
from services.motion.families.unet import use_plain_attention
from services.motion.world import captions, paths
from services.motion.world.pretraining import autoencoder, denoiser, export, latent_bank

CPU = torch.device("cpu")
IMAGE, WORD, CLIP = "image", "word", "clip"
LATE_FRAMES = 3


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps and learning rates of each stage."""

    seed: int = 0
    autoencoder_steps: int = 4000
    autoencoder_batch: int = 16
    autoencoder_rate: float = 2e-3
    num_appearances: int = 48
    num_paths: int = 4096
    image_steps: int = 650
    image_batch: int = 96
    word_steps: int = 400
    word_from: int = 990
    clip_steps: int = 8000
    clip_batch: int = 16
    image_share: float = 0.1
    rate: float = 1.2e-3
    cooldown_share: float = 0.6
    caption_dropout: float = 0.1
    high_noise_share: float = 0.8
    high_noise_from: int = 800
    high_noise_power: float = 1.5
    posterior_from: int = 700
    average: float = 0.998
    save_every: int = 100

    @property
    def steps(self) -> int:
        """Steps of the denoiser."""
        return self.image_steps + self.word_steps + self.clip_steps


def run(out: Path, plan: Plan, *, start: Path | None = None, device: torch.device = CPU) -> None:
    """Pretrain, or go on pretraining, into `out`; the finished base is `out/weights`.

    `start` is a base of this layout whose weights are trained further, its autoencoder as it is.
    """
    out.mkdir(parents=True, exist_ok=True)
    if start and not (out / "vae").exists():
        AutoencoderKL.from_pretrained(start / "vae", torch_dtype=torch.float32).save_pretrained(out / "vae")
    vae = train_autoencoder(out, plan, device=device)
    frames = latent_bank.load_or_build(
        out / "bank.safetensors",
        vae,
        num_appearances=plan.num_appearances,
        num_paths=plan.num_paths,
        seed=plan.seed,
    )
    model = train_denoiser(out, plan, frames, start=start, device=device)
    export.export(out / "weights", model["unet"], model["text_encoder"], vae)


def train_autoencoder(out: Path, plan: Plan, *, device: torch.device = CPU) -> AutoencoderKL:
    """The autoencoder trained unless `out/vae` holds one."""
    if (out / "vae").exists():
        return AutoencoderKL.from_pretrained(out / "vae").to(device).eval()
    torch.manual_seed(plan.seed)
    model = autoencoder.build().to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), plan.autoencoder_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.autoencoder_rate, plan.autoencoder_steps)
    noise = torch.Generator(device).manual_seed(plan.seed)
    bar = tqdm(range(plan.autoencoder_steps), "autoencoder")
    for step in bar:
        pixels_BCHW, mask_B1HW = autoencoder.draw_frames(
            np.random.default_rng([plan.seed, step]), plan.autoencoder_batch
        )
        pixels_BCHW = pixels_BCHW.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            loss = autoencoder.loss(model, pixels_BCHW, mask_B1HW.to(device), noise)
        _step(loss, model, optimizer)
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.4f}")
    autoencoder.level(model, np.random.default_rng([plan.seed, plan.autoencoder_steps]))
    model.save_pretrained(out / "vae")
    return model.eval()


def _step(loss: Tensor, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def build_model(seed: int, device: torch.device = CPU) -> nn.ModuleDict:
    """An untrained denoiser and text encoder."""
    torch.manual_seed(seed)
    unet, text_encoder = denoiser.build_unet().eval(), denoiser.build_text_encoder().eval()
    use_plain_attention(unet, device)
    denoiser.compute_codes_once(unet)
    return nn.ModuleDict({"unet": unet, "text_encoder": text_encoder}).to(device)


def train_denoiser(
    out: Path,
    plan: Plan,
    frames: latent_bank.Bank,
    *,
    start: Path | None = None,
    device: torch.device = CPU,
    stop_after: int | None = None,
) -> nn.ModuleDict:
    """Train denoiser and text encoder together; returns the exponential average of their weights.

    The first weights are those of the base in `start`, or random.
    `stop_after` ends the session at that step of the plan; the next one goes on from the last state saved.
    """
    model = build_model(plan.seed, device)
    if start:
        export.load_into(start, model["unet"], model["text_encoder"])
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(plan.average))
    optimizer = torch.optim.AdamW(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        plan.rate,
        betas=(0.9, 0.99),
        weight_decay=0.01,
        fused=True,
    )
    first = _load_state(out / "state.pt", model, average, optimizer)
    losses: dict[str, float] = {}
    bar = tqdm(range(first, stop_after or plan.steps), "denoiser", initial=first, total=plan.steps)
    for step in bar:
        kind = _kind(plan, step)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * _rate(step, plan)
        loss = _loss(model, frames, plan, step, kind)
        _step(loss, model, optimizer)
        average.update_parameters(model)
        losses[kind] = 0.98 * losses.get(kind, loss.item()) + 0.02 * loss.item()
        bar.set_postfix({name: f"{value:.4f}" for name, value in losses.items()})
        if (step + 1) % plan.save_every == 0:
            _save_state(out / "state.pt", model, average, optimizer, step + 1)
    return average.module


def _kind(plan: Plan, step: int) -> str:
    """Single frames, then words for directions while nothing shows through the noise, then both mixed with clips."""
    if step < plan.image_steps:
        return IMAGE
    if step < plan.image_steps + plan.word_steps:
        return WORD
    return IMAGE if np.random.default_rng([plan.seed, step, 1]).uniform() < plan.image_share else CLIP


def _rate(step: int, plan: Plan) -> float:
    """Linear warm-up, then constant, then linearly down to nothing."""
    cooldown = max(1.0, plan.cooldown_share * plan.steps)
    return min(1.0, (step + 1) / 100, (plan.steps - step) / cooldown)


def _loss(model: nn.ModuleDict, frames: latent_bank.Bank, plan: Plan, step: int, kind: str) -> Tensor:
    """Mean squared error of the predicted velocity (Salimans and Ho 2022)."""
    rng = np.random.default_rng([plan.seed, step])
    clips = _draw(frames, rng, plan, kind)
    texts = [prompt.text if kind == WORD else _caption(prompt, rng, plan) for prompt in clips.prompts]
    timestep_B = _timesteps(rng, len(texts), plan, kind)
    noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
    noise_BFZ = torch.randn(clips.latents_BFZ.shape, generator=noise)
    alpha_B, sigma_B = _ALPHAS[timestep_B], _SIGMAS[timestep_B]
    noisy_BFZ = alpha_B[:, None, None] * clips.latents_BFZ + sigma_B[:, None, None] * noise_BFZ
    clean_BFZ = clips.latents_BFZ.clone()
    for row, timestep in enumerate(timestep_B.tolist()):
        if kind != IMAGE and texts[row] and timestep >= plan.posterior_from:
            clean_BFZ[row] = frames.posterior_mean(
                noisy_BFZ[row], float(alpha_B[row]), float(sigma_B[row]), clips.prompts[row]
            )
    velocity_BFZ = (alpha_B[:, None, None] * noisy_BFZ - clean_BFZ) / sigma_B[:, None, None]
    device = next(model.parameters()).device
    bypass = unet3d.temporal_bypass(model["unet"]) if kind == IMAGE else nullcontext()
    with torch.autocast(device.type, torch.bfloat16), bypass:
        text_BSD = encode_text(model["text_encoder"], texts)
        noisy_BCFHW = latent_bank.to_clip(noisy_BFZ).to(device)
        pred_BCFHW = model["unet"](noisy_BCFHW, timestep_B.to(device), encoder_hidden_states=text_BSD).sample
    error_BCFHW = (pred_BCFHW.float() - latent_bank.to_clip(velocity_BFZ).to(device)).square()
    return (error_BCFHW[:, :, -LATE_FRAMES:] if _late_only(plan, step, kind) else error_BCFHW).mean()


def _draw(frames: latent_bank.Bank, rng: np.random.Generator, plan: Plan, kind: str) -> latent_bank.Clips:
    if kind == IMAGE:
        return frames.draw_stills(rng, plan.image_batch)
    return (frames.draw_directions if kind == WORD else frames.draw_clips)(rng, plan.clip_batch)


def _late_only(plan: Plan, step: int, kind: str) -> bool:
    """Whether only the last frames count: in the first half of the stage of words.

    Over all frames "right" and "left" put a shape in the same places, and so does each frame over all words: only
    the product of word, frame and place agrees with the target, and training doesn't find it for very long (it is a
    parity). In the last frames the word alone says the place, and from there it is a short way to the others.
    """
    return kind == WORD and step < plan.image_steps + plan.word_steps // 2


_ALPHAS = denoiser.build_scheduler().alphas_cumprod.sqrt()
_SIGMAS = (1.0 - _ALPHAS.square()).sqrt()
_TOKENIZER = captions.build_tokenizer()


def encode_text(text_encoder: Any, texts: list[str]) -> Tensor:
    """Text embeddings B x S x D."""
    tokens = _TOKENIZER(texts, padding="max_length", truncation=True, return_tensors="pt")
    return text_encoder(tokens.input_ids.to(text_encoder.device)).last_hidden_state


def _caption(prompt: captions.Prompt, rng: np.random.Generator, plan: Plan) -> str:
    if rng.uniform() < plan.caption_dropout:
        return ""
    named = prompt.motion != paths.WANDERING or rng.uniform() < 0.4
    return prompt.text if named else prompt.appearance.caption(captions.invent_verb(rng))


def _timesteps(rng: np.random.Generator, size: int, plan: Plan, kind: str) -> Tensor:
    """Mostly at high noise, and the more the higher: there one frame alone does not show where the shape is."""
    if kind == WORD:
        return torch.from_numpy(rng.integers(plan.word_from, 1000, size))
    high_B = 1000 - (1000 - plan.high_noise_from) * rng.uniform(size=size) ** plan.high_noise_power
    is_high_B = rng.uniform(size=size) < plan.high_noise_share
    timestep_B = np.where(is_high_B, high_B, rng.uniform(0, plan.high_noise_from, size))
    return torch.from_numpy(timestep_B.clip(0, 999).astype(np.int64))


def _save_state(file: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    state = {
        "model": model.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
    }
    part = file.with_suffix(".part")
    torch.save(state, part)
    part.replace(file)


def _load_state(file: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    if not file.exists():
        return 0
    state = torch.load(file, weights_only=True)  # noqa: TID251 - this program's own state, and weights only
    model.load_state_dict(state["model"])
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"]
