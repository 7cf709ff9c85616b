from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Interval")


@_attrs_define
class Interval:
    """An estimate with its bounds, in seconds.

    Attributes:
        low (float): Lower bound in seconds.
        likely (float): Median in seconds.
        high (float): Upper bound in seconds.
    """

    low: float
    likely: float
    high: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        low = self.low

        likely = self.likely

        high = self.high

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "low": low,
                "likely": likely,
                "high": high,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        low = d.pop("low")
        if not isinstance(low, int | float):
            raise TypeError(f"low is {type(low).__name__}")

        likely = d.pop("likely")
        if not isinstance(likely, int | float):
            raise TypeError(f"likely is {type(likely).__name__}")

        high = d.pop("high")
        if not isinstance(high, int | float):
            raise TypeError(f"high is {type(high).__name__}")

        interval = cls(
            low=low,
            likely=likely,
            high=high,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        interval.additional_properties = additional_properties
        return interval

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
