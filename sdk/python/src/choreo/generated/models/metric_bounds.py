from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

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
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if least is not UNSET:
            field_dict["least"] = least
        if greatest is not UNSET:
            field_dict["greatest"] = greatest

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

        def _parse_least(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            least_type_0 = data
            if not isinstance(least_type_0, int | float):
                raise TypeError(f"least_type_0 is {type(least_type_0).__name__}")

            return least_type_0

        least = _parse_least(d.pop("least", UNSET))

        def _parse_greatest(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            greatest_type_0 = data
            if not isinstance(greatest_type_0, int | float):
                raise TypeError(f"greatest_type_0 is {type(greatest_type_0).__name__}")

            return greatest_type_0

        greatest = _parse_greatest(d.pop("greatest", UNSET))

        metric_bounds = cls(
            least=least,
            greatest=greatest,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        metric_bounds.additional_properties = additional_properties
        return metric_bounds

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
