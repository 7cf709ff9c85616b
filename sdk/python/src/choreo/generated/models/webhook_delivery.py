from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delivery_state import DeliveryState, check_delivery_state
from ..models.webhook_delivery_type import (
    WebhookDeliveryType,
    check_webhook_delivery_type,
)

if TYPE_CHECKING:
    from ..models.webhook_attempt import WebhookAttempt


T = TypeVar("T", bound="WebhookDelivery")


@_attrs_define
class WebhookDelivery:
    """The delivery of one message to one receiver: an endpoint, or a job's `webhook_url`.

    Attributes:
        id (str): Id of the delivery.
        endpoint_id (None | str): Id of the endpoint; null for a job's `webhook_url`.
        event_id (str): Id of the message: the header `webhook-id`, the same in every attempt.
        type_ (WebhookDeliveryType): Type of the event.
        job_id (None | str): Id of the job that the event concerns; null for a test.
        url (str): URL of the receiver.
        state (DeliveryState): State of a delivery: `pending` until a 2xx response (`delivered`) or the last attempt
            (`failed`); `disabled` if
            its endpoint was disabled meanwhile.
        attempts (list[WebhookAttempt]): Every attempt, in order.
        next_attempt_at (datetime.datetime | None): Time of the next attempt; null unless the delivery is pending.
        created_at (datetime.datetime): Time at which it was created.
        finished_at (datetime.datetime | None): Time at which it was delivered or given up; null while it is pending.
    """

    id: str
    endpoint_id: None | str
    event_id: str
    type_: WebhookDeliveryType
    job_id: None | str
    url: str
    state: DeliveryState
    attempts: list[WebhookAttempt]
    next_attempt_at: datetime.datetime | None
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        endpoint_id: None | str
        endpoint_id = self.endpoint_id

        event_id = self.event_id

        type_: str = self.type_

        job_id: None | str
        job_id = self.job_id

        url = self.url

        state: str = self.state

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        next_attempt_at: None | str
        if isinstance(self.next_attempt_at, datetime.datetime):
            next_attempt_at = self.next_attempt_at.isoformat()
        else:
            next_attempt_at = self.next_attempt_at

        created_at = self.created_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "endpoint_id": endpoint_id,
                "event_id": event_id,
                "type": type_,
                "job_id": job_id,
                "url": url,
                "state": state,
                "attempts": attempts,
                "next_attempt_at": next_attempt_at,
                "created_at": created_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.webhook_attempt import WebhookAttempt  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        def _parse_endpoint_id(data: object) -> None | str:
            if data is None:
                return data
            endpoint_id_type_0 = data
            if not isinstance(endpoint_id_type_0, str):
                raise TypeError(f"endpoint_id_type_0 is {type(endpoint_id_type_0).__name__}")

            return endpoint_id_type_0

        endpoint_id = _parse_endpoint_id(d.pop("endpoint_id"))

        event_id = d.pop("event_id")
        if not isinstance(event_id, str):
            raise TypeError(f"event_id is {type(event_id).__name__}")

        type_ = check_webhook_delivery_type(d.pop("type"))

        def _parse_job_id(data: object) -> None | str:
            if data is None:
                return data
            job_id_type_0 = data
            if not isinstance(job_id_type_0, str):
                raise TypeError(f"job_id_type_0 is {type(job_id_type_0).__name__}")

            return job_id_type_0

        job_id = _parse_job_id(d.pop("job_id"))

        url = d.pop("url")
        if not isinstance(url, str):
            raise TypeError(f"url is {type(url).__name__}")

        state = check_delivery_state(d.pop("state"))

        attempts = []
        _attempts = d.pop("attempts")
        if not isinstance(_attempts, list):
            raise TypeError(f"attempts is {type(_attempts).__name__}")
        for attempts_item_data in _attempts:
            attempts_item = WebhookAttempt.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        def _parse_next_attempt_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"next_attempt_at is {type(data).__name__}")
            next_attempt_at_type_0 = datetime.datetime.fromisoformat(data)

            return next_attempt_at_type_0

        next_attempt_at = _parse_next_attempt_at(d.pop("next_attempt_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"finished_at is {type(data).__name__}")
            finished_at_type_0 = datetime.datetime.fromisoformat(data)

            return finished_at_type_0

        finished_at = _parse_finished_at(d.pop("finished_at"))

        webhook_delivery = cls(
            id=id,
            endpoint_id=endpoint_id,
            event_id=event_id,
            type_=type_,
            job_id=job_id,
            url=url,
            state=state,
            attempts=attempts,
            next_attempt_at=next_attempt_at,
            created_at=created_at,
            finished_at=finished_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        webhook_delivery.additional_properties = additional_properties
        return webhook_delivery

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
