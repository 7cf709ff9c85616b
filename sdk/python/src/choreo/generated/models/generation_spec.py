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

if TYPE_CHECKING:
    from ..models.concept_version_ref import ConceptVersionRef
    from ..models.highway import Highway


T = TypeVar("T", bound="GenerationSpec")


@_attrs_define
class GenerationSpec:
    """A generation with every default resolved.

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
        scheduler (GenerationSpecScheduler): Sampler, one of the base model's `samplers`.
        prompt (str): Text prompt: the subject, the motion and the scene.
        concept (ConceptVersionRef | None): The version whose adapter is used; null for the base model without an
            adapter.
        base_model (str): Id of the base model.
        seed (int): Seed of the random number generators.
        output_format (Literal['mp4']): Container of the video.
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
    scheduler: GenerationSpecScheduler
    prompt: str
    concept: ConceptVersionRef | None
    base_model: str
    seed: int
    output_format: Literal["mp4"]

    def to_dict(self) -> dict[str, Any]:
        from ..models.concept_version_ref import ConceptVersionRef  # noqa: PLC0415

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

        prompt = self.prompt

        concept: dict[str, Any] | None
        if isinstance(self.concept, ConceptVersionRef):
            concept = self.concept.to_dict()
        else:
            concept = self.concept

        base_model = self.base_model

        seed = self.seed

        output_format = self.output_format

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
                "prompt": prompt,
                "concept": concept,
                "base_model": base_model,
                "seed": seed,
                "output_format": output_format,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.concept_version_ref import ConceptVersionRef  # noqa: PLC0415
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

        scheduler = check_generation_spec_scheduler(d.pop("scheduler"))

        prompt = d.pop("prompt")

        def _parse_concept(data: object) -> ConceptVersionRef | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                concept_type_0 = ConceptVersionRef.from_dict(data)

                return concept_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ConceptVersionRef | None, data)

        concept = _parse_concept(d.pop("concept"))

        base_model = d.pop("base_model")

        seed = d.pop("seed")

        output_format = cast(Literal["mp4"], d.pop("output_format"))
        if output_format != "mp4":
            raise ValueError(f"output_format must match const 'mp4', got '{output_format}'")

        generation_spec = cls(
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
            prompt=prompt,
            concept=concept,
            base_model=base_model,
            seed=seed,
            output_format=output_format,
        )

        return generation_spec
