from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.webhook_endpoint_patch_event_types_type_0_item import (
    WebhookEndpointPatchEventTypesType0Item,
    check_webhook_endpoint_patch_event_types_type_0_item,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookEndpointPatch")


@_attrs_define
class WebhookEndpointPatch:
    """Changes of an endpoint. An omitted field keeps its value.

    Attributes:
        url (None | str | Unset): New URL of the receiver. Pending deliveries are sent to it.
        description (None | str | Unset): New description.
        event_types (list[WebhookEndpointPatchEventTypesType0Item] | None | Unset): New event types or groups, which
            replace the present ones. Empty for all types.
        enabled (bool | None | Unset): False disables the endpoint and its pending deliveries; true enables it for later
            events.
    """

    url: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    event_types: list[WebhookEndpointPatchEventTypesType0Item] | None | Unset = UNSET
    enabled: bool | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        url: None | str | Unset
        if isinstance(self.url, Unset):
            url = UNSET
        else:
            url = self.url

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        event_types: list[str] | None | Unset
        if isinstance(self.event_types, Unset):
            event_types = UNSET
        elif isinstance(self.event_types, list):
            event_types = []
            for event_types_type_0_item_data in self.event_types:
                event_types_type_0_item: str = event_types_type_0_item_data
                event_types.append(event_types_type_0_item)

        else:
            event_types = self.event_types

        enabled: bool | None | Unset
        if isinstance(self.enabled, Unset):
            enabled = UNSET
        else:
            enabled = self.enabled

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if url is not UNSET:
            field_dict["url"] = url
        if description is not UNSET:
            field_dict["description"] = description
        if event_types is not UNSET:
            field_dict["event_types"] = event_types
        if enabled is not UNSET:
            field_dict["enabled"] = enabled

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

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

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            description_type_0 = data
            if not isinstance(description_type_0, str):
                raise TypeError(f"description_type_0 is {type(description_type_0).__name__}")

            return description_type_0

        description = _parse_description(d.pop("description", UNSET))

        def _parse_event_types(data: object) -> list[WebhookEndpointPatchEventTypesType0Item] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError(f"event_types is {type(data).__name__}")
            event_types_type_0 = []
            _event_types_type_0 = data
            if not isinstance(_event_types_type_0, list):
                raise TypeError(f"event_types_type_0 is {type(_event_types_type_0).__name__}")
            for event_types_type_0_item_data in _event_types_type_0:
                event_types_type_0_item = check_webhook_endpoint_patch_event_types_type_0_item(
                    event_types_type_0_item_data
                )

                event_types_type_0.append(event_types_type_0_item)

            return event_types_type_0

        event_types = _parse_event_types(d.pop("event_types", UNSET))

        def _parse_enabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            enabled_type_0 = data
            if not isinstance(enabled_type_0, bool):
                raise TypeError(f"enabled_type_0 is {type(enabled_type_0).__name__}")

            return enabled_type_0

        enabled = _parse_enabled(d.pop("enabled", UNSET))

        webhook_endpoint_patch = cls(
            url=url,
            description=description,
            event_types=event_types,
            enabled=enabled,
        )

        return webhook_endpoint_patch
