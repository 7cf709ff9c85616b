from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        step = self.step

        attempt = self.attempt

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "step": step,
                "attempt": attempt,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        step = d.pop("step")

        attempt = d.pop("attempt")

        job_checkpoint = cls(
            step=step,
            attempt=attempt,
        )

        return job_checkpoint
