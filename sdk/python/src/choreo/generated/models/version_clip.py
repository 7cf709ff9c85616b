from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="VersionClip")


@_attrs_define
class VersionClip:
    """A clip that a version was trained on.

    Attributes:
        clip_id (str): Id of the clip.
        caption (str): Caption of the clip. It names the motion in words.
        sha256 (None | str): SHA-256 of the clip's file, in hexadecimal; null if the clip was deleted before the
            training ended.
    """

    clip_id: str
    caption: str
    sha256: None | str

    def to_dict(self) -> dict[str, Any]:
        clip_id = self.clip_id

        caption = self.caption

        sha256: None | str
        sha256 = self.sha256

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "clip_id": clip_id,
                "caption": caption,
                "sha256": sha256,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        clip_id = d.pop("clip_id")

        caption = d.pop("caption")

        def _parse_sha256(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        sha256 = _parse_sha256(d.pop("sha256"))

        version_clip = cls(
            clip_id=clip_id,
            caption=caption,
            sha256=sha256,
        )

        return version_clip
