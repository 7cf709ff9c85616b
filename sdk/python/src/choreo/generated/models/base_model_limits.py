from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.range_ import Range


T = TypeVar("T", bound="BaseModelLimits")


@_attrs_define
class BaseModelLimits:
    """Video sizes that a base model supports.

    Attributes:
        frames (Range): Accepted integers: from `least` to `greatest` in steps of `multiple`.
        size (Range): Accepted integers: from `least` to `greatest` in steps of `multiple`.
    """

    frames: Range
    size: Range

    def to_dict(self) -> dict[str, Any]:
        frames = self.frames.to_dict()

        size = self.size.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "frames": frames,
                "size": size,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.range_ import Range  # noqa: PLC0415

        d = dict(src_dict)
        frames = Range.from_dict(d.pop("frames"))

        size = Range.from_dict(d.pop("size"))

        base_model_limits = cls(
            frames=frames,
            size=size,
        )

        return base_model_limits
