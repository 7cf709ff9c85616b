from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ProblemField")


@_attrs_define
class ProblemField:
    """An error in one field of the request.

    Attributes:
        pointer (str): JSON Pointer (RFC 6901) into the body, or the location of a parameter such as `query/limit`.
        code (str): Stable error code (docs/errors.md).
        message (str): Text for people. It may change.
    """

    pointer: str
    code: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        pointer = self.pointer

        code = self.code

        message = self.message

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "pointer": pointer,
                "code": code,
                "message": message,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        pointer = d.pop("pointer")

        code = d.pop("code")

        message = d.pop("message")

        problem_field = cls(
            pointer=pointer,
            code=code,
            message=message,
        )

        return problem_field
