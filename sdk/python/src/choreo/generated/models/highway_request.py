from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.highway_request_mode_type_0 import (
    HighwayRequestModeType0,
    check_highway_request_mode_type_0,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="HighwayRequest")


@_attrs_define
class HighwayRequest:
    """Settings of the Appearance Highway in a request. An omitted field has the base model's default.

    Attributes:
        mode (HighwayRequestModeType0 | None | Unset): Which skip connections are moved: `off`: none; `release`: those
            of the last down block with cross-attention, as in the authors' code; `full`: those of every down block with
            cross-attention. Default: the base model's `mode`.
        gain (float | None | Unset): Factor of the moved skip connections. Default: the base model's `gain`.
    """

    mode: HighwayRequestModeType0 | None | Unset = UNSET
    gain: float | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        mode: None | str | Unset
        if isinstance(self.mode, Unset):
            mode = UNSET
        elif isinstance(self.mode, str):
            mode = self.mode
        else:
            mode = self.mode

        gain: float | None | Unset
        if isinstance(self.gain, Unset):
            gain = UNSET
        else:
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
        d = {**src_dict}

        def _parse_mode(data: object) -> HighwayRequestModeType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"mode is {type(data).__name__}")
            mode_type_0 = check_highway_request_mode_type_0(data)

            return mode_type_0

        mode = _parse_mode(d.pop("mode", UNSET))

        def _parse_gain(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            gain_type_0 = data
            if not isinstance(gain_type_0, int | float):
                raise TypeError(f"gain_type_0 is {type(gain_type_0).__name__}")

            return gain_type_0

        gain = _parse_gain(d.pop("gain", UNSET))

        highway_request = cls(
            mode=mode,
            gain=gain,
        )

        return highway_request
