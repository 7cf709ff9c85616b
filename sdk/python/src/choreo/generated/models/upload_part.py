from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.upload_part_headers import UploadPartHeaders


T = TypeVar("T", bound="UploadPart")


@_attrs_define
class UploadPart:
    """Upload of one part of a file.

    Attributes:
        number (int): Number of the part, from 1, in the order of the file.
        size_bytes (int): Exact size of the part in bytes.
        url (str): Presigned URL for the upload.
        method (str): HTTP method of the upload.
        headers (UploadPartHeaders): HTTP headers that the upload must have.
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
