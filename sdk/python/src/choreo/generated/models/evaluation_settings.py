from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.evaluation_settings_scheduler import (
    EvaluationSettingsScheduler,
    check_evaluation_settings_scheduler,
)

if TYPE_CHECKING:
    from ..models.highway import Highway


T = TypeVar("T", bound="EvaluationSettings")


@_attrs_define
class EvaluationSettings:
    """Settings of an evaluation: one video is generated and measured for each prompt and seed.

    Attributes:
        negative_prompt (str): Text prompt of the unconditional branch of classifier-free guidance.
        num_frames (int): Number of frames.
        height (int): Height in pixels.
        width (int): Width in pixels.
        fps (float): Frame rate of the video, in frames a second.
        steps (int): Number of denoising steps.
        guidance_scale (float): Scale of classifier-free guidance. 1 switches guidance off.
        adapter_scale (float): Factor of the adapter's output. 0 switches the adapter off.
        highway (Highway): The Appearance Highway, for base models with `supports_highway`: U-Net skip connections that
            start after the
            spatial attention instead of after the temporal one.
        phase (float): Phased LoRA Integration: fraction of the denoising steps, from the noisy end, that use the
            adapter and the highway. The remaining steps use the base model alone.
        noise_prior (float): Share of a reference clip's inverted noise in the initial latents. More than 0 needs a
            version that was trained with `save_inverted_noise`.
        scheduler (EvaluationSettingsScheduler): Sampler, one of the base model's `samplers`.
        prompts (list[str]): Text prompts. One video is generated for each prompt and seed.
        seeds (list[int]): Seeds of the initial noise. One video is generated for each prompt and seed.
    """

    negative_prompt: str
    num_frames: int
    height: int
    width: int
    fps: float
    steps: int
    guidance_scale: float
    adapter_scale: float
    highway: Highway
    phase: float
    noise_prior: float
    scheduler: EvaluationSettingsScheduler
    prompts: list[str]
    seeds: list[int]

    def to_dict(self) -> dict[str, Any]:
        negative_prompt = self.negative_prompt

        num_frames = self.num_frames

        height = self.height

        width = self.width

        fps = self.fps

        steps = self.steps

        guidance_scale = self.guidance_scale

        adapter_scale = self.adapter_scale

        highway = self.highway.to_dict()

        phase = self.phase

        noise_prior = self.noise_prior

        scheduler: str = self.scheduler

        prompts = self.prompts

        seeds = self.seeds

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "negative_prompt": negative_prompt,
                "num_frames": num_frames,
                "height": height,
                "width": width,
                "fps": fps,
                "steps": steps,
                "guidance_scale": guidance_scale,
                "adapter_scale": adapter_scale,
                "highway": highway,
                "phase": phase,
                "noise_prior": noise_prior,
                "scheduler": scheduler,
                "prompts": prompts,
                "seeds": seeds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.highway import Highway  # noqa: PLC0415

        d = dict(src_dict)
        negative_prompt = d.pop("negative_prompt")

        num_frames = d.pop("num_frames")

        height = d.pop("height")

        width = d.pop("width")

        fps = d.pop("fps")

        steps = d.pop("steps")

        guidance_scale = d.pop("guidance_scale")

        adapter_scale = d.pop("adapter_scale")

        highway = Highway.from_dict(d.pop("highway"))

        phase = d.pop("phase")

        noise_prior = d.pop("noise_prior")

        scheduler = check_evaluation_settings_scheduler(d.pop("scheduler"))

        prompts = cast(list[str], d.pop("prompts"))

        seeds = cast(list[int], d.pop("seeds"))

        evaluation_settings = cls(
            negative_prompt=negative_prompt,
            num_frames=num_frames,
            height=height,
            width=width,
            fps=fps,
            steps=steps,
            guidance_scale=guidance_scale,
            adapter_scale=adapter_scale,
            highway=highway,
            phase=phase,
            noise_prior=noise_prior,
            scheduler=scheduler,
            prompts=prompts,
            seeds=seeds,
        )

        return evaluation_settings
