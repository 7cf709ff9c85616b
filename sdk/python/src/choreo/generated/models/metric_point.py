from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MetricPoint")


@_attrs_define
class MetricPoint:
    """Measurements of one step of an attempt.

    Attributes:
        at (datetime.datetime): Time of the step.
        phase (str): Phase, as in `progress.phase`.
        step (int): Number of the step within the phase.
        loss (float | None): Training loss; null in phases other than `training` and for a value that is not finite.
        seconds_per_step (float | None): Exponential moving average of the time of a step, in seconds.
        memory_bytes (int): Peak memory of the attempt so far, in bytes.
    """

    at: datetime.datetime
    phase: str
    step: int
    loss: float | None
    seconds_per_step: float | None
    memory_bytes: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        phase = self.phase

        step = self.step

        loss: float | None
        loss = self.loss

        seconds_per_step: float | None
        seconds_per_step = self.seconds_per_step

        memory_bytes = self.memory_bytes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at": at,
                "phase": phase,
                "step": step,
                "loss": loss,
                "seconds_per_step": seconds_per_step,
                "memory_bytes": memory_bytes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        at = datetime.datetime.fromisoformat(d.pop("at"))

        phase = d.pop("phase")
        if not isinstance(phase, str):
            raise TypeError(f"phase is {type(phase).__name__}")

        step = d.pop("step")
        if not isinstance(step, int):
            raise TypeError(f"step is {type(step).__name__}")

        def _parse_loss(data: object) -> float | None:
            if data is None:
                return data
            loss_type_0 = data
            if not isinstance(loss_type_0, int | float):
                raise TypeError(f"loss_type_0 is {type(loss_type_0).__name__}")

            return loss_type_0

        loss = _parse_loss(d.pop("loss"))

        def _parse_seconds_per_step(data: object) -> float | None:
            if data is None:
                return data
            seconds_per_step_type_0 = data
            if not isinstance(seconds_per_step_type_0, int | float):
                raise TypeError(f"seconds_per_step_type_0 is {type(seconds_per_step_type_0).__name__}")

            return seconds_per_step_type_0

        seconds_per_step = _parse_seconds_per_step(d.pop("seconds_per_step"))

        memory_bytes = d.pop("memory_bytes")
        if not isinstance(memory_bytes, int):
            raise TypeError(f"memory_bytes is {type(memory_bytes).__name__}")

        metric_point = cls(
            at=at,
            phase=phase,
            step=step,
            loss=loss,
            seconds_per_step=seconds_per_step,
            memory_bytes=memory_bytes,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        metric_point.additional_properties = additional_properties
        return metric_point

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
