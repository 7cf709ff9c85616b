from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="BaseModelRevision")


@_attrs_define
class BaseModelRevision:
    """The exact base model that a version was trained on.

    Attributes:
        id (str): Id of the base model.
        revision (str): Revision of the base model.
        content_hash (str): SHA-256 of the base model's weights and configuration, in hexadecimal.
    """

    id: str
    revision: str
    content_hash: str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        revision = self.revision

        content_hash = self.content_hash

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "revision": revision,
                "content_hash": content_hash,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        revision = d.pop("revision")

        content_hash = d.pop("content_hash")

        base_model_revision = cls(
            id=id,
            revision=revision,
            content_hash=content_hash,
        )

        return base_model_revision
