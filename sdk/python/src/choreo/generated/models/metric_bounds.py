from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="MetricBounds")


@_attrs_define
class MetricBounds:
    """Bounds of a metric: at least one of the two.

    Attributes:
        least (float | None | Unset): Least allowed value. Default: no lower bound.
        greatest (float | None | Unset): Greatest allowed value. Default: no upper bound.
    """

    least: float | None | Unset = UNSET
    greatest: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        least: float | None | Unset
        if isinstance(self.least, Unset):
            least = UNSET
        else:
            least = self.least

        greatest: float | None | Unset
        if isinstance(self.greatest, Unset):
            greatest = UNSET
        else:
            greatest = self.greatest

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if least is not UNSET:
            field_dict["least"] = least
        if greatest is not UNSET:
            field_dict["greatest"] = greatest

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_least(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        least = _parse_least(d.pop("least", UNSET))

        def _parse_greatest(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        greatest = _parse_greatest(d.pop("greatest", UNSET))

        metric_bounds = cls(
            least=least,
            greatest=greatest,
        )

        return metric_bounds
