from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        gpu_seconds = self.gpu_seconds

        peak_memory_bytes = self.peak_memory_bytes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if gpu_seconds is not UNSET:
            field_dict["gpu_seconds"] = gpu_seconds
        if peak_memory_bytes is not UNSET:
            field_dict["peak_memory_bytes"] = peak_memory_bytes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        gpu_seconds = d.pop("gpu_seconds", UNSET)
        if not isinstance(gpu_seconds, int | float | Unset):
            raise TypeError(f"gpu_seconds is {type(gpu_seconds).__name__}")

        peak_memory_bytes = d.pop("peak_memory_bytes", UNSET)
        if not isinstance(peak_memory_bytes, int | Unset):
            raise TypeError(f"peak_memory_bytes is {type(peak_memory_bytes).__name__}")

        usage = cls(
            gpu_seconds=gpu_seconds,
            peak_memory_bytes=peak_memory_bytes,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        usage.additional_properties = additional_properties
        return usage

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
