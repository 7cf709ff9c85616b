from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        clip_id = self.clip_id

        caption = self.caption

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "clip_id": clip_id,
                "caption": caption,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        clip_id = d.pop("clip_id")
        if not isinstance(clip_id, str):
            raise TypeError(f"clip_id is {type(clip_id).__name__}")

        caption = d.pop("caption")
        if not isinstance(caption, str):
            raise TypeError(f"caption is {type(caption).__name__}")

        training_clip = cls(
            clip_id=clip_id,
            caption=caption,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        training_clip.additional_properties = additional_properties
        return training_clip

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
