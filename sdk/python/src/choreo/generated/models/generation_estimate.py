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
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.generation_spec import GenerationSpec
    from ..models.interval import Interval
    from ..models.job_warning import JobWarning


T = TypeVar("T", bound="GenerationEstimate")


@_attrs_define
class GenerationEstimate:
    """The response to a dry run of a generation. No job was created.

    Attributes:
        queue_position (int): Number of jobs that would start before it.
        queue_wait_seconds (Interval | None): Time until it would start, with as many workers as served the queue in the
            last hour; null with too few past jobs.
        gpu_seconds (Interval | None): GPU seconds that it would use; null with too few past jobs.
        confidence (float | None): Probability that a job like the past ones uses between `low` and `high` GPU seconds;
            null with too few past jobs.
        num_past_jobs (int): Number of past jobs of the same kind and base model in the estimate, at most 50.
        warnings (list[JobWarning]): Warnings that the job would have; empty without any.
        spec (GenerationSpec): A generation with every default resolved.
        kind (Literal['generation'] | Unset): Kind of the job. Default: 'generation'.
    """

    queue_position: int
    queue_wait_seconds: Interval | None
    gpu_seconds: Interval | None
    confidence: float | None
    num_past_jobs: int
    warnings: list[JobWarning]
    spec: GenerationSpec
    kind: Literal["generation"] | Unset = "generation"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.interval import Interval  # noqa: PLC0415

        queue_position = self.queue_position

        queue_wait_seconds: dict[str, Any] | None
        if isinstance(self.queue_wait_seconds, Interval):
            queue_wait_seconds = self.queue_wait_seconds.to_dict()
        else:
            queue_wait_seconds = self.queue_wait_seconds

        gpu_seconds: dict[str, Any] | None
        if isinstance(self.gpu_seconds, Interval):
            gpu_seconds = self.gpu_seconds.to_dict()
        else:
            gpu_seconds = self.gpu_seconds

        confidence: float | None
        confidence = self.confidence

        num_past_jobs = self.num_past_jobs

        warnings = []
        for warnings_item_data in self.warnings:
            warnings_item = warnings_item_data.to_dict()
            warnings.append(warnings_item)

        spec = self.spec.to_dict()

        kind = self.kind

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "queue_position": queue_position,
                "queue_wait_seconds": queue_wait_seconds,
                "gpu_seconds": gpu_seconds,
                "confidence": confidence,
                "num_past_jobs": num_past_jobs,
                "warnings": warnings,
                "spec": spec,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.generation_spec import GenerationSpec  # noqa: PLC0415
        from ..models.interval import Interval  # noqa: PLC0415
        from ..models.job_warning import JobWarning  # noqa: PLC0415

        d = {**src_dict}
        queue_position = d.pop("queue_position")
        if not isinstance(queue_position, int):
            raise TypeError(f"queue_position is {type(queue_position).__name__}")

        def _parse_queue_wait_seconds(data: object) -> Interval | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"queue_wait_seconds is {type(data).__name__}")
            queue_wait_seconds_type_0 = Interval.from_dict(data)

            return queue_wait_seconds_type_0

        queue_wait_seconds = _parse_queue_wait_seconds(d.pop("queue_wait_seconds"))

        def _parse_gpu_seconds(data: object) -> Interval | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"gpu_seconds is {type(data).__name__}")
            gpu_seconds_type_0 = Interval.from_dict(data)

            return gpu_seconds_type_0

        gpu_seconds = _parse_gpu_seconds(d.pop("gpu_seconds"))

        def _parse_confidence(data: object) -> float | None:
            if data is None:
                return data
            confidence_type_0 = data
            if not isinstance(confidence_type_0, int | float):
                raise TypeError(f"confidence_type_0 is {type(confidence_type_0).__name__}")

            return confidence_type_0

        confidence = _parse_confidence(d.pop("confidence"))

        num_past_jobs = d.pop("num_past_jobs")
        if not isinstance(num_past_jobs, int):
            raise TypeError(f"num_past_jobs is {type(num_past_jobs).__name__}")

        warnings = []
        _warnings = d.pop("warnings")
        if not isinstance(_warnings, list):
            raise TypeError(f"warnings is {type(_warnings).__name__}")
        for warnings_item_data in _warnings:
            warnings_item = JobWarning.from_dict(warnings_item_data)

            warnings.append(warnings_item)

        spec = GenerationSpec.from_dict(d.pop("spec"))

        kind = cast(Literal["generation"] | Unset, d.pop("kind", UNSET))
        if kind != "generation" and not isinstance(kind, Unset):
            raise ValueError(f"kind must match const 'generation', got '{kind}'")

        generation_estimate = cls(
            queue_position=queue_position,
            queue_wait_seconds=queue_wait_seconds,
            gpu_seconds=gpu_seconds,
            confidence=confidence,
            num_past_jobs=num_past_jobs,
            warnings=warnings,
            spec=spec,
            kind=kind,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        generation_estimate.additional_properties = additional_properties
        return generation_estimate

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
