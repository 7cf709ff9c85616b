from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.clip import Clip


T = TypeVar("T", bound="PageClip")


@_attrs_define
class PageClip:
    """One page of a list.

    Attributes:
        data (list[Clip]): Items of this page.
        next_cursor (None | str): Opaque cursor of the next page, for the query parameter `cursor`; null on the last
            page.
        has_more (bool): Whether another page follows.
    """

    data: list[Clip]
    next_cursor: None | str
    has_more: bool

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        next_cursor: None | str
        next_cursor = self.next_cursor

        has_more = self.has_more

        field_dict: dict[str, Any] = {}

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
        from ..models.clip import Clip  # noqa: PLC0415

        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = Clip.from_dict(data_item_data)

            data.append(data_item)

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        has_more = d.pop("has_more")

        page_clip = cls(
            data=data,
            next_cursor=next_cursor,
            has_more=has_more,
        )

        return page_clip
