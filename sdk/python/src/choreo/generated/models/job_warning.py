from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        pointer = self.pointer

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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
        d = {**src_dict}
        code = d.pop("code")
        if not isinstance(code, str):
            raise TypeError(f"code is {type(code).__name__}")

        message = d.pop("message")
        if not isinstance(message, str):
            raise TypeError(f"message is {type(message).__name__}")

        pointer = d.pop("pointer")
        if not isinstance(pointer, str):
            raise TypeError(f"pointer is {type(pointer).__name__}")

        job_warning = cls(
            code=code,
            message=message,
            pointer=pointer,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        job_warning.additional_properties = additional_properties
        return job_warning

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
