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

from ..models.generation_request_scheduler_type_0 import (
    GenerationRequestSchedulerType0,
    check_generation_request_scheduler_type_0,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.deadlines import Deadlines
    from ..models.generation_request_metadata import GenerationRequestMetadata
    from ..models.highway_request import HighwayRequest


T = TypeVar("T", bound="GenerationRequest")


@_attrs_define
class GenerationRequest:
    """Request for a generation: one video of a prompt, with the motion of a concept.

    Attributes:
        prompt (str): Text prompt: the subject, the motion and the scene.
        webhook_url (None | str | Unset): URL that receives this job's webhooks, in addition to the registered
            endpoints. Default: none.
        metadata (GenerationRequestMetadata | Unset): Up to 16 key-value pairs of strings. The service stores them and
            returns them unchanged.
        priority (int | Unset): Priority among this tenant's own jobs of the same queue: a higher one starts first.
            Default: 0.
        deadlines (Deadlines | Unset): Deadlines of a job. A job that misses one fails with `start_by_missed` or
            `finish_by_missed`.
        keep_days (float | None | Unset): Days after its end after which the job is deleted with its files. The tenant's
            `keep_jobs_days` applies if it is shorter. Default: the tenant's `keep_jobs_days`.
        negative_prompt (None | str | Unset): Text prompt of the unconditional branch of classifier-free guidance.
            Default: the base model's `negative_prompt`.
        num_frames (int | None | Unset): Number of frames. Default: the base model's `num_frames`.
        height (int | None | Unset): Height in pixels. Default: the base model's `height`.
        width (int | None | Unset): Width in pixels. Default: the base model's `width`.
        fps (float | None | Unset): Frame rate of the video, in frames a second. Default: the base model's `fps`.
        steps (int | None | Unset): Number of denoising steps. Default: the base model's `steps`.
        guidance_scale (float | None | Unset): Scale of classifier-free guidance. 1 switches guidance off. Default: the
            base model's `guidance_scale`.
        adapter_scale (float | None | Unset): Factor of the adapter's output. 0 switches the adapter off. Default: the
            base model's `adapter_scale`.
        highway (HighwayRequest | Unset): Settings of the Appearance Highway in a request. An omitted field has the base
            model's default.
        phase (float | None | Unset): Phased LoRA Integration: fraction of the denoising steps, from the noisy end, that
            use the adapter and the highway, rounded to whole steps, and at least one step unless it is 0. The remaining
            steps use the base model alone. Default: the base model's `phase`.
        noise_prior (float | None | Unset): Share of a reference clip's inverted noise in the initial latents. More than
            0 needs a version that was trained with `save_inverted_noise`. Default: the base model's `noise_prior`.
        scheduler (GenerationRequestSchedulerType0 | None | Unset): Sampler, one of the base model's `samplers`.
            Default: the base model's `scheduler`.
        concept (None | str | Unset): The concept whose motion is generated: `con_...` for its latest version,
            `con_...@3` or `con_...@prod` for another one. Null for the base model without an adapter.
        base_model (None | str | Unset): Id of the base model. Default: the one that the concept was trained on; without
            a concept, the service's first base model.
        seed (int | None | Unset): Seed of the initial noise. Default: random.
        output_format (Literal['mp4'] | None | Unset): Container of the video. Default: the base model's
            `output_format`.
    """

    prompt: str
    webhook_url: None | str | Unset = UNSET
    metadata: GenerationRequestMetadata | Unset = UNSET
    priority: int | Unset = 0
    deadlines: Deadlines | Unset = UNSET
    keep_days: float | None | Unset = UNSET
    negative_prompt: None | str | Unset = UNSET
    num_frames: int | None | Unset = UNSET
    height: int | None | Unset = UNSET
    width: int | None | Unset = UNSET
    fps: float | None | Unset = UNSET
    steps: int | None | Unset = UNSET
    guidance_scale: float | None | Unset = UNSET
    adapter_scale: float | None | Unset = UNSET
    highway: HighwayRequest | Unset = UNSET
    phase: float | None | Unset = UNSET
    noise_prior: float | None | Unset = UNSET
    scheduler: GenerationRequestSchedulerType0 | None | Unset = UNSET
    concept: None | str | Unset = UNSET
    base_model: None | str | Unset = UNSET
    seed: int | None | Unset = UNSET
    output_format: Literal["mp4"] | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        webhook_url: None | str | Unset
        if isinstance(self.webhook_url, Unset):
            webhook_url = UNSET
        else:
            webhook_url = self.webhook_url

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        priority = self.priority

        deadlines: dict[str, Any] | Unset = UNSET
        if not isinstance(self.deadlines, Unset):
            deadlines = self.deadlines.to_dict()

        keep_days: float | None | Unset
        if isinstance(self.keep_days, Unset):
            keep_days = UNSET
        else:
            keep_days = self.keep_days

        negative_prompt: None | str | Unset
        if isinstance(self.negative_prompt, Unset):
            negative_prompt = UNSET
        else:
            negative_prompt = self.negative_prompt

        num_frames: int | None | Unset
        if isinstance(self.num_frames, Unset):
            num_frames = UNSET
        else:
            num_frames = self.num_frames

        height: int | None | Unset
        if isinstance(self.height, Unset):
            height = UNSET
        else:
            height = self.height

        width: int | None | Unset
        if isinstance(self.width, Unset):
            width = UNSET
        else:
            width = self.width

        fps: float | None | Unset
        if isinstance(self.fps, Unset):
            fps = UNSET
        else:
            fps = self.fps

        steps: int | None | Unset
        if isinstance(self.steps, Unset):
            steps = UNSET
        else:
            steps = self.steps

        guidance_scale: float | None | Unset
        if isinstance(self.guidance_scale, Unset):
            guidance_scale = UNSET
        else:
            guidance_scale = self.guidance_scale

        adapter_scale: float | None | Unset
        if isinstance(self.adapter_scale, Unset):
            adapter_scale = UNSET
        else:
            adapter_scale = self.adapter_scale

        highway: dict[str, Any] | Unset = UNSET
        if not isinstance(self.highway, Unset):
            highway = self.highway.to_dict()

        phase: float | None | Unset
        if isinstance(self.phase, Unset):
            phase = UNSET
        else:
            phase = self.phase

        noise_prior: float | None | Unset
        if isinstance(self.noise_prior, Unset):
            noise_prior = UNSET
        else:
            noise_prior = self.noise_prior

        scheduler: None | str | Unset
        if isinstance(self.scheduler, Unset):
            scheduler = UNSET
        elif isinstance(self.scheduler, str):
            scheduler = self.scheduler
        else:
            scheduler = self.scheduler

        concept: None | str | Unset
        if isinstance(self.concept, Unset):
            concept = UNSET
        else:
            concept = self.concept

        base_model: None | str | Unset
        if isinstance(self.base_model, Unset):
            base_model = UNSET
        else:
            base_model = self.base_model

        seed: int | None | Unset
        if isinstance(self.seed, Unset):
            seed = UNSET
        else:
            seed = self.seed

        output_format: Literal["mp4"] | None | Unset
        if isinstance(self.output_format, Unset):
            output_format = UNSET
        else:
            output_format = self.output_format

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "prompt": prompt,
            }
        )
        if webhook_url is not UNSET:
            field_dict["webhook_url"] = webhook_url
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if priority is not UNSET:
            field_dict["priority"] = priority
        if deadlines is not UNSET:
            field_dict["deadlines"] = deadlines
        if keep_days is not UNSET:
            field_dict["keep_days"] = keep_days
        if negative_prompt is not UNSET:
            field_dict["negative_prompt"] = negative_prompt
        if num_frames is not UNSET:
            field_dict["num_frames"] = num_frames
        if height is not UNSET:
            field_dict["height"] = height
        if width is not UNSET:
            field_dict["width"] = width
        if fps is not UNSET:
            field_dict["fps"] = fps
        if steps is not UNSET:
            field_dict["steps"] = steps
        if guidance_scale is not UNSET:
            field_dict["guidance_scale"] = guidance_scale
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
        if base_model is not UNSET:
            field_dict["base_model"] = base_model
        if seed is not UNSET:
            field_dict["seed"] = seed
        if output_format is not UNSET:
            field_dict["output_format"] = output_format

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.deadlines import Deadlines  # noqa: PLC0415
        from ..models.generation_request_metadata import GenerationRequestMetadata  # noqa: PLC0415
        from ..models.highway_request import HighwayRequest  # noqa: PLC0415

        d = {**src_dict}
        prompt = d.pop("prompt")
        if not isinstance(prompt, str):
            raise TypeError(f"prompt is {type(prompt).__name__}")

        def _parse_webhook_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            webhook_url_type_0 = data
            if not isinstance(webhook_url_type_0, str):
                raise TypeError(f"webhook_url_type_0 is {type(webhook_url_type_0).__name__}")

            return webhook_url_type_0

        webhook_url = _parse_webhook_url(d.pop("webhook_url", UNSET))

        _metadata = d.pop("metadata", UNSET)
        metadata: GenerationRequestMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = GenerationRequestMetadata.from_dict(_metadata)

        priority = d.pop("priority", UNSET)
        if not isinstance(priority, int | Unset):
            raise TypeError(f"priority is {type(priority).__name__}")

        _deadlines = d.pop("deadlines", UNSET)
        deadlines: Deadlines | Unset
        if isinstance(_deadlines, Unset):
            deadlines = UNSET
        else:
            deadlines = Deadlines.from_dict(_deadlines)

        def _parse_keep_days(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            keep_days_type_0 = data
            if not isinstance(keep_days_type_0, int | float):
                raise TypeError(f"keep_days_type_0 is {type(keep_days_type_0).__name__}")

            return keep_days_type_0

        keep_days = _parse_keep_days(d.pop("keep_days", UNSET))

        def _parse_negative_prompt(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            negative_prompt_type_0 = data
            if not isinstance(negative_prompt_type_0, str):
                raise TypeError(f"negative_prompt_type_0 is {type(negative_prompt_type_0).__name__}")

            return negative_prompt_type_0

        negative_prompt = _parse_negative_prompt(d.pop("negative_prompt", UNSET))

        def _parse_num_frames(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            num_frames_type_0 = data
            if not isinstance(num_frames_type_0, int):
                raise TypeError(f"num_frames_type_0 is {type(num_frames_type_0).__name__}")

            return num_frames_type_0

        num_frames = _parse_num_frames(d.pop("num_frames", UNSET))

        def _parse_height(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            height_type_0 = data
            if not isinstance(height_type_0, int):
                raise TypeError(f"height_type_0 is {type(height_type_0).__name__}")

            return height_type_0

        height = _parse_height(d.pop("height", UNSET))

        def _parse_width(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            width_type_0 = data
            if not isinstance(width_type_0, int):
                raise TypeError(f"width_type_0 is {type(width_type_0).__name__}")

            return width_type_0

        width = _parse_width(d.pop("width", UNSET))

        def _parse_fps(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            fps_type_0 = data
            if not isinstance(fps_type_0, int | float):
                raise TypeError(f"fps_type_0 is {type(fps_type_0).__name__}")

            return fps_type_0

        fps = _parse_fps(d.pop("fps", UNSET))

        def _parse_steps(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            steps_type_0 = data
            if not isinstance(steps_type_0, int):
                raise TypeError(f"steps_type_0 is {type(steps_type_0).__name__}")

            return steps_type_0

        steps = _parse_steps(d.pop("steps", UNSET))

        def _parse_guidance_scale(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            guidance_scale_type_0 = data
            if not isinstance(guidance_scale_type_0, int | float):
                raise TypeError(f"guidance_scale_type_0 is {type(guidance_scale_type_0).__name__}")

            return guidance_scale_type_0

        guidance_scale = _parse_guidance_scale(d.pop("guidance_scale", UNSET))

        def _parse_adapter_scale(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            adapter_scale_type_0 = data
            if not isinstance(adapter_scale_type_0, int | float):
                raise TypeError(f"adapter_scale_type_0 is {type(adapter_scale_type_0).__name__}")

            return adapter_scale_type_0

        adapter_scale = _parse_adapter_scale(d.pop("adapter_scale", UNSET))

        _highway = d.pop("highway", UNSET)
        highway: HighwayRequest | Unset
        if isinstance(_highway, Unset):
            highway = UNSET
        else:
            highway = HighwayRequest.from_dict(_highway)

        def _parse_phase(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            phase_type_0 = data
            if not isinstance(phase_type_0, int | float):
                raise TypeError(f"phase_type_0 is {type(phase_type_0).__name__}")

            return phase_type_0

        phase = _parse_phase(d.pop("phase", UNSET))

        def _parse_noise_prior(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            noise_prior_type_0 = data
            if not isinstance(noise_prior_type_0, int | float):
                raise TypeError(f"noise_prior_type_0 is {type(noise_prior_type_0).__name__}")

            return noise_prior_type_0

        noise_prior = _parse_noise_prior(d.pop("noise_prior", UNSET))

        def _parse_scheduler(data: object) -> GenerationRequestSchedulerType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"scheduler is {type(data).__name__}")
            scheduler_type_0 = check_generation_request_scheduler_type_0(data)

            return scheduler_type_0

        scheduler = _parse_scheduler(d.pop("scheduler", UNSET))

        def _parse_concept(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            concept_type_0 = data
            if not isinstance(concept_type_0, str):
                raise TypeError(f"concept_type_0 is {type(concept_type_0).__name__}")

            return concept_type_0

        concept = _parse_concept(d.pop("concept", UNSET))

        def _parse_base_model(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            base_model_type_0 = data
            if not isinstance(base_model_type_0, str):
                raise TypeError(f"base_model_type_0 is {type(base_model_type_0).__name__}")

            return base_model_type_0

        base_model = _parse_base_model(d.pop("base_model", UNSET))

        def _parse_seed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            seed_type_0 = data
            if not isinstance(seed_type_0, int):
                raise TypeError(f"seed_type_0 is {type(seed_type_0).__name__}")

            return seed_type_0

        seed = _parse_seed(d.pop("seed", UNSET))

        def _parse_output_format(data: object) -> Literal["mp4"] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            output_format_type_0 = cast(Literal["mp4"], data)
            if output_format_type_0 != "mp4":
                raise ValueError(f"output_format_type_0 must match const 'mp4', got '{output_format_type_0}'")
            return output_format_type_0

        output_format = _parse_output_format(d.pop("output_format", UNSET))

        generation_request = cls(
            prompt=prompt,
            webhook_url=webhook_url,
            metadata=metadata,
            priority=priority,
            deadlines=deadlines,
            keep_days=keep_days,
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
            concept=concept,
            base_model=base_model,
            seed=seed,
            output_format=output_format,
        )

        return generation_request
