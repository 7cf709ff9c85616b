from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.jobs_usage import JobsUsage
    from ..models.quota import Quota
    from ..models.storage_usage import StorageUsage


T = TypeVar("T", bound="UsageReport")


@_attrs_define
class UsageReport:
    """Usage of a tenant.

    Attributes:
        since (datetime.date): First day of the range, in UTC.
        until (datetime.date): Day after the last day of the range, in UTC.
        gpu_seconds (float): GPU seconds of all jobs created in the range.
        jobs (list[JobsUsage]): One entry for each period and kind with jobs, in this order.
        storage (StorageUsage): Bytes in object storage that can be downloaded now.
        quotas (list[Quota]): The state of each quota now.
    """

    since: datetime.date
    until: datetime.date
    gpu_seconds: float
    jobs: list[JobsUsage]
    storage: StorageUsage
    quotas: list[Quota]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        since = self.since.isoformat()

        until = self.until.isoformat()

        gpu_seconds = self.gpu_seconds

        jobs = []
        for jobs_item_data in self.jobs:
            jobs_item = jobs_item_data.to_dict()
            jobs.append(jobs_item)

        storage = self.storage.to_dict()

        quotas = []
        for quotas_item_data in self.quotas:
            quotas_item = quotas_item_data.to_dict()
            quotas.append(quotas_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "since": since,
                "until": until,
                "gpu_seconds": gpu_seconds,
                "jobs": jobs,
                "storage": storage,
                "quotas": quotas,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.jobs_usage import JobsUsage  # noqa: PLC0415
        from ..models.quota import Quota  # noqa: PLC0415
        from ..models.storage_usage import StorageUsage  # noqa: PLC0415

        d = {**src_dict}
        since = datetime.date.fromisoformat(d.pop("since"))

        until = datetime.date.fromisoformat(d.pop("until"))

        gpu_seconds = d.pop("gpu_seconds")
        if not isinstance(gpu_seconds, int | float):
            raise TypeError(f"gpu_seconds is {type(gpu_seconds).__name__}")

        jobs = []
        _jobs = d.pop("jobs")
        if not isinstance(_jobs, list):
            raise TypeError(f"jobs is {type(_jobs).__name__}")
        for jobs_item_data in _jobs:
            jobs_item = JobsUsage.from_dict(jobs_item_data)

            jobs.append(jobs_item)

        storage = StorageUsage.from_dict(d.pop("storage"))

        quotas = []
        _quotas = d.pop("quotas")
        if not isinstance(_quotas, list):
            raise TypeError(f"quotas is {type(_quotas).__name__}")
        for quotas_item_data in _quotas:
            quotas_item = Quota.from_dict(quotas_item_data)

            quotas.append(quotas_item)

        usage_report = cls(
            since=since,
            until=until,
            gpu_seconds=gpu_seconds,
            jobs=jobs,
            storage=storage,
            quotas=quotas,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        usage_report.additional_properties = additional_properties
        return usage_report

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
