from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

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
        d = dict(src_dict)
        fraction = d.pop("fraction", UNSET)

        phase = d.pop("phase", UNSET)

        step = d.pop("step", UNSET)

        total_steps = d.pop("total_steps", UNSET)

        def _parse_eta_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        eta_seconds = _parse_eta_seconds(d.pop("eta_seconds", UNSET))

        progress = cls(
            fraction=fraction,
            phase=phase,
            step=step,
            total_steps=total_steps,
            eta_seconds=eta_seconds,
        )

        return progress
