from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        low = self.low

        likely = self.likely

        high = self.high

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        low = d.pop("low")

        likely = d.pop("likely")

        high = d.pop("high")

        interval = cls(
            low=low,
            likely=likely,
            high=high,
        )

        return interval
