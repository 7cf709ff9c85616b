from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Progress")


@_attrs_define
class Progress:
    """Progress of the current attempt.

    Attributes:
        fraction (float | Unset): Completed fraction of the attempt. Default: 0.0.
        phase (str | Unset): Current phase: `queued`, `starting`, `loading`, `encoding`, `training`, `previewing`,
            `sampling`, `measuring` or `saving`. Default: 'queued'.
        step (int | Unset): Completed steps of the phase. Default: 0.
        total_steps (int | Unset): Steps of the phase. Default: 0.
        eta_seconds (float | None | Unset): Estimated time to the end of the phase, in seconds; null while it is
            unknown.
    """

    fraction: float | Unset = 0.0
    phase: str | Unset = "queued"
    step: int | Unset = 0
    total_steps: int | Unset = 0
    eta_seconds: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        fraction = self.fraction

        phase = self.phase

        step = self.step

        total_steps = self.total_steps

        eta_seconds: float | None | Unset
        if isinstance(self.eta_seconds, Unset):
            eta_seconds = UNSET
        else:
            eta_seconds = self.eta_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if fraction is not UNSET:
            field_dict["fraction"] = fraction
        if phase is not UNSET:
            field_dict["phase"] = phase
        if step is not UNSET:
            field_dict["step"] = step
        if total_steps is not UNSET:
            field_dict["total_steps"] = total_steps
        if eta_seconds is not UNSET:
            field_dict["eta_seconds"] = eta_seconds

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        fraction = d.pop("fraction", UNSET)
        if not isinstance(fraction, int | float | Unset):
            raise TypeError(f"fraction is {type(fraction).__name__}")

        phase = d.pop("phase", UNSET)
        if not isinstance(phase, str | Unset):
            raise TypeError(f"phase is {type(phase).__name__}")

        step = d.pop("step", UNSET)
        if not isinstance(step, int | Unset):
            raise TypeError(f"step is {type(step).__name__}")

        total_steps = d.pop("total_steps", UNSET)
        if not isinstance(total_steps, int | Unset):
            raise TypeError(f"total_steps is {type(total_steps).__name__}")

        def _parse_eta_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            eta_seconds_type_0 = data
            if not isinstance(eta_seconds_type_0, int | float):
                raise TypeError(f"eta_seconds_type_0 is {type(eta_seconds_type_0).__name__}")

            return eta_seconds_type_0

        eta_seconds = _parse_eta_seconds(d.pop("eta_seconds", UNSET))

        progress = cls(
            fraction=fraction,
            phase=phase,
            step=step,
            total_steps=total_steps,
            eta_seconds=eta_seconds,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        progress.additional_properties = additional_properties
        return progress

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
