from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="EndpointTest")


@_attrs_define
class EndpointTest:
    """`data` of `webhook.test`.

    Attributes:
        endpoint_id (str): Id of the webhook endpoint.
    """

    endpoint_id: str

    def to_dict(self) -> dict[str, Any]:
        endpoint_id = self.endpoint_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "endpoint_id": endpoint_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        endpoint_id = d.pop("endpoint_id")
        if not isinstance(endpoint_id, str):
            raise TypeError(f"endpoint_id is {type(endpoint_id).__name__}")

        endpoint_test = cls(
            endpoint_id=endpoint_id,
        )

        return endpoint_test
