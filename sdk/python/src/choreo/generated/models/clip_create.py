from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ClipCreate")


@_attrs_define
class ClipCreate:
    """Declaration of a clip that the caller is about to upload, or that the service fetches from a URL.

    Attributes:
        file_name (str): Name of the file, for people.
        size_bytes (int | None | Unset): Size in bytes: required and exact for an upload; with `url`, the greatest size
            that is fetched. Default with `url`: the service's `CHOREO_MAX_CLIP_BYTES`.
        sha256 (None | str | Unset): SHA-256 of the file, in hexadecimal. A file with another one is rejected. Default:
            not checked.
        url (None | str | Unset): URL from which the service fetches the file when the clip is completed. The operator
            must allow it (`CHOREO_CLIP_URLS`). Default: the caller uploads the file.
    """

    file_name: str
    size_bytes: int | None | Unset = UNSET
    sha256: None | str | Unset = UNSET
    url: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file_name = self.file_name

        size_bytes: int | None | Unset
        if isinstance(self.size_bytes, Unset):
            size_bytes = UNSET
        else:
            size_bytes = self.size_bytes

        sha256: None | str | Unset
        if isinstance(self.sha256, Unset):
            sha256 = UNSET
        else:
            sha256 = self.sha256

        url: None | str | Unset
        if isinstance(self.url, Unset):
            url = UNSET
        else:
            url = self.url

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "file_name": file_name,
            }
        )
        if size_bytes is not UNSET:
            field_dict["size_bytes"] = size_bytes
        if sha256 is not UNSET:
            field_dict["sha256"] = sha256
        if url is not UNSET:
            field_dict["url"] = url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        file_name = d.pop("file_name")
        if not isinstance(file_name, str):
            raise TypeError(f"file_name is {type(file_name).__name__}")

        def _parse_size_bytes(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            size_bytes_type_0 = data
            if not isinstance(size_bytes_type_0, int):
                raise TypeError(f"size_bytes_type_0 is {type(size_bytes_type_0).__name__}")

            return size_bytes_type_0

        size_bytes = _parse_size_bytes(d.pop("size_bytes", UNSET))

        def _parse_sha256(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            sha256_type_0 = data
            if not isinstance(sha256_type_0, str):
                raise TypeError(f"sha256_type_0 is {type(sha256_type_0).__name__}")

            return sha256_type_0

        sha256 = _parse_sha256(d.pop("sha256", UNSET))

        def _parse_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            url_type_0 = data
            if not isinstance(url_type_0, str):
                raise TypeError(f"url_type_0 is {type(url_type_0).__name__}")

            return url_type_0

        url = _parse_url(d.pop("url", UNSET))

        clip_create = cls(
            file_name=file_name,
            size_bytes=size_bytes,
            sha256=sha256,
            url=url,
        )

        return clip_create
