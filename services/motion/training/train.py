"""Training of a motion adapter on a few clips, separate from their appearance (docs/method.md, section 5).

`run` is the whole training with files; `fit` trains on encoded clips. Suffixes as in shapes.py.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from services.motion import video
from services.motion.artifacts.adapter_files import Adapter, save_adapter, save_noise
from services.motion.artifacts.report import library_versions, write_report
from services.motion.compute import precision
from services.motion.families.protocol import Bundle
from services.motion.method import adapters, noise
from services.motion.method.highway import appearance_highway
from services.motion.progress import ProgressCallback, ProgressReporter, ignore_progress
from services.motion.shapes import FrameSize, VideoSize
from services.motion.training import aspect_buckets, checkpoints
from services.motion.training.trainer import Trainer
from shared.schemas.training import TrainingRecipe

SaveCheckpoint = Callable[[int, dict[str, Tensor]], None]
"""Saves a training state: the last finished step and the tensors after it."""


class ReferenceClip(NamedTuple):
    """A clip's file and the caption that names its motion."""

    path: Path
    caption: str


class TrainingResult(NamedTuple):
    """The files of a training in its work folder, and its report."""

    files: list[Path]
    report: dict[str, Any]
    resumed_from_step: int | None


TrainingState = tuple[int, dict[str, Tensor]]
"""The last finished step, and the tensors of a training checkpoint after it."""


class FitResult(NamedTuple):
    """The adapter, the loss of each step of this run, and whether gradient checkpointing was on.

    `paused` is the state from which to resume if the training was paused before its end.
    """

    adapter: Adapter
    losses: list[float]
    gradient_checkpointing: bool
    paused: TrainingState | None = None


class PausedTraining(NamedTuple):
    """A training that is paused after `step`, with its adapter at this step. `save` saves a training checkpoint."""

    step: int
    adapter: Adapter
    save: Callable[[], None]


def never() -> bool:
    """The default of a request: there is none."""
    return False


def run(
    bundle: Bundle,
    recipe: TrainingRecipe,
    clips: Sequence[ReferenceClip],
    workdir: Path,
    *,
    on_progress: ProgressCallback = ignore_progress,
    compute_dtype: str = "auto",
    resume: Path | None = None,
    on_checkpoint: Callable[[int, Path], None] = lambda _step, _path: None,
    checkpoint_requested: Callable[[], bool] = never,
    pause_requested: Callable[[], bool] = never,
    on_pause: Callable[[PausedTraining], None] = lambda _pause: None,
) -> TrainingResult:
    """Train on clip files; writes the adapter, a report and, if the recipe says so, inverted noise into `workdir`.

    `on_checkpoint(step, folder)` is called for every training checkpoint; `resume` takes such a folder. After each step
    `checkpoint_requested()` and `pause_requested()` are called. A pause lasts until `on_pause` returns; it does not
    change the result. Raises MotionError for a file that is not a video, a size that the base model does not support,
    or a checkpoint of a different training.
    """
    started = time.monotonic()
    check(bundle, recipe)
    workdir.mkdir(parents=True, exist_ok=True)
    encoded = encode_clips(bundle, recipe, [clip.path for clip in clips], on_progress)
    latents = [clip.latents for clip in encoded]
    identity = {"recipe": recipe.model_dump(mode="json"), "base": bundle.provenance}
    start = checkpoints.load(resume, identity) if resume else None

    def save_checkpoint(step: int, state: dict[str, Tensor]) -> None:
        on_checkpoint(step, checkpoints.save(workdir, step, state, identity))

    fit_from = partial(
        fit, bundle, latents, bundle.encode_text([clip.caption for clip in clips]), recipe, on_progress=on_progress,
        compute_dtype=compute_dtype, save_checkpoint=save_checkpoint, checkpoint_requested=checkpoint_requested,
        pause_requested=pause_requested,
        flipped=[clip.flipped for clip in encoded if clip.flipped is not None],
    )  # fmt: skip
    fitted = _fit_with_pauses(fit_from, start, save_checkpoint, on_pause)
    captions = [clip.caption for clip in clips]
    adapter = fitted.adapter._replace(recipe=identity | {"captions": captions})
    files = save_adapter(workdir, adapter, components=bundle.lora_components)
    if recipe.save_inverted_noise:
        files.append(save_noise(workdir, _invert(bundle, latents, recipe.num_frames, on_progress)))
    report = {
        **identity,
        "captions": captions,
        "frames_per_clip": [clip.num_frames for clip in encoded],
        "sizes": [clip.size._asdict() for clip in encoded],
        "base_dtype": precision.dtype_name(bundle.dtype),
        "compute_dtype": precision.dtype_name(precision.resolve_compute_dtype(compute_dtype, bundle.device)),
        "gradient_checkpointing": fitted.gradient_checkpointing,
        "metrics": {"final_loss": _final_loss(fitted.losses)},
        "losses": fitted.losses,
        "num_parameters": sum(tensor.numel() for tensor in adapter.tensors.values()),
        "seconds": round(time.monotonic() - started, 3),
        "versions": library_versions(),
    }
    files.append(write_report(workdir, report))
    return TrainingResult(files, report, start[0] if start else None)


def _fit_with_pauses(
    fit_from: Callable[..., FitResult],
    start: TrainingState | None,
    save_checkpoint: SaveCheckpoint,
    on_pause: Callable[[PausedTraining], None],
) -> FitResult:
    """Fit from `start` to the end. A pause ends `fit` and resumes it from its state, with the same result."""
    losses: list[float] = []
    while True:
        fitted = fit_from(resume=start)
        losses += fitted.losses
        if fitted.paused is None:
            return fitted._replace(losses=losses)
        start = fitted.paused
        on_pause(PausedTraining(start[0], fitted.adapter, partial(save_checkpoint, *start)))


def _final_loss(losses: Sequence[float]) -> float | None:
    """The mean loss of the last twentieth of the steps of this run."""
    last = losses[-max(1, len(losses) // 20) :]
    return sum(last) / len(last) if last else None


def check(bundle: Bundle, recipe: TrainingRecipe) -> None:
    """Raise MotionError for a recipe that the base model does not support."""
    bundle.latent_size(VideoSize(recipe.num_frames, recipe.height, recipe.width))
    adapters.target_modules(bundle.network, recipe.preset)
    if recipe.spatial_path != "none":
        adapters.target_modules(bundle.network, adapters.SPATIAL)
    with appearance_highway(bundle.network, recipe.highway.mode, gain=recipe.highway.gain):
        pass  # entering the block raises if the network does not support it


class EncodedClip(NamedTuple):
    """A clip's latents on the CPU for `Bundle.window`, its number of frames and its frame size.

    `flipped` are the latents of the horizontally flipped clip, if the recipe has `horizontal_flip`.
    """

    latents: Tensor
    num_frames: int
    size: FrameSize
    flipped: Tensor | None


def encode_clips(
    bundle: Bundle, recipe: TrainingRecipe, paths: Sequence[Path], on_progress: ProgressCallback = ignore_progress
) -> list[EncodedClip]:
    """Encode every clip once; each training step draws windows of the latents."""
    progress = ProgressReporter(on_progress, "encoding", len(paths))
    encoded: list[EncodedClip] = []
    for path in paths:
        encoded.append(_encode(bundle, recipe, path))
        progress.advance()
    return encoded


def _encode(bundle: Bundle, recipe: TrainingRecipe, path: Path) -> EncodedClip:
    size = FrameSize(recipe.height, recipe.width)
    if recipe.aspect_buckets:
        size = aspect_buckets.nearest_bucket(
            aspect_buckets.make_buckets(bundle.limits.size, size), video.frame_size(path)
        )
    frames_THWX = video.read(path, fps=recipe.fps, **size._asdict(), min_frames=recipe.num_frames)
    latents = bundle.encode_clip(frames_THWX, recipe.num_frames).cpu()
    flipped = bundle.encode_clip(frames_THWX[:, :, ::-1], recipe.num_frames).cpu() if recipe.horizontal_flip else None
    return EncodedClip(latents, len(frames_THWX), size, flipped)


def _invert(bundle: Bundle, latents: Sequence[Tensor], num_frames: int, on_progress: ProgressCallback) -> list[Tensor]:
    """DDIM inversion of the first window of each clip, with an empty prompt and without an adapter."""
    empty_BSD = bundle.encode_text([""])
    progress = ProgressReporter(on_progress, "saving", len(latents) * noise.INVERSION_STEPS)
    inverted: list[Tensor] = []
    for clip in latents:
        window_BCFHW = bundle.window(clip, 0, num_frames).unsqueeze(0).to(bundle.device)

        def predict(noisy_BCFHW: Tensor, timestep_B: Tensor) -> Tensor:
            return bundle.predict(noisy_BCFHW, timestep_B, empty_BSD)

        start_BCFHW = noise.invert(
            predict, bundle.schedule, window_BCFHW, num_steps=noise.INVERSION_STEPS, on_step=progress.advance
        )
        inverted.append(start_BCFHW[0])
    return inverted


def fit(
    bundle: Bundle,
    latents_per_clip: Sequence[Tensor],
    text_KSD: Tensor,
    recipe: TrainingRecipe,
    *,
    on_progress: ProgressCallback = ignore_progress,
    flipped: Sequence[Tensor] = (),
    compute_dtype: str = "auto",
    resume: TrainingState | None = None,
    save_checkpoint: SaveCheckpoint | None = None,
    checkpoint_requested: Callable[[], bool] = never,
    pause_requested: Callable[[], bool] = never,
) -> FitResult:
    """Train an adapter on each clip's latents from `bundle.encode_clip`; the base model is unchanged afterwards.

    Text encoder and autoencoder are offloaded meanwhile. `flipped` are the latents of each flipped clip, for
    `recipe.horizontal_flip`. `save_checkpoint(step, state)` is called every `recipe.checkpoint_every` steps and when
    `checkpoint_requested()` is true; `resume` is such a pair. `on_progress` is called after every step and may raise
    `Canceled`. When `pause_requested()` is true the training ends early, with `paused` set.

    Raises:
        Unsuitable: a clip is shorter than the recipe's window.
        Diverged: the loss, its gradients or the adapter are not finite.
        CheckpointMismatch: `resume` belongs to another adapter.
        NoTargets: the network has no layer of the preset.
    """
    dtype = precision.resolve_compute_dtype(compute_dtype, bundle.device)
    trainer = Trainer(bundle, latents_per_clip, text_KSD, recipe, dtype, flipped)
    step_losses: list[float] = []
    with (
        bundle.offload.offloaded(bundle.text_encoder, bundle.vae),
        trainer.attached(),
        appearance_highway(bundle.network, recipe.highway.mode, gain=recipe.highway.gain),
        trainer.gradient_checkpointing() as checkpointing,
    ):
        done, paused = trainer.restore(resume), None
        progress = ProgressReporter(on_progress, "training", recipe.steps, done=done)
        while done < recipe.steps and paused is None:
            step_losses.append(trainer.step(done))
            done += 1
            due = done % recipe.checkpoint_every == 0
            if save_checkpoint and (due or checkpoint_requested()) and done < recipe.steps:
                save_checkpoint(done, trainer.state(done))
            progress.advance(step_losses[-1])
            paused = (done, trainer.state(done)) if done < recipe.steps and pause_requested() else None
        tensors = trainer.tensors(done)
    return FitResult(
        Adapter(trainer.config, tensors, recipe.model_dump(mode="json")), step_losses, checkpointing, paused
    )
