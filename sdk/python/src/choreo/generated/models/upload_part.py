from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.upload_part_headers import UploadPartHeaders


T = TypeVar("T", bound="UploadPart")


@_attrs_define
class UploadPart:
    """Where and how to send one piece of a file.

    Attributes:
        number (int):
        size_bytes (int): The pieces follow each other; each has this size exactly.
        url (str):
        method (str):
        headers (UploadPartHeaders):
    """

    number: int
    size_bytes: int
    url: str
    method: str
    headers: UploadPartHeaders

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        size_bytes = self.size_bytes

        url = self.url

        method = self.method

        headers = self.headers.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "size_bytes": size_bytes,
                "url": url,
                "method": method,
                "headers": headers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.upload_part_headers import UploadPartHeaders  # noqa: PLC0415

        d = dict(src_dict)
        number = d.pop("number")

        size_bytes = d.pop("size_bytes")

        url = d.pop("url")

        method = d.pop("method")

        headers = UploadPartHeaders.from_dict(d.pop("headers"))

        upload_part = cls(
            number=number,
            size_bytes=size_bytes,
            url=url,
            method=method,
            headers=headers,
        )

        return upload_part
