from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.highway_mode import HighwayMode, check_highway_mode

T = TypeVar("T", bound="Highway")


@_attrs_define
class Highway:
    """The Appearance Highway, for base models with `supports_highway`: U-Net skip connections that start after the
    spatial attention instead of after the temporal one.

        Attributes:
            mode (HighwayMode): Which skip connections are moved: `off`: none; `release`: those of the last down block with
                cross-attention, as in the authors' code; `full`: those of every down block with cross-attention.
            gain (float): Factor of the moved skip connections.
    """

    mode: HighwayMode
    gain: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        mode: str = self.mode

        gain = self.gain

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "mode": mode,
                "gain": gain,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        mode = check_highway_mode(d.pop("mode"))

        gain = d.pop("gain")
        if not isinstance(gain, int | float):
            raise TypeError(f"gain is {type(gain).__name__}")

        highway = cls(
            mode=mode,
            gain=gain,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        highway.additional_properties = additional_properties
        return highway

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
