from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

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
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        phase = d.pop("phase")

        step = d.pop("step")

        def _parse_loss(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        loss = _parse_loss(d.pop("loss"))

        def _parse_seconds_per_step(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        seconds_per_step = _parse_seconds_per_step(d.pop("seconds_per_step"))

        memory_bytes = d.pop("memory_bytes")

        metric_point = cls(
            at=at,
            phase=phase,
            step=step,
            loss=loss,
            seconds_per_step=seconds_per_step,
            memory_bytes=memory_bytes,
        )

        return metric_point
