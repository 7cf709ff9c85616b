from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="JobUrls")


@_attrs_define
class JobUrls:
    """URLs of the job's endpoints.

    Attributes:
        self_ (str): URL of the job.
        events (str): URL of its stream of Server-Sent Events.
        cancel (str): URL that cancels it by a POST.
    """

    self_: str
    events: str
    cancel: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_

        events = self.events

        cancel = self.cancel

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
                "events": events,
                "cancel": cancel,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        self_ = d.pop("self")
        if not isinstance(self_, str):
            raise TypeError(f"self is {type(self_).__name__}")

        events = d.pop("events")
        if not isinstance(events, str):
            raise TypeError(f"events is {type(events).__name__}")

        cancel = d.pop("cancel")
        if not isinstance(cancel, str):
            raise TypeError(f"cancel is {type(cancel).__name__}")

        job_urls = cls(
            self_=self_,
            events=events,
            cancel=cancel,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        job_urls.additional_properties = additional_properties
        return job_urls

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
