from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.base_model import BaseModel  # noqa: PLC0415

        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = BaseModel.from_dict(data_item_data)

            data.append(data_item)

        base_models = cls(
            data=data,
        )

        return base_models
