from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.evaluation_spec_scheduler import (
    EvaluationSpecScheduler,
    check_evaluation_spec_scheduler,
)

if TYPE_CHECKING:
    from ..models.concept_version_ref import ConceptVersionRef
    from ..models.highway import Highway


T = TypeVar("T", bound="EvaluationSpec")


@_attrs_define
class EvaluationSpec:
    """An evaluation with every default resolved.

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
            adapter and the highway, rounded to whole steps, and at least one step unless it is 0. The remaining steps use
            the base model alone.
        noise_prior (float): Share of a reference clip's inverted noise in the initial latents. More than 0 needs a
            version that was trained with `save_inverted_noise`.
        scheduler (EvaluationSpecScheduler): Sampler, one of the base model's `samplers`.
        prompts (list[str]): Text prompts. One video is generated for each prompt and seed.
        seeds (list[int]): Seeds of the initial noise. One video is generated for each prompt and seed.
        concept (ConceptVersionRef): Reference to one version of a concept.
        base_model (str): Id of the base model.
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
    scheduler: EvaluationSpecScheduler
    prompts: list[str]
    seeds: list[int]
    concept: ConceptVersionRef
    base_model: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

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

        concept = self.concept.to_dict()

        base_model = self.base_model

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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
                "concept": concept,
                "base_model": base_model,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_version_ref import ConceptVersionRef  # noqa: PLC0415
        from ..models.highway import Highway  # noqa: PLC0415

        d = {**src_dict}
        negative_prompt = d.pop("negative_prompt")
        if not isinstance(negative_prompt, str):
            raise TypeError(f"negative_prompt is {type(negative_prompt).__name__}")

        num_frames = d.pop("num_frames")
        if not isinstance(num_frames, int):
            raise TypeError(f"num_frames is {type(num_frames).__name__}")

        height = d.pop("height")
        if not isinstance(height, int):
            raise TypeError(f"height is {type(height).__name__}")

        width = d.pop("width")
        if not isinstance(width, int):
            raise TypeError(f"width is {type(width).__name__}")

        fps = d.pop("fps")
        if not isinstance(fps, int | float):
            raise TypeError(f"fps is {type(fps).__name__}")

        steps = d.pop("steps")
        if not isinstance(steps, int):
            raise TypeError(f"steps is {type(steps).__name__}")

        guidance_scale = d.pop("guidance_scale")
        if not isinstance(guidance_scale, int | float):
            raise TypeError(f"guidance_scale is {type(guidance_scale).__name__}")

        adapter_scale = d.pop("adapter_scale")
        if not isinstance(adapter_scale, int | float):
            raise TypeError(f"adapter_scale is {type(adapter_scale).__name__}")

        highway = Highway.from_dict(d.pop("highway"))

        phase = d.pop("phase")
        if not isinstance(phase, int | float):
            raise TypeError(f"phase is {type(phase).__name__}")

        noise_prior = d.pop("noise_prior")
        if not isinstance(noise_prior, int | float):
            raise TypeError(f"noise_prior is {type(noise_prior).__name__}")

        scheduler = check_evaluation_spec_scheduler(d.pop("scheduler"))

        prompts = []
        _prompts = d.pop("prompts")
        if not isinstance(_prompts, list):
            raise TypeError(f"prompts is {type(_prompts).__name__}")
        for prompts_item_data in _prompts:
            prompts_item = prompts_item_data
            if not isinstance(prompts_item, str):
                raise TypeError(f"prompts_item is {type(prompts_item).__name__}")

            prompts.append(prompts_item)

        seeds = []
        _seeds = d.pop("seeds")
        if not isinstance(_seeds, list):
            raise TypeError(f"seeds is {type(_seeds).__name__}")
        for seeds_item_data in _seeds:
            seeds_item = seeds_item_data
            if not isinstance(seeds_item, int):
                raise TypeError(f"seeds_item is {type(seeds_item).__name__}")

            seeds.append(seeds_item)

        concept = ConceptVersionRef.from_dict(d.pop("concept"))

        base_model = d.pop("base_model")
        if not isinstance(base_model, str):
            raise TypeError(f"base_model is {type(base_model).__name__}")

        evaluation_spec = cls(
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
            concept=concept,
            base_model=base_model,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        evaluation_spec.additional_properties = additional_properties
        return evaluation_spec

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
