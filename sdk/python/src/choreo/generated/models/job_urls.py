from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

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

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_

        events = self.events

        cancel = self.cancel

        field_dict: dict[str, Any] = {}

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
        d = dict(src_dict)
        self_ = d.pop("self")

        events = d.pop("events")

        cancel = d.pop("cancel")

        job_urls = cls(
            self_=self_,
            events=events,
            cancel=cancel,
        )

        return job_urls
