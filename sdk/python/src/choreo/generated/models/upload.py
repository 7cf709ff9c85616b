from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.upload_headers import UploadHeaders
    from ..models.upload_part import UploadPart


T = TypeVar("T", bound="Upload")


@_attrs_define
class Upload:
    """Upload of a file: whole, or, if there are parts, each part instead, in any order.

    Attributes:
        url (str): Presigned URL for the upload.
        method (str): HTTP method of the upload.
        headers (UploadHeaders): HTTP headers that the upload must have.
        expires_at (datetime.datetime): Time at which the presigned URLs expire.
        parts (list[UploadPart]): Parts that may be uploaded instead of the whole file; empty for a small file.
    """

    url: str
    method: str
    headers: UploadHeaders
    expires_at: datetime.datetime
    parts: list[UploadPart]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        method = self.method

        headers = self.headers.to_dict()

        expires_at = self.expires_at.isoformat()

        parts = []
        for parts_item_data in self.parts:
            parts_item = parts_item_data.to_dict()
            parts.append(parts_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "url": url,
                "method": method,
                "headers": headers,
                "expires_at": expires_at,
                "parts": parts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.upload_headers import UploadHeaders  # noqa: PLC0415
        from ..models.upload_part import UploadPart  # noqa: PLC0415

        d = {**src_dict}
        url = d.pop("url")
        if not isinstance(url, str):
            raise TypeError(f"url is {type(url).__name__}")

        method = d.pop("method")
        if not isinstance(method, str):
            raise TypeError(f"method is {type(method).__name__}")

        headers = UploadHeaders.from_dict(d.pop("headers"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        parts = []
        _parts = d.pop("parts")
        if not isinstance(_parts, list):
            raise TypeError(f"parts is {type(_parts).__name__}")
        for parts_item_data in _parts:
            parts_item = UploadPart.from_dict(parts_item_data)

            parts.append(parts_item)

        upload = cls(
            url=url,
            method=method,
            headers=headers,
            expires_at=expires_at,
            parts=parts,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        upload.additional_properties = additional_properties
        return upload

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
