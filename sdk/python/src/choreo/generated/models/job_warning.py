from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="JobWarning")


@_attrs_define
class JobWarning:
    """Something about a request that the service accepted but that probably gives a poor result.

    Attributes:
        code (str): `prompt_outside_vocabulary` or `caption_outside_vocabulary`: the base model does not know a word.
        message (str): The explanation for people.
        pointer (str): JSON pointer to the field of the request, or `/previews/N/prompt` for the preview at index N.
    """

    code: str
    message: str
    pointer: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        pointer = self.pointer

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "message": message,
                "pointer": pointer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        message = d.pop("message")

        pointer = d.pop("pointer")

        job_warning = cls(
            code=code,
            message=message,
            pointer=pointer,
        )

        return job_warning
