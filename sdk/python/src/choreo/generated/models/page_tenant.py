from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.tenant import Tenant


T = TypeVar("T", bound="PageTenant")


@_attrs_define
class PageTenant:
    """One page of a list.

    Attributes:
        data (list[Tenant]): Items of this page.
        next_cursor (None | str): Opaque cursor of the next page, for the query parameter `cursor`; null on the last
            page.
        has_more (bool): Whether another page follows.
    """

    data: list[Tenant]
    next_cursor: None | str
    has_more: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        next_cursor: None | str
        next_cursor = self.next_cursor

        has_more = self.has_more

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
                "next_cursor": next_cursor,
                "has_more": has_more,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.tenant import Tenant  # noqa: PLC0415

        d = {**src_dict}
        data = []
        _data = d.pop("data")
        if not isinstance(_data, list):
            raise TypeError(f"data is {type(_data).__name__}")
        for data_item_data in _data:
            data_item = Tenant.from_dict(data_item_data)

            data.append(data_item)

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            next_cursor_type_0 = data
            if not isinstance(next_cursor_type_0, str):
                raise TypeError(f"next_cursor_type_0 is {type(next_cursor_type_0).__name__}")

            return next_cursor_type_0

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        has_more = d.pop("has_more")
        if not isinstance(has_more, bool):
            raise TypeError(f"has_more is {type(has_more).__name__}")

        page_tenant = cls(
            data=data,
            next_cursor=next_cursor,
            has_more=has_more,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        page_tenant.additional_properties = additional_properties
        return page_tenant

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
