from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        least = self.least

        greatest = self.greatest

        multiple = self.multiple

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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
        d = {**src_dict}
        least = d.pop("least")
        if not isinstance(least, int):
            raise TypeError(f"least is {type(least).__name__}")

        greatest = d.pop("greatest")
        if not isinstance(greatest, int):
            raise TypeError(f"greatest is {type(greatest).__name__}")

        multiple = d.pop("multiple")
        if not isinstance(multiple, int):
            raise TypeError(f"multiple is {type(multiple).__name__}")

        range_ = cls(
            least=least,
            greatest=greatest,
            multiple=multiple,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        range_.additional_properties = additional_properties
        return range_

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
