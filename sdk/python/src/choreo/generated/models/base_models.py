from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.base_model import BaseModel


T = TypeVar("T", bound="BaseModels")


@_attrs_define
class BaseModels:
    """Every base model of the service.

    Attributes:
        data (list[BaseModel]): The base models, the default one first.
    """

    data: list[BaseModel]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.base_model import BaseModel  # noqa: PLC0415

        d = {**src_dict}
        data = []
        _data = d.pop("data")
        if not isinstance(_data, list):
            raise TypeError(f"data is {type(_data).__name__}")
        for data_item_data in _data:
            data_item = BaseModel.from_dict(data_item_data)

            data.append(data_item)

        base_models = cls(
            data=data,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        base_models.additional_properties = additional_properties
        return base_models

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
