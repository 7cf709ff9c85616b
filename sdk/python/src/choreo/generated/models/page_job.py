from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.evaluation_job import EvaluationJob
    from ..models.generation_job import GenerationJob
    from ..models.training_job import TrainingJob


T = TypeVar("T", bound="PageJob")


@_attrs_define
class PageJob:
    """One page of a list.

    Attributes:
        data (list[EvaluationJob | GenerationJob | TrainingJob]): Items of this page.
        next_cursor (None | str): Opaque cursor of the next page, for the query parameter `cursor`; null on the last
            page.
        has_more (bool): Whether another page follows.
    """

    data: list[EvaluationJob | GenerationJob | TrainingJob]
    next_cursor: None | str
    has_more: bool

    def to_dict(self) -> dict[str, Any]:
        from ..models.generation_job import GenerationJob  # noqa: PLC0415
        from ..models.training_job import TrainingJob  # noqa: PLC0415

        data = []
        for data_item_data in self.data:
            data_item: dict[str, Any]
            if isinstance(data_item_data, TrainingJob):
                data_item = data_item_data.to_dict()
            elif isinstance(data_item_data, GenerationJob):
                data_item = data_item_data.to_dict()
            else:
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
        from ..models.evaluation_job import EvaluationJob  # noqa: PLC0415
        from ..models.generation_job import GenerationJob  # noqa: PLC0415
        from ..models.training_job import TrainingJob  # noqa: PLC0415

        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:

            def _parse_data_item(data: object) -> EvaluationJob | GenerationJob | TrainingJob:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    data_item_type_0 = TrainingJob.from_dict(data)

                    return data_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    data_item_type_1 = GenerationJob.from_dict(data)

                    return data_item_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                data_item_type_2 = EvaluationJob.from_dict(data)

                return data_item_type_2

            data_item = _parse_data_item(data_item_data)

            data.append(data_item)

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        has_more = d.pop("has_more")

        page_job = cls(
            data=data,
            next_cursor=next_cursor,
            has_more=has_more,
        )

        return page_job
