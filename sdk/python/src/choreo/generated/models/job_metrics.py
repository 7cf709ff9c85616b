from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        attempt = self.attempt

        points = []
        for points_item_data in self.points:
            points_item = points_item_data.to_dict()
            points.append(points_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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

        d = {**src_dict}
        attempt = d.pop("attempt")
        if not isinstance(attempt, int):
            raise TypeError(f"attempt is {type(attempt).__name__}")

        points = []
        _points = d.pop("points")
        if not isinstance(_points, list):
            raise TypeError(f"points is {type(_points).__name__}")
        for points_item_data in _points:
            points_item = MetricPoint.from_dict(points_item_data)

            points.append(points_item)

        job_metrics = cls(
            attempt=attempt,
            points=points,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        job_metrics.additional_properties = additional_properties
        return job_metrics

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
