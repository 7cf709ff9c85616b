from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.metric_point import MetricPoint


T = TypeVar("T", bound="JobMetrics")


@_attrs_define
class JobMetrics:
    """The curves of one attempt, thinned to about a thousand points in each phase.

    Attributes:
        attempt (int): Number of the attempt; 0 before the first one.
        points (list[MetricPoint]): Measurements in the order of the steps.
    """

    attempt: int
    points: list[MetricPoint]

    def to_dict(self) -> dict[str, Any]:
        attempt = self.attempt

        points = []
        for points_item_data in self.points:
            points_item = points_item_data.to_dict()
            points.append(points_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "attempt": attempt,
                "points": points,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metric_point import MetricPoint  # noqa: PLC0415

        d = dict(src_dict)
        attempt = d.pop("attempt")

        points = []
        _points = d.pop("points")
        for points_item_data in _points:
            points_item = MetricPoint.from_dict(points_item_data)

            points.append(points_item)

        job_metrics = cls(
            attempt=attempt,
            points=points,
        )

        return job_metrics
