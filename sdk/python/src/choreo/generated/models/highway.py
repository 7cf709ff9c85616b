from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.highway_mode import HighwayMode, check_highway_mode
from ..types import UNSET, Unset

T = TypeVar("T", bound="Highway")


@_attrs_define
class Highway:
    """The Appearance Highway: which skips start at the spatial attention, and their gain.

    Attributes:
        mode (HighwayMode | Unset):  Default: 'off'.
        gain (float | Unset):  Default: 1.1.
    """

    mode: HighwayMode | Unset = "off"
    gain: float | Unset = 1.1

    def to_dict(self) -> dict[str, Any]:
        mode: str | Unset = UNSET
        if not isinstance(self.mode, Unset):
            mode = self.mode

        gain = self.gain

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if mode is not UNSET:
            field_dict["mode"] = mode
        if gain is not UNSET:
            field_dict["gain"] = gain

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _mode = d.pop("mode", UNSET)
        mode: HighwayMode | Unset
        if isinstance(_mode, Unset):
            mode = UNSET
        else:
            mode = check_highway_mode(_mode)

        gain = d.pop("gain", UNSET)

        highway = cls(
            mode=mode,
            gain=gain,
        )

        return highway
