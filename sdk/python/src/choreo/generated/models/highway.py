from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        mode: str = self.mode

        gain = self.gain

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "mode": mode,
                "gain": gain,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        mode = check_highway_mode(d.pop("mode"))

        gain = d.pop("gain")

        highway = cls(
            mode=mode,
            gain=gain,
        )

        return highway
