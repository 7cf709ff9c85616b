"""The training step: adapters in the network, the batch of each step, and the losses of both paths.

See docs/method.md, section 5. Each step has its own random generator, derived from the seed and the step's number, so a
resumed training needs no random state and gives the same bits as an uninterrupted one. Suffixes as in shapes.py.
"""

import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from services.motion.compute import gradient_checkpointing, precision
from services.motion.errors import Diverged, Unsuitable
from services.motion.families.protocol import Bundle
from services.motion.method import adapters, losses, noise
from services.motion.method.adapters import MOTION
from services.motion.training.optimizers import Optimizers
from shared.schemas.training import TrainingRecipe


class Batch(NamedTuple):
    """Windows of the reference clips with the noise, timestep, anchor frame and text embedding of each.

    `clip` is the index of the first window's clip.
    """

    clip: int
    latents_BCFHW: Tensor
    noise_BCFHW: Tensor
    timestep_B: Tensor
    anchor_B: Tensor
    text_BSD: Tensor


class Trainer:
    """The mutable state of `fit`: adapters in the network and their optimizers."""

    def __init__(
        self,
        bundle: Bundle,
        latents: Sequence[Tensor],
        text_KSD: Tensor,
        recipe: TrainingRecipe,
        dtype: torch.dtype,
        flipped: Sequence[Tensor] = (),
    ) -> None:
        if not latents or any(bundle.num_windows(clip, recipe.num_frames) < 1 for clip in latents):
            raise Unsuitable(
                f"a training needs at least one clip, and every clip a window of {recipe.num_frames} frames"
            )
        if recipe.horizontal_flip and len(flipped) != len(latents):
            raise Unsuitable("horizontal_flip needs every clip's flipped latents")
        self.bundle, self.recipe, self.dtype = bundle, recipe, dtype
        self.latents, self.flipped = list(latents), list(flipped) if recipe.horizontal_flip else []
        self.text_KSD = text_KSD.to(bundle.device)
        self.empty_SD = bundle.encode_text([""])[0].to(bundle.device)
        self.schedule = bundle.schedule
        num_spatial = {"none": 0, "shared": 1, "per-clip": len(latents)}[recipe.spatial_path]
        self.spatial_adapters = [f"spatial_{index}" for index in range(num_spatial)]

    @contextmanager
    def attached(self) -> Generator[None]:
        """The adapters are attached inside the block and removed after it."""
        network, recipe = self.bundle.network, self.recipe
        with ExitStack() as stack:
            devices = [self.bundle.device] if self.bundle.device.type == "cuda" else []
            stack.enter_context(torch.random.fork_rng(devices=devices))
            for name in [MOTION, *self.spatial_adapters]:
                preset = recipe.preset if name == MOTION else adapters.SPATIAL
                config = adapters.attach(
                    network, preset, rank=recipe.rank, alpha=recipe.alpha, dropout=recipe.dropout, name=name,
                    generator=noise.make_generator(recipe.seed, "initial", name),
                )  # fmt: skip
                stack.callback(adapters.detach, network, name)
                adapters.set_dropout(network, name, training=recipe.dropout > 0)
                if name == MOTION:
                    self.config = config
            adapters.activate(network, [MOTION], trainable=[MOTION])
            self.optimizers = Optimizers(network, [MOTION, *self.spatial_adapters], recipe)
            yield

    def restore(self, resume: tuple[int, dict[str, Tensor]] | None) -> int:
        """Load a training state; returns the number of finished steps."""
        if resume is None:
            return 0
        self.optimizers.load_state(resume[1])
        return resume[0]

    def state(self, step: int) -> dict[str, Tensor]:
        """The tensors of a training checkpoint after `step` steps. Raises Diverged."""
        state = self.optimizers.state()
        self._require_finite(state.values(), step)
        return state

    def tensors(self, step: int) -> dict[str, Tensor]:
        """The matrices of the motion adapter after `step` steps. Raises Diverged."""
        tensors = adapters.state(self.bundle.network)
        self._require_finite(tensors.values(), step)
        return tensors

    def _require_finite(self, tensors: Iterable[Tensor], step: int) -> None:
        if not all(bool(tensor.isfinite().all()) for tensor in tensors):
            raise self._diverged("numbers of the adapter", step)

    def _diverged(self, what: str, step: int) -> Diverged:
        recipe = self.recipe
        return Diverged(
            f"the training diverged: {what} are not finite at step {step}; lower learning_rate"
            f" ({recipe.learning_rate:g}) or alpha ({recipe.alpha:g} at rank {recipe.rank})"
        )

    def step(self, index: int) -> float:
        """The training step with this index, of both paths; returns the temporal loss. Raises Diverged."""
        generator = noise.make_generator(self.recipe.seed, "step", index)
        torch.manual_seed(noise.derive_seed(self.recipe.seed, "dropout", index))
        batch = self._draw_batch(generator)
        if not self.spatial_adapters:
            return self._update(MOTION, self._temporal_loss(batch), index)
        spatial = self.spatial_adapters[batch.clip % len(self.spatial_adapters)]
        trains_spatial = torch.rand((), generator=generator).item() < self.recipe.spatial_probability
        if trains_spatial:
            adapters.activate(self.bundle.network, [spatial], trainable=[spatial])
            self._update(spatial, self._spatial_loss(batch, generator), index)
        active = [MOTION, spatial] if trains_spatial else [MOTION]
        adapters.activate(self.bundle.network, active, trainable=[MOTION])
        return self._update(MOTION, self._temporal_loss(batch), index)

    def _update(self, name: str, loss: Tensor, index: int) -> float:
        """One optimizer step; loss and gradient norm are read together, so that the device is waited for once."""
        loss.backward()
        norm = nn.utils.get_total_norm(self.optimizers.gradients(name))
        value, norm_value = torch.stack([loss.detach().float(), norm.float()]).tolist()
        if not (math.isfinite(value) and math.isfinite(norm_value)):
            raise self._diverged("loss and gradients", index + 1)
        self.optimizers.step(name)
        return value

    def _draw_batch(self, generator: torch.Generator) -> Batch:
        recipe, device = self.recipe, self.bundle.device
        clips = torch.randint(len(self.latents), (recipe.batch_size,), generator=generator)
        if recipe.spatial_path == "per-clip":
            clips = clips[:1].expand(recipe.batch_size)  # one spatial adapter serves the whole batch
        else:
            clips = self._restrict_to_one_size(clips, generator)
        latents = torch.stack([self._window(int(clip), generator) for clip in clips]).to(device)
        return Batch(
            clip=int(clips[0]),
            latents_BCFHW=latents,
            noise_BCFHW=torch.randn(latents.shape, generator=generator).to(device),
            timestep_B=self._timesteps(generator),
            anchor_B=torch.randint(latents.shape[2], (recipe.batch_size,), generator=generator).to(device),
            text_BSD=self._text(clips.to(device), generator),
        )

    def _text(self, clip_B: Tensor, generator: torch.Generator) -> Tensor:
        """The clips' text embeddings, with caption dropout."""
        text_BSD = self.text_KSD[clip_B]
        if self.recipe.caption_dropout == 0.0:
            return text_BSD
        is_empty_B = torch.rand(len(clip_B), generator=generator) < self.recipe.caption_dropout
        return torch.where(is_empty_B.to(clip_B.device)[:, None, None], self.empty_SD, text_BSD)

    def _timesteps(self, generator: torch.Generator) -> Tensor:
        drawn = self.schedule.draw_timesteps(self.recipe.batch_size, self.recipe.timestep_range, generator)
        return drawn.to(self.bundle.device)

    def _window(self, clip: int, generator: torch.Generator) -> Tensor:
        latents, num_frames = self._maybe_flipped(clip, generator), self.recipe.num_frames
        index = torch.randint(self.bundle.num_windows(latents, num_frames), (), generator=generator)
        return self.bundle.window(latents, int(index), num_frames)

    def _maybe_flipped(self, clip: int, generator: torch.Generator) -> Tensor:
        """The latents of a clip, flipped horizontally half of the time if the recipe says so."""
        if self.flipped and torch.rand((), generator=generator).item() < 0.5:
            return self.flipped[clip]
        return self.latents[clip]

    def _restrict_to_one_size(self, clip_B: Tensor, generator: torch.Generator) -> Tensor:
        """The first clip with others of the same size, because all latents of a batch have one shape."""
        sizes = [clip.shape[-2:] for clip in self.latents]
        same_size = [clip for clip, size in enumerate(sizes) if size == sizes[int(clip_B[0])]]
        if len(same_size) == len(sizes):
            return clip_B
        others_B = torch.randint(len(same_size), (len(clip_B) - 1,), generator=generator)
        return torch.cat([clip_B[:1], torch.tensor(same_size)[others_B]])

    @contextmanager
    def gradient_checkpointing(self) -> Generator[bool]:
        """Gradient checkpointing inside the block as the recipe says; yields whether it is on."""
        is_on = gradient_checkpointing.is_wanted(
            self.recipe.gradient_checkpointing,
            activation_bytes=self._activation_bytes,
            free=gradient_checkpointing.free_bytes(self.bundle.device),
        )
        with self.bundle.gradient_checkpointing() if is_on else nullcontext():
            yield is_on

    def _activation_bytes(self) -> int:
        """The bytes that the forward pass of a training step saves, measured by one pass."""
        with gradient_checkpointing.count_saved_bytes(self.bundle.network) as saved:
            self._temporal_loss(self._draw_batch(noise.make_generator(self.recipe.seed, "step", 0)))
        return saved.num_bytes

    def _temporal_loss(self, batch: Batch) -> Tensor:
        pred_BCFHW, target_BCFHW = self._predict(batch)
        if not self.recipe.debias:
            return F.mse_loss(pred_BCFHW, target_BCFHW)
        return losses.motion_loss(pred_BCFHW, target_BCFHW, batch.anchor_B)

    def _spatial_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The error on one frame of each sample, with all temporal layers bypassed."""
        rows = torch.arange(len(batch.latents_BCFHW))
        frame_BCHW = batch.latents_BCFHW[rows, :, batch.anchor_B]
        frames = batch._replace(
            latents_BCFHW=frame_BCHW.unsqueeze(2),
            noise_BCFHW=torch.randn(frame_BCHW.unsqueeze(2).shape, generator=generator).to(self.bundle.device),
            timestep_B=self._timesteps(generator),
        )
        with self.bundle.temporal_bypass():
            return F.mse_loss(*self._predict(frames))

    def _predict(self, batch: Batch) -> tuple[Tensor, Tensor]:
        noisy = self.schedule.add_noise(batch.latents_BCFHW, batch.noise_BCFHW, batch.timestep_B)
        target = self.schedule.training_target(batch.latents_BCFHW, batch.noise_BCFHW, batch.timestep_B)
        with precision.autocast(self.dtype, self.bundle.device):
            return self.bundle.predict(noisy, batch.timestep_B, batch.text_BSD), target.float()
