from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.webhook_endpoint_create_event_types_item import (
    WebhookEndpointCreateEventTypesItem,
    check_webhook_endpoint_create_event_types_item,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookEndpointCreate")


@_attrs_define
class WebhookEndpointCreate:
    """Request to register a receiver of the tenant's webhooks.

    Attributes:
        url (str): URL of the receiver. The service allows HTTPS to public addresses unless the operator allows other
            networks.
        description (str | Unset): Description of the endpoint, for people. Default: ''.
        event_types (list[WebhookEndpointCreateEventTypesItem] | Unset): Event types, or groups such as `training.*`,
            that are sent to the endpoint. Empty for all types.
    """

    url: str
    description: str | Unset = ""
    event_types: list[WebhookEndpointCreateEventTypesItem] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        description = self.description

        event_types: list[str] | Unset = UNSET
        if not isinstance(self.event_types, Unset):
            event_types = []
            for event_types_item_data in self.event_types:
                event_types_item: str = event_types_item_data
                event_types.append(event_types_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "url": url,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if event_types is not UNSET:
            field_dict["event_types"] = event_types

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        url = d.pop("url")
        if not isinstance(url, str):
            raise TypeError(f"url is {type(url).__name__}")

        description = d.pop("description", UNSET)
        if not isinstance(description, str | Unset):
            raise TypeError(f"description is {type(description).__name__}")

        _event_types = d.pop("event_types", UNSET)
        event_types: list[WebhookEndpointCreateEventTypesItem] | Unset = UNSET
        if not isinstance(_event_types, Unset):
            if not isinstance(_event_types, list):
                raise TypeError(f"event_types is {type(_event_types).__name__}")
            event_types = []
            for event_types_item_data in _event_types:
                event_types_item = check_webhook_endpoint_create_event_types_item(event_types_item_data)

                event_types.append(event_types_item)

        webhook_endpoint_create = cls(
            url=url,
            description=description,
            event_types=event_types,
        )

        return webhook_endpoint_create
