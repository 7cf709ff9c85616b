from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PromotionRequest")


@_attrs_define
class PromotionRequest:
    """Request to make a version from a checkpoint of a training.

    Attributes:
        step (int | None | Unset): Number of training steps of the checkpoint. Default: the newest checkpoint.
    """

    step: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        step: int | None | Unset
        if isinstance(self.step, Unset):
            step = UNSET
        else:
            step = self.step

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if step is not UNSET:
            field_dict["step"] = step

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

        def _parse_step(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            step_type_0 = data
            if not isinstance(step_type_0, int):
                raise TypeError(f"step_type_0 is {type(step_type_0).__name__}")

            return step_type_0

        step = _parse_step(d.pop("step", UNSET))

        promotion_request = cls(
            step=step,
        )

        return promotion_request
