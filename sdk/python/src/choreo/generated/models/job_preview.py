from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_preview_state import JobPreviewState, check_job_preview_state

if TYPE_CHECKING:
    from ..models.artifact import Artifact


T = TypeVar("T", bound="JobPreview")


@_attrs_define
class JobPreview:
    """A preview of a training: a video generated with the adapter after `step`.

    Attributes:
        number (int): Number of the preview within the training, from 1.
        state (JobPreviewState): `pending` until the video is stored; `ready` with the video; `failed` with an error.
        prompt (str): Text prompt: the subject, the motion and the scene.
        seed (int): Seed of the random number generators.
        step (int | None): Number of training steps that the adapter had done; null unless ready.
        attempt (int | None): Number of the attempt that generated the video; null unless ready.
        video (Artifact | None): The video; null unless ready.
        error (None | str): Reason of the failure; null unless failed.
        asked_at (datetime.datetime): Time of the request.
    """

    number: int
    state: JobPreviewState
    prompt: str
    seed: int
    step: int | None
    attempt: int | None
    video: Artifact | None
    error: None | str
    asked_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.artifact import Artifact  # noqa: PLC0415

        number = self.number

        state: str = self.state

        prompt = self.prompt

        seed = self.seed

        step: int | None
        step = self.step

        attempt: int | None
        attempt = self.attempt

        video: dict[str, Any] | None
        if isinstance(self.video, Artifact):
            video = self.video.to_dict()
        else:
            video = self.video

        error: None | str
        error = self.error

        asked_at = self.asked_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "state": state,
                "prompt": prompt,
                "seed": seed,
                "step": step,
                "attempt": attempt,
                "video": video,
                "error": error,
                "asked_at": asked_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact import Artifact  # noqa: PLC0415

        d = {**src_dict}
        number = d.pop("number")
        if not isinstance(number, int):
            raise TypeError(f"number is {type(number).__name__}")

        state = check_job_preview_state(d.pop("state"))

        prompt = d.pop("prompt")
        if not isinstance(prompt, str):
            raise TypeError(f"prompt is {type(prompt).__name__}")

        seed = d.pop("seed")
        if not isinstance(seed, int):
            raise TypeError(f"seed is {type(seed).__name__}")

        def _parse_step(data: object) -> int | None:
            if data is None:
                return data
            step_type_0 = data
            if not isinstance(step_type_0, int):
                raise TypeError(f"step_type_0 is {type(step_type_0).__name__}")

            return step_type_0

        step = _parse_step(d.pop("step"))

        def _parse_attempt(data: object) -> int | None:
            if data is None:
                return data
            attempt_type_0 = data
            if not isinstance(attempt_type_0, int):
                raise TypeError(f"attempt_type_0 is {type(attempt_type_0).__name__}")

            return attempt_type_0

        attempt = _parse_attempt(d.pop("attempt"))

        def _parse_video(data: object) -> Artifact | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"video is {type(data).__name__}")
            video_type_0 = Artifact.from_dict(data)

            return video_type_0

        video = _parse_video(d.pop("video"))

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            error_type_0 = data
            if not isinstance(error_type_0, str):
                raise TypeError(f"error_type_0 is {type(error_type_0).__name__}")

            return error_type_0

        error = _parse_error(d.pop("error"))

        asked_at = datetime.datetime.fromisoformat(d.pop("asked_at"))

        job_preview = cls(
            number=number,
            state=state,
            prompt=prompt,
            seed=seed,
            step=step,
            attempt=attempt,
            video=video,
            error=error,
            asked_at=asked_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        job_preview.additional_properties = additional_properties
        return job_preview

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
