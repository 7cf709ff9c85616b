from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="JobCheckpoint")


@_attrs_define
class JobCheckpoint:
    """The newest checkpoint of a training, from which another attempt would resume.

    Attributes:
        step (int): Number of training steps.
        attempt (int): Number of the attempt that saved it.
    """

    step: int
    attempt: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        step = self.step

        attempt = self.attempt

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "step": step,
                "attempt": attempt,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        step = d.pop("step")
        if not isinstance(step, int):
            raise TypeError(f"step is {type(step).__name__}")

        attempt = d.pop("attempt")
        if not isinstance(attempt, int):
            raise TypeError(f"attempt is {type(attempt).__name__}")

        job_checkpoint = cls(
            step=step,
            attempt=attempt,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        job_checkpoint.additional_properties = additional_properties
        return job_checkpoint

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
