from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.tenant_limits_gpu_period import (
    TenantLimitsGpuPeriod,
    check_tenant_limits_gpu_period,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="TenantLimits")


@_attrs_define
class TenantLimits:
    """Limits of a tenant. Null means unlimited, except for `requests_per_minute`.

    Attributes:
        running_jobs (int | None | Unset): Jobs that may run at the same time. Further jobs wait in their queues.
            Default: unlimited.
        queued_jobs (int | None | Unset): Jobs that may be queued at the same time. Default: unlimited.
        gpu_seconds (float | None | Unset): GPU seconds of the jobs that were created in one `gpu_period`. Default:
            unlimited.
        gpu_period (TenantLimitsGpuPeriod | Unset): Calendar period of `gpu_seconds`, in UTC. Default: 'month'.
        stored_bytes (int | None | Unset): Bytes in object storage, counted as `storage` in `GET /v1/usage`. Default:
            unlimited.
        requests_per_minute (int | None | Unset): Requests in a moving minute. Default: the service's
            `CHOREO_REQUESTS_PER_MINUTE`.
        keep_jobs_days (float | None | Unset): Days for which a job and its files are kept after its end. Default:
            unlimited.
    """

    running_jobs: int | None | Unset = UNSET
    queued_jobs: int | None | Unset = UNSET
    gpu_seconds: float | None | Unset = UNSET
    gpu_period: TenantLimitsGpuPeriod | Unset = "month"
    stored_bytes: int | None | Unset = UNSET
    requests_per_minute: int | None | Unset = UNSET
    keep_jobs_days: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        running_jobs: int | None | Unset
        if isinstance(self.running_jobs, Unset):
            running_jobs = UNSET
        else:
            running_jobs = self.running_jobs

        queued_jobs: int | None | Unset
        if isinstance(self.queued_jobs, Unset):
            queued_jobs = UNSET
        else:
            queued_jobs = self.queued_jobs

        gpu_seconds: float | None | Unset
        if isinstance(self.gpu_seconds, Unset):
            gpu_seconds = UNSET
        else:
            gpu_seconds = self.gpu_seconds

        gpu_period: str | Unset = UNSET
        if not isinstance(self.gpu_period, Unset):
            gpu_period = self.gpu_period

        stored_bytes: int | None | Unset
        if isinstance(self.stored_bytes, Unset):
            stored_bytes = UNSET
        else:
            stored_bytes = self.stored_bytes

        requests_per_minute: int | None | Unset
        if isinstance(self.requests_per_minute, Unset):
            requests_per_minute = UNSET
        else:
            requests_per_minute = self.requests_per_minute

        keep_jobs_days: float | None | Unset
        if isinstance(self.keep_jobs_days, Unset):
            keep_jobs_days = UNSET
        else:
            keep_jobs_days = self.keep_jobs_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if running_jobs is not UNSET:
            field_dict["running_jobs"] = running_jobs
        if queued_jobs is not UNSET:
            field_dict["queued_jobs"] = queued_jobs
        if gpu_seconds is not UNSET:
            field_dict["gpu_seconds"] = gpu_seconds
        if gpu_period is not UNSET:
            field_dict["gpu_period"] = gpu_period
        if stored_bytes is not UNSET:
            field_dict["stored_bytes"] = stored_bytes
        if requests_per_minute is not UNSET:
            field_dict["requests_per_minute"] = requests_per_minute
        if keep_jobs_days is not UNSET:
            field_dict["keep_jobs_days"] = keep_jobs_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

        def _parse_running_jobs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            running_jobs_type_0 = data
            if not isinstance(running_jobs_type_0, int):
                raise TypeError(f"running_jobs_type_0 is {type(running_jobs_type_0).__name__}")

            return running_jobs_type_0

        running_jobs = _parse_running_jobs(d.pop("running_jobs", UNSET))

        def _parse_queued_jobs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            queued_jobs_type_0 = data
            if not isinstance(queued_jobs_type_0, int):
                raise TypeError(f"queued_jobs_type_0 is {type(queued_jobs_type_0).__name__}")

            return queued_jobs_type_0

        queued_jobs = _parse_queued_jobs(d.pop("queued_jobs", UNSET))

        def _parse_gpu_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            gpu_seconds_type_0 = data
            if not isinstance(gpu_seconds_type_0, int | float):
                raise TypeError(f"gpu_seconds_type_0 is {type(gpu_seconds_type_0).__name__}")

            return gpu_seconds_type_0

        gpu_seconds = _parse_gpu_seconds(d.pop("gpu_seconds", UNSET))

        _gpu_period = d.pop("gpu_period", UNSET)
        gpu_period: TenantLimitsGpuPeriod | Unset
        if isinstance(_gpu_period, Unset):
            gpu_period = UNSET
        else:
            gpu_period = check_tenant_limits_gpu_period(_gpu_period)

        def _parse_stored_bytes(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            stored_bytes_type_0 = data
            if not isinstance(stored_bytes_type_0, int):
                raise TypeError(f"stored_bytes_type_0 is {type(stored_bytes_type_0).__name__}")

            return stored_bytes_type_0

        stored_bytes = _parse_stored_bytes(d.pop("stored_bytes", UNSET))

        def _parse_requests_per_minute(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            requests_per_minute_type_0 = data
            if not isinstance(requests_per_minute_type_0, int):
                raise TypeError(f"requests_per_minute_type_0 is {type(requests_per_minute_type_0).__name__}")

            return requests_per_minute_type_0

        requests_per_minute = _parse_requests_per_minute(d.pop("requests_per_minute", UNSET))

        def _parse_keep_jobs_days(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            keep_jobs_days_type_0 = data
            if not isinstance(keep_jobs_days_type_0, int | float):
                raise TypeError(f"keep_jobs_days_type_0 is {type(keep_jobs_days_type_0).__name__}")

            return keep_jobs_days_type_0

        keep_jobs_days = _parse_keep_jobs_days(d.pop("keep_jobs_days", UNSET))

        tenant_limits = cls(
            running_jobs=running_jobs,
            queued_jobs=queued_jobs,
            gpu_seconds=gpu_seconds,
            gpu_period=gpu_period,
            stored_bytes=stored_bytes,
            requests_per_minute=requests_per_minute,
            keep_jobs_days=keep_jobs_days,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        tenant_limits.additional_properties = additional_properties
        return tenant_limits

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
