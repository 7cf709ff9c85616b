from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Artifact")


@_attrs_define
class Artifact:
    """A file in object storage. Each GET of the resource signs a new URL.

    Attributes:
        name (str): Name of the file within its job or version.
        size_bytes (int): Size in bytes.
        sha256 (str): SHA-256 of the file, in hexadecimal.
        content_type (str): Media type.
        url (str): Presigned URL for a download. It expires; read the resource again for a new one.
    """

    name: str
    size_bytes: int
    sha256: str
    content_type: str
    url: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        size_bytes = self.size_bytes

        sha256 = self.sha256

        content_type = self.content_type

        url = self.url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "size_bytes": size_bytes,
                "sha256": sha256,
                "content_type": content_type,
                "url": url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        size_bytes = d.pop("size_bytes")
        if not isinstance(size_bytes, int):
            raise TypeError(f"size_bytes is {type(size_bytes).__name__}")

        sha256 = d.pop("sha256")
        if not isinstance(sha256, str):
            raise TypeError(f"sha256 is {type(sha256).__name__}")

        content_type = d.pop("content_type")
        if not isinstance(content_type, str):
            raise TypeError(f"content_type is {type(content_type).__name__}")

        url = d.pop("url")
        if not isinstance(url, str):
            raise TypeError(f"url is {type(url).__name__}")

        artifact = cls(
            name=name,
            size_bytes=size_bytes,
            sha256=sha256,
            content_type=content_type,
            url=url,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        artifact.additional_properties = additional_properties
        return artifact

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
