from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        size_bytes = self.size_bytes

        url = self.url

        method = self.method

        headers = self.headers.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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

        d = {**src_dict}
        number = d.pop("number")
        if not isinstance(number, int):
            raise TypeError(f"number is {type(number).__name__}")

        size_bytes = d.pop("size_bytes")
        if not isinstance(size_bytes, int):
            raise TypeError(f"size_bytes is {type(size_bytes).__name__}")

        url = d.pop("url")
        if not isinstance(url, str):
            raise TypeError(f"url is {type(url).__name__}")

        method = d.pop("method")
        if not isinstance(method, str):
            raise TypeError(f"method is {type(method).__name__}")

        headers = UploadPartHeaders.from_dict(d.pop("headers"))

        upload_part = cls(
            number=number,
            size_bytes=size_bytes,
            url=url,
            method=method,
            headers=headers,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        upload_part.additional_properties = additional_properties
        return upload_part

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
