from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TrainingClip")


@_attrs_define
class TrainingClip:
    """A reference clip and its caption.

    Attributes:
        clip_id (str): Id of the clip.
        caption (str): Caption of the clip. It names the motion in words.
    """

    clip_id: str
    caption: str

    def to_dict(self) -> dict[str, Any]:
        clip_id = self.clip_id

        caption = self.caption

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "clip_id": clip_id,
                "caption": caption,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        clip_id = d.pop("clip_id")

        caption = d.pop("caption")

        training_clip = cls(
            clip_id=clip_id,
            caption=caption,
        )

        return training_clip
