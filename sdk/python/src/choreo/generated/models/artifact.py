from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        size_bytes = self.size_bytes

        sha256 = self.sha256

        content_type = self.content_type

        url = self.url

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        name = d.pop("name")

        size_bytes = d.pop("size_bytes")

        sha256 = d.pop("sha256")

        content_type = d.pop("content_type")

        url = d.pop("url")

        artifact = cls(
            name=name,
            size_bytes=size_bytes,
            sha256=sha256,
            content_type=content_type,
            url=url,
        )

        return artifact
