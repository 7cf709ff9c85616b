from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        revision = self.revision

        content_hash = self.content_hash

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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
        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        revision = d.pop("revision")
        if not isinstance(revision, str):
            raise TypeError(f"revision is {type(revision).__name__}")

        content_hash = d.pop("content_hash")
        if not isinstance(content_hash, str):
            raise TypeError(f"content_hash is {type(content_hash).__name__}")

        base_model_revision = cls(
            id=id,
            revision=revision,
            content_hash=content_hash,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        base_model_revision.additional_properties = additional_properties
        return base_model_revision

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
