from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Range")


@_attrs_define
class Range:
    """Accepted integers: from `least` to `greatest` in steps of `multiple`.

    Attributes:
        least (int): Least accepted value.
        greatest (int): Greatest accepted value.
        multiple (int): Difference between two accepted values.
    """

    least: int
    greatest: int
    multiple: int

    def to_dict(self) -> dict[str, Any]:
        least = self.least

        greatest = self.greatest

        multiple = self.multiple

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "least": least,
                "greatest": greatest,
                "multiple": multiple,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        least = d.pop("least")

        greatest = d.pop("greatest")

        multiple = d.pop("multiple")

        range_ = cls(
            least=least,
            greatest=greatest,
            multiple=multiple,
        )

        return range_
