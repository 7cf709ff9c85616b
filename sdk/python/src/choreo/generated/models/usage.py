from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Usage")


@_attrs_define
class Usage:
    """Resources that the job has used, summed over its attempts.

    Attributes:
        gpu_seconds (float | Unset): Time on the compute device in seconds. Default: 0.0.
        peak_memory_bytes (int | Unset): Greatest peak memory of an attempt, in bytes. Default: 0.
    """

    gpu_seconds: float | Unset = 0.0
    peak_memory_bytes: int | Unset = 0

    def to_dict(self) -> dict[str, Any]:
        gpu_seconds = self.gpu_seconds

        peak_memory_bytes = self.peak_memory_bytes

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if gpu_seconds is not UNSET:
            field_dict["gpu_seconds"] = gpu_seconds
        if peak_memory_bytes is not UNSET:
            field_dict["peak_memory_bytes"] = peak_memory_bytes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        gpu_seconds = d.pop("gpu_seconds", UNSET)

        peak_memory_bytes = d.pop("peak_memory_bytes", UNSET)

        usage = cls(
            gpu_seconds=gpu_seconds,
            peak_memory_bytes=peak_memory_bytes,
        )

        return usage
