from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..models.generation_spec_scheduler import (
    GenerationSpecScheduler,
    check_generation_spec_scheduler,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.concept_version_ref import ConceptVersionRef
    from ..models.highway import Highway


T = TypeVar("T", bound="GenerationSpec")


@_attrs_define
class GenerationSpec:
    """A generation with every default resolved: what the engine runs.

    Attributes:
        num_frames (int):
        height (int):
        width (int):
        steps (int):
        guidance_scale (float):
        prompt (str):
        base_model (str):
        seed (int):
        negative_prompt (str | Unset):  Default: ''.
        fps (float | Unset):  Default: 8.0.
        adapter_scale (float | Unset):  Default: 1.0.
        highway (Highway | Unset): The Appearance Highway: which skips start at the spatial attention, and their gain.
        phase (float | Unset):  Default: 1.0.
        noise_prior (float | Unset):  Default: 0.0.
        scheduler (GenerationSpecScheduler | Unset):  Default: 'ddim'.
        concept (ConceptVersionRef | None | Unset):
        output_format (Literal['mp4'] | Unset):  Default: 'mp4'.
    """

    num_frames: int
    height: int
    width: int
    steps: int
    guidance_scale: float
    prompt: str
    base_model: str
    seed: int
    negative_prompt: str | Unset = ""
    fps: float | Unset = 8.0
    adapter_scale: float | Unset = 1.0
    highway: Highway | Unset = UNSET
    phase: float | Unset = 1.0
    noise_prior: float | Unset = 0.0
    scheduler: GenerationSpecScheduler | Unset = "ddim"
    concept: ConceptVersionRef | None | Unset = UNSET
    output_format: Literal["mp4"] | Unset = "mp4"

    def to_dict(self) -> dict[str, Any]:
        from ..models.concept_version_ref import ConceptVersionRef  # noqa: PLC0415

        num_frames = self.num_frames

        height = self.height

        width = self.width

        steps = self.steps

        guidance_scale = self.guidance_scale

        prompt = self.prompt

        base_model = self.base_model

        seed = self.seed

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

        concept: dict[str, Any] | None | Unset
        if isinstance(self.concept, Unset):
            concept = UNSET
        elif isinstance(self.concept, ConceptVersionRef):
            concept = self.concept.to_dict()
        else:
            concept = self.concept

        output_format = self.output_format

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "num_frames": num_frames,
                "height": height,
                "width": width,
                "steps": steps,
                "guidance_scale": guidance_scale,
                "prompt": prompt,
                "base_model": base_model,
                "seed": seed,
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
        if concept is not UNSET:
            field_dict["concept"] = concept
        if output_format is not UNSET:
            field_dict["output_format"] = output_format

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

        prompt = d.pop("prompt")

        base_model = d.pop("base_model")

        seed = d.pop("seed")

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
        scheduler: GenerationSpecScheduler | Unset
        if isinstance(_scheduler, Unset):
            scheduler = UNSET
        else:
            scheduler = check_generation_spec_scheduler(_scheduler)

        def _parse_concept(data: object) -> ConceptVersionRef | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                concept_type_0 = ConceptVersionRef.from_dict(data)

                return concept_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ConceptVersionRef | None | Unset, data)

        concept = _parse_concept(d.pop("concept", UNSET))

        output_format = cast(Literal["mp4"] | Unset, d.pop("output_format", UNSET))
        if output_format != "mp4" and not isinstance(output_format, Unset):
            raise ValueError(f"output_format must match const 'mp4', got '{output_format}'")

        generation_spec = cls(
            num_frames=num_frames,
            height=height,
            width=width,
            steps=steps,
            guidance_scale=guidance_scale,
            prompt=prompt,
            base_model=base_model,
            seed=seed,
            negative_prompt=negative_prompt,
            fps=fps,
            adapter_scale=adapter_scale,
            highway=highway,
            phase=phase,
            noise_prior=noise_prior,
            scheduler=scheduler,
            concept=concept,
            output_format=output_format,
        )

        return generation_spec
