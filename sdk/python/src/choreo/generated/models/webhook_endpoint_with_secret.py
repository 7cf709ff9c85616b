from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.webhook_endpoint_with_secret_disabled_reason_type_0 import (
    WebhookEndpointWithSecretDisabledReasonType0,
    check_webhook_endpoint_with_secret_disabled_reason_type_0,
)
from ..models.webhook_endpoint_with_secret_event_types_item import (
    WebhookEndpointWithSecretEventTypesItem,
    check_webhook_endpoint_with_secret_event_types_item,
)

T = TypeVar("T", bound="WebhookEndpointWithSecret")


@_attrs_define
class WebhookEndpointWithSecret:
    """An endpoint with its new signing secret. No later response contains the secret.

    Attributes:
        id (str): Id of the webhook endpoint.
        url (str): URL of the receiver.
        description (str): Description of the endpoint, for people.
        event_types (list[WebhookEndpointWithSecretEventTypesItem]): Event types, or groups such as `training.*`, that
            are sent to the endpoint. Empty for all types.
        enabled (bool): Whether webhooks are sent to it.
        disabled_at (datetime.datetime | None): Time at which it was disabled; null while it is enabled.
        disabled_reason (None | WebhookEndpointWithSecretDisabledReasonType0): `gone`: the receiver responded with 410;
            `by_request`: a request disabled it; null while it is enabled.
        previous_secret_until (datetime.datetime | None): Time until which webhooks are also signed with the previous
            secret; null without one.
        created_at (datetime.datetime): Time at which it was created.
        updated_at (datetime.datetime): Time of the last change.
        secret (None | str): The secret, `whsec_...`, as libraries of Standard Webhooks take it; null when the request
            is repeated with the same idempotency key.
    """

    id: str
    url: str
    description: str
    event_types: list[WebhookEndpointWithSecretEventTypesItem]
    enabled: bool
    disabled_at: datetime.datetime | None
    disabled_reason: None | WebhookEndpointWithSecretDisabledReasonType0
    previous_secret_until: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    secret: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        url = self.url

        description = self.description

        event_types = []
        for event_types_item_data in self.event_types:
            event_types_item: str = event_types_item_data
            event_types.append(event_types_item)

        enabled = self.enabled

        disabled_at: None | str
        if isinstance(self.disabled_at, datetime.datetime):
            disabled_at = self.disabled_at.isoformat()
        else:
            disabled_at = self.disabled_at

        disabled_reason: None | str
        if isinstance(self.disabled_reason, str):
            disabled_reason = self.disabled_reason
        else:
            disabled_reason = self.disabled_reason

        previous_secret_until: None | str
        if isinstance(self.previous_secret_until, datetime.datetime):
            previous_secret_until = self.previous_secret_until.isoformat()
        else:
            previous_secret_until = self.previous_secret_until

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        secret: None | str
        secret = self.secret

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "url": url,
                "description": description,
                "event_types": event_types,
                "enabled": enabled,
                "disabled_at": disabled_at,
                "disabled_reason": disabled_reason,
                "previous_secret_until": previous_secret_until,
                "created_at": created_at,
                "updated_at": updated_at,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        url = d.pop("url")
        if not isinstance(url, str):
            raise TypeError(f"url is {type(url).__name__}")

        description = d.pop("description")
        if not isinstance(description, str):
            raise TypeError(f"description is {type(description).__name__}")

        event_types = []
        _event_types = d.pop("event_types")
        if not isinstance(_event_types, list):
            raise TypeError(f"event_types is {type(_event_types).__name__}")
        for event_types_item_data in _event_types:
            event_types_item = check_webhook_endpoint_with_secret_event_types_item(event_types_item_data)

            event_types.append(event_types_item)

        enabled = d.pop("enabled")
        if not isinstance(enabled, bool):
            raise TypeError(f"enabled is {type(enabled).__name__}")

        def _parse_disabled_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"disabled_at is {type(data).__name__}")
            disabled_at_type_0 = datetime.datetime.fromisoformat(data)

            return disabled_at_type_0

        disabled_at = _parse_disabled_at(d.pop("disabled_at"))

        def _parse_disabled_reason(data: object) -> None | WebhookEndpointWithSecretDisabledReasonType0:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"disabled_reason is {type(data).__name__}")
            disabled_reason_type_0 = check_webhook_endpoint_with_secret_disabled_reason_type_0(data)

            return disabled_reason_type_0

        disabled_reason = _parse_disabled_reason(d.pop("disabled_reason"))

        def _parse_previous_secret_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"previous_secret_until is {type(data).__name__}")
            previous_secret_until_type_0 = datetime.datetime.fromisoformat(data)

            return previous_secret_until_type_0

        previous_secret_until = _parse_previous_secret_until(d.pop("previous_secret_until"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        def _parse_secret(data: object) -> None | str:
            if data is None:
                return data
            secret_type_0 = data
            if not isinstance(secret_type_0, str):
                raise TypeError(f"secret_type_0 is {type(secret_type_0).__name__}")

            return secret_type_0

        secret = _parse_secret(d.pop("secret"))

        webhook_endpoint_with_secret = cls(
            id=id,
            url=url,
            description=description,
            event_types=event_types,
            enabled=enabled,
            disabled_at=disabled_at,
            disabled_reason=disabled_reason,
            previous_secret_until=previous_secret_until,
            created_at=created_at,
            updated_at=updated_at,
            secret=secret,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        webhook_endpoint_with_secret.additional_properties = additional_properties
        return webhook_endpoint_with_secret

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
