from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.evaluation_spec_scheduler import (
    EvaluationSpecScheduler,
    check_evaluation_spec_scheduler,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.concept_version_ref import ConceptVersionRef
    from ..models.highway import Highway


T = TypeVar("T", bound="EvaluationSpec")


@_attrs_define
class EvaluationSpec:
    """An evaluation with every default resolved: what the engine runs.

    Attributes:
        num_frames (int):
        height (int):
        width (int):
        steps (int):
        guidance_scale (float):
        prompts (list[str]):
        seeds (list[int]):
        concept (ConceptVersionRef): One immutable version of a concept.
        base_model (str):
        negative_prompt (str | Unset):  Default: ''.
        fps (float | Unset):  Default: 8.0.
        adapter_scale (float | Unset):  Default: 1.0.
        highway (Highway | Unset): The Appearance Highway: which skips start at the spatial attention, and their gain.
        phase (float | Unset):  Default: 1.0.
        noise_prior (float | Unset):  Default: 0.0.
        scheduler (EvaluationSpecScheduler | Unset):  Default: 'ddim'.
    """

    num_frames: int
    height: int
    width: int
    steps: int
    guidance_scale: float
    prompts: list[str]
    seeds: list[int]
    concept: ConceptVersionRef
    base_model: str
    negative_prompt: str | Unset = ""
    fps: float | Unset = 8.0
    adapter_scale: float | Unset = 1.0
    highway: Highway | Unset = UNSET
    phase: float | Unset = 1.0
    noise_prior: float | Unset = 0.0
    scheduler: EvaluationSpecScheduler | Unset = "ddim"

    def to_dict(self) -> dict[str, Any]:
        num_frames = self.num_frames

        height = self.height

        width = self.width

        steps = self.steps

        guidance_scale = self.guidance_scale

        prompts = self.prompts

        seeds = self.seeds

        concept = self.concept.to_dict()

        base_model = self.base_model

        negative_prompt = self.negative_prompt

        fps = self.fps

        adapter_scale = self.adapter_scale

        highway: dict[str, Any] | Unset = UNSET
        if not isinstance(self.highway, Unset):
            highway = self.highway.to_dict()

        phase = self.phase

        noise_prior = self.noise_prior

        scheduler: str | Unset = UNSET
        if not isinstance(self.scheduler, Unset):
            scheduler = self.scheduler

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "num_frames": num_frames,
                "height": height,
                "width": width,
                "steps": steps,
                "guidance_scale": guidance_scale,
                "prompts": prompts,
                "seeds": seeds,
                "concept": concept,
                "base_model": base_model,
            }
        )
        if negative_prompt is not UNSET:
            field_dict["negative_prompt"] = negative_prompt
        if fps is not UNSET:
            field_dict["fps"] = fps
        if adapter_scale is not UNSET:
            field_dict["adapter_scale"] = adapter_scale
        if highway is not UNSET:
            field_dict["highway"] = highway
        if phase is not UNSET:
            field_dict["phase"] = phase
        if noise_prior is not UNSET:
            field_dict["noise_prior"] = noise_prior
        if scheduler is not UNSET:
            field_dict["scheduler"] = scheduler

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_version_ref import ConceptVersionRef  # noqa: PLC0415
        from ..models.highway import Highway  # noqa: PLC0415

        d = dict(src_dict)
        num_frames = d.pop("num_frames")

        height = d.pop("height")

        width = d.pop("width")

        steps = d.pop("steps")

        guidance_scale = d.pop("guidance_scale")

        prompts = cast(list[str], d.pop("prompts"))

        seeds = cast(list[int], d.pop("seeds"))

        concept = ConceptVersionRef.from_dict(d.pop("concept"))

        base_model = d.pop("base_model")

        negative_prompt = d.pop("negative_prompt", UNSET)

        fps = d.pop("fps", UNSET)

        adapter_scale = d.pop("adapter_scale", UNSET)

        _highway = d.pop("highway", UNSET)
        highway: Highway | Unset
        if isinstance(_highway, Unset):
            highway = UNSET
        else:
            highway = Highway.from_dict(_highway)

        phase = d.pop("phase", UNSET)

        noise_prior = d.pop("noise_prior", UNSET)

        _scheduler = d.pop("scheduler", UNSET)
        scheduler: EvaluationSpecScheduler | Unset
        if isinstance(_scheduler, Unset):
            scheduler = UNSET
        else:
            scheduler = check_evaluation_spec_scheduler(_scheduler)

        evaluation_spec = cls(
            num_frames=num_frames,
            height=height,
            width=width,
            steps=steps,
            guidance_scale=guidance_scale,
            prompts=prompts,
            seeds=seeds,
            concept=concept,
            base_model=base_model,
            negative_prompt=negative_prompt,
            fps=fps,
            adapter_scale=adapter_scale,
            highway=highway,
            phase=phase,
            noise_prior=noise_prior,
            scheduler=scheduler,
        )

        return evaluation_spec
