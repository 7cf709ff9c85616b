from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ClipRejection")


@_attrs_define
class ClipRejection:
    """Reason why a clip cannot be used.

    Attributes:
        code (str): Stable code (docs/errors.md).
        message (str): Text for people. It may change.
    """

    code: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "message": message,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        message = d.pop("message")

        clip_rejection = cls(
            code=code,
            message=message,
        )

        return clip_rejection
