"""The training recipe: a motion adapter from a few clips, without what they look like (METHOD 5).

Suffixes: K clips, T frames of a whole clip, B batch, F frames of a window, C channels, H height, W width, S tokens,
D text width.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from services.motion import video
from services.motion.artifacts import provenance
from services.motion.artifacts.adapter_files import Adapter, save_adapter, save_noise, write_report
from services.motion.compute import precision
from services.motion.families.protocol import Bundle
from services.motion.method import adapters, highway, noise
from services.motion.progress import Meter, Report, ignore
from services.motion.shapes import FrameSize, VideoSize
from services.motion.training import aspect_buckets, checkpoints
from services.motion.training.trainer import MOTION, Trainer
from shared.schemas.training import TrainingRecipe

Keep = Callable[[int, dict[str, Tensor]], None]


class ReferenceClip(NamedTuple):
    """A clip's file and the caption that names its motion in words."""

    path: Path
    caption: str


class TrainingResult(NamedTuple):
    """What a training leaves in its work folder."""

    files: list[Path]
    report: dict[str, Any]
    resumed_from_step: int | None


State = tuple[int, dict[str, Tensor]]
"""The step that was done last, and what is needed to go on after it."""


class Fitted(NamedTuple):
    """A trained adapter, the loss of every step that this run took, and whether gradient checkpointing was on.

    `paused` is the place to go on from when it was interrupted before its end.
    """

    adapter: Adapter
    losses: list[float]
    gradient_checkpointing: bool
    paused: State | None = None


class Pause(NamedTuple):
    """A training that rests after `step`: its adapter as it is, and `save`, which makes a checkpoint of this place."""

    step: int
    adapter: Adapter
    save: Callable[[], None]


def never() -> bool:
    """A question that is always answered with no."""
    return False


def run(
    bundle: Bundle,
    recipe: TrainingRecipe,
    clips: Sequence[ReferenceClip],
    workdir: Path,
    *,
    report: Report = ignore,
    compute_dtype: str = "auto",
    resume: Path | None = None,
    on_checkpoint: Callable[[int, Path], None] = lambda _step, _path: None,
    wants_checkpoint: Callable[[], bool] = never,
    wants_pause: Callable[[], bool] = never,
    on_pause: Callable[[Pause], None] = lambda _pause: None,
) -> TrainingResult:
    """Train on clip files; writes the adapter, a report and, when asked for, the inverted noise into `workdir`.

    `on_checkpoint(step, path)` hears of every checkpoint, a folder that `resume` takes. When `wants_pause()` says so
    the training steps aside until `on_pause` returns: whatever that does with the base, the result is the same bits.
    Raises MotionError: a clip that is no video, sizes the base cannot take, a checkpoint of another training.
    """
    started = time.monotonic()
    check(bundle, recipe)
    workdir.mkdir(parents=True, exist_ok=True)
    encoded = encode_clips(bundle, recipe, [clip.path for clip in clips], report)
    latents = [clip.latents for clip in encoded]
    identity = {"recipe": recipe.model_dump(mode="json"), "base": provenance.of_base(bundle)}
    start = checkpoints.load(resume, identity) if resume else None

    def keep(step: int, state: dict[str, Tensor]) -> None:
        on_checkpoint(step, checkpoints.save(workdir, step, state, identity))

    fit_from = partial(
        fit, bundle, latents, bundle.encode_text([clip.caption for clip in clips]), recipe, report=report,
        compute_dtype=compute_dtype, keep=keep, wants_checkpoint=wants_checkpoint, wants_pause=wants_pause,
        mirrored=[clip.mirrored for clip in encoded if clip.mirrored is not None],
    )  # fmt: skip
    fitted = _with_pauses(fit_from, start, keep, on_pause)
    captions = [clip.caption for clip in clips]
    adapter = fitted.adapter._replace(recipe=identity | {"captions": captions})
    files = save_adapter(workdir, adapter, parts=bundle.parts)
    if recipe.save_inverted_noise:
        files.append(save_noise(workdir, _invert(bundle, latents, recipe.num_frames, report)))
    facts = {
        **identity,
        "captions": captions,
        "frames_per_clip": [clip.num_frames for clip in encoded],
        "sizes": [clip.size._asdict() for clip in encoded],
        "base_dtype": precision.name_of(bundle.dtype),
        "compute_dtype": precision.name_of(precision.resolve(compute_dtype, bundle.device)),
        "gradient_checkpointing": fitted.gradient_checkpointing,
        "metrics": {"final_loss": _final(fitted.losses)},
        "losses": fitted.losses,
        "num_parameters": sum(tensor.numel() for tensor in adapter.tensors.values()),
        "seconds": round(time.monotonic() - started, 3),
        "versions": provenance.of_libraries(),
    }
    files.append(write_report(workdir, facts))
    return TrainingResult(files, facts, start[0] if start else None)


def _with_pauses(
    fit_from: Callable[..., Fitted], start: State | None, keep: Keep, on_pause: Callable[[Pause], None]
) -> Fitted:
    """Fit from `start` to the end. A pause is an interruption and a resumption, which leave no trace in the result."""
    losses: list[float] = []
    while True:
        fitted = fit_from(resume=start)
        losses += fitted.losses
        if fitted.paused is None:
            return fitted._replace(losses=losses)
        start = fitted.paused
        on_pause(Pause(start[0], fitted.adapter, partial(keep, *start)))


def _final(losses: Sequence[float]) -> float | None:
    """The mean loss of the last twentieth of the steps that this run took."""
    last = losses[-max(1, len(losses) // 20) :]
    return sum(last) / len(last) if last else None


def check(bundle: Bundle, recipe: TrainingRecipe) -> None:
    """Raise MotionError for a recipe that the base cannot follow, before a clip is touched."""
    bundle.latent_size(VideoSize(recipe.num_frames, recipe.height, recipe.width))
    adapters.target_modules(bundle.network, recipe.preset)
    if recipe.spatial_path != "none":
        adapters.target_modules(bundle.network, adapters.SPATIAL)
    with highway.appearance_highway(bundle.network, recipe.highway.mode, gain=recipe.highway.gain):
        pass  # opening it is what refuses


class EncodedClip(NamedTuple):
    """A clip's latents on the CPU, as the base's `window` reads them, how many frames it has and in which size.

    `mirrored` is the same of the clip seen in a mirror, where the recipe wants it.
    """

    latents: Tensor
    num_frames: int
    size: FrameSize
    mirrored: Tensor | None


def encode_clips(
    bundle: Bundle, recipe: TrainingRecipe, paths: Sequence[Path], report: Report = ignore
) -> list[EncodedClip]:
    """Every clip's latents, computed once; each step takes fresh windows of them."""
    meter = Meter(report, "encoding", len(paths))
    encoded: list[EncodedClip] = []
    for path in paths:
        encoded.append(_encode(bundle, recipe, path))
        meter.tick()
    return encoded


def _encode(bundle: Bundle, recipe: TrainingRecipe, path: Path) -> EncodedClip:
    size = FrameSize(recipe.height, recipe.width)
    if recipe.aspect_buckets:
        size = aspect_buckets.nearest(aspect_buckets.sizes(bundle.limits.size, size), video.frame_size(path))
    frames_THWX = video.read(path, fps=recipe.fps, **size._asdict(), min_frames=recipe.num_frames)
    latents = bundle.encode_clip(frames_THWX, recipe.num_frames).cpu()
    mirrored = bundle.encode_clip(frames_THWX[:, :, ::-1], recipe.num_frames).cpu() if recipe.horizontal_flip else None
    return EncodedClip(latents, len(frames_THWX), size, mirrored)


def _invert(bundle: Bundle, latents: Sequence[Tensor], num_frames: int, report: Report) -> list[Tensor]:
    """DDIM inversion of the first window of each clip with an empty prompt, on the plain base."""
    empty_BSD = bundle.encode_text([""])
    meter = Meter(report, "saving", len(latents))
    inverted: list[Tensor] = []
    for clip in latents:
        window_BCFHW = bundle.window(clip, 0, num_frames).unsqueeze(0).to(bundle.device)

        def predict(noisy_BCFHW: Tensor, timestep_B: Tensor) -> Tensor:
            return bundle.predict(noisy_BCFHW, timestep_B, empty_BSD)

        inverted.append(noise.invert(predict, bundle.schedule, window_BCFHW)[0])
        meter.tick()
    return inverted


def fit(
    bundle: Bundle,
    latents_per_clip: Sequence[Tensor],
    text_KSD: Tensor,
    recipe: TrainingRecipe,
    *,
    report: Report = ignore,
    mirrored: Sequence[Tensor] = (),
    compute_dtype: str = "auto",
    resume: State | None = None,
    keep: Keep | None = None,
    wants_checkpoint: Callable[[], bool] = never,
    wants_pause: Callable[[], bool] = never,
) -> Fitted:
    """Train an adapter on each clip's latents, as `bundle.encode_clip` gives them; the base comes back as it was.

    Text encoder and autoencoder are off the device meanwhile. `mirrored` are each clip's latents in a mirror, which
    `recipe.horizontal_flip` needs. `keep(step, state)` is handed a resumable state every `recipe.checkpoint_every`
    steps and whenever `wants_checkpoint()` says so; `resume` is such a pair. `report` is called after every step and
    may raise `Canceled`. It ends before the last step when `wants_pause()` says so, `paused`.

    Raises:
        Unsuitable: the clips are shorter than the recipe's window.
        CheckpointMismatch: `resume` is of another adapter.
        NoTargets: the network has nothing that the preset adapts.
    """
    dtype = precision.resolve(compute_dtype, bundle.device)
    trainer = Trainer(bundle, latents_per_clip, text_KSD, recipe, dtype, mirrored)
    history: list[float] = []
    with (
        bundle.offload.without(bundle.text_encoder, bundle.vae),
        trainer.attached(),
        highway.appearance_highway(bundle.network, recipe.highway.mode, gain=recipe.highway.gain),
        trainer.checkpointed() as checkpointed,
    ):
        done, paused = trainer.restore(resume), None
        meter = Meter(report, "training", recipe.steps, done=done)
        while done < recipe.steps and paused is None:
            history.append(trainer.step(done))
            done += 1
            if keep and (done % recipe.checkpoint_every == 0 or wants_checkpoint()) and done < recipe.steps:
                keep(done, trainer.state())
            meter.tick(history[-1])
            paused = (done, trainer.state()) if done < recipe.steps and wants_pause() else None
        tensors = adapters.state(bundle.network, MOTION)
    return Fitted(Adapter(trainer.config, tensors, recipe.model_dump(mode="json")), history, checkpointed, paused)
